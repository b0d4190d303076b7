use kvitt_primitives::ClientId;
use kvitt_proto::error::v1::Reason;
use kvitt_runtime::{Principal, ServiceName, authority::matrix::Role};
use kvitt_testing::TestDatabase;
use tonic::Code;
use uuid::Uuid;

use super::*;
use crate::app::tests::{
    OPERATOR, fixture, fresh_msn,
    people::{DEVELOPER, NOTHING, administrator, assistant, unit, user},
};

async fn service() -> (KeysGrpc, TestDatabase) {
    let (app, database) = fixture().await;
    (KeysGrpc { app, clock: Clock::system() }, database)
}

fn from<T>(caller: &Caller, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(*caller);
    request
}

fn id() -> String {
    Uuid::new_v4().to_string()
}

fn issue(kind: v1::KeyKind, owner: v1::KeyOwner) -> v1::IssueKeysRequest {
    v1::IssueKeysRequest { client_id: id(), kind: kind.into(), owner: Some(owner) }
}

fn fields(status: &Status) -> Vec<String> {
    refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

/// Everything of a refusal that goes over the wire.
fn wire(status: &Status) -> (Code, String, Vec<u8>) {
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

#[tokio::test]
async fn keys_are_issued_listed_shown_regenerated_and_revoked_over_grpc() {
    let (keys, _database) = service().await;
    let (msn, merchant_id) = (fresh_msn().to_string(), id());
    let owner = v1::KeyOwner { msn: msn.clone(), merchant_id, ..Default::default() };
    let message = issue(v1::KeyKind::SalesUnit, owner.clone());
    let issued = keys.issue_keys(from(&OPERATOR, message.clone())).await.unwrap().into_inner();
    let (set, secrets) = (issued.keys.unwrap(), issued.secrets.unwrap());
    assert_eq!(
        (&set.client_id, set.kind(), &set.owner),
        (&message.client_id, v1::KeyKind::SalesUnit, &Some(owner))
    );
    let again = keys.issue_keys(from(&OPERATOR, message)).await.unwrap().into_inner();
    assert_eq!((again.keys.unwrap().client_id, again.secrets), (set.client_id.clone(), None));

    let list = v1::ListKeysRequest { msn: msn.clone(), ..Default::default() };
    let listed = keys.list_keys(from(&OPERATOR, list.clone())).await.unwrap().into_inner().keys;
    assert_eq!(listed.len(), 1);
    let show = v1::ShowKeysRequest { msn };
    let shown = keys.show_keys(from(&OPERATOR, show.clone())).await.unwrap().into_inner();
    assert_eq!(
        (shown.keys.unwrap().client_id, shown.secrets.as_ref()),
        (set.client_id.clone(), Some(&secrets))
    );

    let client_id = set.client_id;
    let regenerate =
        v1::RegenerateKeyRequest { client_id: client_id.clone(), slot: v1::KeySlot::Primary.into() };
    let secret = keys.regenerate_key(from(&OPERATOR, regenerate)).await.unwrap().into_inner().secret;
    let shown = keys.show_keys(from(&OPERATOR, show)).await.unwrap().into_inner().secrets.unwrap();
    assert_eq!(shown, v1::KeySecrets { primary_subscription_key: secret, ..secrets });

    keys.revoke_keys(from(&OPERATOR, v1::RevokeKeysRequest { client_id })).await.unwrap();
    let listed = keys.list_keys(from(&OPERATOR, list)).await.unwrap().into_inner().keys;
    assert!(!listed[0].active);
}

#[tokio::test]
async fn an_accounting_client_is_granted_and_listed_over_grpc() {
    let (keys, _database) = service().await;
    let unit = unit(&keys.app).await;
    let caller = administrator(&keys.app, &unit).await;
    let owner = v1::KeyOwner { name: "Regnskap AS".to_owned(), ..Default::default() };
    let message = issue(v1::KeyKind::Accounting, owner);
    let client_id = message.client_id.clone();
    let secrets = keys.issue_keys(from(&OPERATOR, message)).await.unwrap().into_inner().secrets.unwrap();
    assert_eq!(secrets.primary_subscription_key, "");
    let list = v1::ListAccountingGrantsRequest { msn: unit.msn.to_string() };
    for granted in [true, false] {
        let set = v1::SetAccountingGrantRequest {
            msn: unit.msn.to_string(),
            client_id: client_id.clone(),
            granted,
        };
        keys.set_accounting_grant(from(&caller, set)).await.unwrap();
        let listed = keys.list_accounting_grants(from(&caller, list.clone())).await.unwrap();
        let listed: Vec<_> = listed.into_inner().clients.into_iter().map(|set| set.client_id).collect();
        assert_eq!(listed.contains(&client_id), granted);
    }
}

#[tokio::test]
async fn every_broken_field_is_named() {
    let (keys, _database) = service().await;
    let merchant = v1::KeyOwner { msn: "123456".to_owned(), merchant_id: id(), ..Default::default() };
    let partner = v1::KeyOwner { partner_id: id(), ..Default::default() };
    let broken = v1::KeyOwner {
        msn: "12a4".to_owned(),
        merchant_id: "x".to_owned(),
        partner_id: "y".to_owned(),
        name: " ".to_owned(),
    };
    let both = v1::KeyOwner { merchant_id: id(), ..partner.clone() };
    let nameless =
        v1::IssueKeysRequest { client_id: String::new(), ..issue(v1::KeyKind::Unspecified, partner.clone()) };
    let table: [(v1::IssueKeysRequest, &[&str]); 6] = [
        (nameless, &["clientId", "kind"]),
        (
            issue(v1::KeyKind::Psp, broken),
            &["owner.msn", "owner.merchantId", "owner.partnerId", "owner.name"],
        ),
        (issue(v1::KeyKind::SalesUnit, partner), &["owner.msn", "owner.merchantId", "owner.partnerId"]),
        (issue(v1::KeyKind::Partner, merchant), &["owner.msn", "owner.merchantId", "owner.partnerId"]),
        (issue(v1::KeyKind::Management, both), &["owner.merchantId"]),
        (issue(v1::KeyKind::Management, v1::KeyOwner::default()), &["owner.merchantId"]),
    ];
    for (message, expected) in table {
        let refused = keys.issue_keys(from(&OPERATOR, message.clone())).await.unwrap_err();
        assert_eq!(fields(&refused), expected, "{message:?}");
    }
    for (list, expected) in
        [(("", ""), "msn"), (("1234", "x"), "partnerId"), (("", "x"), "partnerId"), (("12", ""), "msn")]
    {
        let list = v1::ListKeysRequest { msn: list.0.to_owned(), partner_id: list.1.to_owned() };
        assert_eq!(fields(&keys.list_keys(from(&OPERATOR, list)).await.unwrap_err()), [expected]);
    }
    let refused = keys.show_keys(from(&OPERATOR, Default::default())).await.unwrap_err();
    assert_eq!(fields(&refused), ["msn"]);
    let refused = keys.regenerate_key(from(&OPERATOR, Default::default())).await.unwrap_err();
    assert_eq!(fields(&refused), ["clientId", "slot"]);
    let refused = keys.revoke_keys(from(&OPERATOR, Default::default())).await.unwrap_err();
    assert_eq!(fields(&refused), ["clientId"]);
    let refused = keys.set_accounting_grant(from(&OPERATOR, Default::default())).await.unwrap_err();
    assert_eq!(fields(&refused), ["msn", "clientId"]);
    let refused = keys.list_accounting_grants(from(&OPERATOR, Default::default())).await.unwrap_err();
    assert_eq!(fields(&refused), ["msn"]);
}

#[tokio::test]
async fn a_slot_that_a_kind_has_not_is_a_broken_field() {
    let (keys, _database) = service().await;
    let message = issue(v1::KeyKind::Management, v1::KeyOwner { merchant_id: id(), ..Default::default() });
    let client_id = message.client_id.clone();
    keys.issue_keys(from(&OPERATOR, message)).await.unwrap();
    let message = v1::RegenerateKeyRequest { client_id, slot: v1::KeySlot::Secondary.into() };
    let refused = keys.regenerate_key(from(&OPERATOR, message)).await.unwrap_err();
    assert_eq!(fields(&refused), ["slot"]);
}

#[tokio::test]
async fn who_may_not_handle_keys_is_told_so_before_what_they_sent_is_read() {
    let (keys, _database) = service().await;
    let client = Principal::Client(ClientId::from_uuid(Uuid::new_v4()));
    for principal in [client, Principal::Service(ServiceName::Merchant)] {
        let caller = Caller { principal, via: None };
        let refused = [
            keys.list_keys(from(&caller, Default::default())).await.err(),
            keys.show_keys(from(&caller, Default::default())).await.err(),
            keys.regenerate_key(from(&caller, Default::default())).await.err(),
            keys.set_accounting_grant(from(&caller, Default::default())).await.err(),
            keys.list_accounting_grants(from(&caller, Default::default())).await.err(),
        ];
        for refused in refused {
            assert_eq!(refusal::reason_of(&refused.unwrap()), Some(Reason::PermissionDenied));
        }
    }
    let refused = keys.show_keys(Request::new(Default::default())).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::TokenMissing));
}

#[tokio::test]
async fn a_developer_may_and_an_assistant_may_not() {
    let (keys, _database) = service().await;
    let unit = unit(&keys.app).await;
    let show = v1::ShowKeysRequest { msn: unit.msn.to_string() };
    let developer = assistant(&keys.app, &unit, DEVELOPER).await;
    keys.show_keys(from(&developer, show.clone())).await.unwrap();
    let assistant = assistant(&keys.app, &unit, NOTHING).await;
    let refused = keys.show_keys(from(&assistant, show)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn what_is_anothers_and_what_is_not_there_are_refused_in_the_same_bytes() {
    let (keys, _database) = service().await;
    let (own, foreign) = (unit(&keys.app).await, unit(&keys.app).await);
    let sister = crate::app::tests::people::unit_of(&keys.app, own.merchant_id).await;
    let caller = user(&keys.app, own.merchant_id, Role::Assistant, &[(&own.msn, DEVELOPER)]).await;
    let mut answers = Vec::new();
    for (msn, client_id) in [
        (foreign.msn.to_string(), foreign.client_id.to_string()),
        (sister.msn.to_string(), sister.client_id.to_string()),
        (fresh_msn().to_string(), id()),
    ] {
        let list = v1::ListKeysRequest { msn: msn.clone(), ..Default::default() };
        let set = v1::SetAccountingGrantRequest { msn: msn.clone(), client_id: id(), granted: true };
        let slot = v1::KeySlot::ClientSecret.into();
        let regenerate = v1::RegenerateKeyRequest { client_id, slot };
        answers.push([
            wire(&keys.show_keys(from(&caller, v1::ShowKeysRequest { msn: msn.clone() })).await.unwrap_err()),
            wire(&keys.list_keys(from(&caller, list)).await.unwrap_err()),
            wire(&keys.regenerate_key(from(&caller, regenerate)).await.unwrap_err()),
            wire(&keys.set_accounting_grant(from(&caller, set)).await.unwrap_err()),
            wire(
                &keys
                    .list_accounting_grants(from(&caller, v1::ListAccountingGrantsRequest { msn }))
                    .await
                    .unwrap_err(),
            ),
        ]);
    }
    assert!(answers.iter().all(|answer| *answer == answers[0]), "{answers:?}");
    assert!(answers[0].iter().all(|(code, ..)| *code == Code::NotFound), "{answers:?}");
}

#[tokio::test]
async fn other_content_under_a_known_client_id_already_exists() {
    let (keys, _database) = service().await;
    let owner = v1::KeyOwner { partner_id: id(), ..Default::default() };
    let message = issue(v1::KeyKind::Partner, owner);
    keys.issue_keys(from(&OPERATOR, message.clone())).await.unwrap();
    let other = v1::IssueKeysRequest { kind: v1::KeyKind::Management.into(), ..message };
    let refused = keys.issue_keys(from(&OPERATOR, other)).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
}

const WALLET: Caller =
    Caller { principal: Principal::Service(kvitt_runtime::ServiceName::Wallet), via: None };

fn to_sign(client_id: &str) -> v1::SignCallbackRequest {
    v1::SignCallbackRequest {
        client_id: client_id.to_owned(),
        method: "POST".to_owned(),
        host: "psp.example:8443".to_owned(),
        path_and_query: "/cards;v=1?shop=2".to_owned(),
        date: "Thu, 30 Mar 2023 08:38:32 GMT".to_owned(),
        content_sha256: "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=".to_owned(),
    }
}

#[tokio::test]
async fn what_the_wallet_sends_is_signed_with_the_clients_secret_until_the_keys_end() {
    let (keys, _database) = service().await;
    let owner = v1::KeyOwner { msn: fresh_msn().to_string(), merchant_id: id(), ..v1::KeyOwner::default() };
    let issued = keys.issue_keys(from(&OPERATOR, issue(v1::KeyKind::SalesUnit, owner))).await.unwrap();
    let v1::IssueKeysResponse { keys: set, secrets } = issued.into_inner();
    let client_id = set.unwrap().client_id;
    let request = to_sign(&client_id);
    let expected = kvitt_signing::Message {
        method: "POST",
        path_and_query: &request.path_and_query,
        date: &request.date,
        host: &request.host,
        content_sha256: &request.content_sha256,
    };
    let expected = expected.authorization(&secrets.unwrap().client_secret);
    let signed = keys.sign_callback(from(&WALLET, request.clone())).await.unwrap().into_inner();
    assert_eq!(signed.authorization, expected);

    keys.revoke_keys(from(&OPERATOR, v1::RevokeKeysRequest { client_id })).await.unwrap();
    let ended = keys.sign_callback(from(&WALLET, request)).await.unwrap_err();
    let unknown = keys.sign_callback(from(&WALLET, to_sign(&id()))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&ended), Some(Reason::NotFound));
    assert_eq!(wire(&ended), wire(&unknown));
}

#[tokio::test]
async fn no_part_of_what_is_signed_reaches_into_another() {
    let (keys, _database) = service().await;
    let empty = keys.sign_callback(from(&WALLET, v1::SignCallbackRequest::default())).await.unwrap_err();
    assert_eq!(fields(&empty), ["clientId", "method", "host", "pathAndQuery", "date", "contentSha256"]);
    let bad = v1::SignCallbackRequest {
        path_and_query: "/\nx".to_owned(),
        host: "a;b".to_owned(),
        ..to_sign(&id())
    };
    let bad = keys.sign_callback(from(&WALLET, bad)).await.unwrap_err();
    assert_eq!(fields(&bad), ["host", "pathAndQuery"]);
}
