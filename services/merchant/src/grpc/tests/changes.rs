use super::*;

#[tokio::test]
async fn a_unit_is_changed_over_the_wire() {
    let (_fixture, grpc, _) = with_unit("123456").await;
    let msn = "123456".to_owned();
    let location = v1::Address { city: "Bergen".to_owned(), ..address() };
    let request = v1::UpdateSalesUnitRequest {
        msn: msn.clone(),
        name: Some("Kiosken (2)".to_owned()),
        location: Some(location.clone()),
    };
    let unit =
        grpc.update_sales_unit(from(OPERATOR, request)).await.unwrap().into_inner().sales_unit.unwrap();
    assert_eq!((unit.name.as_str(), unit.location), ("Kiosken (2)", Some(location)));
    let png = crate::domain::picture(128, 128);
    let request = v1::SetSalesUnitLogoRequest { msn: msn.clone(), png: png.clone() };
    grpc.set_sales_unit_logo(from(OPERATOR, request)).await.unwrap();
    let request = v1::GetSalesUnitLogoRequest { msn: msn.clone() };
    assert_eq!(grpc.get_sales_unit_logo(from(OPERATOR, request)).await.unwrap().into_inner().png, png);
    let frequency = v1::SettlementFrequency::Weekly.into();
    let request = v1::ChangeSettlementFrequencyRequest { msn: msn.clone(), frequency };
    grpc.change_settlement_frequency(from(OPERATOR, request)).await.unwrap();
    let account = v1::SettlementAccount { id: "12340012345".to_owned(), state: 0, ..account() };
    let request = v1::ChangeSettlementAccountRequest { msn: msn.clone(), account: Some(account.clone()) };
    let changed = grpc.change_settlement_account(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(changed.account.unwrap().state(), v1::AccountState::Unverified);
    let request =
        v1::DecideSettlementAccountRequest { msn: msn.clone(), owned: false, account: Some(account) };
    let decided = grpc.decide_settlement_account(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(decided.account.unwrap().state(), v1::AccountState::Rejected);
    let request = v1::DeactivateSalesUnitRequest { msn: msn.clone() };
    grpc.deactivate_sales_unit(from(OPERATOR, request)).await.unwrap();
    let unit = read(&grpc, OPERATOR, &msn).await.unwrap();
    assert!(!unit.active && unit.has_logo);
    assert_eq!(unit.settlement_frequency(), v1::SettlementFrequency::Weekly);
    let request = v1::ReactivateSalesUnitRequest { msn };
    let unit = grpc.reactivate_sales_unit(from(OPERATOR, request)).await.unwrap().into_inner();
    assert!(unit.sales_unit.unwrap().active);
}

#[tokio::test]
async fn a_test_unit_is_ordered_over_the_wire() {
    let (_fixture, grpc, _) = start().await;
    let merchant = merchant();
    let merchant_id = merchant.merchant_id.clone();
    grpc.create_merchant(from(OPERATOR, v1::CreateMerchantRequest { merchant: Some(merchant) }))
        .await
        .unwrap();
    let request = v1::CreateTestSalesUnitRequest {
        merchant_id: merchant_id.clone(),
        order_id: Uuid::new_v4().to_string(),
        name: "Prøve".to_owned(),
        skip_landing_page: true,
        ..Default::default()
    };
    let answer = grpc.create_test_sales_unit(from(OPERATOR, request)).await.unwrap().into_inner();
    assert_eq!(answer.msn, "900000");
    assert!(answer.available_at.is_some());
    let request = v1::UpdateCompanyRequest { merchant_id, company: Some(v1::Company::default()) };
    let merchant = grpc.update_company(from(OPERATOR, request)).await.unwrap().into_inner().merchant.unwrap();
    assert_eq!(merchant.company, Some(v1::Company::default()));
}

#[tokio::test]
async fn the_token_of_a_page_leads_to_the_next() {
    let (_fixture, grpc, _) = start().await;
    let merchant = merchant();
    let create = v1::CreateMerchantRequest { merchant: Some(merchant.clone()) };
    grpc.create_merchant(from(OPERATOR, create)).await.unwrap();
    for msn in ["1000", "2000", "3000"] {
        let sales_unit = Some(v1::SalesUnit { msn: msn.to_owned(), ..unit(&merchant) });
        grpc.create_sales_unit(from(OPERATOR, v1::CreateSalesUnitRequest { sales_unit })).await.unwrap();
    }
    let mut page_token = String::new();
    for expected in [vec!["1000", "2000"], vec!["3000"]] {
        let merchant_id = merchant.merchant_id.clone();
        let request =
            v1::ListSalesUnitsRequest { merchant_id, page_size: 2, page_token, ..Default::default() };
        let page = grpc.list_sales_units(from(OPERATOR, request)).await.unwrap().into_inner();
        let msns: Vec<_> = page.sales_units.into_iter().map(|unit| unit.msn).collect();
        assert_eq!(msns, expected);
        page_token = page.next_page_token;
    }
    assert_eq!(page_token, "");
}
