//! Codes whose scan tells the merchant, and beacons.

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::QrFormat,
    qr::v1::{
        CallbackCategory, CallbackFound, DeleteMerchantCallbackRequest, GetMerchantCallbackRequest,
        ImportBeaconRequest, ListMerchantCallbacksRequest, PutMerchantCallbackRequest,
        qr_service_server::QrService as _, resolve_qr_response::Found,
    },
};
use tokio::task::JoinSet;

use super::{beacon, callback, code_of, image};
use crate::fixture::{FOREIGN_MSN, Fixture, MSN, answered, by_client, by_foreigner, named, reason};

async fn put(fixture: &Fixture, request: PutMerchantCallbackRequest) {
    answered(fixture.grpc().put_merchant_callback(by_client(request)).await);
}

async fn import(fixture: &Fixture, request: ImportBeaconRequest) {
    answered(fixture.grpc().import_beacon(by_client(request)).await);
}

fn deletion(msn: &str, id: &str) -> DeleteMerchantCallbackRequest {
    DeleteMerchantCallbackRequest { msn: msn.to_owned(), merchant_qr_id: id.to_owned() }
}

fn found(msn: &str, id: &str, location: &str) -> Found {
    Found::Callback(CallbackFound {
        msn: msn.to_owned(),
        merchant_qr_id: id.to_owned(),
        location_description: location.to_owned(),
        category: CallbackCategory::InStore.into(),
    })
}

#[tokio::test]
async fn a_callback_is_put_read_changed_and_deleted() {
    let fixture = Fixture::start().await;
    put(&fixture, callback(MSN, "till/7")).await;
    let made = fixture.callback(MSN, "till/7").await.unwrap();
    let code = code_of(&made.qr_image_url);
    assert_eq!((&*made.msn, &*made.merchant_qr_id, &*made.location_description), (MSN, "till/7", "Kiosk 7"));
    assert_eq!(made.category(), CallbackCategory::InStore);
    assert!(code.starts_with('c') && made.qr_image_url.ends_with(".svg"), "{}", made.qr_image_url);
    assert_eq!(made.qr_content, format!("https://qr.example/q/{code}"));
    let held = answered(fixture.held(&code).await);
    assert_eq!((&held.content, &*held.target_url), (&made.qr_content, ""));
    assert_eq!(answered(fixture.scan(&made.qr_content).await), found(MSN, "till/7", "Kiosk 7"));

    fixture.wait(TimeDelta::seconds(1));
    let changed = PutMerchantCallbackRequest {
        location_description: "Machine".to_owned(),
        category: CallbackCategory::Vending.into(),
        ..callback(MSN, "till/7")
    };
    put(&fixture, changed).await;
    let after = fixture.callback(MSN, "till/7").await.unwrap();
    assert_eq!((&after.qr_image_url, &after.qr_content), (&made.qr_image_url, &made.qr_content));
    assert_eq!((&*after.location_description, after.category()), ("Machine", CallbackCategory::Vending));

    answered(fixture.grpc().delete_merchant_callback(by_client(deletion(MSN, "till/7"))).await);
    let again = fixture.grpc().delete_merchant_callback(by_client(deletion(MSN, "till/7"))).await;
    assert_eq!(reason(again), Reason::NotFound);
    assert!(fixture.callback(MSN, "till/7").await.is_err());
    assert_eq!(reason(fixture.held(&code).await), Reason::NotFound);
    assert_eq!(reason(fixture.scan(&made.qr_content).await), Reason::NotFound);

    put(&fixture, callback(MSN, "till/7")).await;
    assert_ne!(fixture.callback(MSN, "till/7").await.unwrap().qr_content, made.qr_content);
    assert_eq!(reason(fixture.scan(&made.qr_content).await), Reason::NotFound);
}

#[tokio::test]
async fn a_callback_that_is_put_by_many_at_once_has_one_code() {
    let fixture = Fixture::start().await;
    let mut race = JoinSet::new();
    for _ in 0..8 {
        let grpc = fixture.grpc();
        race.spawn(async move { grpc.put_merchant_callback(by_client(callback(MSN, "1"))).await.map(drop) });
    }
    for outcome in race.join_all().await {
        outcome.unwrap();
    }
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM merchant_callbacks").await, 1);
    let content = fixture.callback(MSN, "1").await.unwrap().qr_content;
    put(&fixture, callback(MSN, "1")).await;
    assert_eq!(fixture.callback(MSN, "1").await.unwrap().qr_content, content);
}

#[tokio::test]
async fn callbacks_are_listed_oldest_first_page_by_page() {
    let fixture = Fixture::start().await;
    for id in ["b", "a", "c"] {
        put(&fixture, callback(MSN, id)).await;
        fixture.wait(TimeDelta::seconds(1));
    }
    answered(fixture.grpc().put_merchant_callback(by_foreigner(callback(FOREIGN_MSN, "b"))).await);
    // A change moves nothing.
    put(&fixture, callback(MSN, "b")).await;
    let mut request = ListMerchantCallbacksRequest {
        msn: MSN.to_owned(),
        image: image(QrFormat::ImagePng, Some(200), Some(4)),
        page_size: 2,
        ..Default::default()
    };
    let page = answered(fixture.grpc().list_merchant_callbacks(by_client(request.clone())).await);
    let ids = |page: &[kvitt_proto::qr::v1::MerchantCallback]| -> Vec<String> {
        page.iter().map(|it| it.merchant_qr_id.clone()).collect()
    };
    assert_eq!(ids(&page.merchant_callbacks), ["b", "a"]);
    assert!(page.merchant_callbacks[0].qr_image_url.ends_with(".png?size=200&border=4"));
    request.page_token = page.next_page_token;
    let page = answered(fixture.grpc().list_merchant_callbacks(by_client(request)).await);
    assert_eq!((ids(&page.merchant_callbacks), &*page.next_page_token), (vec!["c".to_owned()], ""));
}

#[tokio::test]
async fn every_broken_field_of_a_callback_is_named() {
    let fixture = Fixture::start().await;
    let broken = PutMerchantCallbackRequest {
        msn: MSN.to_owned(),
        merchant_qr_id: "a b".to_owned(),
        location_description: "å".repeat(37),
        category: 9,
    };
    let refused = fixture.grpc().put_merchant_callback(by_client(broken)).await;
    assert_eq!(named(refused), ["merchantQrId", "locationDescription", "category"]);
    let broken = ImportBeaconRequest { location_description: String::new(), ..beacon(MSN, "a_b") };
    let refused = fixture.grpc().import_beacon(by_client(broken)).await;
    assert_eq!(named(refused), ["beaconId", "locationDescription"]);
    let text = image(QrFormat::TextTargetUrl, None, None);
    let get = GetMerchantCallbackRequest { msn: MSN.to_owned(), merchant_qr_id: "1".to_owned(), image: text };
    assert_eq!(named(fixture.grpc().get_merchant_callback(by_client(get)).await), ["format"]);
    let list = ListMerchantCallbacksRequest { msn: MSN.to_owned(), image: text, ..Default::default() };
    assert_eq!(named(fixture.grpc().list_merchant_callbacks(by_client(list)).await), ["format"]);
}

#[tokio::test]
async fn an_imported_beacon_is_a_callback_that_holds_what_was_printed() {
    let fixture = Fixture::start().await;
    import(&fixture, beacon(MSN, "B-1")).await;
    let made = fixture.callback(MSN, "B-1").await.unwrap();
    assert_eq!(made.qr_content, "mobilepaypos://pos?id=B-1&source=qr");
    for text in ["mobilepaypos://pos?id=B-1&source=qr", "MOBILEPAYPOS://POS?id=B-1&source=qr"] {
        assert_eq!(answered(fixture.scan(text).await), found(MSN, "B-1", "Kiosk 8"), "{text}");
    }
    assert_eq!(reason(fixture.scan("mobilepaypos://pos?id=b-1&source=qr").await), Reason::NotFound);
    let held = answered(fixture.held(&code_of(&made.qr_image_url)).await);
    assert_eq!((&held.content, &*held.target_url), (&made.qr_content, ""));

    // Its unit says anew what it says, by either way.
    let elsewhere = ImportBeaconRequest { location_description: "Kiosk 9".to_owned(), ..beacon(MSN, "B-1") };
    import(&fixture, elsewhere).await;
    assert_eq!(answered(fixture.scan(&made.qr_content).await), found(MSN, "B-1", "Kiosk 9"));
    put(&fixture, callback(MSN, "B-1")).await;
    let after = fixture.callback(MSN, "B-1").await.unwrap();
    assert_eq!((&after.qr_content, &after.qr_image_url), (&made.qr_content, &made.qr_image_url));
    assert_eq!(&*after.location_description, "Kiosk 7");
}

#[tokio::test]
async fn a_code_of_the_merchants_own_becomes_the_beacons_too() {
    let fixture = Fixture::start().await;
    put(&fixture, callback(MSN, "B-1")).await;
    let own = fixture.callback(MSN, "B-1").await.unwrap();
    let printed = "mobilepaypos://pos?id=B-1&source=qr";
    assert_eq!(reason(fixture.scan(printed).await), Reason::NotFound);
    import(&fixture, beacon(MSN, "B-1")).await;
    for text in [printed, &own.qr_content] {
        assert_eq!(answered(fixture.scan(text).await), found(MSN, "B-1", "Kiosk 8"), "{text}");
    }
}

#[tokio::test]
async fn a_beacon_is_the_units_that_imports_it_first_until_it_is_given_back() {
    let fixture = Fixture::start().await;
    import(&fixture, beacon(MSN, "B-1")).await;
    let grpc = fixture.grpc();
    let theirs = || grpc.import_beacon(by_foreigner(beacon(FOREIGN_MSN, "B-1")));
    assert_eq!(reason(theirs().await), Reason::AlreadyExists);
    assert!(fixture.callback(FOREIGN_MSN, "B-1").await.is_err());
    // A code of the same name takes nothing from anybody.
    answered(fixture.grpc().put_merchant_callback(by_foreigner(callback(FOREIGN_MSN, "B-1"))).await);
    assert_eq!(reason(theirs().await), Reason::AlreadyExists);
    answered(fixture.grpc().delete_merchant_callback(by_foreigner(deletion(FOREIGN_MSN, "B-1"))).await);
    let printed = "mobilepaypos://pos?id=B-1&source=qr";
    assert_eq!(answered(fixture.scan(printed).await), found(MSN, "B-1", "Kiosk 8"));

    answered(fixture.grpc().delete_merchant_callback(by_client(deletion(MSN, "B-1"))).await);
    assert_eq!(reason(fixture.scan(printed).await), Reason::NotFound);
    answered(theirs().await);
    assert_eq!(answered(fixture.scan(printed).await), found(FOREIGN_MSN, "B-1", "Kiosk 8"));
}

#[tokio::test]
async fn of_two_units_that_import_a_beacon_at_once_one_has_it() {
    let fixture = Fixture::start().await;
    for round in 0..10 {
        let id = format!("B-{round}");
        let (one, other) = (fixture.grpc(), fixture.grpc());
        let outcomes = tokio::join!(
            one.import_beacon(by_client(beacon(MSN, &id))),
            other.import_beacon(by_foreigner(beacon(FOREIGN_MSN, &id))),
        );
        let winner = match outcomes {
            (Ok(_), lost) => {
                assert_eq!(reason(lost), Reason::AlreadyExists);
                MSN
            }
            (lost, won) => {
                answered(won);
                assert_eq!(reason(lost), Reason::AlreadyExists);
                FOREIGN_MSN
            }
        };
        let printed = format!("mobilepaypos://pos?id={id}&source=qr");
        assert_eq!(answered(fixture.scan(&printed).await), found(winner, &id, "Kiosk 8"));
    }
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM merchant_callbacks").await, 10);
}

#[tokio::test]
async fn a_beacon_is_never_left_to_nobody_while_it_is_imported_and_deleted_at_once() {
    let fixture = Fixture::start().await;
    let mut race = JoinSet::new();
    for round in 0..40 {
        let grpc = fixture.grpc();
        race.spawn(async move {
            match round % 4 {
                0 => grpc.import_beacon(by_client(beacon(MSN, "B"))).await.map(drop),
                1 => grpc.import_beacon(by_foreigner(beacon(FOREIGN_MSN, "B"))).await.map(drop),
                2 => grpc.delete_merchant_callback(by_client(deletion(MSN, "B"))).await.map(drop),
                _ => grpc.delete_merchant_callback(by_foreigner(deletion(FOREIGN_MSN, "B"))).await.map(drop),
            }
        });
    }
    for outcome in race.join_all().await {
        if let Err(status) = outcome {
            let why = kvitt_proto::refusal::reason_of(&status);
            assert!(matches!(why, Some(Reason::AlreadyExists | Reason::NotFound)), "{status:?}");
        }
    }
    const ODD: &str = "\
        SELECT count(*) FROM (SELECT msn, merchant_qr_id FROM merchant_callbacks WHERE beacon) AS codes
        FULL JOIN (SELECT msn, beacon_id AS merchant_qr_id FROM beacons) AS owned USING (msn, merchant_qr_id)
        WHERE codes IS NULL OR owned IS NULL";
    assert_eq!(fixture.scalar::<i64>(ODD).await, 0);
}
