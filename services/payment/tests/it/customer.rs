//! Customers who are named by a token, a code, or a number that matters; and attempts that fail.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        CreatePaymentRequest, Customer, PaymentEventName, PaymentSource, TailRequest, UserFlow,
        customer::Identity,
    },
};

use crate::support::{Kind, MSN, Manner, PHONE, Shop, Stage, TOKEN, reason};

const REFERENCE: &str = "order-0001";

fn order(shop: &Shop, identity: Identity) -> CreatePaymentRequest {
    CreatePaymentRequest {
        customer: Some(Customer { identity: Some(identity) }),
        user_flow: UserFlow::PushMessage.into(),
        ..shop.order(REFERENCE)
    }
}

fn token(text: &str) -> Identity {
    Identity::CustomerToken(text.to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_message_to_a_token_is_for_whoever_it_names_and_a_replay_needs_no_token() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let created = shop.create_as(order(&shop, token(TOKEN))).await.unwrap();
    assert_eq!(created.redirect_url, "");
    stage.wallet.book().token_is_gone = true;
    assert_eq!(shop.create_as(order(&shop, token(TOKEN))).await.unwrap(), created);
    assert_eq!(shop.events(REFERENCE).await.len(), 1);

    let request = TailRequest { msn: MSN.to_string(), ..TailRequest::default() };
    let event = stage.follower().tail(request).await.unwrap().events(1).await.remove(0);
    let details = event.created.unwrap();
    assert_eq!((details.phone_number.as_str(), details.redirect_token.as_str()), (PHONE, ""));

    let mut stranger = shop.approval(REFERENCE, "a stranger");
    stranger.phone_number = "4787654321".to_owned();
    assert_eq!(reason(shop.approve_as(stranger).await), Reason::ApproveNotAllowed);
    shop.approve(REFERENCE, "the customer").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_wallet_refuses_is_refused_in_the_codes_of_creating() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let create = async |number: usize, identity, age: Option<i32>| {
        let request = CreatePaymentRequest {
            idempotency_key: number.to_string(),
            minimum_user_age: age,
            ..order(&shop, identity)
        };
        reason(shop.create_as(request).await)
    };
    let phone = |text: &str| Identity::PhoneNumber(text.to_owned());
    assert_eq!(create(1, token("nobody's"), None).await, Reason::InvalidCustomerToken);
    let code = Identity::PersonalQr("https://qr.example/p/1".to_owned());
    assert_eq!(create(2, code, None).await, Reason::InvalidPersonalQr);
    assert_eq!(create(3, phone("4700000000"), None).await, Reason::CustomerNotFound);
    assert_eq!(create(4, token(TOKEN), Some(99)).await, Reason::CustomerNotFound);
    assert_eq!(create(5, phone("+4700000000"), None).await, Reason::InvalidPhoneNumber);
    assert_eq!(stage.wallet.book().asked, 4);
    stage.wallet.book().is_away = true;
    assert_eq!(create(6, token(TOKEN), None).await, Reason::Unavailable);
    assert_eq!(create(4, token(TOKEN), Some(99)).await, Reason::Unavailable);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_is_looked_up_only_where_it_matters_who_it_is() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    let web = CreatePaymentRequest {
        user_flow: UserFlow::WebRedirect.into(),
        ..order(&shop, Identity::PhoneNumber("4700000000".to_owned()))
    };
    let aged = CreatePaymentRequest { minimum_user_age: Some(18), ..web.clone() };
    assert_eq!(reason(shop.create_as(aged).await), Reason::CustomerNotFound);
    let other = CreatePaymentRequest { idempotency_key: "another".to_owned(), ..web };
    shop.create_as(other).await.unwrap();
    assert_eq!(stage.wallet.book().asked, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_attempt_that_fails_says_why_and_a_wrong_source_never_reaches_the_acquirer() {
    let stage = Stage::start().await;
    let shop = stage.shop(MSN);
    shop.create(REFERENCE).await;
    stage.acquirer.now(Kind::Reserve, Manner::Declines);
    assert_eq!(reason(shop.approve(REFERENCE, "one").await), Reason::ApproveFailed);
    let event = shop.events(REFERENCE).await.pop().unwrap();
    assert_eq!((event.name(), event.success), (PaymentEventName::Authorized, false));
    assert_eq!(event.decline_reason, "INSUFFICIENT_FUNDS");

    let mut typed = shop.approval(REFERENCE, "two");
    typed.source = PaymentSource::TypedCard.into();
    assert_eq!(reason(shop.approve_as(typed).await), Reason::ApproveInvalidSource);
    assert_eq!(stage.acquirer.asked(Kind::Reserve).len(), 1);
    stage.acquirer.now(Kind::Reserve, Manner::Executes);
    shop.approve(REFERENCE, "three").await.unwrap();
}
