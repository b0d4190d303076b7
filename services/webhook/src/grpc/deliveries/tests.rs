use chrono::TimeDelta;
use kvitt_primitives::{EventId, PartnerId};
use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    webhook::v1::{Delivery, RegisterWebhookRequest, webhook_service_server::WebhookService as _},
};
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Attempt, EndpointId, Kind, New, Outcome},
    fixture::{FOREIGN_MSN, Fixture, MSN, PARTNER, by_client, by_foreigner, by_partner, named as fields_of},
    store::{
        deliveries::{self, Claimed, Done},
        senders,
    },
};

const SENDER: Uuid = Uuid::from_u128(0xA);
const ENDPOINT: u128 = 7;

/// A delivery of the unit's own, to an endpoint about a payment.
fn new(fixture: &Fixture, endpoint: u128, reference: &str) -> New {
    New {
        msn: MSN.parse().unwrap(),
        endpoint_id: EndpointId::from_uuid(Uuid::from_u128(endpoint)),
        reference: reference.to_owned(),
        delivery_id: DeliveryId::from_uuid(Uuid::now_v7()),
        partner_id: None,
        kind: Kind::Webhook,
        url: "https://shop.example/hook".to_owned(),
        event_type: "epayments.payment.captured.v1".to_owned(),
        event_id: EventId::from_uuid(Uuid::new_v4()),
        body: "{\"amount\":1}".to_owned(),
        incomplete: false,
        sealed_token: None,
        occurred_at: fixture.now(),
    }
}

impl Fixture {
    async fn tell(&self, new: &[New]) {
        let mut connection = self.app.pool.acquire().await.unwrap();
        deliveries::insert(&mut connection, new, self.now()).await.unwrap();
    }

    /// Takes what is due of these endpoints.
    async fn claim(&self, endpoints: &[u128]) -> Vec<Claimed> {
        let mut connection = self.app.pool.acquire().await.unwrap();
        senders::beat(&mut connection, SENDER, kvitt_runtime::wall_now() + TimeDelta::hours(1))
            .await
            .unwrap();
        let rooms: Vec<_> =
            endpoints.iter().map(|id| (EndpointId::from_uuid(Uuid::from_u128(*id)), 100)).collect();
        deliveries::claim(&mut connection, &rooms, self.now(), SENDER).await.unwrap()
    }

    /// Tries what is due of these endpoints, which ends so.
    async fn try_due(&self, endpoints: &[u128], state: State) {
        let now = self.now();
        let attempt = Attempt {
            at: now,
            took: TimeDelta::milliseconds(5),
            outcome: if state == State::Delivered { Outcome::Succeeded } else { Outcome::Status },
            address: "203.0.113.7:443".parse().ok(),
            tls: true,
            status: Some(503),
            answer: b"no".to_vec(),
            error: "the answer's status is 503".to_owned(),
        };
        let done = self.claim(endpoints).await.into_iter().map(|claimed| Done {
            failures: claimed.failures + 1,
            claimed,
            attempt: Some(attempt.clone()),
            state,
            next_at: now + TimeDelta::hours(1),
        });
        let done: Vec<_> = done.collect();
        let mut tx = self.app.pool.begin().await.unwrap();
        deliveries::finish(&mut tx, &done, SENDER).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn list(&self, request: ListDeliveriesRequest) -> Vec<Delivery> {
        let request = ListDeliveriesRequest { msn: MSN.to_owned(), ..request };
        self.grpc().list_deliveries(by_client(request)).await.unwrap().into_inner().deliveries
    }

    async fn get(&self, delivery_id: DeliveryId) -> Delivery {
        let answer = self.grpc().get_delivery(by_client(which(delivery_id))).await.unwrap().into_inner();
        answer.delivery.unwrap()
    }

    async fn resend(&self, delivery_id: DeliveryId) -> Result<Delivery, Option<Reason>> {
        let GetDeliveryRequest { msn, delivery_id } = which(delivery_id);
        let request = by_client(ResendDeliveryRequest { msn, delivery_id });
        let answer = self.grpc().resend_delivery(request).await;
        answer.map(|answer| answer.into_inner().delivery.unwrap()).map_err(|status| reason_of(&status))
    }

    /// A registration of the unit's own.
    async fn register(&self) -> u128 {
        let request = RegisterWebhookRequest {
            msn: MSN.to_owned(),
            url: "http://127.0.0.1:9/hook".to_owned(),
            events: vec!["epayments.payment.captured.v1".to_owned()],
            standard_webhooks: false,
        };
        let answer = self.grpc().register_webhook(by_client(request)).await.unwrap().into_inner();
        answer.webhook_id.parse::<Uuid>().unwrap().as_u128()
    }

    async fn run(&self, sql: &'static str) {
        sqlx::query(sql).execute(self.database.pool()).await.unwrap();
    }
}

fn which(delivery_id: DeliveryId) -> GetDeliveryRequest {
    GetDeliveryRequest { msn: MSN.to_owned(), delivery_id: delivery_id.to_string() }
}

fn references(deliveries: &[Delivery]) -> Vec<&str> {
    deliveries.iter().map(|one| one.reference.as_str()).collect()
}

#[tokio::test]
async fn the_log_is_listed_newest_first_and_narrowed_down() {
    let fixture = Fixture::start().await;
    let (first, second) = (new(&fixture, ENDPOINT, "one"), new(&fixture, 8, "one"));
    let ecom = New { kind: Kind::EcomCallback, event_type: String::new(), ..new(&fixture, 9, "ecom") };
    let ping = New { kind: Kind::Ping, ..new(&fixture, ENDPOINT, "an id") };
    fixture.tell(&[first, second, ecom, ping]).await;
    fixture.try_due(&[8], State::Delivered).await;
    let all = fixture.list(ListDeliveriesRequest::default()).await;
    assert_eq!(references(&all), ["", "ecom", "one", "one"]);
    assert_eq!((all[1].webhook_id.as_str(), all[0].webhook_id.is_empty()), ("", false));
    assert_eq!((all[2].attempts.len(), all[3].attempts.len()), (1, 0));
    assert_eq!(all[2].attempts[0].error, "the answer's status is 503");
    assert!(all[2].next_attempt_at.is_none() && all[3].next_attempt_at.is_some());

    let to = |number| Uuid::from_u128(number).to_string();
    let table = [
        (ListDeliveriesRequest { reference: "one".to_owned(), ..Default::default() }, vec!["one", "one"]),
        (ListDeliveriesRequest { webhook_id: to(ENDPOINT), ..Default::default() }, vec!["", "one"]),
        (ListDeliveriesRequest { webhook_id: to(9), ..Default::default() }, vec![]),
        (
            ListDeliveriesRequest { reference: "one".to_owned(), webhook_id: to(8), ..Default::default() },
            vec!["one"],
        ),
        (ListDeliveriesRequest { state: DeliveryState::Delivered.into(), ..Default::default() }, vec!["one"]),
        (ListDeliveriesRequest { reference: "an-id".to_owned(), ..Default::default() }, vec![]),
    ];
    for (request, expected) in table {
        assert_eq!(references(&fixture.list(request.clone()).await), expected, "{request:?}");
    }
}

#[tokio::test]
async fn a_page_leads_to_the_next() {
    let fixture = Fixture::start().await;
    let told: Vec<_> = (0..5).map(|number| new(&fixture, ENDPOINT, &format!("order-{number}"))).collect();
    fixture.tell(&told).await;
    let (mut token, mut pages) = (String::new(), Vec::new());
    loop {
        let request = ListDeliveriesRequest {
            msn: MSN.to_owned(),
            page_size: 2,
            page_token: token,
            ..Default::default()
        };
        let page = fixture.grpc().list_deliveries(by_client(request)).await.unwrap().into_inner();
        pages.push(references(&page.deliveries).join(" "));
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    assert_eq!(pages, ["order-4 order-3", "order-2 order-1", "order-0"]);
}

#[tokio::test]
async fn a_filter_that_few_fit_goes_on_where_a_page_stopped_looking() {
    let fixture = Fixture::start().await;
    fixture.tell(&[new(&fixture, ENDPOINT, "oldest")]).await;
    fixture.try_due(&[ENDPOINT], State::GivenUp).await;
    let many: Vec<_> = (0..10_000).map(|_| new(&fixture, ENDPOINT, "another")).collect();
    fixture.tell(&many).await;
    for webhook_id in [String::new(), Uuid::from_u128(ENDPOINT).to_string()] {
        let state = DeliveryState::GivenUp.into();
        let request = ListDeliveriesRequest { msn: MSN.to_owned(), state, webhook_id, ..Default::default() };
        let first = fixture.grpc().list_deliveries(by_client(request.clone())).await.unwrap().into_inner();
        assert!(first.deliveries.is_empty() && !first.next_page_token.is_empty());
        let next = ListDeliveriesRequest { page_token: first.next_page_token, ..request };
        let next = fixture.grpc().list_deliveries(by_client(next)).await.unwrap().into_inner();
        assert_eq!((references(&next.deliveries), &*next.next_page_token), (vec!["oldest"], ""));
    }
}

#[tokio::test]
async fn every_broken_field_is_named() {
    let fixture = Fixture::start().await;
    let request = ListDeliveriesRequest {
        msn: "?".to_owned(),
        reference: "a\0b".to_owned(),
        webhook_id: "1".to_owned(),
        state: 9,
        page_size: 101,
        page_token: "next".to_owned(),
    };
    let status = fixture.grpc().list_deliveries(by_client(request)).await.unwrap_err();
    let all = ["msn", "reference", "webhookId", "state", "pageSize", "pageToken"];
    assert_eq!(fields_of(&status), all);
    let status = fixture.grpc().resend_deliveries(by_client(ResendDeliveriesRequest::default())).await;
    assert_eq!(fields_of(&status.unwrap_err()), ["since"]);
}

#[tokio::test]
async fn nobody_sees_what_others_are_told() {
    let fixture = Fixture::start().await;
    let own = new(&fixture, ENDPOINT, "own");
    let partners = New { partner_id: Some(PARTNER), ..new(&fixture, 8, "partners") };
    let former = PartnerId::from_uuid(Uuid::from_u128(78));
    let formers = New { partner_id: Some(former), ..new(&fixture, 9, "formers") };
    fixture.tell(&[own.clone(), partners.clone(), formers.clone()]).await;
    let request = || ListDeliveriesRequest { msn: MSN.to_owned(), ..Default::default() };
    let grpc = fixture.grpc();
    let of_unit = grpc.list_deliveries(by_client(request())).await.unwrap().into_inner();
    let of_partner = grpc.list_deliveries(by_partner(request())).await.unwrap().into_inner();
    assert_eq!(references(&of_unit.deliveries), ["own"]);
    assert_eq!(references(&of_partner.deliveries), ["partners"]);

    for foreign in [partners.delivery_id, formers.delivery_id, DeliveryId::from_uuid(Uuid::nil())] {
        let got = grpc.get_delivery(by_client(which(foreign))).await.unwrap_err();
        assert_eq!((reason_of(&got), got.message()), (Some(Reason::NotFound), "there is no such delivery"));
        assert_eq!(fixture.resend(foreign).await, Err(Some(Reason::NotFound)));
    }
    assert!(grpc.get_delivery(by_partner(which(partners.delivery_id))).await.is_ok());
    let got = grpc.get_delivery(by_partner(which(own.delivery_id))).await.unwrap_err();
    assert_eq!(reason_of(&got), Some(Reason::NotFound));
    let elsewhere = GetDeliveryRequest { msn: FOREIGN_MSN.to_owned(), ..which(own.delivery_id) };
    let got = grpc.get_delivery(by_foreigner(elsewhere)).await.unwrap_err();
    assert_eq!(reason_of(&got), Some(Reason::NotFound));
    let uncovered = grpc.list_deliveries(by_foreigner(request())).await.unwrap_err();
    assert_eq!(reason_of(&uncovered), Some(Reason::MsnNotCovered));
}

#[tokio::test]
async fn a_delivery_is_shown_with_its_last_fifty_tries() {
    let fixture = Fixture::start().await;
    let told = new(&fixture, ENDPOINT, "one");
    fixture.tell(std::slice::from_ref(&told)).await;
    for _ in 0..52 {
        fixture.try_due(&[ENDPOINT], State::Pending).await;
        fixture.wait(TimeDelta::hours(1));
    }
    let shown = fixture.get(told.delivery_id).await;
    let numbers: Vec<_> = shown.attempts.iter().map(|attempt| attempt.number).collect();
    assert_eq!((shown.attempt_count, numbers), (52, (3..=52).collect()));
    let last = shown.attempts.last().unwrap();
    assert_eq!((last.status, last.address.as_str()), (503, "203.0.113.7:443"));
    assert_eq!(last.next_attempt_at, shown.next_attempt_at);
    assert_eq!(shown.body, "{\"amount\":1}");
}

#[tokio::test]
async fn what_lacks_what_a_payer_shares_is_not_shown_yet() {
    let fixture = Fixture::start().await;
    let told = New { incomplete: true, ..new(&fixture, ENDPOINT, "one") };
    fixture.tell(std::slice::from_ref(&told)).await;
    assert_eq!(fixture.get(told.delivery_id).await.body, "");
}

#[tokio::test]
async fn what_has_ended_is_made_pending_again_in_its_place() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.register().await;
    let told = [new(&fixture, endpoint, "one"), new(&fixture, endpoint, "one")];
    fixture.tell(&told).await;
    fixture.try_due(&[endpoint], State::Delivered).await;
    fixture.try_due(&[endpoint], State::GivenUp).await;
    fixture.wait(TimeDelta::days(3));
    fixture.app.wake.take();
    for one in &told {
        let shown = fixture.resend(one.delivery_id).await.unwrap();
        assert_eq!((shown.state(), shown.attempt_count), (DeliveryState::Pending, 1));
        assert_eq!(shown.next_attempt_at, Some(time::to_proto(fixture.now())));
    }
    assert_eq!(fixture.app.wake.take(), [told[0].endpoint_id].into());
    let claimed = fixture.claim(&[endpoint]).await;
    let first: Vec<_> = claimed.iter().map(|one| (one.key.number, one.failures, one.began_at)).collect();
    assert_eq!(first, [(1, 0, fixture.now())], "the earlier one goes first");
}

#[tokio::test]
async fn what_waits_is_tried_at_once_unless_somebody_is_trying_it() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.register().await;
    let told = new(&fixture, endpoint, "one");
    fixture.tell(std::slice::from_ref(&told)).await;
    fixture.try_due(&[endpoint], State::Pending).await;
    let due = |shown: Delivery| shown.next_attempt_at;
    let now = Some(time::to_proto(fixture.now()));
    assert_ne!(due(fixture.get(told.delivery_id).await), now);
    assert_eq!(due(fixture.resend(told.delivery_id).await.unwrap()), now);
    assert_eq!(fixture.scalar::<i32>("SELECT failures FROM deliveries").await, 1, "its schedule goes on");
    assert_eq!(fixture.claim(&[endpoint]).await.len(), 1);
    fixture.wait(TimeDelta::minutes(1));
    assert_eq!(due(fixture.resend(told.delivery_id).await.unwrap()), now);
}

#[tokio::test]
async fn what_cannot_be_told_again_is_refused() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.register().await;
    let ping = New { kind: Kind::Ping, ..new(&fixture, endpoint, "ping") };
    let ecom = New { kind: Kind::EcomCallback, ..new(&fixture, 9, "ecom") };
    let removal = New { kind: Kind::ConsentRemoval, ..new(&fixture, 9, "removal") };
    let orphan = new(&fixture, ENDPOINT, "orphan");
    let told = new(&fixture, endpoint, "told");
    let all = [told.clone(), ping.clone(), ecom.clone(), removal.clone(), orphan.clone()];
    fixture.tell(&all).await;
    fixture.try_due(&[endpoint, 9, ENDPOINT], State::Delivered).await;
    let not_resendable = Err(Some(Reason::DeliveryNotResendable));
    assert_eq!(fixture.resend(ping.delivery_id).await, not_resendable);
    assert_eq!(fixture.resend(orphan.delivery_id).await, not_resendable);
    for one in [&told, &ecom, &removal] {
        assert!(fixture.resend(one.delivery_id).await.is_ok(), "{:?}", one.kind);
    }
    fixture.try_due(&[endpoint, 9], State::Delivered).await;
    fixture.run("UPDATE deliveries SET body = NULL WHERE reference = 'ecom'").await;
    fixture.run("UPDATE registrations SET silent_since = registered_at, ended_at = registered_at").await;
    assert_eq!(fixture.resend(ecom.delivery_id).await, not_resendable);
    assert_eq!(fixture.resend(told.delivery_id).await, not_resendable);
}

#[tokio::test]
async fn everything_since_a_time_is_told_again_batch_by_batch() {
    let fixture = Fixture::start().await;
    let endpoint = fixture.register().await;
    let id = Uuid::from_u128(endpoint);
    fixture.tell(&[new(&fixture, endpoint, "before")]).await;
    fixture.wait(TimeDelta::hours(1));
    let since = fixture.now();
    let told: Vec<_> = (0..2_100).map(|one| new(&fixture, endpoint, &format!("order-{}", one / 3))).collect();
    let ping = New { kind: Kind::Ping, ..new(&fixture, endpoint, "ping") };
    fixture.tell(&told).await;
    fixture.tell(&[ping, new(&fixture, ENDPOINT, "elsewhere")]).await;
    fixture.run("UPDATE deliveries SET state = 2").await;
    fixture.run("UPDATE deliveries SET body = NULL WHERE reference = 'order-5'").await;
    fixture.wait(TimeDelta::hours(1));
    let request = |since| ResendDeliveriesRequest {
        msn: MSN.to_owned(),
        webhook_id: id.to_string(),
        since: Some(time::to_proto(since)),
    };
    let grpc = fixture.grpc();
    let resent = grpc.resend_deliveries(by_client(request(since))).await.unwrap().into_inner().resent;
    assert_eq!(resent, 2_097);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM deliveries WHERE state = 1").await, 2_097);
    let claimed = fixture.claim(&[endpoint]).await;
    assert!(
        claimed.len() == 100 && claimed.iter().all(|one| one.key.number == 1),
        "the first of each payment"
    );

    let foreign = ResendDeliveriesRequest { msn: FOREIGN_MSN.to_owned(), ..request(since) };
    for refused in [
        grpc.resend_deliveries(by_foreigner(foreign)).await,
        grpc.resend_deliveries(by_partner(request(since))).await,
        grpc.resend_deliveries(by_client(ResendDeliveriesRequest {
            webhook_id: "?".to_owned(),
            ..request(since)
        }))
        .await,
    ] {
        assert_eq!(reason_of(&refused.unwrap_err()), Some(Reason::NotFound));
    }
    let too_early = fixture.now() - TimeDelta::days(30) - TimeDelta::seconds(1);
    let refused = grpc.resend_deliveries(by_client(request(too_early))).await.unwrap_err();
    assert_eq!(fields_of(&refused), ["since"]);
}
