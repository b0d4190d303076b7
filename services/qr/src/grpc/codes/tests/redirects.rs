//! Codes that lead to a page of the merchant.

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::QrFormat,
    qr::v1::{
        CreateMerchantRedirectRequest, DeleteMerchantRedirectRequest, GetMerchantRedirectRequest,
        GetMerchantRedirectResponse, ListMerchantRedirectsRequest, ListMerchantRedirectsResponse,
        UpdateMerchantRedirectRequest, UpdateMerchantRedirectResponse, qr_service_server::QrService as _,
        resolve_qr_response::Found,
    },
};
use tokio::task::JoinSet;
use tonic::{Response, Status};

use super::{PAGE, code_of, image, redirect};
use crate::fixture::{FOREIGN_MSN, Fixture, MSN, answered, by_client, by_foreigner, named, reason};

async fn get(fixture: &Fixture, id: &str) -> Result<Response<GetMerchantRedirectResponse>, Status> {
    let request = GetMerchantRedirectRequest { msn: MSN.to_owned(), id: id.to_owned(), image: None };
    fixture.grpc().get_merchant_redirect(by_client(request)).await
}

async fn update(
    fixture: &Fixture,
    id: &str,
    url: &str,
) -> Result<Response<UpdateMerchantRedirectResponse>, Status> {
    let request = UpdateMerchantRedirectRequest {
        msn: MSN.to_owned(),
        id: id.to_owned(),
        redirect_url: url.to_owned(),
        image: None,
    };
    fixture.grpc().update_merchant_redirect(by_client(request)).await
}

async fn delete(fixture: &Fixture, id: &str) -> Result<(), Reason> {
    let request = DeleteMerchantRedirectRequest { msn: MSN.to_owned(), id: id.to_owned() };
    let deleted = fixture.grpc().delete_merchant_redirect(by_client(request)).await;
    if deleted.is_ok() { Ok(()) } else { Err(reason(deleted)) }
}

async fn list(fixture: &Fixture, page_size: i32, page_token: &str) -> ListMerchantRedirectsResponse {
    let request = ListMerchantRedirectsRequest {
        msn: MSN.to_owned(),
        page_size,
        page_token: page_token.to_owned(),
        ..Default::default()
    };
    answered(fixture.grpc().list_merchant_redirects(by_client(request)).await)
}

#[tokio::test]
async fn a_redirect_is_made_read_changed_and_deleted() {
    let fixture = Fixture::start().await;
    let made = fixture.make(redirect("Bord 7")).await;
    assert_eq!((&*made.id, &*made.redirect_url, made.expires_in_seconds), ("Bord 7", PAGE, -1));
    assert!(made.url.starts_with("https://api.example/qr-images/v1/r") && made.url.ends_with(".svg"));
    assert_eq!(answered(get(&fixture, "Bord 7").await).merchant_redirect, Some(made.clone()));
    assert_eq!(
        reason(fixture.grpc().create_merchant_redirect(by_client(redirect("Bord 7"))).await),
        Reason::AlreadyExists
    );

    let code = code_of(&made.url);
    let printed = format!("https://qr.example/q/{code}");
    let held = answered(fixture.held(&code).await);
    assert_eq!((&*held.content, &*held.target_url), (&*printed, PAGE));

    let elsewhere = "https://shop.example/dessert";
    let updated = answered(update(&fixture, "Bord 7", elsewhere).await).merchant_redirect.unwrap();
    assert_eq!((&updated.url, &*updated.redirect_url), (&made.url, elsewhere));
    assert_eq!(answered(fixture.scan(&printed).await), Found::RedirectUrl(elsewhere.to_owned()));
    assert_eq!(answered(fixture.held(&code).await).target_url, elsewhere);

    delete(&fixture, "Bord 7").await.unwrap();
    assert_eq!(delete(&fixture, "Bord 7").await, Err(Reason::NotFound));
    assert_eq!(reason(get(&fixture, "Bord 7").await), Reason::NotFound);
    assert_eq!(reason(update(&fixture, "Bord 7", PAGE).await), Reason::NotFound);
    assert_eq!(reason(fixture.held(&code).await), Reason::NotFound);
    assert_eq!(reason(fixture.scan(&printed).await), Reason::NotFound);
}

#[tokio::test]
async fn what_is_printed_stays_dead_when_its_id_is_used_anew() {
    let fixture = Fixture::start().await;
    let first = fixture.make(redirect("1")).await;
    delete(&fixture, "1").await.unwrap();
    let second = fixture.make(redirect("1")).await;
    assert_ne!(first.url, second.url);
    assert_eq!(reason(fixture.held(&code_of(&first.url)).await), Reason::NotFound);
    assert_eq!(answered(fixture.held(&code_of(&second.url)).await).target_url, PAGE);
}

#[tokio::test]
async fn a_redirect_whose_time_is_over_is_gone_and_makes_room_for_another() {
    let fixture = Fixture::start().await;
    let brief = || CreateMerchantRedirectRequest { ttl_seconds: Some(300), ..redirect("1") };
    let first = fixture.make(brief()).await;
    assert_eq!(first.expires_in_seconds, 300);
    fixture.wait(TimeDelta::seconds(299));
    assert_eq!(answered(get(&fixture, "1").await).merchant_redirect.unwrap().expires_in_seconds, 1);
    assert_eq!(
        reason(fixture.grpc().create_merchant_redirect(by_client(brief())).await),
        Reason::AlreadyExists
    );

    fixture.wait(TimeDelta::seconds(1));
    let code = code_of(&first.url);
    assert_eq!(reason(get(&fixture, "1").await), Reason::NotFound);
    assert_eq!(reason(update(&fixture, "1", PAGE).await), Reason::NotFound);
    assert_eq!(delete(&fixture, "1").await, Err(Reason::NotFound));
    assert_eq!(list(&fixture, 0, "").await.merchant_redirects, []);
    assert_eq!(reason(fixture.held(&code).await), Reason::NotFound);
    assert_eq!(reason(fixture.scan(&format!("https://qr.example/q/{code}")).await), Reason::NotFound);

    let second = fixture.make(redirect("1")).await;
    assert_ne!(first.url, second.url);
    assert_eq!(second.expires_in_seconds, -1);
    assert_eq!(reason(fixture.held(&code).await), Reason::NotFound);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM merchant_redirects").await, 1);
}

#[tokio::test]
async fn of_many_who_make_one_id_at_once_one_makes_it() {
    let fixture = Fixture::start().await;
    let race = async |fixture: &Fixture| {
        let mut race = JoinSet::new();
        for _ in 0..8 {
            let grpc = fixture.grpc();
            let request = CreateMerchantRedirectRequest { ttl_seconds: Some(300), ..redirect("1") };
            race.spawn(async move { grpc.create_merchant_redirect(by_client(request)).await });
        }
        let mut made = Vec::new();
        for outcome in race.join_all().await {
            match outcome {
                Ok(answer) => made.push(answer.into_inner().merchant_redirect.unwrap().url),
                refused => assert_eq!(reason(refused), Reason::AlreadyExists),
            }
        }
        assert_eq!(made.len(), 1, "{made:?}");
        assert_eq!(answered(get(fixture, "1").await).merchant_redirect.unwrap().url, made[0]);
    };
    race(&fixture).await;
    // The same when there is one whose time is over.
    fixture.wait(TimeDelta::seconds(300));
    race(&fixture).await;
}

#[tokio::test]
async fn ids_belong_to_their_sales_unit() {
    let fixture = Fixture::start().await;
    let own = fixture.make(redirect("1")).await;
    let theirs = CreateMerchantRedirectRequest { msn: FOREIGN_MSN.to_owned(), ..redirect("1") };
    let theirs = answered(fixture.grpc().create_merchant_redirect(by_foreigner(theirs)).await);
    assert_ne!(theirs.merchant_redirect.unwrap().url, own.url);
    assert_eq!(list(&fixture, 0, "").await.merchant_redirects, [own]);
}

#[tokio::test]
async fn redirects_are_listed_oldest_first_page_by_page() {
    let fixture = Fixture::start().await;
    let mut expected = Vec::new();
    // Two of one instant, then one by one.
    for (wait, id) in [(0, "b"), (0, "c"), (1, "a"), (1, "Å"), (1, "+")] {
        fixture.wait(TimeDelta::microseconds(wait));
        expected.push(fixture.make(redirect(id)).await);
    }
    let (mut found, mut token) = (Vec::new(), String::new());
    loop {
        let page = list(&fixture, 2, &token).await;
        found.extend(page.merchant_redirects);
        token = page.next_page_token;
        if token.is_empty() {
            break;
        }
        assert_eq!(found.len() % 2, 0);
    }
    assert_eq!(found, expected);
    let whole = list(&fixture, 5, "").await;
    assert_eq!((whole.merchant_redirects, &*whole.next_page_token), (expected, ""));
}

#[tokio::test]
async fn a_picture_is_as_it_is_asked_for() {
    let fixture = Fixture::start().await;
    let made = fixture.make(redirect("1")).await;
    let code = code_of(&made.url);
    for (asked, expected) in [
        (
            image(QrFormat::ImagePng, None, None),
            format!("https://api.example/qr-images/v1/{code}.png?size=1024&border=8"),
        ),
        (
            image(QrFormat::ImagePng, Some(100), None),
            format!("https://api.example/qr-images/v1/{code}.png?size=100&border=0"),
        ),
        (
            image(QrFormat::ImagePng, Some(500), Some(0)),
            format!("https://api.example/qr-images/v1/{code}.png?size=500&border=0"),
        ),
        (image(QrFormat::TextTargetUrl, None, None), format!("https://qr.example/q/{code}")),
    ] {
        let request = GetMerchantRedirectRequest { msn: MSN.to_owned(), id: "1".to_owned(), image: asked };
        let got = answered(fixture.grpc().get_merchant_redirect(by_client(request)).await);
        assert_eq!(got.merchant_redirect.unwrap().url, expected);
        let request =
            ListMerchantRedirectsRequest { msn: MSN.to_owned(), image: asked, ..Default::default() };
        let listed = answered(fixture.grpc().list_merchant_redirects(by_client(request)).await);
        assert_eq!(listed.merchant_redirects[0].url, expected);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_redirect_is_named() {
    let fixture = Fixture::start().await;
    let broken = CreateMerchantRedirectRequest {
        msn: MSN.to_owned(),
        id: "a/b".to_owned(),
        redirect_url: "https://good.example@evil.example".to_owned(),
        ttl_seconds: Some(299),
        image: image(QrFormat::ImagePng, Some(2001), Some(-1)),
    };
    let refused = fixture.grpc().create_merchant_redirect(by_client(broken)).await;
    assert_eq!(named(refused), ["id", "redirectUrl", "ttl", "size", "whiteBorder"]);
    let empty = CreateMerchantRedirectRequest { msn: MSN.to_owned(), ..Default::default() };
    let refused = fixture.grpc().create_merchant_redirect(by_client(empty)).await;
    assert_eq!(named(refused), ["id", "redirectUrl"]);

    fixture.make(redirect("1")).await;
    assert_eq!(named(update(&fixture, "1", "javascript:alert(1)").await), ["redirectUrl"]);
    let pages = ListMerchantRedirectsRequest {
        msn: MSN.to_owned(),
        image: image(QrFormat::ImagePng, Some(99), None),
        page_size: 1001,
        page_token: "none".to_owned(),
    };
    let refused = fixture.grpc().list_merchant_redirects(by_client(pages)).await;
    assert_eq!(named(refused), ["size", "pageSize", "pageToken"]);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM merchant_redirects").await, 1);
}

#[tokio::test]
async fn what_cannot_be_an_id_names_nothing() {
    let fixture = Fixture::start().await;
    for id in ["", "a\0", "a/b", &"a".repeat(129)] {
        assert_eq!(reason(get(&fixture, id).await), Reason::NotFound, "{id:?}");
        assert_eq!(reason(update(&fixture, id, PAGE).await), Reason::NotFound, "{id:?}");
        assert_eq!(delete(&fixture, id).await, Err(Reason::NotFound), "{id:?}");
    }
}
