//! Recurring charges, as a service that makes them creates them.

use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::payment::v1::{CreatePaymentRequest, PaymentMethodType, UserFlow};
use kvitt_runtime::ServiceName;
use kvitt_tests::requests::{fresh_key, fresh_reference};
use kvitt_tests::{Mesh, PayerPlan, Stack};

use super::{Books, text};

/// A charge of 50 that is approved and captured; its reference.
async fn charge(stack: &Stack, books: &Books, mesh: &Mesh, external_id: &str) -> String {
    let reference = fresh_reference();
    let request = CreatePaymentRequest {
        msn: books.shop.keys.msn.clone(),
        idempotency_key: fresh_key(),
        reference: reference.clone(),
        amount: Some(Money { currency: Currency::Nok.into(), amount_minor: 5_000 }),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::WebRedirect.into(),
        return_url: "https://example.com/thanks".to_owned(),
        external_id: external_id.to_owned(),
        ..Default::default()
    };
    mesh.payments().create_payment(request).await.expect("a charge can be made");
    let payer = stack.open_payer(PayerPlan::default()).await;
    books.shop.approve(&reference, &payer.phone).await.is(200);
    books.shop.capture(&reference, 5_000).await.is(200);
    reference
}

#[tokio::test]
async fn m32_a_charge_is_shown_by_its_external_id_or_else_by_its_order_or_charge_id() {
    let stack = Stack::shared();
    let books = Books::open(stack, "full").await;
    let mesh = Mesh::service(stack, ServiceName::Checkout).await;
    let called = charge(stack, &books, &mesh, "membership 2026, no. 7").await;
    let plain = charge(stack, &books, &mesh, "").await;
    books.shop.refund(&called, 1_000).await.is(200);
    let funds = books.entries("funds", 3).await;
    let shown: Vec<_> = funds.iter().map(|entry| text(entry, "reference")).collect();
    assert_eq!(shown, ["membership 2026, no. 7", plain.as_str(), "membership 2026, no. 7"]);
    // Everywhere else it is the payment that it is.
    assert_eq!(books.shop.sums(&called).await, [5_000, 5_000, 0, 1_000]);
}
