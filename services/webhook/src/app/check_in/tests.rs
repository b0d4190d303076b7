//! Check-ins over gRPC, to a server of our own.

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    webhook::v1::{
        CheckInRequest, DeleteWebhookRequest, Delivery, DeliveryKind, DeliveryState, GetCheckInRequest,
        ListDeliveriesRequest, RegisterWebhookRequest, ResendDeliveryRequest,
        callback_service_server::CallbackService as _, delivery_service_server::DeliveryService as _,
        webhook_service_server::WebhookService as _,
    },
};
use kvitt_runtime::{Principal, ServiceName};
use kvitt_testing::eventually;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;
use tonic::Request;
use uuid::Uuid;

use crate::{
    fixture::{FOREIGN_MSN, Fixture, MSN, Shop, by, by_client, by_foreigner, by_partner, named},
    worker::send::Sender,
};

fn id(number: u128) -> String {
    Uuid::from_u128(number).to_string()
}

fn request(msn: &str, number: u128) -> CheckInRequest {
    CheckInRequest {
        msn: msn.to_owned(),
        check_in_id: id(number),
        merchant_qr_id: "till-4".to_owned(),
        customer_token: "a-token".to_owned(),
    }
}

fn by_qr<T>(message: T) -> Request<T> {
    by(Principal::Service(ServiceName::Qr), message)
}

fn wish(msn: &str, url: String) -> RegisterWebhookRequest {
    let events = vec!["user.checked-in.v1".to_owned()];
    RegisterWebhookRequest { msn: msn.to_owned(), url, events, standard_webhooks: false }
}

impl Fixture {
    async fn check_in(&self, msn: &str, number: u128) -> bool {
        let answer = self.grpc().check_in(by_qr(request(msn, number))).await;
        answer.expect("it is taken").into_inner().listening
    }

    /// How the check-in of [`MSN`] stands.
    async fn standing(&self, number: u128) -> (DeliveryState, i32) {
        let which = GetCheckInRequest { msn: MSN.to_owned(), check_in_id: id(number) };
        let answer = self.grpc().get_check_in(by_qr(which)).await.expect("it is known").into_inner();
        (answer.state(), answer.attempt_count)
    }

    async fn listen(&self, request: Request<RegisterWebhookRequest>) -> String {
        let made = self.grpc().register_webhook(request).await.expect("it is registered");
        made.into_inner().webhook_id
    }

    /// To which registrations deliveries were made, in that order.
    async fn told(&self) -> Vec<String> {
        let all = sqlx::query_scalar("SELECT endpoint_id::text FROM deliveries ORDER BY delivery_id");
        all.fetch_all(self.database.pool()).await.expect("they can be read")
    }

    async fn only_delivery(&self) -> Delivery {
        let list = ListDeliveriesRequest { msn: MSN.to_owned(), reference: id(1), ..Default::default() };
        let listed = self.grpc().list_deliveries(by_client(list)).await.expect("they are listed");
        let [delivery] = &listed.get_ref().deliveries[..] else { panic!("{listed:?}") };
        delivery.clone()
    }
}

#[tokio::test]
async fn every_broken_field_of_a_check_in_is_named() {
    let fixture = Fixture::start().await;
    let broken = CheckInRequest {
        msn: "12".to_owned(),
        check_in_id: "1".to_owned(),
        merchant_qr_id: String::new(),
        customer_token: "\0".to_owned(),
    };
    let broken = fixture.grpc().check_in(by_qr(broken)).await.unwrap_err();
    assert_eq!(named(&broken), ["msn", "checkInId", "merchantQrId", "customerToken"]);
    let broken = fixture.grpc().get_check_in(by_qr(GetCheckInRequest::default())).await.unwrap_err();
    assert_eq!(named(&broken), ["msn", "checkInId"]);
    let unknown = GetCheckInRequest { msn: MSN.to_owned(), check_in_id: id(1) };
    let unknown = fixture.grpc().get_check_in(by_qr(unknown)).await.unwrap_err();
    assert_eq!(reason_of(&unknown), Some(Reason::NotFound));
}

#[tokio::test]
async fn one_is_told_the_unit_before_its_partner_and_its_partner_first_as_to_this_unit() {
    let fixture = Fixture::start().await;
    let url = || "https://shop.example/hook".to_owned();
    assert!(!fixture.check_in(MSN, 1).await, "nobody listens");
    assert_eq!(fixture.told().await, [""; 0]);

    let foreign = fixture.listen(by_foreigner(wish(FOREIGN_MSN, url()))).await;
    assert!(!fixture.check_in(MSN, 1).await, "another unit's registration is of no use");
    let of_all = fixture.listen(by_partner(wish("", url()))).await;
    assert!(fixture.check_in(MSN, 2).await);
    assert!(fixture.check_in(FOREIGN_MSN, 2).await, "it listens itself");
    let of_this = fixture.listen(by_partner(wish(MSN, url()))).await;
    assert!(fixture.check_in(MSN, 3).await);
    let own = fixture.listen(by_client(wish(MSN, url()))).await;
    assert!(fixture.check_in(MSN, 4).await);
    assert_eq!(fixture.told().await, [of_all, foreign, of_this, own]);
}

#[tokio::test]
async fn a_partner_hears_nothing_of_a_unit_that_is_not_linked_to_it() {
    let fixture = Fixture::start().await;
    fixture.listen(by_partner(wish("", "https://partner.example/".to_owned()))).await;
    assert!(!fixture.check_in(FOREIGN_MSN, 1).await);
    assert_eq!(fixture.told().await, [""; 0]);
}

#[tokio::test]
async fn the_same_check_in_is_told_once_however_often_and_whoever_listens_by_then() {
    let fixture = Fixture::start().await;
    let url = || "https://shop.example/hook".to_owned();
    let first = fixture.listen(by_partner(wish("", url()))).await;
    let mut asked = JoinSet::new();
    for _ in 0..8 {
        let grpc = fixture.grpc();
        asked.spawn(async move { grpc.check_in(by_qr(request(MSN, 1))).await });
    }
    for answer in asked.join_all().await {
        assert!(answer.expect("it is taken").into_inner().listening);
    }
    fixture.listen(by_client(wish(MSN, url()))).await;
    assert!(fixture.check_in(MSN, 1).await);
    let another_token = CheckInRequest { customer_token: "another".to_owned(), ..request(MSN, 1) };
    fixture.grpc().check_in(by_qr(another_token)).await.expect("it is taken");
    assert_eq!(fixture.told().await, [first]);
    assert_eq!(fixture.standing(1).await, (DeliveryState::Pending, 0));
}

#[tokio::test]
async fn the_merchant_is_told_in_upstreams_words_and_again_until_it_hears() {
    let fixture = Fixture::start().await;
    let shop = Shop::open().await;
    shop.answer([500]);
    let webhook_id = fixture.listen(by_client(wish(MSN, shop.url("/hook")))).await;
    let at = fixture.now();
    assert!(fixture.check_in(MSN, 1).await);
    let shutdown = CancellationToken::new();
    let sending = tokio::spawn(Sender::new(fixture.app.clone()).run(shutdown.clone()));
    eventually!(fixture.standing(1).await == (DeliveryState::Pending, 1));
    fixture.wait(TimeDelta::seconds(2));
    eventually!(fixture.standing(1).await == (DeliveryState::Delivered, 2));
    let body = format!(
        concat!(
            r#"{{"customerToken":"a-token","merchantQrId":"till-4","msn":"{}","#,
            r#""merchantSerialNumber":"{}","initiatedAt":"{}"}}"#,
        ),
        MSN,
        MSN,
        at.to_rfc3339_opts(chrono::SecondsFormat::Millis, true),
    );
    let received = shop.received();
    assert_eq!(received.len(), 2);
    for one in received {
        assert_eq!((one.line.as_str(), one.body.as_str()), ("POST /hook", body.as_str()));
        assert_eq!(one.header("webhook-id"), webhook_id);
        assert!(one.header("authorization").starts_with("HMAC-SHA256 "));
    }
    let delivery = fixture.only_delivery().await;
    assert_eq!((delivery.kind(), delivery.webhook_id), (DeliveryKind::Webhook, webhook_id));
    assert_eq!((delivery.event_type.as_str(), delivery.event_id), ("user.checked-in.v1", id(1)));
    shutdown.cancel();
    sending.await.expect("it stops");
}

#[tokio::test]
async fn a_check_in_is_given_up_when_the_token_is_over_and_is_not_sent_again() {
    let fixture = Fixture::start().await;
    let shop = Shop::open().await;
    fixture.listen(by_client(wish(MSN, shop.url("/hook")))).await;
    assert!(fixture.check_in(MSN, 1).await);
    fixture.wait(TimeDelta::minutes(15));
    let shutdown = CancellationToken::new();
    let sending = tokio::spawn(Sender::new(fixture.app.clone()).run(shutdown.clone()));
    eventually!(fixture.standing(1).await == (DeliveryState::GivenUp, 0));
    assert!(shop.received().is_empty(), "nobody could do anything with it");

    shop.answer([500; 6]);
    assert!(fixture.check_in(MSN, 2).await);
    for (tries, pause) in [(1, 2), (2, 2), (3, 2), (4, 60), (5, 120)] {
        eventually!(fixture.standing(2).await == (DeliveryState::Pending, tries));
        fixture.wait(TimeDelta::seconds(pause));
    }
    eventually!(fixture.standing(2).await == (DeliveryState::GivenUp, 6));

    let resend =
        ResendDeliveryRequest { msn: MSN.to_owned(), delivery_id: fixture.only_delivery().await.delivery_id };
    let refused =
        fixture.grpc().resend_delivery(by_client(resend)).await.expect_err("nobody is there any more");
    assert_eq!(reason_of(&refused), Some(Reason::DeliveryNotResendable));
    shutdown.cancel();
    sending.await.expect("it stops");
}

#[tokio::test]
async fn what_is_on_its_way_ends_with_its_registration() {
    let fixture = Fixture::start().await;
    let shop = Shop::open().await;
    let webhook_id = fixture.listen(by_client(wish(MSN, shop.url("/hook")))).await;
    assert!(fixture.check_in(MSN, 1).await);
    let delete = DeleteWebhookRequest { msn: MSN.to_owned(), webhook_id };
    fixture.grpc().delete_webhook(by_client(delete)).await.expect("it is deleted");
    let shutdown = CancellationToken::new();
    let sending = tokio::spawn(Sender::new(fixture.app.clone()).run(shutdown.clone()));
    eventually!(fixture.standing(1).await == (DeliveryState::Cancelled, 0));
    assert!(fixture.check_in(MSN, 1).await, "it has been answered so before");
    assert!(shop.received().is_empty());
    shutdown.cancel();
    sending.await.expect("it stops");
}
