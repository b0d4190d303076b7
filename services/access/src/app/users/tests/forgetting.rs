use base64::{
    Engine as _,
    prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD},
};
use secrecy::ExposeSecret as _;
use sqlx::{AssertSqlSafe, PgPool};

use super::*;
use crate::{
    app::sessions::{
        Moment, SetPassword, begin_login, complete_simulated_login, issue_user_token, set_password,
    },
    domain::{login::Method, password::Password},
};

/// Every row of these tables as text; columns of bytes in hex.
async fn dump(pool: &PgPool, but: &str) -> String {
    let tables = "
        SELECT table_name::text FROM information_schema.tables
        WHERE table_schema = 'public' AND table_name <> $1 ORDER BY table_name";
    let tables: Vec<String> = sqlx::query_scalar(tables).bind(but).fetch_all(pool).await.unwrap();
    assert!(tables.len() > 12, "{tables:?}");
    let mut dump = String::new();
    for table in tables {
        let rows = format!(r#"SELECT row_to_json(t)::text FROM "{table}" AS t"#);
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap();
        dump.push_str(&rows.join("\n"));
    }
    dump
}

/// The ways in which a text can stand in a dump.
fn forms(text: &str) -> Vec<String> {
    let base64 = BASE64_STANDARD.encode(text).trim_end_matches('=').to_owned();
    // The last letter of what follows may differ.
    let cut = base64[..base64.len() - 1].to_owned();
    vec![text.to_owned(), hex::encode(text), hex::encode(text).to_uppercase(), cut]
}

/// A Dane with a part, a session and a password: everything that is kept of a user.
pub(super) async fn dane(stage: &Stage, person: &Person) -> (Caller, secrecy::SecretString) {
    stage.register(person).await.unwrap();
    let member = stage.add(&stage.administrator, by_phone(person), stage.assistant(2)).await.unwrap();
    let moment = Moment { now: now(), wall: now() };
    let begun = begin_login(&stage.app, Country::Dk, Method::MitId, moment.wall).await.unwrap();
    let national_id = person.national_id.as_str().to_owned().into();
    let session = complete_simulated_login(&stage.app, Some(begun.login_id), &national_id, moment);
    let session_secret = session.await.unwrap().secret;
    let set = SetPassword {
        session_secret: session_secret.clone(),
        address: "canary@example.com".parse().unwrap(),
        password: Password::try_new("canary-of-a-password".to_owned().into()).unwrap(),
    };
    set_password(&stage.app, &set, moment).await.unwrap();
    (caller_of(member.user.user_id), session_secret)
}

#[tokio::test]
async fn no_national_id_phone_number_address_or_secret_of_a_user_stands_in_any_table() {
    let (stage, person) = (Stage::set().await, somebody(Country::Dk, "Jens Hansen"));
    let (_, session_secret) = dane(&stage, &person).await;
    let dump = dump(stage.database.pool(), "").await;
    let canaries = [
        person.national_id.as_str(),
        person.phone_number.as_ref().unwrap().as_str(),
        "canary@example.com",
        "canary-of-a-password",
        session_secret.expose_secret(),
    ];
    for canary in canaries {
        for form in forms(canary) {
            assert!(!dump.contains(&form), "{form}");
        }
    }
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(session_secret.expose_secret()).unwrap();
    assert!(!dump.contains(&hex::encode(bytes)));
    assert!(dump.contains("Jens Hansen"), "the dump would have held them");
}

#[tokio::test]
async fn nothing_of_a_user_remains_who_is_forgotten() {
    let (stage, person) = (Stage::set().await, somebody(Country::Dk, "Jens Hansen"));
    let (user, session_secret) = dane(&stage, &person).await;
    forget_user(&stage.app, &user, user_of(&user), now()).await.unwrap();
    // The register is the country's, not ours.
    let dump = dump(stage.database.pool(), "persons").await;
    assert!(!dump.to_lowercase().contains("jens"));
    let index = stage.app.people.data.national_id_index(&person.national_id);
    assert!(!dump.contains(&hex::encode(index.as_bytes())));
    let token = issue_user_token(&stage.app, &session_secret, now()).await;
    assert!(matches!(token, Err(Error::SessionInvalid)));
    assert!(get_memberships(&stage.app, user_of(&user)).await.unwrap().value.is_empty());
    let left = "
        SELECT (SELECT count(*) FROM sessions) + (SELECT count(*) FROM memberships WHERE user_id = $1)
            + (SELECT count(*) FROM membership_units WHERE user_id = $1)";
    let left: i64 = sqlx::query_scalar(left)
        .bind(user_of(&user).as_uuid())
        .fetch_one(stage.database.pool())
        .await
        .unwrap();
    assert_eq!(left, 0);
    let told = stage.told_of(&user).await;
    assert_eq!(told[told.len() - 2..], ["user.removed", "user.forgotten"]);
}

#[tokio::test]
async fn whoever_is_forgotten_can_become_a_user_again_and_is_another_one() {
    let (stage, person) = (Stage::set().await, somebody(Country::Dk, "Jens Hansen"));
    let (user, _) = dane(&stage, &person).await;
    forget_user(&stage.app, &OPERATOR, user_of(&user), now()).await.unwrap();
    let again = stage.add(&OPERATOR, by_national_id(&person), stage.assistant(1)).await.unwrap();
    assert_ne!(again.user.user_id, user_of(&user));
}

#[tokio::test]
async fn only_the_user_and_the_operator_have_a_user_forgotten() {
    let stage = Stage::set().await;
    let colleague = stage.newcomer(Country::No, "Kari", stage.assistant(1)).await;
    let nobody = UserId::from_uuid(Uuid::new_v4());
    for user_id in [user_of(&colleague), nobody] {
        let refused = forget_user(&stage.app, &stage.administrator, user_id, now()).await;
        assert!(matches!(refused, Err(Error::NotPermitted)));
    }
    forget_user(&stage.app, &OPERATOR, nobody, now()).await.unwrap();
    for _ in 0..2 {
        forget_user(&stage.app, &colleague, user_of(&colleague), now()).await.unwrap();
    }
}
