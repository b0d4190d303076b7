//! Payments that ask the payer for more than a yes: how the goods are sent, and what may be known of them.

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        Address, ApprovePaymentRequest, CreatePaymentRequest, FixedOptions, PaymentEventName, PaymentState,
        Shipping, ShippingDetails, ShippingGroup, ShippingOption, UserDetails, shipping::Options,
    },
    wallet::v1::GetSharedDetailsResponse,
};
use kvitt_testing::eventually;

use crate::support::{Kind, MSN, Manner, SUB, Shop, Stage, broken_fields, minor, reason, sums};

const REFERENCE: &str = "order-0001";

/// Longer than the acquirer has before the resolver asks again.
const PAST_DEADLINE: Duration = Duration::from_secs(31);

fn option(id: &str, amount_minor: i64) -> ShippingOption {
    let (id, name) = (id.to_owned(), format!("The {id} way"));
    ShippingOption { id, name, amount: minor(amount_minor), ..ShippingOption::default() }
}

fn shipping(options: Vec<ShippingOption>) -> Option<Shipping> {
    let (r#type, brand) = ("HOME_DELIVERY".to_owned(), "POSTEN".to_owned());
    let group = ShippingGroup { r#type, brand, options, ..ShippingGroup::default() };
    let options = Some(Options::Fixed(FixedOptions { groups: vec![group] }));
    Some(Shipping { options, ..Shipping::default() })
}

fn order(shop: &Shop) -> CreatePaymentRequest {
    CreatePaymentRequest {
        shipping: shipping(vec![option("fast", 79), option("slow", 0)]),
        profile_scope: "name address".to_owned(),
        ..shop.order(REFERENCE)
    }
}

fn approval(shop: &Shop, attempt: &str) -> ApprovePaymentRequest {
    let (sub, shipping) = (SUB.to_owned(), Some(option("fast", 79)));
    ApprovePaymentRequest { sub, shipping, ..shop.approval(REFERENCE, attempt) }
}

fn shared() -> GetSharedDetailsResponse {
    let address = Address { city: "Oslo".to_owned(), ..Address::default() };
    let user_details = UserDetails { first_name: "Ada".to_owned(), ..UserDetails::default() };
    GetSharedDetailsResponse { user_details: Some(user_details), shipping_address: Some(address) }
}

async fn stage() -> (Stage, Shop) {
    let stage = Stage::start().await;
    stage.wallet.book().shared = Some(shared());
    let shop = stage.shop(MSN);
    shop.create_as(order(&shop)).await.unwrap();
    (stage, shop)
}

/// What the payer said is there, whoever asks for it.
async fn is_kept(shop: &Shop) {
    let payment = shop.get(REFERENCE).await;
    assert_eq!((payment.sub.as_str(), payment.express), (SUB, true));
    assert_eq!(sums(payment.aggregate), [1079, 0, 0, 0]);
    assert_eq!(payment.amount, minor(1000));
    let details = ShippingDetails {
        cost: minor(79),
        option_id: "fast".to_owned(),
        option_name: "The fast way".to_owned(),
        address: None,
    };
    let with_address = ShippingDetails { address: shared().shipping_address, ..details.clone() };
    assert_eq!(payment.shipping_details, Some(with_address));
    assert_eq!(payment.user_details, shared().user_details);
    let event = shop.events(REFERENCE).await.pop().unwrap();
    assert_eq!((event.name(), event.amount), (PaymentEventName::Authorized, minor(1079)));
    assert_eq!((event.sub.as_str(), event.shipping_details), (SUB, Some(details)));
}

#[tokio::test(flavor = "multi_thread")]
async fn shipping_is_paid_on_top_and_all_of_it_is_captured_and_paid_back() {
    let (stage, shop) = stage().await;
    let approved = shop.approve_as(approval(&shop, "one")).await.unwrap();
    assert_eq!(sums(approved.aggregate), [1079, 0, 0, 0]);
    is_kept(&shop).await;
    assert_eq!(stage.acquirer.asked(Kind::Reserve)[0].amount, minor(1079));
    let again = shop.approve_as(approval(&shop, "one")).await.unwrap();
    assert_eq!(again, approved);

    assert_eq!(reason(shop.capture(REFERENCE, 1080, "too much").await), Reason::CaptureAmountTooHigh);
    let captured = shop.capture_as(shop.capture_of_all(REFERENCE, "take")).await.unwrap();
    assert_eq!(sums(captured.aggregate), [1079, 1079, 0, 0]);
    let refunded = shop.refund_as(shop.refund_of_all(REFERENCE, "give back")).await.unwrap();
    assert_eq!(sums(refunded.aggregate), [1079, 1079, 0, 1079]);
}

/// The wallet no longer asks what was agreed once the payment has been answered.
#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_sent_again_without_what_the_payer_said_gets_the_first_answer() {
    let (stage, shop) = stage().await;
    let approved = shop.approve_as(approval(&shop, "one")).await.unwrap();
    let again = shop.approve_as(shop.approval(REFERENCE, "one")).await.unwrap();
    assert_eq!(again, approved);
    assert_eq!(reason(shop.approve_as(shop.approval(REFERENCE, "two")).await), Reason::AlreadyReserved);
    is_kept(&shop).await;
    assert_eq!(stage.acquirer.asked(Kind::Reserve).len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_payer_said_is_not_lost_with_the_answer_of_the_acquirer() {
    let (stage, shop) = stage().await;
    stage.acquirer.now(Kind::Reserve, Manner::LosesTheAnswer);
    assert_eq!(reason(shop.approve_as(approval(&shop, "one")).await), Reason::Unavailable);
    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    stage.clock.advance(PAST_DEADLINE);
    eventually!(shop.get(REFERENCE).await.state() == PaymentState::Authorized);
    is_kept(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_payer_said_outlives_the_process_that_heard_it() {
    let (mut stage, shop) = stage().await;
    stage.acquirer.now(Kind::Reserve, Manner::IsAway);
    assert_eq!(reason(shop.approve_as(approval(&shop, "one")).await), Reason::Unavailable);
    stage.restart().await;
    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    stage.clock.advance(PAST_DEADLINE);
    let shop = stage.shop(MSN);
    eventually!(shop.get(REFERENCE).await.state() == PaymentState::Authorized);
    is_kept(&shop).await;
    let asked = stage.acquirer.asked(Kind::Reserve);
    assert!(asked.iter().all(|operation| *operation == asked[0]), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_approval_without_what_was_asked_for_is_incomplete_and_may_be_completed_under_the_same_key() {
    let (stage, shop) = stage().await;
    let whole = || approval(&shop, "one");
    let incomplete = [
        ApprovePaymentRequest { sub: String::new(), ..whole() },
        ApprovePaymentRequest { shipping: None, ..whole() },
        ApprovePaymentRequest { shipping: Some(option("fast", 78)), ..whole() },
        ApprovePaymentRequest { shipping: Some(option("drone", 79)), ..whole() },
    ];
    for request in incomplete {
        assert_eq!(reason(shop.approve_as(request).await), Reason::ApprovalIncomplete);
    }
    assert!(stage.acquirer.asked(Kind::Reserve).is_empty());
    shop.approve_as(whole()).await.unwrap();
    is_kept(&shop).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_longer_shared_is_said_to_be_over_and_a_wallet_that_is_away_is_not_taken_for_that() {
    let (stage, shop) = stage().await;
    shop.approve_as(approval(&shop, "one")).await.unwrap();
    stage.wallet.book().is_away = true;
    let answer = shop.get_of(REFERENCE, Default::default()).await;
    assert_eq!(reason(answer), Reason::Unavailable);
    {
        let mut book = stage.wallet.book();
        book.is_away = false;
        book.shared = None;
    }
    let payment = shop.get(REFERENCE).await;
    assert_eq!(payment.user_details, Some(UserDetails { expired: true, ..UserDetails::default() }));
    let details = payment.shipping_details.unwrap();
    assert_eq!((details.option_id.as_str(), details.address), ("fast", None));
    assert_eq!(payment.sub, SUB);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_payment_that_asks_for_nothing_never_asks_the_wallet() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    shop.approve_as(approval(&shop, "one")).await.unwrap();
    let payment = shop.get(REFERENCE).await;
    assert_eq!(sums(payment.aggregate), [1000, 0, 0, 0]);
    assert_eq!((payment.sub.as_str(), payment.shipping_details, payment.user_details), ("", None, None));
    assert_eq!(stage.wallet.book().asked, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn shipping_that_says_nothing_is_named_with_everything_else_that_is_broken() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let with = |shipping| CreatePaymentRequest { shipping, reference: "short".to_owned(), ..order(&shop) };
    let empty = shop.create_as(with(Some(Shipping::default()))).await;
    assert_eq!(broken_fields(empty), ["shipping"]);
    let without_amount = ShippingOption { amount: None, ..option("fast", 1) };
    let broken = shop.create_as(with(shipping(vec![without_amount.clone(), without_amount]))).await;
    let path = |index| format!("shipping.fixedOptions[0].options[{index}].amount");
    assert_eq!(broken_fields(broken), [path(0), path(1)]);
    let twice = shop.create_as(with(shipping(vec![option("fast", 1), option("fast", 1)]))).await;
    assert_eq!(broken_fields(twice), ["reference", "shipping.fixedOptions[0].options[1].id"]);
}
