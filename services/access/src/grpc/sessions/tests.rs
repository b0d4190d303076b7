use kvitt_proto::error::v1::Reason;

use super::*;
use crate::app::users::tests::{Stage, somebody};

async fn service() -> (Sessions, Stage) {
    let stage = Stage::set().await;
    (Sessions { app: stage.app.clone(), clock: Clock::system() }, stage)
}

fn fields<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> Vec<String> {
    let refused = outcome.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::FieldInvalid), "{refused}");
    refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect()
}

fn reason<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> Reason {
    refusal::reason_of(&outcome.unwrap_err()).unwrap()
}

#[tokio::test]
async fn a_dane_signs_in_over_grpc_sets_a_password_and_signs_in_with_it() {
    let (sessions, stage) = service().await;
    let person = somebody(Country::Dk, "Jens Hansen");
    stage.register(&person).await.unwrap();
    let methods = v1::ListLoginMethodsRequest { country: "DK".to_owned() };
    let methods = sessions.list_login_methods(Request::new(methods)).await.unwrap().into_inner();
    assert_eq!(methods.methods().collect::<Vec<_>>(), [v1::LoginMethod::Mitid, v1::LoginMethod::Password]);
    let begin = v1::BeginLoginRequest { country: "DK".to_owned(), method: v1::LoginMethod::Mitid.into() };
    let begun = sessions.begin_login(Request::new(begin)).await.unwrap().into_inner();
    let national_id = person.national_id.as_str().to_owned();
    let complete = v1::CompleteSimulatedLoginRequest { login_id: begun.login_id, national_id };
    let completed = sessions.complete_simulated_login(Request::new(complete.clone())).await.unwrap();
    let session = completed.into_inner().session.unwrap();
    assert_eq!(reason(sessions.complete_simulated_login(Request::new(complete)).await), Reason::LoginFailed);
    let set = v1::SetPasswordRequest {
        session_secret: session.secret.clone(),
        email: "Jens@example.com".to_owned(),
        password: "correct horse".to_owned(),
    };
    sessions.set_password(Request::new(set)).await.unwrap();
    let log_in = v1::LogInWithPasswordRequest {
        country: "DK".to_owned(),
        email: "jens@example.com".to_owned(),
        password: "correct horse".to_owned(),
    };
    let again = sessions.log_in_with_password(Request::new(log_in.clone())).await.unwrap().into_inner();
    assert_eq!(again.session.unwrap().user_id, session.user_id);
    let wrong = v1::LogInWithPasswordRequest { password: "wrong".to_owned(), ..log_in.clone() };
    let unknown = v1::LogInWithPasswordRequest { email: "no@example.com".to_owned(), ..log_in };
    let refused = [wrong, unknown].map(Request::new).map(|request| sessions.log_in_with_password(request));
    for refused in refused {
        let refused = refused.await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::LoginFailed));
        assert_eq!(refused.message(), "the login has failed");
    }
    let issue = v1::IssueUserTokenRequest { session_secret: session.secret.clone() };
    sessions.issue_user_token(Request::new(issue.clone())).await.unwrap();
    let end = v1::EndSessionRequest { session_secret: session.secret };
    sessions.end_session(Request::new(end)).await.unwrap();
    assert_eq!(reason(sessions.issue_user_token(Request::new(issue)).await), Reason::SessionInvalid);
}

#[tokio::test]
async fn an_identity_provider_is_of_the_country() {
    let (sessions, _stage) = service().await;
    let begin = async |country: &str, method: v1::LoginMethod| {
        let request = v1::BeginLoginRequest { country: country.to_owned(), method: method.into() };
        sessions.begin_login(Request::new(request)).await
    };
    for (country, method) in [
        ("NO", v1::LoginMethod::Mitid),
        ("NO", v1::LoginMethod::Password),
        ("DK", v1::LoginMethod::Password),
        ("FI", v1::LoginMethod::Bankid),
        ("SE", v1::LoginMethod::Unspecified),
    ] {
        assert_eq!(fields(begin(country, method).await), ["method"], "{country} {method:?}");
    }
    assert_eq!(fields(begin("no", v1::LoginMethod::Unspecified).await), ["country", "method"]);
    let unknown = v1::BeginLoginRequest { country: "NO".to_owned(), method: 99 };
    assert_eq!(fields(sessions.begin_login(Request::new(unknown)).await), ["method"]);
    let methods = v1::ListLoginMethodsRequest { country: "DE".to_owned() };
    assert_eq!(fields(sessions.list_login_methods(Request::new(methods)).await), ["country"]);
}

#[tokio::test]
async fn what_is_no_address_or_no_password_is_a_broken_field() {
    let (sessions, _stage) = service().await;
    let set = v1::SetPasswordRequest {
        session_secret: "x".to_owned(),
        email: "a@b\r\nx".to_owned(),
        password: "too short".to_owned(),
    };
    assert_eq!(fields(sessions.set_password(Request::new(set)).await), ["email", "password"]);
    let log_in = v1::LogInWithPasswordRequest {
        country: "NO".to_owned(),
        email: "nobody".to_owned(),
        password: String::new(),
    };
    assert_eq!(fields(sessions.log_in_with_password(Request::new(log_in)).await), ["country", "email"]);
}

#[tokio::test]
async fn a_swede_without_a_part_is_told_whom_to_ask() {
    let (sessions, stage) = service().await;
    let swede = somebody(Country::Se, "Sven Svensson");
    stage.register(&swede).await.unwrap();
    let begin = v1::BeginLoginRequest { country: "SE".to_owned(), method: v1::LoginMethod::Bankid.into() };
    let login_id = sessions.begin_login(Request::new(begin)).await.unwrap().into_inner().login_id;
    let national_id = swede.national_id.as_str().to_owned();
    let complete = v1::CompleteSimulatedLoginRequest { login_id, national_id };
    let refused = sessions.complete_simulated_login(Request::new(complete)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NoAccess));
    assert!(refused.message().contains("administrator"));
}
