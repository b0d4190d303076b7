use super::*;
use crate::domain::{Environment, MerchantStatus};

#[tokio::test]
async fn a_company_that_is_a_merchant_cannot_apply_and_is_approved_once() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let mut late = an_application();
    late.business_id = merchant.organization_number.as_str().to_owned();
    assert_eq!(reason(bench.apply(somebody(), late).await), Reason::AlreadyExists);

    let application = an_application();
    let first = bench.apply(somebody(), application.clone()).await.unwrap().order_id;
    let second = v1::ApplyForAgreementRequest { order_id: id(), ..application };
    let second = bench.apply(somebody(), second).await.unwrap().order_id;
    bench.approve(&first).await;
    assert_eq!(reason(bench.decide(OPERATOR, &second, "").await), Reason::AlreadyExists);
    assert_eq!(bench.get(OPERATOR, &second).await.unwrap().status(), v1::OrderStatus::Received);
    bench.decide(OPERATOR, &second, "Har avtale.").await.unwrap();
}

#[tokio::test]
async fn an_id_is_taken_by_the_first_who_uses_it() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (applicant, application) = (somebody(), an_application());
    bench.apply(applicant, application.clone()).await.unwrap();
    let renamed = v1::ApplyForAgreementRequest {
        agreement: Some(v1::Agreement {
            name: "Andre AS".to_owned(),
            ..application.agreement.clone().unwrap()
        }),
        ..application.clone()
    };
    assert_eq!(reason(bench.apply(applicant, renamed).await), Reason::AlreadyExists);
    assert_eq!(reason(bench.apply(somebody(), application.clone()).await), Reason::AlreadyExists);
    let same_id = v1::OrderProductRequest { order_id: application.order_id, ..an_order(&merchant) };
    assert_eq!(reason(bench.order(OPERATOR, same_id).await), Reason::AlreadyExists);

    let (_, keys) = bench.partner().await;
    let taken_back = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    bench.delete(keys, &taken_back).await.unwrap();
    let same_id = v1::OrderProductRequest { order_id: taken_back, ..an_order(&merchant) };
    assert_eq!(reason(bench.order(OPERATOR, same_id).await), Reason::AlreadyExists);
}

#[tokio::test]
async fn an_order_that_is_submitted_or_decided_is_not_open() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let order = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    assert_eq!(reason(bench.decide(OPERATOR, &order, "").await), Reason::OrderNotOpen);
    let submission = a_submission(&merchant, &order);
    bench.submit(OPERATOR, submission.clone()).await.unwrap();
    for decided in [false, true] {
        assert_eq!(reason(bench.view(somebody(), &order).await), Reason::OrderNotOpen);
        assert_eq!(reason(bench.submit(OPERATOR, submission.clone()).await), Reason::OrderNotOpen);
        assert_eq!(reason(bench.delete(keys, &order).await), Reason::OrderNotOpen);
        if !decided {
            bench.approve(&order).await;
        }
    }
    assert_eq!(reason(bench.decide(OPERATOR, &order, "Nei.").await), Reason::OrderNotOpen);
    let before = bench.fixture.told().await;
    assert_eq!(
        bench.approve(&order).await.status(),
        v1::OrderStatus::Completed,
        "the same again is harmless"
    );
    assert_eq!(bench.fixture.told().await, before);
    assert_eq!(reason(bench.decide(OPERATOR, &id(), "").await), Reason::NotFound);
}

#[tokio::test]
async fn a_deactivated_merchant_orders_nothing() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let prefilled = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    let waiting = bench.order(OPERATOR, an_order(&merchant)).await.unwrap().order_id;
    sqlx::query("UPDATE merchants SET status = $1")
        .bind(MerchantStatus::Deactivated.code())
        .execute(&bench.fixture.app.pool)
        .await
        .unwrap();
    let refusals = [
        bench.order(OPERATOR, an_order(&merchant)).await,
        bench.submit(OPERATOR, a_submission(&merchant, &prefilled)).await,
        bench.decide(OPERATOR, &waiting, "").await,
    ];
    for refused in refusals {
        assert_eq!(reason(refused), Reason::PermissionDenied);
    }
}

#[tokio::test]
async fn a_feature_that_a_unit_has_or_cannot_have_is_refused() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "100001", |_| {}).await;
    bench.fixture.unit(&merchant, "900001", |unit| unit.environment = Environment::Test).await;
    let ask = |msn, feature| bench.ask(OPERATOR, a_request(msn, feature));
    assert_eq!(reason(ask("100001", v1::Feature::PushMessage).await), Reason::FeaturePresent);
    assert_eq!(reason(ask("900001", v1::Feature::Recurring).await), Reason::TestUnitImmutable);
    assert_eq!(broken(ask("100001", v1::Feature::LateCapture).await), ["request.feature"]);
    assert_eq!(reason(ask("999999", v1::Feature::Recurring).await), Reason::NotFound);
    ask("100001", v1::Feature::Recurring).await.unwrap();
    assert_eq!(reason(ask("100001", v1::Feature::Recurring).await), Reason::FeaturePresent);
    ask("100001", v1::Feature::CreditCard).await.unwrap();
}

#[tokio::test]
async fn a_partner_that_nobody_has_registered_prefills_nothing() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let unknown = PartnerId::from_uuid(Uuid::new_v4());
    let keys = bench.fixture.partner_keys(KeyKind::Partner, unknown);
    assert_eq!(reason(bench.prefill(keys, a_prefilling(&merchant)).await), Reason::PermissionDenied);
}

#[tokio::test]
async fn an_order_for_another_company_is_not_the_callers_to_submit() {
    let bench = bench().await;
    let (merchant, other) = (bench.fixture.merchant().await, bench.fixture.merchant().await);
    let (_, keys) = bench.partner().await;
    let order = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap().order_id;
    let stranger = bench.fixture.administrator(&other);
    assert_eq!(reason(bench.submit(stranger, a_submission(&other, &order)).await), Reason::NotFound);
    assert_eq!(bench.get(keys, &order).await.unwrap().status(), v1::OrderStatus::Received);
}

#[tokio::test]
async fn outside_the_sandbox_nothing_is_decided_by_itself() {
    let mut bench = bench().await;
    bench.fixture.app.sandbox = false;
    bench.grpc = bench.fixture.grpc();
    let merchant = bench.fixture.merchant().await;
    let order = bench.order(OPERATOR, an_order(&merchant)).await.unwrap().order_id;
    bench.fixture.app.clock.advance(A_FORTNIGHT);
    bench.work().await;
    assert_eq!(bench.get(OPERATOR, &order).await.unwrap().status(), v1::OrderStatus::Received);
    let request = v1::SetAutomaticDecisionRequest { delay_seconds: Some(0) };
    let refused = bench.grpc.set_automatic_decision(from(OPERATOR, request)).await;
    assert_eq!(reason(refused), Reason::PermissionDenied);
}

#[tokio::test]
async fn a_database_that_is_gone_is_unavailable() {
    let bench = bench().await;
    bench.fixture.database.pool().close().await;
    assert_eq!(reason(bench.apply(somebody(), an_application()).await), Reason::Unavailable);
    assert_eq!(reason(bench.get(OPERATOR, &id()).await), Reason::Unavailable);
}
