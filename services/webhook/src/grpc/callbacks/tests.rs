use kvitt_envelope::Purpose;
use kvitt_runtime::{Principal, ServiceName};
use kvitt_testing::eventually;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Kind, ecom::token_owner},
    fixture::{Fixture, MSN, Shop, by, named},
    store,
    worker::send::Sender,
};

fn request(consent: u128) -> RemoveConsentRequest {
    RemoveConsentRequest {
        msn: MSN.to_owned(),
        consent_id: Uuid::from_u128(consent).to_string(),
        sub: Uuid::from_u128(9).to_string(),
    }
}

fn by_wallet(message: RemoveConsentRequest) -> Request<RemoveConsentRequest> {
    by(Principal::Service(ServiceName::Wallet), message)
}

async fn tell(fixture: &Fixture, consent: u128) -> bool {
    let answer = fixture.grpc().remove_consent(by_wallet(request(consent))).await;
    answer.unwrap().into_inner().told
}

/// The unit's last eCom payment said that it hears of it there.
async fn listens(fixture: &Fixture, prefix: &str, token: &str) {
    let msn = MSN.parse().unwrap();
    let sealed = fixture.app.key.seal_text(Purpose::CallbackToken, token_owner(&msn), token).unwrap();
    let mut connection = fixture.app.pool.acquire().await.unwrap();
    store::ecom::name_removal(&mut connection, &msn, (prefix, Some(&sealed))).await.unwrap();
}

#[tokio::test]
async fn every_broken_field_of_a_consent_is_named() {
    let fixture = Fixture::start().await;
    let broken =
        RemoveConsentRequest { msn: "12".to_owned(), consent_id: String::new(), sub: "x".to_owned() };
    let broken = fixture.grpc().remove_consent(by_wallet(broken)).await.unwrap_err();
    assert_eq!(named(&broken), ["msn", "consentId", "sub"]);
}

#[tokio::test]
async fn a_unit_that_names_no_prefix_is_told_nothing() {
    let fixture = Fixture::start().await;
    assert!(!tell(&fixture, 1).await);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM deliveries").await, 0);
}

#[tokio::test]
async fn a_consent_is_told_once_however_often_and_by_how_many_it_is_asked_for() {
    let fixture = Fixture::start().await;
    listens(&fixture, "https://shop.example/", "token").await;
    let asked: Vec<_> = (0..8)
        .map(|_| {
            let grpc = fixture.grpc();
            tokio::spawn(async move { grpc.remove_consent(by_wallet(request(1))).await })
        })
        .collect();
    for one in asked {
        assert!(one.await.unwrap().unwrap().into_inner().told);
    }
    assert!(tell(&fixture, 1).await);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM deliveries").await, 1);
    assert_eq!(fixture.scalar::<i16>("SELECT kind FROM deliveries").await, Kind::ConsentRemoval.number());
    assert!(tell(&fixture, 2).await);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM deliveries WHERE number = 1").await, 2);
}

#[tokio::test]
async fn the_merchants_server_is_told_with_its_own_token_and_without_a_body_until_it_hears() {
    let fixture = Fixture::start().await;
    let shop = Shop::open().await;
    shop.answer([500]);
    listens(&fixture, &shop.url("/vipps/consents/"), "Secret of the shop").await;
    assert!(tell(&fixture, 1).await);
    let shutdown = CancellationToken::new();
    let sending = tokio::spawn(Sender::new(fixture.app.clone()).run(shutdown.clone()));
    eventually!(fixture.scalar::<i32>("SELECT attempts FROM deliveries").await == 1);
    fixture.wait(chrono::TimeDelta::seconds(2));
    eventually!(fixture.scalar::<i16>("SELECT state FROM deliveries").await == 2);
    let received = shop.received();
    assert_eq!(received.len(), 2);
    for one in received {
        assert_eq!(one.line, format!("DELETE /vipps/consents/v2/consents/{}", Uuid::from_u128(9).simple()));
        assert_eq!(one.header("authorization"), "Secret of the shop");
        assert_eq!((one.body.as_str(), one.header("content-type")), ("", ""));
    }
    shutdown.cancel();
    sending.await.unwrap();
}
