//! VM numbers and payment requests: money between people and merchants without a shop's software.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::payment::v1::{
    CreatePaymentRequest, PaymentMethodType, SearchPaymentsRequest, Transaction, TransactionFilter,
    TransactionStatus, UserFlow,
};
use kvitt_proto::qr::v1::{GetUnitQrRequest, QrImage, RequestPaymentRequest};
use kvitt_proto::refusal;
use kvitt_testing::eventually;
use kvitt_tests::requests::{RETURN_URL, fresh_key, fresh_reference};
use kvitt_tests::{Answer, Mesh, PayerPlan, Shop, Stack};
use reqwest::Method;
use serde_json::json;

use crate::qr::{scan, scanned};

async fn transactions(mesh: &Mesh, msn: &str) -> Vec<Transaction> {
    let filter = TransactionFilter { msns: vec![msn.to_owned()], ..Default::default() };
    let request = SearchPaymentsRequest { filter: Some(filter), ..Default::default() };
    mesh.transactions().search_payments(request).await.expect("a page").into_inner().transactions
}

fn nok(amount_minor: i64) -> Option<Money> {
    Some(Money { currency: Currency::Nok.into(), amount_minor })
}

fn ask(msn: &str, phone: &str, key: &str) -> RequestPaymentRequest {
    RequestPaymentRequest {
        msn: msn.to_owned(),
        idempotency_key: key.to_owned(),
        phone_number: phone.to_owned(),
        amount: nok(4_500),
        message: "Two coffees".to_owned(),
    }
}

#[tokio::test]
async fn m50_names_stand_in_the_list_only_for_payments_to_a_vm_number() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let msn = stack.open_vm_number().await;
    let administrator = stack.user("administrator").await.mesh;
    // The wall's code opens the app with the number filled in.
    let request = GetUnitQrRequest {
        msn: msn.clone(),
        image: Some(QrImage {
            format: kvitt_proto::payment::v1::QrFormat::ImagePng.into(),
            ..Default::default()
        }),
    };
    let code = administrator.codes().get_unit_qr(request).await.expect("a code").into_inner();
    let seen = scan(&shop, &shop.phone, &scanned(&shop, &code.url).await).await;
    assert_eq!(
        (&seen.is(200)["kind"], &seen.body["merchantSerialNumber"]),
        (&json!("VM_NUMBER"), &json!(msn))
    );

    let payer = stack.open_payer(PayerPlan::default()).await;
    let path = format!("/kvitt/v1/payers/{}/vm-number-payments", payer.phone);
    let body = json!({"merchantSerialNumber": msn, "amount": {"currency": "NOK", "value": 12_500}, "message": "For the raffle"});
    let key = fresh_key();
    let paid = shop.post(&path, &key, &body).await;
    assert_eq!(shop.post(&path, &key, &body).await.is(200)["reference"], paid.is(200)["reference"]);
    eventually!(
        transactions(&administrator, &msn)
            .await
            .iter()
            .any(|one| one.status() == TransactionStatus::Captured)
    );
    let listed = transactions(&administrator, &msn).await;
    assert_eq!(listed.len(), 1, "{listed:?}");
    assert_eq!(
        (listed[0].payer_name.as_str(), listed[0].message.as_str()),
        ("A payer of one test", "For the raffle")
    );
    assert_eq!(listed[0].aggregate.expect("sums").captured, nok(12_500));

    let ordinary = shop.authorized(1_000).await;
    let named = async || {
        let found = transactions(&Mesh::with_token(stack, &shop.token), &shop.keys.msn).await;
        found.into_iter().find(|one| one.reference == ordinary).map(|one| (one.payer_name, one.message))
    };
    eventually!(named().await == Some((String::new(), String::new())));
}

#[tokio::test]
async fn a_vm_number_has_no_api() {
    let stack = Stack::shared();
    let msn = stack.open_vm_number().await;
    let shop = Shop::named("full").await;
    // Nobody has keys that cover it, and the operator moves no money.
    let request = |msn: &str| CreatePaymentRequest {
        msn: msn.to_owned(),
        idempotency_key: fresh_key(),
        reference: fresh_reference(),
        amount: nok(1_000),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::WebRedirect.into(),
        return_url: RETURN_URL.to_owned(),
        ..Default::default()
    };
    let client = Mesh::with_token(stack, &shop.token);
    let refused = client.payments().create_payment(request(&msn)).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&refused), Some(Reason::MsnNotCovered));
    // A client's own payments are never those of a VM number, nor captured by themselves.
    let posing = [
        CreatePaymentRequest { capture_on_approval: true, ..request(&shop.keys.msn) },
        CreatePaymentRequest { vm_number: Some(Default::default()), ..request(&shop.keys.msn) },
    ];
    for posing in posing {
        let refused = client.payments().create_payment(posing).await.expect_err("a refusal");
        assert_eq!(refusal::reason_of(&refused), Some(Reason::PermissionDenied));
    }
    let nobody = shop
        .post(
            &format!("/kvitt/v1/payers/{}/vm-number-payments", shop.phone),
            &fresh_key(),
            &json!({"merchantSerialNumber": shop.keys.msn, "amount": {"currency": "NOK", "value": 100}}),
        )
        .await;
    assert_eq!(nobody.status, 404, "{}", nobody.text);
}

#[tokio::test]
async fn a_payment_request_is_followed_from_requested_to_its_end() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let assistant = stack.user("assistant").await.mesh;
    let payer = stack.open_payer(PayerPlan::default()).await;
    let key = fresh_key();
    let asked = assistant.payment_requests().request_payment(ask(&shop.keys.msn, &payer.phone, &key)).await;
    let reference = asked.expect("it is asked for").into_inner().reference;
    let again = assistant.payment_requests().request_payment(ask(&shop.keys.msn, &payer.phone, &key)).await;
    assert_eq!(again.expect("the same").into_inner().reference, reference);
    let status = async |reference: &str| {
        let found = transactions(&Mesh::with_token(stack, &shop.token), &shop.keys.msn).await;
        found.into_iter().find(|one| one.reference == reference).map(|one| one.status())
    };
    eventually!(status(&reference).await == Some(TransactionStatus::Requested));
    shop.approve(&reference, &payer.phone).await.is(200);
    eventually!(status(&reference).await == Some(TransactionStatus::Reserved));

    let asked =
        assistant.payment_requests().request_payment(ask(&shop.keys.msn, &payer.phone, &fresh_key())).await;
    let declined = asked.expect("it is asked for").into_inner().reference;
    let path = format!("/kvitt/v1/payments/{declined}/payer/reject");
    Answer::of(shop.request(Method::POST, &path).json(&json!({"phoneNumber": payer.phone}))).await.is(200);
    eventually!(status(&declined).await == Some(TransactionStatus::Rejected));

    // Keys never ask people for money, and of units that one does not see nothing is told.
    let client = Mesh::with_token(stack, &shop.token);
    let refused =
        client.payment_requests().request_payment(ask(&shop.keys.msn, &payer.phone, &fresh_key())).await;
    assert!(refused.is_err());
    let neighbour = stack.user("neighbour").await.mesh;
    let refused =
        neighbour.payment_requests().request_payment(ask(&shop.keys.msn, &payer.phone, &fresh_key())).await;
    assert_eq!(refusal::reason_of(&refused.expect_err("a refusal")), Some(Reason::NotFound));
}
