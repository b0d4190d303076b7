mod passwords;

use chrono::TimeDelta;
use kvitt_primitives::{Country, LoginId, UserId};
use kvitt_runtime::{Caller, Principal, wall_now};
use secrecy::{ExposeSecret as _, SecretString};
use uuid::Uuid;

use super::*;
use crate::{
    app::{
        people::Register,
        tests::{OPERATOR, people::audited_of},
        users::{
            forget_user, get_me,
            tests::{Stage, by_national_id, somebody, user_of},
        },
    },
    domain::{
        login::{LOGIN_LIFE, Method, SESSION_IDLE, SESSION_LIFE},
        person::Person,
    },
    error::Error,
    worker::sweep::sweep,
};

fn moment() -> Moment {
    Moment { now: wall_now(), wall: wall_now() }
}

fn later(by: TimeDelta) -> Moment {
    Moment { wall: wall_now() + by, ..moment() }
}

async fn begun(app: &App, country: Country) -> LoginId {
    let method = Method::of(country)[0];
    begin_login(app, country, method, wall_now()).await.unwrap().login_id
}

async fn complete(app: &App, login_id: LoginId, person: &Person, at: Moment) -> Result<Session, Error> {
    let national_id = person.national_id.as_str().to_owned().into();
    complete_simulated_login(app, Some(login_id), &national_id, at).await
}

async fn log_in(app: &App, person: &Person) -> Result<Session, Error> {
    let login_id = begun(app, person.national_id.country()).await;
    complete(app, login_id, person, moment()).await
}

async fn registered(stage: &Stage, country: Country) -> Person {
    let person = somebody(country, "Kari Nordmann");
    stage.register(&person).await.unwrap();
    person
}

fn user(session: &Session) -> Caller {
    Caller { principal: Principal::User(session.user_id), via: None }
}

async fn token(app: &App, session: &Session, at: Moment) -> Result<crate::token::Token, Error> {
    issue_user_token(app, &session.secret, at.wall).await
}

async fn told(app: &App, user_id: UserId) -> Vec<String> {
    audited_of(app, format!("user:{user_id}")).await
}

#[tokio::test]
async fn whoever_was_added_signs_in_and_is_activated_by_the_first_time() {
    let stage = Stage::set().await;
    for country in Country::ALL {
        let person = registered(&stage, country).await;
        let member =
            stage.add(&stage.administrator, by_national_id(&person), stage.assistant(1)).await.unwrap();
        let session = log_in(&stage.app, &person).await.unwrap();
        assert_eq!(session.user_id, member.user.user_id);
        assert_eq!(session.secret.expose_secret().len(), 43);
        log_in(&stage.app, &person).await.unwrap();
        let me = get_me(&stage.app, &user(&session)).await.unwrap();
        assert!(me.user.activated_at.is_some());
        let entries = told(&stage.app, session.user_id).await;
        assert_eq!(entries, ["user.added", "user.activated", "session.started", "session.started"]);
    }
}

#[tokio::test]
async fn a_person_of_the_register_without_a_part_gets_a_session_unless_they_are_a_swede() {
    let stage = Stage::set().await;
    for country in [Country::No, Country::Dk, Country::Fi] {
        let person = registered(&stage, country).await;
        let session = log_in(&stage.app, &person).await.unwrap();
        assert!(get_me(&stage.app, &user(&session)).await.unwrap().memberships.is_empty());
        assert_eq!(log_in(&stage.app, &person).await.unwrap().user_id, session.user_id);
    }
    let swede = registered(&stage, Country::Se).await;
    assert!(matches!(log_in(&stage.app, &swede).await, Err(Error::NoAccess)));
    let member = stage.add(&OPERATOR, by_national_id(&swede), stage.assistant(1)).await.unwrap();
    let session = log_in(&stage.app, &swede).await.unwrap();
    assert_eq!(session.user_id, member.user.user_id);
    stage.remove(&OPERATOR, &user(&session)).await.unwrap();
    assert!(matches!(log_in(&stage.app, &swede).await, Err(Error::NoAccess)));
}

#[tokio::test]
async fn many_first_logins_at_once_make_one_user() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let mut logins = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (app, person) = (stage.app.clone(), person.clone());
        logins.spawn(async move { log_in(&app, &person).await.unwrap().user_id });
    }
    let mut users = logins.join_all().await;
    users.dedup();
    assert_eq!(users.len(), 1);
    let activated = told(&stage.app, users[0]).await;
    assert_eq!(activated.iter().filter(|action| *action == "user.activated").count(), 1);
}

#[tokio::test]
async fn a_login_ends_once_within_ten_minutes_and_for_a_person_of_its_country() {
    let stage = Stage::set().await;
    let (person, dane) = (registered(&stage, Country::No).await, registered(&stage, Country::Dk).await);
    let unknown = somebody(Country::No, "Nobody");
    let app = &stage.app;
    let used = begun(app, Country::No).await;
    complete(app, used, &person, moment()).await.unwrap();
    let living = begun(app, Country::No).await;
    let refused = [
        complete(app, used, &person, moment()).await,
        complete(app, living, &person, later(LOGIN_LIFE)).await,
        complete(app, living, &dane, moment()).await,
        complete(app, living, &unknown, moment()).await,
        complete(app, LoginId::from_uuid(Uuid::new_v4()), &person, moment()).await,
        complete_simulated_login(app, None, &"x".to_owned().into(), moment()).await,
        complete_simulated_login(app, Some(living), &"' OR 1=1".to_owned().into(), moment()).await,
    ];
    for refused in refused {
        assert!(matches!(refused, Err(Error::LoginFailed)), "{refused:?}");
    }
    complete(app, living, &person, later(LOGIN_LIFE - TimeDelta::seconds(10))).await.unwrap();
}

#[tokio::test]
async fn of_many_who_end_a_login_at_once_one_gets_a_session() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let login_id = begun(&stage.app, Country::No).await;
    let mut ending = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (app, person) = (stage.app.clone(), person.clone());
        ending.spawn(async move { complete(&app, login_id, &person, moment()).await.is_ok() });
    }
    assert_eq!(ending.join_all().await.into_iter().filter(|done| *done).count(), 1);
}

#[tokio::test]
async fn without_the_sandbox_no_login_is_simulated() {
    let mut stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    stage.app.people.register = Register::Absent;
    assert!(matches!(log_in(&stage.app, &person).await, Err(Error::SandboxOff)));
}

#[tokio::test]
async fn a_session_gives_tokens_until_it_has_been_idle_or_old_for_too_long() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let session = log_in(&stage.app, &person).await.unwrap();
    let issued = token(&stage.app, &session, moment()).await.unwrap();
    assert_eq!(issued.expires_at - issued.not_before_at, TimeDelta::minutes(5));
    let header = jsonwebtoken::decode_header(&issued.jwt).unwrap();
    assert!(header.kid.is_some());
    let second = TimeDelta::seconds(30);
    let mut at = TimeDelta::zero();
    while at < SESSION_LIFE - SESSION_IDLE {
        at += SESSION_IDLE - second;
        token(&stage.app, &session, later(at)).await.unwrap();
    }
    let old = token(&stage.app, &session, later(SESSION_LIFE)).await;
    assert!(matches!(old, Err(Error::SessionInvalid)));
    let idle = log_in(&stage.app, &person).await.unwrap();
    let refused = token(&stage.app, &idle, later(SESSION_IDLE + second)).await;
    assert!(matches!(refused, Err(Error::SessionInvalid)));
}

#[tokio::test]
async fn a_session_that_was_ended_and_one_that_never_was_are_refused_alike() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let session = log_in(&stage.app, &person).await.unwrap();
    for _ in 0..2 {
        end_session(&stage.app, &session.secret, moment()).await.unwrap();
    }
    let never = Session { secret: "A".repeat(43).into(), ..log_in(&stage.app, &person).await.unwrap() };
    for session in [&session, &never] {
        assert!(matches!(token(&stage.app, session, moment()).await, Err(Error::SessionInvalid)));
    }
    let entries = told(&stage.app, session.user_id).await;
    assert_eq!(entries.iter().filter(|action| *action == "session.ended").count(), 1);
}

#[tokio::test]
async fn the_oldest_of_too_many_sessions_gives_way() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let mut sessions = Vec::new();
    for second in 0..21 {
        let login_id = begun(&stage.app, Country::No).await;
        let at = later(TimeDelta::seconds(second));
        sessions.push(complete(&stage.app, login_id, &person, at).await.unwrap());
    }
    let at = later(TimeDelta::seconds(30));
    assert!(matches!(token(&stage.app, &sessions[0], at).await, Err(Error::SessionInvalid)));
    token(&stage.app, &sessions[1], at).await.unwrap();
    token(&stage.app, &sessions[20], at).await.unwrap();
}

#[tokio::test]
async fn the_sweep_takes_what_has_ended_and_leaves_what_lives() {
    let stage = Stage::set().await;
    let person = registered(&stage, Country::No).await;
    let (old, young) =
        (log_in(&stage.app, &person).await.unwrap(), log_in(&stage.app, &person).await.unwrap());
    let half = later(SESSION_IDLE / 2);
    token(&stage.app, &young, half).await.unwrap();
    let count = async |table: &str| -> i64 {
        let select = sqlx::AssertSqlSafe(format!("SELECT count(*) FROM {table}"));
        sqlx::query_scalar(select).fetch_one(stage.database.pool()).await.unwrap()
    };
    sweep(&stage.app.pool, half.wall).await.unwrap();
    assert_eq!((count("logins").await, count("sessions").await), (0, 2), "logins live ten minutes");
    sweep(&stage.app.pool, later(SESSION_IDLE + TimeDelta::seconds(30)).wall).await.unwrap();
    assert_eq!(count("sessions").await, 1);
    assert!(matches!(token(&stage.app, &old, half).await, Err(Error::SessionInvalid)));
    token(&stage.app, &young, half).await.unwrap();
    assert_ne!(user_of(&stage.administrator), young.user_id);
}
