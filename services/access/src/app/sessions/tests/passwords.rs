use super::*;
use crate::{
    domain::{password::Password, person::Email},
    passwords::Passwords,
};

/// A registered Dane with a session, and what they set to sign in with.
async fn with_password(stage: &Stage, address: &str, password: &str) -> (Person, Session) {
    let person = registered(stage, Country::Dk).await;
    let session = log_in(&stage.app, &person).await.unwrap();
    set(&stage.app, &session.secret, address, password).await.unwrap();
    (person, session)
}

async fn set(app: &App, secret: &SecretString, address: &str, password: &str) -> Result<(), Error> {
    let set = SetPassword {
        session_secret: secret.clone(),
        address: address.parse().unwrap(),
        password: Password::try_new(password.to_owned().into()).unwrap(),
    };
    set_password(app, &set, moment()).await
}

async fn guess(app: &App, address: &str, password: &str, at: Moment) -> Result<Session, Error> {
    let email = Email { country: Country::Dk, address: address.parse().unwrap() };
    log_in_with_password(app, &email, password.to_owned().into(), at).await
}

#[tokio::test]
async fn a_dane_signs_in_with_the_password_they_set_and_their_other_sessions_end() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::Dk).await;
    let (other, session) =
        (log_in(&stage.app, &person).await.unwrap(), log_in(&stage.app, &person).await.unwrap());
    set(&stage.app, &session.secret, "Kari@Example.com", "correct horse").await.unwrap();
    assert!(matches!(token(&stage.app, &other, moment()).await, Err(Error::SessionInvalid)));
    token(&stage.app, &session, moment()).await.unwrap();
    let by_password = guess(&stage.app, "kari@example.COM", "correct horse", moment()).await.unwrap();
    assert_eq!(by_password.user_id, session.user_id);
    set(&stage.app, &session.secret, "kari@example.com", "another horse").await.unwrap();
    let old = guess(&stage.app, "kari@example.com", "correct horse", moment()).await;
    assert!(matches!(old, Err(Error::LoginFailed)));
    guess(&stage.app, "kari@example.com", "another horse", moment()).await.unwrap();
    let entries = told(&stage.app, session.user_id).await;
    assert_eq!(entries.iter().filter(|action| *action == "password.set").count(), 2);
}

#[tokio::test]
async fn an_unknown_address_a_wrong_password_and_another_country_are_refused_alike() {
    let stage = Stage::set().await;
    let (_, session) = with_password(&stage, "kari@example.com", "correct horse").await;
    let app = &stage.app;
    let email = Email { country: Country::Fi, address: "kari@example.com".parse().unwrap() };
    let refused = [
        guess(app, "kari@example.com", "Correct horse", moment()).await,
        guess(app, "kari@example.com", "", moment()).await,
        guess(app, "kari@example.com", &"x".repeat(10_000), moment()).await,
        guess(app, "nobody@example.com", "correct horse", moment()).await,
        log_in_with_password(app, &email, "correct horse".to_owned().into(), moment()).await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::LoginFailed)), "{refused:?}");
    }
    forget_user(app, &OPERATOR, session.user_id, wall_now()).await.unwrap();
    let gone = guess(app, "kari@example.com", "correct horse", moment()).await;
    assert!(matches!(gone, Err(Error::LoginFailed)));
}

#[tokio::test]
async fn after_ten_wrong_passwords_the_right_one_is_refused_for_15_minutes() {
    let mut stage = Stage::set().await;
    with_password(&stage, "kari@example.com", "correct horse").await;
    for _ in 0..10 {
        let wrong = guess(&stage.app, "kari@example.com", "wrong horse", moment()).await;
        assert!(matches!(wrong, Err(Error::LoginFailed)));
    }
    // Nothing is hashed any more, or it would say so.
    let passwords = std::mem::replace(&mut stage.app.people.passwords, Passwords::none());
    for minutes in [0, 5, 14] {
        let at = later(TimeDelta::minutes(minutes));
        let right = guess(&stage.app, "kari@example.com", "correct horse", at).await;
        assert!(matches!(right, Err(Error::LoginFailed)), "{minutes}");
    }
    stage.app.people.passwords = passwords;
    guess(&stage.app, "kari@example.com", "correct horse", later(TimeDelta::minutes(16))).await.unwrap();
}

#[tokio::test]
async fn a_password_that_nobody_could_compare_is_no_guess() {
    let mut stage = Stage::set().await;
    with_password(&stage, "kari@example.com", "correct horse").await;
    let passwords = std::mem::replace(&mut stage.app.people.passwords, Passwords::none());
    for _ in 0..20 {
        let busy = guess(&stage.app, "kari@example.com", "correct horse", moment()).await;
        assert!(matches!(busy, Err(Error::Busy)));
    }
    stage.app.people.passwords = passwords;
    guess(&stage.app, "kari@example.com", "correct horse", moment()).await.unwrap();
}

#[tokio::test]
async fn only_danes_and_finns_have_passwords_and_an_address_is_one_users() {
    let stage = Stage::set().await;
    with_password(&stage, "kari@example.com", "correct horse").await;
    let norwegian = log_in(&stage.app, &registered(&stage, Country::No).await).await.unwrap();
    let refused = set(&stage.app, &norwegian.secret, "ola@example.com", "correct horse").await;
    assert!(matches!(refused, Err(Error::NoPasswords)));
    let dane = log_in(&stage.app, &registered(&stage, Country::Dk).await).await.unwrap();
    let refused = set(&stage.app, &dane.secret, "KARI@example.com", "correct horse").await;
    assert!(matches!(refused, Err(Error::EmailTaken)));
    let finn = log_in(&stage.app, &registered(&stage, Country::Fi).await).await.unwrap();
    set(&stage.app, &finn.secret, "kari@example.com", "correct horse").await.unwrap();
    let refused = set(&stage.app, &"x".to_owned().into(), "ola@example.com", "correct horse").await;
    assert!(matches!(refused, Err(Error::SessionInvalid)));
}
