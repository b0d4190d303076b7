//! Registrations over gRPC, against a database.

use kvitt_proto::{
    error::v1::Reason,
    refusal::{field_violations_of, reason_of},
    webhook::v1::{
        DeleteWebhookRequest, ListWebhooksRequest, RegisterWebhookRequest, RegisterWebhookResponse, Webhook,
        webhook_service_server::WebhookService as _,
    },
};
use kvitt_runtime::{Principal, ServiceName};
use tokio::task::JoinSet;
use tonic::{Request, Status};

use crate::fixture::{FOREIGN_MSN, Fixture, MSN, by, by_client, by_foreigner, by_partner, named};

const CAPTURED: &str = "epayments.payment.captured.v1";
const CHECKED_IN: &str = "user.checked-in.v1";

fn wish(msn: &str, events: &[&str]) -> RegisterWebhookRequest {
    RegisterWebhookRequest {
        msn: msn.to_owned(),
        url: "https://shop.example/hook?callback=webhook".to_owned(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        standard_webhooks: false,
    }
}

async fn register(
    fixture: &Fixture,
    request: Request<RegisterWebhookRequest>,
) -> Result<RegisterWebhookResponse, Status> {
    fixture.grpc().register_webhook(request).await.map(tonic::Response::into_inner)
}

async fn list(fixture: &Fixture, request: Request<ListWebhooksRequest>) -> Vec<Webhook> {
    fixture.grpc().list_webhooks(request).await.unwrap().into_inner().webhooks
}

fn of(msn: &str) -> ListWebhooksRequest {
    ListWebhooksRequest { msn: msn.to_owned() }
}

fn which(msn: &str, webhook_id: &str) -> DeleteWebhookRequest {
    DeleteWebhookRequest { msn: msn.to_owned(), webhook_id: webhook_id.to_owned() }
}

#[tokio::test]
async fn a_registration_is_listed_without_its_secret_and_is_gone_when_it_is_deleted() {
    let fixture = Fixture::start().await;
    let made = register(&fixture, by_client(wish(MSN, &[CHECKED_IN, CAPTURED, CAPTURED]))).await.unwrap();
    assert_eq!(made.secret.len(), 88);
    let listed = list(&fixture, by_client(of(MSN))).await;
    let [webhook] = &listed[..] else { panic!("{listed:?}") };
    assert_eq!((webhook.webhook_id.as_str(), webhook.msn.as_str()), (made.webhook_id.as_str(), MSN));
    assert_eq!(webhook.events, [CAPTURED, CHECKED_IN]);
    assert_eq!(webhook.registered_at, Some(kvitt_proto::time::to_proto(fixture.now())));
    assert_eq!(webhook.silent_since, None);

    fixture.grpc().delete_webhook(by_client(which(MSN, &made.webhook_id))).await.unwrap();
    assert_eq!(list(&fixture, by_client(of(MSN))).await, []);
    let told = fixture.app.wake.take();
    assert!(told.contains(&made.webhook_id.parse::<kvitt_primitives::WebhookId>().unwrap().into()));
    let again = fixture.grpc().delete_webhook(by_client(which(MSN, &made.webhook_id))).await.unwrap_err();
    assert_eq!(reason_of(&again), Some(Reason::NotFound));
}

#[tokio::test]
async fn the_secret_is_kept_sealed() {
    let fixture = Fixture::start().await;
    let made = register(&fixture, by_client(wish(MSN, &[CAPTURED]))).await.unwrap();
    let row: String = fixture.scalar("SELECT registrations::text FROM registrations").await;
    let hex: String = made.secret.bytes().map(|byte| format!("{byte:02x}")).collect();
    assert!(row.contains(&made.webhook_id) && !row.contains(&made.secret) && !row.contains(&hex));
    let sealed: Vec<u8> = fixture.scalar("SELECT sealed_secret FROM registrations").await;
    let owner = made.webhook_id.parse().unwrap();
    let opened = fixture.app.key.open_text(kvitt_envelope::Purpose::WebhookSecret, owner, &sealed).unwrap();
    assert_eq!(secrecy::ExposeSecret::expose_secret(&opened), made.secret);
}

#[tokio::test]
async fn every_broken_field_is_named_at_once() {
    let fixture = Fixture::start().await;
    let broken = RegisterWebhookRequest { url: "ftp://shop.example/".to_owned(), ..wish("x", &[]) };
    let refused = register(&fixture, by_client(broken)).await.unwrap_err();
    assert_eq!(named(&refused), ["msn", "url", "events"]);
    let refused = register(&fixture, by_client(wish(MSN, &["payment"]))).await.unwrap_err();
    assert_eq!(field_violations_of(&refused)[0].description, "must name event types; payment is none");
    let private = RegisterWebhookRequest { url: "https://10.0.0.1/".to_owned(), ..wish(MSN, &[CAPTURED]) };
    assert_eq!(named(&register(&fixture, by_client(private)).await.unwrap_err()), ["url"]);
    let longest = format!("https://shop.example/{}", "a".repeat(2500 - 21));
    let long = |url: String| RegisterWebhookRequest { url, ..wish(MSN, &[CAPTURED]) };
    assert_eq!(
        named(&register(&fixture, by_client(long(format!("{longest}a")))).await.unwrap_err()),
        ["url"]
    );
    assert!(register(&fixture, by_client(long(longest))).await.is_ok());
}

#[tokio::test]
async fn outside_the_sandbox_a_url_is_https_and_public() {
    let mut fixture = Fixture::start().await;
    fixture.app.policy = kvitt_egress::Policy::default();
    for url in ["http://shop.example/", "http://127.0.0.1:3000/", "https://127.0.0.1/", "https://localhost/"]
    {
        let request = RegisterWebhookRequest { url: url.to_owned(), ..wish(MSN, &[CAPTURED]) };
        assert_eq!(named(&register(&fixture, by_client(request)).await.unwrap_err()), ["url"], "{url}");
    }
    assert!(register(&fixture, by_client(wish(MSN, &[CAPTURED]))).await.is_ok());
}

#[tokio::test]
async fn nobody_sees_or_ends_what_is_somebody_elses() {
    let fixture = Fixture::start().await;
    let made = register(&fixture, by_client(wish(MSN, &[CAPTURED]))).await.unwrap();
    let grpc = fixture.grpc();
    assert_eq!(list(&fixture, by_foreigner(of(FOREIGN_MSN))).await, []);
    let foreign = grpc.delete_webhook(by_foreigner(which(FOREIGN_MSN, &made.webhook_id))).await.unwrap_err();
    let absent = uuid::Uuid::from_u128(5).to_string();
    let unknown = grpc.delete_webhook(by_foreigner(which(FOREIGN_MSN, &absent))).await.unwrap_err();
    assert_eq!((foreign.message(), foreign.details()), (unknown.message(), unknown.details()));
    let no_id = grpc.delete_webhook(by_client(which(MSN, "7"))).await.unwrap_err();
    assert_eq!((no_id.message(), no_id.details()), (unknown.message(), unknown.details()));
    let refused = grpc.list_webhooks(by_foreigner(of(MSN))).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::MsnNotCovered));
    let refused = grpc.delete_webhook(by_partner(which(MSN, &made.webhook_id))).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::NotFound));
    assert_eq!(list(&fixture, by_client(of(MSN))).await.len(), 1);
}

#[tokio::test]
async fn a_partner_registers_for_a_unit_or_for_all_of_its_units() {
    let fixture = Fixture::start().await;
    let all = register(&fixture, by_partner(wish("", &[CAPTURED]))).await.unwrap();
    let one = register(&fixture, by_partner(wish(MSN, &[CAPTURED]))).await.unwrap();
    let ids = |webhooks: Vec<Webhook>| {
        webhooks.into_iter().map(|webhook| (webhook.webhook_id, webhook.msn)).collect::<Vec<_>>()
    };
    assert_eq!(ids(list(&fixture, by_partner(of(""))).await), [(all.webhook_id.clone(), String::new())]);
    assert_eq!(ids(list(&fixture, by_partner(of(MSN))).await), [(one.webhook_id, MSN.to_owned())]);
    assert_eq!(list(&fixture, by_client(of(MSN))).await, []);
    let as_of_a_unit =
        fixture.grpc().delete_webhook(by_partner(which(MSN, &all.webhook_id))).await.unwrap_err();
    assert_eq!(reason_of(&as_of_a_unit), Some(Reason::NotFound));
    let unlinked = register(&fixture, by_partner(wish(FOREIGN_MSN, &[CAPTURED]))).await.unwrap_err();
    assert_eq!(reason_of(&unlinked), Some(Reason::PartnerNotLinked));
    fixture.grpc().delete_webhook(by_partner(which("", &all.webhook_id))).await.unwrap();
}

#[tokio::test]
async fn only_a_partner_leaves_the_unit_open() {
    let fixture = Fixture::start().await;
    for request in [
        by_client(wish("", &[CAPTURED])),
        by(Principal::Service(ServiceName::Launcher), wish("", &[CAPTURED])),
    ] {
        let refused = register(&fixture, request).await.unwrap_err();
        assert_eq!(reason_of(&refused), Some(Reason::MsnRequired));
    }
    let operator = by(Principal::Service(ServiceName::Launcher), wish(MSN, &[CAPTURED]));
    register(&fixture, operator).await.unwrap();
    assert_eq!(list(&fixture, by_client(of(MSN))).await.len(), 1, "the operator acts for the unit");
}

#[tokio::test]
async fn of_thirty_at_once_exactly_25_find_room() {
    let fixture = Fixture::start().await;
    let mut tasks = JoinSet::new();
    for _ in 0..30 {
        let grpc = fixture.grpc();
        tasks.spawn(async move { grpc.register_webhook(by_client(wish(MSN, &[CAPTURED]))).await });
    }
    let answers = tasks.join_all().await;
    let refused: Vec<_> = answers.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 5);
    for refused in &refused {
        assert_eq!(reason_of(refused), Some(Reason::FieldInvalid), "{refused:?}");
        assert_eq!(named(refused), ["events"]);
    }
    assert_eq!(list(&fixture, by_client(of(MSN))).await.len(), 25);

    let other = register(&fixture, by_client(wish(MSN, &["epayments.payment.created.v1"]))).await;
    assert!(other.is_ok(), "each type of event counts for itself");
    for request in [
        by_partner(wish(MSN, &[CAPTURED])),
        by_partner(wish("", &[CAPTURED])),
        by_foreigner(wish(FOREIGN_MSN, &[CAPTURED])),
    ] {
        assert!(register(&fixture, request).await.is_ok(), "each owner counts for itself");
    }
    let first = list(&fixture, by_client(of(MSN))).await.remove(0);
    fixture.grpc().delete_webhook(by_client(which(MSN, &first.webhook_id))).await.unwrap();
    assert!(register(&fixture, by_client(wish(MSN, &[CAPTURED]))).await.is_ok(), "there is room again");
}

#[tokio::test]
async fn check_ins_are_told_once() {
    let fixture = Fixture::start().await;
    register(&fixture, by_client(wish(MSN, &[CHECKED_IN]))).await.unwrap();
    let refused = register(&fixture, by_client(wish(MSN, &[CAPTURED, CHECKED_IN]))).await.unwrap_err();
    assert_eq!(named(&refused), ["events"]);
    assert!(register(&fixture, by_client(wish(MSN, &[CAPTURED]))).await.is_ok());
}

#[tokio::test]
async fn one_that_ended_by_itself_is_not_there_any_more() {
    let fixture = Fixture::start().await;
    let made = register(&fixture, by_client(wish(MSN, &[CHECKED_IN]))).await.unwrap();
    let end = "UPDATE registrations SET silent_since = registered_at, ended_at = registered_at";
    sqlx::query(end).execute(fixture.database.pool()).await.unwrap();
    assert_eq!(list(&fixture, by_client(of(MSN))).await, []);
    let refused = fixture.grpc().delete_webhook(by_client(which(MSN, &made.webhook_id))).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::NotFound));
    assert!(register(&fixture, by_client(wish(MSN, &[CHECKED_IN]))).await.is_ok());
}
