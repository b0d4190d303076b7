use kvitt_primitives::ClientId;
use kvitt_proto::access::v1::{
    self, credential_service_server::CredentialService as _, token_service_server::TokenService as _,
};
use kvitt_runtime::{Caller, Clock, Principal, ServiceName};
use kvitt_testing::TestDatabase;
use tonic::{Code, Request};
use uuid::Uuid;

use super::*;
use crate::app::tests::fixture;

async fn services() -> (Tokens, Credentials, TestDatabase) {
    let (app, database) = fixture().await;
    let tokens = Tokens { app: app.clone() };
    (tokens, Credentials { app, clock: Clock::system() }, database)
}

fn from<T>(caller: Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(caller);
    request
}

fn from_operator<T>(message: T) -> Request<T> {
    from(Caller { principal: Principal::Service(ServiceName::Launcher), via: None }, message)
}

fn valid() -> v1::CreateCredentialsRequest {
    v1::CreateCredentialsRequest {
        client_id: Uuid::new_v4().to_string(),
        client_secret: "0123456789abcdef".to_owned(),
        primary_subscription_key: "1".repeat(32),
        secondary_subscription_key: "2".repeat(32),
        msn: "123456".to_owned(),
        kind: v1::KeyKind::Unspecified.into(),
        owner: Some(v1::KeyOwner { merchant_id: Uuid::new_v4().to_string(), ..Default::default() }),
    }
}

#[tokio::test]
async fn credentials_created_over_grpc_give_a_token_over_grpc() {
    let (tokens, credentials, _database) = services().await;
    let message = valid();
    credentials.create_credentials(from_operator(message.clone())).await.unwrap();
    let coverage = v1::GetCoverageRequest { client_id: message.client_id.clone() };
    let coverage = credentials.get_coverage(from_operator(coverage)).await.unwrap().into_inner();
    assert_eq!(coverage.msns, [message.msn]);
    assert_eq!(coverage.kind(), v1::KeyKind::SalesUnit);
    assert_eq!(coverage.owner.unwrap().merchant_id, message.owner.unwrap().merchant_id);
    let subscription_key = message.secondary_subscription_key;
    let owner = v1::ResolveSubscriptionKeyRequest { subscription_key: subscription_key.clone() };
    let owner = credentials.resolve_subscription_key(from_operator(owner)).await.unwrap().into_inner();
    assert_eq!(owner.client_id, message.client_id);
    let request = v1::IssueTokenRequest {
        client_id: message.client_id,
        client_secret: message.client_secret,
        subscription_key,
    };
    let token = tokens.issue_token(Request::new(request)).await.unwrap().into_inner();
    assert_eq!(token.expires_at.unwrap().seconds - token.not_before_at.unwrap().seconds, 3600);
    let keys = tokens.list_verification_keys(Request::new(v1::ListVerificationKeysRequest {})).await.unwrap();
    let header = jsonwebtoken::decode_header(&token.access_token).unwrap();
    assert_eq!(header.kid.as_ref(), Some(&keys.into_inner().keys[0].kid));
}

#[tokio::test]
async fn each_refusal_of_a_token_has_its_reason() {
    let (tokens, credentials, _database) = services().await;
    let known = valid();
    credentials.create_credentials(from_operator(known.clone())).await.unwrap();
    let issue = async |secret: &str, key: &str| {
        let request = v1::IssueTokenRequest {
            client_id: known.client_id.clone(),
            client_secret: secret.to_owned(),
            subscription_key: key.to_owned(),
        };
        let refused = tokens.issue_token(Request::new(request)).await.unwrap_err();
        refusal::reason_of(&refused).unwrap()
    };
    let key = &known.primary_subscription_key;
    assert_eq!(issue(&known.client_secret, "").await, Reason::SubscriptionKeyMissing);
    assert_eq!(issue(&known.client_secret, "unknown").await, Reason::SubscriptionKeyInvalid);
    assert_eq!(issue("wrong", key).await, Reason::ClientInvalid);
}

#[tokio::test]
async fn every_broken_field_is_named() {
    let (_tokens, credentials, _database) = services().await;
    let broken = |change: &dyn Fn(&mut v1::CreateCredentialsRequest)| {
        let mut message = valid();
        change(&mut message);
        message
    };
    let table = [
        (broken(&|it| it.client_id = "x".to_owned()), "clientId"),
        (broken(&|it| it.client_secret = "short".to_owned()), "clientSecret"),
        (broken(&|it| it.primary_subscription_key = "g".repeat(32)), "primarySubscriptionKey"),
        (broken(&|it| it.secondary_subscription_key.clear()), "secondarySubscriptionKey"),
        (broken(&|it| it.secondary_subscription_key = "1".repeat(32)), "secondarySubscriptionKey"),
        (broken(&|it| it.msn = "12a4".to_owned()), "msn"),
        (broken(&|it| it.kind = 9), "kind"),
        (broken(&|it| it.owner = None), "owner.merchantId"),
        (broken(&|it| it.owner.as_mut().unwrap().merchant_id = "x".to_owned()), "owner.merchantId"),
        (broken(&|it| it.owner.as_mut().unwrap().partner_id = Uuid::new_v4().to_string()), "owner.partnerId"),
        (broken(&|it| it.owner.as_mut().unwrap().name = "a\u{202e}b".to_owned()), "owner.name"),
    ];
    for (message, field) in table {
        let refused = credentials.create_credentials(from_operator(message)).await.unwrap_err();
        let fields: Vec<_> =
            refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, [field]);
    }
    let refused = credentials.create_credentials(from_operator(Default::default())).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&refused).len(), 6);
}

#[tokio::test]
async fn a_conflicting_create_is_already_exists() {
    let (_tokens, credentials, _database) = services().await;
    let message = valid();
    credentials.create_credentials(from_operator(message.clone())).await.unwrap();
    credentials.create_credentials(from_operator(message.clone())).await.unwrap();
    let other = v1::CreateCredentialsRequest { msn: "654321".to_owned(), ..message };
    let refused = credentials.create_credentials(from_operator(other)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
}

#[tokio::test]
async fn a_service_asks_about_credentials_in_the_name_of_a_client_and_does_not_create_them() {
    let (_tokens, credentials, _database) = services().await;
    let principal = Principal::Client(ClientId::from_uuid(Uuid::new_v4()));
    let forwarded = Caller { principal, via: Some(ServiceName::Payment) };
    let coverage = v1::GetCoverageRequest { client_id: Uuid::new_v4().to_string() };
    credentials.get_coverage(from(forwarded, coverage)).await.unwrap();
    let refused = credentials.create_credentials(from(forwarded, valid())).await.unwrap_err();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn what_has_changed_is_named_until_its_revision_is_known() {
    let (_tokens, credentials, _database) = services().await;
    let message = valid();
    credentials.create_credentials(from_operator(message.clone())).await.unwrap();
    let changes = async |after_revision| {
        let request = from_operator(v1::ListCredentialChangesRequest { after_revision });
        credentials.list_credential_changes(request).await.map(tonic::Response::into_inner)
    };
    let told = |client_ids, all| v1::ListCredentialChangesResponse {
        revision: 1,
        client_ids,
        all,
        user_ids: Vec::new(),
    };
    assert_eq!(changes(0).await.unwrap(), told(vec![message.client_id.clone()], false));
    assert_eq!(changes(1).await.unwrap(), told(Vec::new(), false));
    assert_eq!(changes(2).await.unwrap(), told(Vec::new(), true));
    let refused = changes(-1).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&refused)[0].field, "afterRevision");
    let coverage = v1::GetCoverageRequest { client_id: message.client_id };
    let coverage = credentials.get_coverage(from_operator(coverage)).await.unwrap().into_inner();
    assert_eq!(coverage.revision, 1);
    let subscription_key = message.primary_subscription_key;
    let owner = from_operator(v1::ResolveSubscriptionKeyRequest { subscription_key });
    let owner = credentials.resolve_subscription_key(owner).await.unwrap().into_inner();
    assert_eq!(owner.revision, 1);
}

#[tokio::test]
async fn whoever_becomes_an_administrator_is_named_among_the_changes() {
    let (_tokens, credentials, database) = services().await;
    let (user_id, merchant_id) = (Uuid::new_v4(), Uuid::new_v4().to_string());
    let known = "
        INSERT INTO users (user_id, country, name, national_id_sealed, national_id_index, created_at)
        VALUES ($1, 'NO', 'Kari', 'x', decode(repeat('00', 32), 'hex'), '2026-01-01T00:00:00Z')";
    sqlx::query(known).bind(user_id).execute(database.pool()).await.unwrap();
    let user_id = user_id.to_string();
    let grant = v1::GrantAdministratorRequest { merchant_id: merchant_id.clone(), user_id: user_id.clone() };
    credentials.grant_administrator(from_operator(grant)).await.unwrap();
    let memberships = v1::GetMembershipsRequest { user_id: user_id.clone() };
    let known = credentials.get_memberships(from_operator(memberships)).await.unwrap().into_inner();
    assert_eq!((&known.memberships[0].merchant_id, known.revision), (&merchant_id, 1));
    assert_eq!(known.memberships[0].role(), v1::Role::Administrator);
    let changes = v1::ListCredentialChangesRequest { after_revision: 0 };
    let changes = credentials.list_credential_changes(from_operator(changes)).await.unwrap().into_inner();
    assert_eq!((changes.user_ids, changes.client_ids, changes.all), (vec![user_id], Vec::new(), false));
    let refused = credentials.grant_administrator(from_operator(Default::default())).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&refused).len(), 2);
}

#[tokio::test]
async fn management_keys_give_a_specialised_token_over_grpc() {
    let (tokens, credentials, _database) = services().await;
    let owner = v1::KeyOwner { merchant_id: Uuid::new_v4().to_string(), ..Default::default() };
    let message = v1::CreateCredentialsRequest {
        kind: v1::KeyKind::Management.into(),
        owner: Some(owner),
        msn: String::new(),
        primary_subscription_key: String::new(),
        secondary_subscription_key: String::new(),
        ..valid()
    };
    for _ in 0..2 {
        credentials.create_credentials(from_operator(message.clone())).await.unwrap();
    }
    let request = v1::IssueSpecialisedTokenRequest {
        client_id: message.client_id.clone(),
        client_secret: message.client_secret.clone(),
    };
    let token = tokens.issue_specialised_token(Request::new(request.clone())).await.unwrap().into_inner();
    let left = token.expires_at.unwrap().seconds - kvitt_runtime::wall_now().timestamp();
    assert!((895..=900).contains(&left), "{left}");
    let guess = v1::IssueSpecialisedTokenRequest { client_secret: "wrong".to_owned(), ..request };
    let refused = tokens.issue_specialised_token(Request::new(guess)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::ClientInvalid));
    let keyed = v1::CreateCredentialsRequest { primary_subscription_key: "1".repeat(32), ..message };
    let refused = credentials.create_credentials(from_operator(keyed)).await.unwrap_err();
    assert_eq!(refusal::field_violations_of(&refused)[0].field, "primarySubscriptionKey");
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable() {
    let (_tokens, credentials, database) = services().await;
    database.pool().close().await;
    let refused = credentials.create_credentials(from_operator(valid())).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
    let request = v1::GetCoverageRequest { client_id: Uuid::new_v4().to_string() };
    let refused = credentials.get_coverage(from_operator(request)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
}
