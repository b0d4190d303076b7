use super::*;

#[tokio::test]
async fn every_broken_field_of_a_product_is_named() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let text = |text: &str| text.to_owned();
    let valid = a_product;
    let table = [
        (v1::Product { product_type: 9, ..valid() }, "productType"),
        (v1::Product { sales_unit_name: text("n".repeat(41).as_str()), ..valid() }, "salesUnitName"),
        (v1::Product { sales_unit_name: text("Bær & sønn"), ..valid() }, "salesUnitName"),
        (v1::Product { sales_unit_name: text("a\u{202e}b"), ..valid() }, "salesUnitName"),
        (v1::Product { logo_png: b"GIF89a".to_vec(), ..valid() }, "logoPng"),
        (v1::Product { logo_png: a_logo(99), ..valid() }, "logoPng"),
        (v1::Product { logo_png: vec![0; 1024 * 1024 + 1], ..valid() }, "logoPng"),
        (v1::Product { settlement_account: Some(account("86011117948")), ..valid() }, "settlementAccount.id"),
        (v1::Product { price_package_id: text("x"), ..valid() }, "pricePackageId"),
        (v1::Product { price_package_id: id(), ..valid() }, "pricePackageId"),
        (v1::Product { use_case: text("website"), ..valid() }, "useCase"),
        (v1::Product { annual_turnover: -1, ..valid() }, "annualTurnover"),
        (v1::Product { annual_turnover: 1_000_000_000, ..valid() }, "annualTurnover"),
        (v1::Product { annual_turnover_percentage: text("15"), ..valid() }, "annualTurnoverPercentage"),
        (v1::Product { intended_purpose: text("p".repeat(1001).as_str()), ..valid() }, "intendedPurpose"),
        (v1::Product { intended_purpose: text("a\0b"), ..valid() }, "intendedPurpose"),
        (v1::Product { app_name: text("a\nb"), ..valid() }, "appName"),
        (v1::Product { website_url: text("http://blaabaer.example"), ..valid() }, "websiteUrl"),
        (v1::Product { website_terms_url: String::new(), ..valid() }, "websiteTermsUrl"),
        (v1::Product { test_website_url: text("javascript:alert(1)"), ..valid() }, "testWebsiteUrl"),
        (v1::Product { test_website_password: text("passord"), ..valid() }, "testWebsiteUrl"),
        (v1::Product { merchant_category_code: text("54111"), ..valid() }, "merchantCategoryCode"),
    ];
    for (product, field) in table {
        let request = v1::OrderProductRequest { product: Some(product), ..an_order(&merchant) };
        assert_eq!(broken(bench.order(OPERATOR, request).await), [format!("product.{field}")]);
    }
    let dk = v1::SettlementAccount { scheme: "BBAN:DK".to_owned(), id: "123456789".to_owned(), state: 0 };
    let foreign = v1::Product { settlement_account: Some(dk), ..a_product() };
    let request = v1::OrderProductRequest { product: Some(foreign), ..an_order(&merchant) };
    assert_eq!(broken(bench.order(OPERATOR, request).await), ["product.settlementAccount.scheme"]);
    let nothing = v1::OrderProductRequest::default();
    assert_eq!(broken(bench.order(OPERATOR, nothing).await), ["orderId", "merchantId", "product"]);
    let many = v1::Product { use_case: text("x"), annual_turnover: -1, app_name: text("\0"), ..a_product() };
    let request = v1::PrefillOrderRequest { product: Some(many), ..a_prefilling(&merchant) };
    let (_, keys) = bench.partner().await;
    let all = ["product.useCase", "product.annualTurnover", "product.appName"];
    assert_eq!(broken(bench.prefill(keys, request).await), all);
    assert_eq!(bench.fixture.told().await.len(), 1, "nothing but the merchant was made");
}

#[tokio::test]
async fn a_logo_is_decoded_for_those_who_may_order() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let mut logo = a_logo(200);
    logo.truncate(logo.len() / 2);
    let product = Some(v1::Product { logo_png: logo, ..a_product() });
    let ordered = v1::OrderProductRequest { product: product.clone(), ..an_order(&merchant) };
    let prefilled = v1::PrefillOrderRequest { product: product.clone(), ..a_prefilling(&merchant) };
    let whole = bench.prefill(keys, a_prefilling(&merchant)).await.unwrap();
    let submitted = v1::SubmitOrderRequest { product, ..a_submission(&merchant, &whole.order_id) };
    let administrator = bench.fixture.administrator(&merchant);
    for refused in [
        bench.order(administrator, ordered.clone()).await,
        bench.submit(administrator, submitted.clone()).await,
        bench.prefill(keys, prefilled.clone()).await,
    ] {
        assert_eq!(broken(refused), ["product.logoPng"]);
    }
    for refused in [
        bench.order(somebody(), ordered).await,
        bench.submit(somebody(), submitted).await,
        bench.prefill(somebody(), prefilled).await,
    ] {
        assert_ne!(reason(refused), Reason::FieldInvalid);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_prefilling_is_named() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (_, keys) = bench.partner().await;
    let valid = || a_prefilling(&merchant);
    let table = [
        (v1::PrefillOrderRequest { idempotency_key: "k".repeat(51), ..valid() }, "idempotencyKey"),
        (v1::PrefillOrderRequest { idempotency_key: "nøkkel".to_owned(), ..valid() }, "idempotencyKey"),
        (
            v1::PrefillOrderRequest { business_scheme: "business:SE:ORG".to_owned(), ..valid() },
            "businessScheme",
        ),
        (v1::PrefillOrderRequest { business_id: "987654321".to_owned(), ..valid() }, "businessId"),
        (v1::PrefillOrderRequest { product: None, ..valid() }, "product"),
    ];
    for (request, field) in table {
        assert_eq!(broken(bench.prefill(keys, request).await), [field]);
    }
}

#[tokio::test]
async fn every_broken_field_of_an_application_is_named() {
    let bench = bench().await;
    let valid = an_application;
    let with = |agreement| v1::ApplyForAgreementRequest { agreement: Some(agreement), ..valid() };
    let agreement = || valid().agreement.unwrap();
    let company = v1::Company { email: "x".to_owned(), website: "x".to_owned(), ..Default::default() };
    let table = [
        (v1::ApplyForAgreementRequest { order_id: "1".to_owned(), ..valid() }, vec!["orderId"]),
        (v1::ApplyForAgreementRequest { business_id: "1".to_owned(), ..valid() }, vec!["businessId"]),
        (v1::ApplyForAgreementRequest { agreement: None, ..valid() }, vec!["agreement"]),
        (with(v1::Agreement { name: String::new(), ..agreement() }), vec!["agreement.name"]),
        (with(v1::Agreement { market: 0, ..agreement() }), vec!["agreement.market"]),
        (with(v1::Agreement { market: v1::Market::Dk.into(), ..agreement() }), vec!["agreement.market"]),
        (
            with(v1::Agreement { company: Some(company), ..agreement() }),
            vec!["agreement.company.email", "agreement.company.website"],
        ),
    ];
    for (request, fields) in table {
        assert_eq!(broken(bench.apply(somebody(), request).await), fields);
    }
}

#[tokio::test]
async fn a_request_for_a_feature_says_what_upstream_wants_to_know() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "100001", |_| {}).await;
    let asked = |feature, adapt: fn(&mut v1::FeatureRequest)| {
        let mut request = a_request("100001", feature);
        adapt(request.request.as_mut().unwrap());
        bench.ask(OPERATOR, request)
    };
    let recurring = v1::Feature::Recurring;
    assert_eq!(
        broken(asked(recurring, |request| request.revenue_estimate = 0).await),
        ["request.revenueEstimate"]
    );
    assert_eq!(
        broken(asked(recurring, |request| request.revenue_estimate = -1).await),
        ["request.revenueEstimate"]
    );
    for feature in [recurring, v1::Feature::LongLiving, v1::Feature::PushMessage] {
        let silent = asked(feature, |request| request.description.clear()).await;
        assert_eq!(broken(silent), ["request.description"]);
    }
    let long = asked(recurring, |request| request.description = "x".repeat(1001)).await;
    assert_eq!(broken(long), ["request.description"]);
    assert_eq!(broken(asked(recurring, |request| request.wanted = None).await), ["request.feature"]);
    assert_eq!(broken(asked(v1::Feature::Unspecified, |_| {}).await), ["request.feature"]);
    let reserve = |request: &mut v1::FeatureRequest| {
        let capture_type = v1::CaptureType::ReserveCapture.into();
        request.wanted = Some(v1::feature_request::Wanted::CaptureType(capture_type));
    };
    assert_eq!(broken(asked(recurring, reserve).await), ["request.captureType"]);
    assert_eq!(broken(asked(recurring, |request| request.msn = "1".to_owned()).await), ["request.msn"]);
    asked(v1::Feature::LongLiving, |request| request.revenue_estimate = 0).await.unwrap();
}

#[tokio::test]
async fn a_rejection_has_a_reason_and_an_approval_has_none() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let order_id = bench.order(OPERATOR, an_order(&merchant)).await.unwrap().order_id;
    let decide = |approve, reason: String| {
        let request = v1::DecideOrderRequest { order_id: order_id.clone(), approve, reason };
        bench.grpc.decide_order(from(OPERATOR, request))
    };
    assert_eq!(broken(decide(false, String::new()).await), ["reason"]);
    assert_eq!(broken(decide(false, "r".repeat(1001)).await), ["reason"]);
    assert_eq!(broken(decide(true, "ja".to_owned()).await), ["reason"]);
    let request = v1::DecideOrderRequest { order_id: "x".to_owned(), ..Default::default() };
    assert_eq!(broken(bench.grpc.decide_order(from(OPERATOR, request)).await), ["orderId", "reason"]);
}

#[tokio::test]
async fn ids_pages_and_delays_are_what_they_shall_be() {
    let bench = bench().await;
    for id in ["", "x", "'; DROP TABLE orders; --"] {
        assert_eq!(broken(bench.get(OPERATOR, id).await), ["orderId"]);
        assert_eq!(broken(bench.view(OPERATOR, id).await), ["orderId"]);
        assert_eq!(broken(bench.delete(OPERATOR, id).await), ["orderId"]);
    }
    let valid = v1::ListOrdersRequest::default;
    let table = [
        (v1::ListOrdersRequest { merchant_id: "x".to_owned(), ..valid() }, "merchantId"),
        (v1::ListOrdersRequest { page_size: 101, ..valid() }, "pageSize"),
        (v1::ListOrdersRequest { page_size: -1, ..valid() }, "pageSize"),
        (v1::ListOrdersRequest { page_token: "x".to_owned(), ..valid() }, "pageToken"),
        (v1::ListOrdersRequest { page_token: "1.x".to_owned(), ..valid() }, "pageToken"),
        (v1::ListOrdersRequest { page_token: format!("{}.{}", i64::MAX, id()), ..valid() }, "pageToken"),
    ];
    for (request, field) in table {
        assert_eq!(broken(bench.list(OPERATOR, request).await), [field]);
    }
    for delay in [-1, 30 * 86_400 + 1, i64::MAX] {
        let request = v1::SetAutomaticDecisionRequest { delay_seconds: Some(delay) };
        let refused = bench.grpc.set_automatic_decision(from(OPERATOR, request)).await;
        assert_eq!(broken(refused), ["delaySeconds"]);
    }
}

#[tokio::test]
async fn a_price_is_one_of_the_product_in_its_market_that_the_partner_may_offer() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    let (partner, keys) = bench.partner().await;
    let (_, other_keys) = bench.partner().await;
    let package = async |adapt: fn(&mut v1::PricePackage), partner_id: String| {
        let mut package = v1::PricePackage {
            price_package_id: id(),
            name: "Standard".to_owned(),
            description: "2.99%".to_owned(),
            product_type: v1::ProductType::PaymentIntegration.into(),
            market: v1::Market::No.into(),
            commission_basis_points: 299,
            partner_id,
            ..Default::default()
        };
        adapt(&mut package);
        let request = v1::CreatePricePackageRequest { price_package: Some(package.clone()) };
        use v1::partner_service_server::PartnerService as _;
        bench.grpc.create_price_package(from(OPERATOR, request)).await.unwrap();
        package.price_package_id
    };
    let common = package(|_| {}, String::new()).await;
    let own = package(|_| {}, partner.to_string()).await;
    let danish = package(|package| package.market = v1::Market::Dk.into(), String::new()).await;
    let login = package(|package| package.product_type = v1::ProductType::Login.into(), String::new()).await;
    let priced = |price_package_id: &String| {
        let product = v1::Product { price_package_id: price_package_id.clone(), ..a_product() };
        v1::PrefillOrderRequest { product: Some(product), ..a_prefilling(&merchant) }
    };
    for fits in [&common, &own] {
        bench.prefill(keys, priced(fits)).await.unwrap();
    }
    for unfit in [&danish, &login] {
        assert_eq!(broken(bench.prefill(keys, priced(unfit)).await), ["product.pricePackageId"]);
    }
    assert_eq!(broken(bench.prefill(other_keys, priced(&own)).await), ["product.pricePackageId"]);

    let order = bench.prefill(keys, priced(&own)).await.unwrap().order_id;
    let cheaper = v1::Product { price_package_id: common, ..a_product() };
    let submission = v1::SubmitOrderRequest { product: Some(cheaper), ..a_submission(&merchant, &order) };
    assert_eq!(broken(bench.submit(OPERATOR, submission).await), ["product.pricePackageId"]);
    bench.submit(OPERATOR, a_submission(&merchant, &order)).await.unwrap();
}
