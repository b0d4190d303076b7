use kvitt_primitives::Msn;

use super::*;
use crate::{
    app::{
        merchants::{Which, get_merchant},
        units::{get_logo, get_sales_unit, to_change},
    },
    domain::{AccountState, CaptureType, Feature, ProductType, SalesUnit},
};

impl Bench {
    async fn unit(&self, msn: &str) -> SalesUnit {
        let msn: Msn = msn.parse().unwrap();
        get_sales_unit(&self.fixture.app, &OPERATOR, &msn).await.unwrap().value
    }

    async fn keys_state(&self, msn: &str) -> String {
        let state = sqlx::query_scalar("SELECT keys_state FROM sales_units WHERE msn = $1").bind(msn);
        state.fetch_one(&self.fixture.app.pool).await.unwrap()
    }

    async fn opened(&self, merchant: &Merchant, product: v1::Product) -> SalesUnit {
        let request = v1::OrderProductRequest { product: Some(product), ..an_order(merchant) };
        let order = self.order(self.fixture.administrator(merchant), request).await.unwrap();
        self.unit(&self.approve(&order.order_id).await.msn).await
    }
}

#[tokio::test]
async fn an_approved_application_makes_a_merchant_and_the_applicant_its_administrator() {
    let bench = bench().await;
    let (applicant, application) = (somebody(), an_application());
    let order = bench.apply(applicant, application.clone()).await.unwrap();
    assert_eq!((order.status(), order.merchant_id.as_str()), (v1::OrderStatus::Received, ""));
    assert_eq!(bench.get(applicant, &order.order_id).await.unwrap(), order);
    assert_eq!(bench.apply(applicant, application.clone()).await.unwrap(), order, "again is alike");
    bench.work().await;
    assert_eq!(bench.fixture.access.provisioned.administrators(), []);

    let completed = bench.approve(&order.order_id).await;
    let merchant_id = completed.merchant_id.parse().unwrap();
    let merchant = get_merchant(&bench.fixture.app, &OPERATOR, &Which::Id(merchant_id)).await.unwrap();
    assert_eq!(merchant.name.as_str(), "Blåbær & sønn AS");
    assert_eq!(merchant.organization_number.as_str(), application.business_id);
    assert_eq!(merchant.company.email.unwrap().as_str(), "post@blaabaer.example");
    assert_eq!(bench.apply(applicant, application).await.unwrap(), completed);

    bench.work().await;
    bench.work().await;
    let Principal::User(user) = applicant.principal else { unreachable!() };
    let wanted = kvitt_proto::access::v1::GrantAdministratorRequest {
        merchant_id: merchant.id.to_string(),
        user_id: user.to_string(),
    };
    assert_eq!(bench.fixture.access.provisioned.administrators(), [wanted]);
    let told: Vec<_> = bench.fixture.told().await.into_iter().map(|(action, _)| action).collect();
    assert_eq!(told, ["order.made", "merchant.registered", "order.decided"]);
}

#[tokio::test]
async fn an_approved_product_is_a_unit_with_everything_that_was_ordered() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let product = v1::Product { logo_png: a_logo(100), has_recurring: true, ..a_product() };
    let unit = bench.opened(&merchant, product.clone()).await;
    assert_eq!((unit.name.as_str(), unit.merchant_id, unit.active), ("Nettbutikk", merchant.id, true));
    assert_eq!(unit.features.iter().collect::<Vec<_>>(), [Feature::Recurring]);
    assert_eq!(unit.merchant_category_code.unwrap().as_str(), "5411");
    let account = unit.settlement.account.unwrap();
    assert_eq!((account.account.number(), account.state), ("86011117947", AccountState::Unverified));
    assert!(unit.has_logo);
    let logo = get_logo(&bench.fixture.app, &OPERATOR, &unit.msn).await.unwrap();
    assert_eq!(logo, product.logo_png);
    assert_eq!(bench.keys_state(unit.msn.as_str()).await, "wanted");
    bench.work().await;
    assert_eq!(bench.keys_state(unit.msn.as_str()).await, "issued");
    let [keys] = bench.fixture.access.provisioned.keys().try_into().unwrap();
    let owner = keys.owner.unwrap();
    assert_eq!(keys.kind, i32::from(KeyKind::SalesUnit));
    let of = (owner.msn, owner.merchant_id);
    assert_eq!(of, (unit.msn.to_string(), merchant.id.to_string()));
}

#[tokio::test]
async fn an_approved_vm_number_captures_directly_and_is_given_no_keys_but_made_known() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let product_type = v1::ProductType::VmNumber.into();
    let unit = bench.opened(&merchant, v1::Product { product_type, ..a_product() }).await;
    assert_eq!(unit.product_type, ProductType::VmNumber);
    assert_eq!(unit.capture_type, CaptureType::DirectCapture);
    bench.work().await;
    assert_eq!(bench.keys_state(unit.msn.as_str()).await, "issued");
    assert_eq!(bench.fixture.access.provisioned.keys(), []);
    let (msn, merchant_id) = (unit.msn.to_string(), merchant.id.to_string());
    let told = bench.fixture.access.provisioned.units();
    assert_eq!(told, [RegisterSalesUnitRequest { msn, merchant_id }]);
}

#[tokio::test]
async fn the_bank_says_whose_the_account_of_a_new_unit_is() {
    let bench = bench().await;
    let (merchant, other) = (bench.fixture.merchant().await, bench.fixture.merchant().await);
    let state = |unit: SalesUnit| unit.settlement.account.unwrap().state;
    let first = bench.opened(&merchant, a_product()).await;
    assert_eq!(state(first.clone()), AccountState::Unverified);
    bench.fixture.app.clock.advance(Duration::from_secs(86_400));
    bench.work().await;
    assert_eq!(state(bench.unit(first.msn.as_str()).await), AccountState::Verified);
    assert_eq!(state(bench.opened(&merchant, a_product()).await), AccountState::Verified);
    assert_eq!(state(bench.opened(&other, a_product()).await), AccountState::Rejected);
}

#[tokio::test]
async fn an_approved_feature_is_the_units_at_a_revision_of_its_own() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let before = bench.fixture.changed_revision("123456").await;
    let request = a_request("123456", v1::Feature::Recurring);
    let order = bench.ask(administrator, request.clone()).await.unwrap();
    assert_eq!((order.status(), order.msn.as_str()), (v1::OrderStatus::Received, ""));
    assert_eq!(bench.ask(administrator, request.clone()).await.unwrap(), order, "again is alike");
    assert_eq!(bench.fixture.changed_revision("123456").await, before);

    let completed = bench.approve(&order.order_id).await;
    assert_eq!((completed.status(), completed.msn.as_str()), (v1::OrderStatus::Completed, "123456"));
    let features: Vec<_> = bench.unit("123456").await.features.iter().collect();
    assert_eq!(features, [Feature::PushMessage, Feature::Express, Feature::Recurring]);
    assert!(bench.fixture.changed_revision("123456").await > before);
    assert_eq!(bench.ask(administrator, request).await.unwrap(), completed, "again is alike later too");

    let mut direct = a_request("123456", v1::Feature::Recurring);
    let capture_type = v1::CaptureType::DirectCapture.into();
    direct.request.as_mut().unwrap().wanted = Some(v1::feature_request::Wanted::CaptureType(capture_type));
    let order = bench.ask(administrator, direct).await.unwrap();
    bench.approve(&order.order_id).await;
    assert_eq!(bench.unit("123456").await.capture_type, CaptureType::DirectCapture);
}

#[tokio::test]
async fn a_rejected_order_has_no_effect_and_a_feature_can_be_asked_for_again() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let asked = bench.ask(administrator, a_request("123456", v1::Feature::Recurring)).await.unwrap();
    bench.decide(OPERATOR, &asked.order_id, "Ikke nå.").await.unwrap();
    bench.ask(administrator, a_request("123456", v1::Feature::Recurring)).await.unwrap();
    let applied = bench.apply(somebody(), an_application()).await.unwrap();
    let rejected = bench.decide(OPERATOR, &applied.order_id, "Ukjent firma.").await.unwrap();
    assert_eq!(rejected.merchant_id, "");
    bench.work().await;
    assert_eq!(bench.fixture.access.provisioned.administrators(), []);
    let units: i64 = sqlx::query_scalar("SELECT count(*) FROM sales_units")
        .fetch_one(&bench.fixture.app.pool)
        .await
        .unwrap();
    assert_eq!(units, 1);
}

#[tokio::test]
async fn the_merchant_completes_what_the_partner_left_open() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let administrator = bench.fixture.administrator(&merchant);
    let (_, keys) = bench.partner().await;
    let bare = v1::Product { product_type: a_product().product_type, ..Default::default() };
    let request = v1::PrefillOrderRequest { product: Some(bare), ..a_prefilling(&merchant) };
    let order = bench.prefill(keys, request).await.unwrap();
    let submission = a_submission(&merchant, &order.order_id);
    let missing = ["salesUnitName", "settlementAccount", "websiteUrl", "websiteTermsUrl"];
    let missing = missing.map(|field| format!("product.{field}"));
    assert_eq!(broken(bench.submit(administrator, submission.clone()).await), missing);
    let completed = v1::SubmitOrderRequest { product: Some(a_product()), ..submission };
    bench.submit(administrator, completed).await.unwrap();
    let order = bench.approve(&order.order_id).await;
    assert_eq!(bench.unit(&order.msn).await.name.as_str(), "Nettbutikk");
    let told: Vec<_> = bench.fixture.told().await.into_iter().map(|(action, _)| action).collect();
    let expected = ["merchant.registered", "order.made", "order.submitted", "unit.opened", "order.decided"];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn the_password_of_a_test_site_is_nowhere_kept_and_nowhere_answered() {
    const CANARY: &str = "canary-b6f1-passord";
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let product = v1::Product {
        test_website_url: "https://test.blaabaer.example".to_owned(),
        test_website_username: "kari".to_owned(),
        test_website_password: CANARY.to_owned(),
        ..a_product()
    };
    let request = v1::OrderProductRequest { product: Some(product), ..an_order(&merchant) };
    let order = bench.order(bench.fixture.administrator(&merchant), request.clone()).await.unwrap();
    assert!(!format!("{order:?}").contains(CANARY));
    let row: String = sqlx::query_scalar("SELECT orders::text FROM orders")
        .fetch_one(&bench.fixture.app.pool)
        .await
        .unwrap();
    assert!(row.contains("kari") && row.contains("has_test_password") && !row.contains(CANARY), "{row}");
    let again = bench.order(bench.fixture.administrator(&merchant), request).await.unwrap();
    assert_eq!(again, order);
}

#[tokio::test]
async fn logos_are_answered_with_their_order_and_left_out_of_lists() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let logo = a_logo(200);
    let product = v1::Product { logo_png: logo.clone(), ..a_product() };
    let request = v1::PrefillOrderRequest { product: Some(product), ..a_prefilling(&merchant) };
    let order = bench.prefill(keys, request).await.unwrap();
    let png = |order: &v1::Order| match order.subject.as_ref().unwrap() {
        v1::order::Subject::Product(product) => product.logo_png.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(png(&bench.view(somebody(), &order.order_id).await.unwrap()), logo);
    assert_eq!(png(&bench.get(keys, &order.order_id).await.unwrap()), logo);
    let listed = bench.list(keys, v1::ListOrdersRequest::default()).await.unwrap();
    assert_eq!(png(&listed[0]), Vec::<u8>::new());
}

#[tokio::test]
async fn an_order_of_a_company_that_becomes_a_merchant_is_that_merchants() {
    let bench = bench().await;
    let (_, keys) = bench.partner().await;
    let application = an_application();
    let mut request = a_prefilling(&bench.fixture.merchant().await);
    request.business_id.clone_from(&application.business_id);
    let order = bench.prefill(keys, request).await.unwrap();
    assert_eq!(order.merchant_id, "");
    let applied = bench.apply(somebody(), application).await.unwrap();
    let merchant_id = bench.approve(&applied.order_id).await.merchant_id;
    assert_eq!(bench.get(keys, &order.order_id).await.unwrap().merchant_id, merchant_id);
    let of = v1::ListOrdersRequest { merchant_id, ..Default::default() };
    let listed = bench.list(OPERATOR, of).await.unwrap();
    assert_eq!(ids(&listed), [applied.order_id.as_str(), order.order_id.as_str()]);
}

#[tokio::test]
async fn a_unit_that_is_changed_while_its_feature_is_decided_keeps_both_changes() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let asked = bench.ask(OPERATOR, a_request("123456", v1::Feature::Recurring)).await.unwrap();
    let mut tx = bench.fixture.app.pool.begin().await.unwrap();
    let (unit, revision) = to_change(&mut tx, &"123456".parse().unwrap()).await.unwrap();
    let (grpc, order_id) = (bench.grpc.clone(), asked.order_id.clone());
    let deciding = tokio::spawn(async move {
        let request = v1::DecideOrderRequest { order_id, approve: true, reason: String::new() };
        grpc.decide_order(from(OPERATOR, request)).await
    });
    let waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
    let pool = bench.fixture.app.pool.clone();
    kvitt_testing::eventually!(sqlx::query_scalar::<_, i64>(waiting).fetch_one(&pool).await.unwrap() > 0);
    let off = SalesUnit { active: false, ..unit };
    crate::store::sales_units::update(&mut tx, &off, revision).await.unwrap();
    tx.commit().await.unwrap();
    deciding.await.unwrap().unwrap();
    let unit = bench.unit("123456").await;
    assert!(!unit.active && unit.features.iter().any(|feature| feature == Feature::Recurring));
}
