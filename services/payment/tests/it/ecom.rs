//! Payments that came through eCom, and what only it asks for: direct capture, texts, amounts left out.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        CancelPaymentRequest, CapturePaymentRequest, CreatePaymentRequest, CreatedDetails, EcomDetails,
        EcomTerms, FixedOptions, Origin, PaymentEventName, RefundPaymentRequest, Shipping, ShippingGroup,
        ShippingOption, TailRequest, shipping::Options,
    },
};
use kvitt_testing::eventually;

use crate::support::{DIRECT_MSN, Kind, MSN, Manner, Shop, Stage, broken_fields, reason, sums};

/// Too short for ePayment.
const REFERENCE: &str = "7";

fn order(shop: &Shop) -> CreatePaymentRequest {
    let callback_prefix = "https://shop.example/vipps".to_owned();
    let ecom = Some(EcomTerms { callback_prefix, ..EcomTerms::default() });
    CreatePaymentRequest { ecom, ..shop.order(REFERENCE) }
}

async fn names(shop: &Shop) -> Vec<(PaymentEventName, i64, String)> {
    let events = shop.events(REFERENCE).await.into_iter();
    events.map(|event| (event.name(), event.amount.unwrap().amount_minor, event.idempotency_key)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_authorized_is_captured_in_the_same_breath_where_the_unit_captures_directly() {
    let stage = Stage::start().await;
    let shop = stage.shop(DIRECT_MSN);
    shop.create_as(order(&shop)).await.unwrap();
    let approved = shop.approve(REFERENCE, "one").await.unwrap();
    assert_eq!(sums(approved.aggregate), [1000, 0, 0, 0], "the answer is the approval's own row");
    let payment = shop.get(REFERENCE).await;
    assert_eq!((payment.direct_capture, payment.origin()), (true, Origin::Ecom));
    assert_eq!(sums(payment.aggregate), [1000, 1000, 0, 0]);
    let expected = [
        (PaymentEventName::Created, 1000, format!("create-{REFERENCE}")),
        (PaymentEventName::Authorized, 1000, String::new()),
        (PaymentEventName::Captured, 1000, String::new()),
    ];
    assert_eq!(names(&shop).await, expected);
    let events = shop.events(REFERENCE).await;
    assert_ne!(events[1].psp_reference, events[2].psp_reference);
    eventually!(stage.acquirer.asked(Kind::Capture).len() == 1);
    assert_eq!(reason(shop.capture(REFERENCE, 1, "more").await), Reason::AlreadyCaptured);
    let refunded = shop.refund_as(shop.refund_of_all(REFERENCE, "give back")).await.unwrap();
    assert_eq!(sums(refunded.aggregate), [1000, 1000, 0, 1000]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_of_epayment_is_captured_by_its_merchant_on_such_a_unit_too() {
    let stage = Stage::start().await;
    let shop = stage.shop(DIRECT_MSN);
    shop.authorized("order-0001").await;
    let payment = shop.get("order-0001").await;
    assert_eq!((payment.direct_capture, payment.origin()), (false, Origin::Epayment));
    assert_eq!(sums(payment.aggregate), [1000, 0, 0, 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_for_payments_of_one_api_finds_no_others() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create_as(order(&shop)).await.unwrap();
    shop.create("order-0001").await;
    for (reference, origin, other) in
        [(REFERENCE, Origin::Ecom, Origin::Epayment), ("order-0001", Origin::Epayment, Origin::Ecom)]
    {
        assert_eq!(reason(shop.get_of(reference, other).await), Reason::ReferenceNotFound);
        for finds in [origin, Origin::Unspecified] {
            assert_eq!(shop.get_of(reference, finds).await.unwrap().origin(), origin);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_prefixes_of_ecom_are_named_as_it_names_them() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let ecom = EcomTerms {
        callback_prefix: "http://127.0.0.1/".to_owned(),
        consent_removal_prefix: "shop.example".to_owned(),
        auth_token: "new\nline".to_owned(),
    };
    let broken = shop.create_as(CreatePaymentRequest { ecom: Some(ecom), ..order(&shop) }).await;
    let expected = ["callbackPrefix", "consentRemovalPrefix", "authToken"];
    assert_eq!(broken_fields(broken), expected.map(|field| format!("merchantInfo.{field}")));
}

/// An Express order that says everything about its callbacks.
fn express(shop: &Shop, reference: &str) -> CreatePaymentRequest {
    let option = ShippingOption {
        id: "post".to_owned(),
        name: "By post".to_owned(),
        amount: crate::support::minor(79),
        ..ShippingOption::default()
    };
    let (r#type, brand) = ("OTHER".to_owned(), "OTHER".to_owned());
    let group = ShippingGroup { r#type, brand, options: vec![option], ..ShippingGroup::default() };
    let options = Some(Options::Fixed(FixedOptions { groups: vec![group] }));
    CreatePaymentRequest {
        ecom: Some(whole_terms()),
        shipping: Some(Shipping { options, ..Shipping::default() }),
        profile_scope: "name address".to_owned(),
        ..shop.order(reference)
    }
}

fn whole_terms() -> EcomTerms {
    EcomTerms {
        callback_prefix: "https://shop.example/vipps/".to_owned(),
        auth_token: "Bearer of the shop".to_owned(),
        consent_removal_prefix: "https://shop.example/consents".to_owned(),
    }
}

/// What the feed tells services of the payment's creation.
async fn created(stage: &Stage, shop: &Shop, reference: &str) -> CreatedDetails {
    let msn = shop.order(reference).msn;
    let mut tail = stage.follower().tail(TailRequest { msn, ..TailRequest::default() }).await.unwrap();
    loop {
        for told in tail.next().await.events {
            let event = told.event.unwrap();
            if (event.reference.as_str(), event.name()) == (reference, PaymentEventName::Created) {
                return told.created.unwrap();
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn services_are_told_where_the_merchant_of_ecom_is_told_and_clients_are_not() {
    let stage = Stage::start().await;
    let (shop, direct) = (stage.shop(MSN), stage.shop(DIRECT_MSN));
    shop.create_as(express(&shop, "express")).await.unwrap();
    direct.create_as(order(&direct)).await.unwrap();
    shop.create("order-0001").await;

    let terms = Some(whole_terms());
    let told = created(&stage, &shop, "express").await.ecom;
    assert_eq!(told, Some(EcomDetails { terms, express: true, direct_capture: false }));
    let told = created(&stage, &direct, REFERENCE).await.ecom;
    let terms = order(&direct).ecom;
    assert_eq!(told, Some(EcomDetails { terms, express: false, direct_capture: true }));
    assert_eq!(created(&stage, &shop, "order-0001").await.ecom, None, "ePayment has webhooks");

    let mut own = shop.tail("", 0).await.unwrap();
    for told in own.events(2).await {
        assert_eq!((told.event.unwrap().name(), told.created), (PaymentEventName::Created, None));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_merchant_says_about_a_change_stands_in_its_event_and_minted_keys_do_not() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let minted = CreatePaymentRequest { idempotency_key_minted: true, ..order(&shop) };
    shop.create_as(minted).await.unwrap();
    shop.approve(REFERENCE, "one").await.unwrap();
    let said = |text: &str| text.to_owned();
    let capture = CapturePaymentRequest {
        amount: crate::support::minor(400),
        text: said("two socks"),
        idempotency_key_minted: true,
        ..shop.capture_of_all(REFERENCE, "take")
    };
    let captured = shop.capture_as(capture.clone()).await.unwrap();
    let shown = CapturePaymentRequest { idempotency_key_minted: false, ..capture.clone() };
    assert_eq!(shop.capture_as(shown).await.unwrap(), captured, "whose key it is changes no request");
    let other = CapturePaymentRequest { text: said("three socks"), ..capture };
    assert_eq!(reason(shop.capture_as(other).await), Reason::CaptureIdempotencyConflict);

    stage.acquirer.now(Kind::Refund, Manner::LosesTheAnswer);
    let refund = RefundPaymentRequest {
        text: said("a hole"),
        idempotency_key_minted: true,
        ..shop.refund_of_all(REFERENCE, "give back")
    };
    assert_eq!(reason(shop.refund_as(refund.clone()).await), Reason::Unavailable);
    stage.acquirer.now(Kind::Refund, Manner::Executes);
    shop.refund_as(refund).await.unwrap();

    let cancel = CancelPaymentRequest { text: said("no more"), ..shop.cancellation(REFERENCE, "end") };
    let only = CancelPaymentRequest { uncaptured_only: true, ..shop.cancellation(REFERENCE, "end only") };
    assert_eq!(reason(shop.cancel_as(only).await), Reason::CannotCancelCaptured);
    shop.cancel_as(cancel).await.unwrap();
    let events = shop.events(REFERENCE).await;
    let found: Vec<_> = events.iter().map(|e| (e.text.as_str(), e.idempotency_key.as_str())).collect();
    assert_eq!(found, [("", ""), ("", ""), ("two socks", ""), ("a hole", ""), ("no more", "end")]);

    let long = CancelPaymentRequest { text: "x".repeat(101), ..shop.cancellation(REFERENCE, "long") };
    assert_eq!(broken_fields(shop.cancel_as(long).await), ["text"]);
}
