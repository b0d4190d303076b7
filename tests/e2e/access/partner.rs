//! Partner keys act for the units that are linked to the partner, and for no other.

use kvitt_proto::merchant::v1::LinkPartnerRequest;
use kvitt_testing::eventually;
use kvitt_tests::requests::{fresh_key, fresh_reference, web_redirect};
use kvitt_tests::{Answer, Keys, Mesh, Shop, Stack, StackPlan};
use reqwest::Method;

/// A partner's system, acting for this unit.
async fn partner_for(stack: &Stack, msn: &str) -> Shop {
    let keys = Keys { msn: msn.to_owned(), ..stack.keys("partner").clone() };
    Shop::open(stack, &keys).await
}

#[tokio::test]
async fn a_partner_pays_and_captures_for_two_merchants_and_is_refused_for_a_third() {
    let stack = Stack::shared();
    for linked in ["300001", "400001"] {
        let shop = partner_for(stack, linked).await;
        let reference = shop.authorized(12_300).await;
        shop.capture(&reference, 10_000).await.is(200);
        shop.refund(&reference, 1_000).await.is(200);
        assert_eq!(shop.sums(&reference).await, [12_300, 10_000, 0, 1_000]);
        // The merchant sees the same payment with its own keys.
        let own = if linked == "300001" { "full" } else { "second" };
        assert_eq!(Shop::named(own).await.sums(&reference).await, [12_300, 10_000, 0, 1_000]);
    }
    // A third merchant's, another unit of a linked merchant, and none at all.
    for unlinked in ["500001", "300002", "1999999999"] {
        let shop = partner_for(stack, unlinked).await;
        let refused = shop.create(&shop.minimal(10_000)).await;
        assert_eq!(refused.status, 403, "{}", refused.text);
        assert!(refused.text.contains(&format!("Invalid MSN: {unlinked}")), "{}", refused.text);
    }
}

#[tokio::test]
async fn p12_m37_partner_keys_need_a_merchant_serial_number_that_is_linked() {
    let stack = Stack::shared();
    let shop = partner_for(stack, "300001").await;
    let create = |msn: Option<&str>| {
        let mut request = shop
            .bare(Method::POST, "/epayment/v1/payments")
            .header("Authorization", format!("Bearer {}", shop.token))
            .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
            .header("Idempotency-Key", fresh_key())
            .json(&shop.minimal(10_000));
        if let Some(msn) = msn {
            request = request.header("Merchant-Serial-Number", msn);
        }
        Answer::of(request)
    };
    for refused in [None, Some(""), Some("nonsense"), Some("500001"), Some("300002")] {
        let answer = create(refused).await;
        assert_eq!(answer.status, 403, "{refused:?}: {}", answer.text);
    }
    create(Some("300001")).await.is(201);
}

#[tokio::test]
async fn a_unit_that_changes_its_partner_is_out_of_the_old_ones_reach_at_once() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = partner_for(&stack, "300001").await;
    let reference = shop.authorized(10_000).await;
    let link = async |partner_id: &str| {
        let operator = Mesh::operator(&stack).await;
        let request = LinkPartnerRequest { msn: "300001".to_owned(), partner_id: partner_id.to_owned() };
        operator.partners().link_partner(request).await.expect("the operator links").into_inner()
    };
    let unit = link("").await.sales_unit.expect("a unit is answered");
    assert_eq!((unit.msn.as_str(), unit.partner_id.as_str()), ("300001", ""));
    eventually!(shop.payment(&reference).await.status == 403);
    // The merchant keeps the unit, its number and its history.
    let own = Shop::open(&stack, stack.keys("full")).await;
    own.capture(&reference, 10_000).await.is(200);
    link(kvitt_launcher::demo::PARTNER.id).await;
    eventually!(shop.payment(&reference).await.status == 200);
    assert_eq!(shop.sums(&reference).await, [10_000, 10_000, 0, 0]);
    stack.stop().await;
}

#[tokio::test]
async fn a_partners_key_and_a_merchants_are_not_mixed() {
    let stack = Stack::shared();
    let (partner, merchant) = (partner_for(stack, "300001").await, Shop::named("full").await);
    let body = web_redirect(&fresh_reference(), "NOK", 10_000);
    for (token, key) in [(&partner.token, &merchant.keys.primary), (&merchant.token, &partner.keys.primary)] {
        let request = partner
            .bare(Method::POST, "/epayment/v1/payments")
            .header("Authorization", format!("Bearer {token}"))
            .header("Ocp-Apim-Subscription-Key", key)
            .header("Merchant-Serial-Number", "300001")
            .header("Idempotency-Key", fresh_key())
            .json(&body);
        assert_eq!(Answer::of(request).await.status, 401);
    }
}
