use super::*;

async fn broken_fields_of_unit(grpc: &Grpc, unit: v1::SalesUnit) -> Vec<String> {
    let request = v1::CreateSalesUnitRequest { sales_unit: Some(unit) };
    fields(&grpc.create_sales_unit(from(OPERATOR, request)).await.unwrap_err())
}

#[tokio::test]
async fn every_broken_field_of_a_merchant_is_named() {
    let (_fixture, grpc, _) = start().await;
    let valid = merchant();
    let company = |company| v1::Merchant { company: Some(company), ..valid.clone() };
    let table = [
        (v1::Merchant { merchant_id: "x".to_owned(), ..valid.clone() }, vec!["merchant.merchantId"]),
        (v1::Merchant { name: String::new(), ..valid.clone() }, vec!["merchant.name"]),
        (v1::Merchant { name: "n".repeat(201), ..valid.clone() }, vec!["merchant.name"]),
        (v1::Merchant { market: 9, ..valid.clone() }, vec!["merchant.market"]),
        (
            v1::Merchant { organization_number: "12".to_owned(), ..valid.clone() },
            vec!["merchant.organizationNumber"],
        ),
        (
            v1::Merchant { organization_number: "987654326".to_owned(), ..valid.clone() },
            vec!["merchant.organizationNumber"],
        ),
        (v1::Merchant { status: 7, ..valid.clone() }, vec!["merchant.status"]),
        (
            company(v1::Company {
                business_address: Some(v1::Address::default()),
                postal_address: Some(v1::Address { city: "\u{202e}".to_owned(), ..address() }),
                email: "post".to_owned(),
                phone_number: "+47".to_owned(),
                website: "http://a.example".to_owned(),
            }),
            vec![
                "merchant.company.businessAddress.lines",
                "merchant.company.businessAddress.countryCode",
                "merchant.company.postalAddress.city",
                "merchant.company.email",
                "merchant.company.phoneNumber",
                "merchant.company.website",
            ],
        ),
        (v1::Merchant::default(), vec!["merchant.merchantId", "merchant.name", "merchant.market"]),
    ];
    for (merchant, expected) in table {
        let request = v1::CreateMerchantRequest { merchant: Some(merchant) };
        let refused = grpc.create_merchant(from(OPERATOR, request)).await.unwrap_err();
        assert_eq!(fields(&refused), expected);
    }
    let absent = grpc.create_merchant(from(OPERATOR, v1::CreateMerchantRequest::default())).await;
    assert_eq!(fields(&absent.unwrap_err()), ["merchant"]);
    let absent = grpc.update_company(from(OPERATOR, v1::UpdateCompanyRequest::default())).await;
    assert_eq!(fields(&absent.unwrap_err()), ["merchantId", "company"]);
}

#[tokio::test]
async fn every_broken_field_of_a_sales_unit_is_named() {
    let (_fixture, grpc, _) = start().await;
    let valid = unit(&merchant());
    let express = i32::from(v1::Feature::Express);
    let of_account = |account| v1::SalesUnit { settlement_account: Some(account), ..valid.clone() };
    let danish = v1::SettlementAccount { scheme: "BBAN:DK".to_owned(), id: "123412345".to_owned(), state: 0 };
    let table = [
        (v1::SalesUnit { msn: "123".to_owned(), ..valid.clone() }, "salesUnit.msn"),
        (v1::SalesUnit { merchant_id: String::new(), ..valid.clone() }, "salesUnit.merchantId"),
        (v1::SalesUnit { name: "n".repeat(101), ..valid.clone() }, "salesUnit.name"),
        (v1::SalesUnit { name: "a\0b".to_owned(), ..valid.clone() }, "salesUnit.name"),
        (v1::SalesUnit { market: 0, ..valid.clone() }, "salesUnit.market"),
        (v1::SalesUnit { currency: money::v1::Currency::Dkk.into(), ..valid.clone() }, "salesUnit.currency"),
        (v1::SalesUnit { currency: 0, ..valid.clone() }, "salesUnit.currency"),
        (v1::SalesUnit { capture_type: 0, ..valid.clone() }, "salesUnit.captureType"),
        (v1::SalesUnit { features: vec![express, 0], ..valid.clone() }, "salesUnit.features[1]"),
        (v1::SalesUnit { features: vec![express, express], ..valid.clone() }, "salesUnit.features"),
        (v1::SalesUnit { features: vec![express, 1], ..valid.clone() }, "salesUnit.features"),
        (v1::SalesUnit { environment: 3, ..valid.clone() }, "salesUnit.environment"),
        (v1::SalesUnit { product_type: 9, ..valid.clone() }, "salesUnit.productType"),
        (
            v1::SalesUnit { product_type: v1::ProductType::VmNumber.into(), ..valid.clone() },
            "salesUnit.captureType",
        ),
        (
            of_account(v1::SettlementAccount { scheme: "IBAN".to_owned(), ..account() }),
            "salesUnit.settlementAccount.scheme",
        ),
        (
            of_account(v1::SettlementAccount { id: "86011117948".to_owned(), ..account() }),
            "salesUnit.settlementAccount.id",
        ),
        (of_account(v1::SettlementAccount { state: 9, ..account() }), "salesUnit.settlementAccount.state"),
        (of_account(danish), "salesUnit.settlementAccount.scheme"),
        (v1::SalesUnit { settlement_frequency: 4, ..valid.clone() }, "salesUnit.settlementFrequency"),
        (v1::SalesUnit { settlement_type: 3, ..valid.clone() }, "salesUnit.settlementType"),
        (
            v1::SalesUnit { merchant_category_code: "58".to_owned(), ..valid.clone() },
            "salesUnit.merchantCategoryCode",
        ),
        (v1::SalesUnit { partner_id: "x".to_owned(), ..valid.clone() }, "salesUnit.partnerId"),
        (v1::SalesUnit { price_package_id: "x".to_owned(), ..valid.clone() }, "salesUnit.pricePackageId"),
        (
            v1::SalesUnit {
                location: Some(v1::Address { lines: vec![String::new()], ..address() }),
                ..valid.clone()
            },
            "salesUnit.location.lines[0]",
        ),
    ];
    for (unit, field) in table {
        assert_eq!(broken_fields_of_unit(&grpc, unit).await, [field]);
    }
    let danish = v1::SalesUnit {
        market: v1::Market::Dk.into(),
        currency: money::v1::Currency::Dkk.into(),
        settlement_account: None,
        ..valid
    };
    assert_eq!(broken_fields_of_unit(&grpc, danish).await, ["salesUnit.settlementFrequency"]);
    let request = v1::CreateSalesUnitRequest::default();
    let absent = grpc.create_sales_unit(from(OPERATOR, request)).await;
    assert_eq!(fields(&absent.unwrap_err()), ["salesUnit"]);
}

#[tokio::test]
async fn a_page_is_asked_for_with_a_length_a_token_and_a_text_that_make_sense() {
    let (fixture, grpc, _) = start().await;
    let valid = v1::ListSalesUnitsRequest { merchant_id: merchant().merchant_id, ..Default::default() };
    let table = [
        (v1::ListSalesUnitsRequest { merchant_id: "x".to_owned(), ..valid.clone() }, "merchantId"),
        (v1::ListSalesUnitsRequest { page_size: -1, ..valid.clone() }, "pageSize"),
        (v1::ListSalesUnitsRequest { page_size: 101, ..valid.clone() }, "pageSize"),
        (v1::ListSalesUnitsRequest { page_token: "next!".to_owned(), ..valid.clone() }, "pageToken"),
        (v1::ListSalesUnitsRequest { search: "x".repeat(101), ..valid.clone() }, "search"),
        (v1::ListSalesUnitsRequest { search: "a\0b".to_owned(), ..valid.clone() }, "search"),
        (v1::ListSalesUnitsRequest { environment: 5, ..valid }, "environment"),
    ];
    for (request, field) in table {
        let refused = grpc.list_sales_units(from(OPERATOR, request)).await.unwrap_err();
        assert_eq!(fields(&refused), [field]);
    }
    let merchant = fixture.merchant().await;
    let keys = fixture.management_keys(&merchant);
    let request = v1::ListAccessibleSalesUnitsRequest { page_size: 1001, page_token: "x".to_owned() };
    let refused = grpc.list_accessible_sales_units(from(keys, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["pageSize", "pageToken"]);
}

#[tokio::test]
async fn every_broken_field_of_a_change_is_named() {
    let (_fixture, grpc, _) = with_unit("123456").await;
    for name in ["", "Ole & Dole", "a\u{202e}b", " a", &"n".repeat(41)] {
        let request = v1::UpdateSalesUnitRequest {
            msn: "1".to_owned(),
            name: Some(name.to_owned()),
            location: Some(v1::Address { country_code: "norge".to_owned(), ..address() }),
        };
        let refused = grpc.update_sales_unit(from(OPERATOR, request)).await.unwrap_err();
        assert_eq!(fields(&refused), ["msn", "name", "location.countryCode"]);
    }
    let request = v1::CreateTestSalesUnitRequest {
        name: "n".repeat(31),
        partner_id: "x".to_owned(),
        ..Default::default()
    };
    let refused = grpc.create_test_sales_unit(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["merchantId", "orderId", "name", "partnerId"]);
    let account = v1::SettlementAccount { scheme: "BBAN:NO".to_owned(), id: "1".to_owned(), state: 0 };
    let request = v1::ChangeSettlementAccountRequest { msn: "1".to_owned(), account: Some(account) };
    let refused = grpc.change_settlement_account(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["msn", "account.id"]);
    let request = v1::ChangeSettlementAccountRequest { msn: "123456".to_owned(), account: None };
    let refused = grpc.change_settlement_account(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["account"]);
    let request = v1::ChangeSettlementFrequencyRequest::default();
    let refused = grpc.change_settlement_frequency(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["msn", "frequency"]);
    let request = v1::SetSalesUnitLogoRequest { msn: "123456".to_owned(), png: b"GIF89a".to_vec() };
    let refused = grpc.set_sales_unit_logo(from(OPERATOR, request)).await.unwrap_err();
    assert_eq!(fields(&refused), ["png"]);
}
