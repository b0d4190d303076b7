use kvitt_primitives::{BankAccount, Market, OrganizationNumber, SalesUnitName};
use uuid::Uuid;

use super::*;
use crate::{
    domain::{AccountState, Feature, ProductType, SettlementAccount},
    fixture::{a_merchant, a_unit},
};

fn at(day: i64) -> DateTime<Utc> {
    DateTime::UNIX_EPOCH + TimeDelta::days(day)
}

fn company() -> BusinessIdentifier {
    BusinessIdentifier::new(OrganizationNumber::try_new(Market::No, "987654325".to_owned()).unwrap())
}

fn product() -> Product {
    let parts = SiteParts {
        url: "https://shop.example".to_owned(),
        terms_url: "https://shop.example/terms".to_owned(),
        ..SiteParts::default()
    };
    Product {
        product_type: ProductType::PaymentIntegration,
        sales_unit_name: Some(SalesUnitName::try_new("Nettbutikk").unwrap()),
        logo: None,
        settlement_account: Some(BankAccount::try_new("BBAN:NO", "86011117947").unwrap()),
        price_package_id: None,
        use_case: None,
        annual_turnover: Turnover::default(),
        turnover_share: None,
        intended_purpose: None,
        app_name: None,
        site: Site::try_new(parts).unwrap(),
        has_recurring: false,
        merchant_category_code: None,
    }
}

fn prefilled() -> Order {
    let (id, partner) = (OrderId::from_uuid(Uuid::from_u128(1)), PartnerId::from_uuid(Uuid::from_u128(2)));
    Order::prefilled(id, partner, company(), product(), at(0))
}

fn reason(text: &str) -> Reason {
    Reason::try_new(text.to_owned()).unwrap()
}

#[test]
fn a_prefilled_order_that_nobody_submitted_has_expired_after_14_days_to_the_instant() {
    let order = prefilled();
    let just_before = at(14) - TimeDelta::microseconds(1);
    let viewed = order.after(Step::View, just_before).unwrap();
    assert_eq!(order.status_at(just_before), Status::Received);
    assert_eq!(order.status_at(at(14)), Status::Expired);
    assert_eq!(viewed.status_at(at(14)), Status::Expired);
    for step in [Step::View, Step::Submit, Step::Delete, Step::Approve, Step::Reject, Step::Expire] {
        assert_eq!(order.after(step, at(14)), Err(NotOpen), "{step:?}");
    }
}

#[test]
fn what_was_submitted_or_made_by_hand_never_expires() {
    let merchant = MerchantId::from_uuid(Uuid::from_u128(3));
    let submitted = prefilled().submitted(merchant, product(), at(13)).unwrap();
    assert_eq!(submitted.status_at(at(1000)), Status::OrderSubmitted);
    assert_eq!((submitted.merchant_id, submitted.submitted_at), (Some(merchant), Some(at(13))));
    assert_eq!(submitted.submitted(merchant, product(), at(13)), Err(NotOpen));
    let made = Order::made(prefilled().id, company(), prefilled().subject, at(0));
    assert_eq!(made.status_at(at(1000)), Status::Received);
}

#[test]
fn the_same_decision_again_is_answered_and_another_is_refused() {
    let order = Order::made(prefilled().id, company(), prefilled().subject, at(0));
    let decide = |order: &Order, decision| order.decided(&decision, at(1));
    let Ok(Outcome::Decided(approved)) = decide(&order, Decision::Approve) else { panic!("not approved") };
    assert_eq!((approved.status, approved.decided_at), (Status::Completed, Some(at(1))));
    assert_eq!(decide(&approved, Decision::Approve), Ok(Outcome::Repeated));
    assert_eq!(decide(&approved, Decision::Reject(reason("no"))), Err(NotOpen));
    let Ok(Outcome::Decided(rejected)) = decide(&order, Decision::Reject(reason("no"))) else {
        panic!("not rejected")
    };
    assert_eq!((rejected.status, rejected.reason.clone()), (Status::Rejected, Some(reason("no"))));
    assert_eq!(decide(&rejected, Decision::Reject(reason("no"))), Ok(Outcome::Repeated));
    assert_eq!(decide(&rejected, Decision::Reject(reason("never"))), Err(NotOpen));
    assert_eq!(decide(&rejected, Decision::Approve), Err(NotOpen));
}

#[test]
fn a_prefilled_order_is_not_decided_before_it_is_submitted() {
    for order in [prefilled(), prefilled().after(Step::View, at(1)).unwrap()] {
        assert_eq!(order.decided(&Decision::Approve, at(1)), Err(NotOpen));
        assert_eq!(order.decided(&Decision::Reject(reason("no")), at(1)), Err(NotOpen));
    }
}

#[test]
fn an_order_is_complete_with_a_name_an_account_and_for_payments_a_web_site() {
    let bare = Product { sales_unit_name: None, settlement_account: None, site: None, ..product() };
    assert!(product().missing().is_empty());
    let all = ["salesUnitName", "settlementAccount", "websiteUrl", "websiteTermsUrl"];
    assert_eq!(bare.missing(), all);
    let login = Product { product_type: ProductType::Login, ..bare };
    assert_eq!(login.missing(), ["salesUnitName", "settlementAccount"]);
}

#[test]
fn a_merchant_completes_everything_but_the_product_and_a_price_that_was_set() {
    let priced = |id| Product {
        price_package_id: Some(kvitt_primitives::PricePackageId::from_uuid(Uuid::from_u128(id))),
        ..product()
    };
    let renamed = Product { sales_unit_name: Some(SalesUnitName::try_new("Kiosk").unwrap()), ..product() };
    let other = Product { product_type: ProductType::Checkout, ..product() };
    let field =
        |given: Product, prefilled: &Product| given.completes(prefilled).err().map(|(field, _)| field);
    assert_eq!(field(renamed, &product()), None);
    assert_eq!(field(other, &product()), Some("productType"));
    assert_eq!(field(priced(1), &product()), None);
    assert_eq!(field(priced(1), &priced(1)), None);
    assert_eq!(field(priced(2), &priced(1)), Some("pricePackageId"));
    assert_eq!(field(product(), &priced(1)), Some("pricePackageId"));
}

#[test]
fn a_unit_is_what_was_ordered() {
    let merchant = a_merchant(Market::No);
    let account = SettlementAccount {
        account: BankAccount::try_new("BBAN:NO", "86011117947").unwrap(),
        state: AccountState::Unverified,
    };
    let partner_id = Some(PartnerId::from_uuid(Uuid::from_u128(2)));
    let new = NewUnit { msn: "100001".parse().unwrap(), account: Some(account.clone()), partner_id };
    let ordered = Product { has_recurring: true, ..product() };
    let unit = ordered.unit(&merchant, new, at(1)).unwrap();
    assert_eq!((unit.name.as_str(), unit.market, unit.active), ("Nettbutikk", Market::No, true));
    assert_eq!(unit.features.iter().collect::<Vec<_>>(), [Feature::Recurring]);
    assert_eq!((unit.settlement.account, unit.partner_id), (Some(account), partner_id));
    let debug = format!("{ordered:?}");
    assert!(!debug.contains("86011117947"), "{debug}");
}

#[test]
fn a_feature_is_asked_for_where_it_is_missing_and_can_be_had() {
    let asked = |wanted| FeatureRequest {
        msn: "100001".parse().unwrap(),
        wanted,
        revenue_estimate: Turnover::try_new(1).unwrap(),
        description: Prose::try_new("Abonnement".to_owned()).unwrap(),
    };
    let in_market = |market| a_unit(&a_merchant(market), "100001");
    let mut test_unit = in_market(Market::Dk);
    test_unit.environment = crate::domain::Environment::Test;
    let table = [
        (in_market(Market::No), Wanted::Feature(Feature::Recurring), None),
        (in_market(Market::No), Wanted::Feature(Feature::PushMessage), Some(NotRequestable::Present)),
        (in_market(Market::No), Wanted::Feature(Feature::LateCapture), Some(NotRequestable::NotInMarket)),
        (in_market(Market::Dk), Wanted::Feature(Feature::LateCapture), None),
        (in_market(Market::Fi), Wanted::Feature(Feature::LateCapture), None),
        (in_market(Market::No), Wanted::DirectCapture, None),
        (test_unit, Wanted::Feature(Feature::Recurring), Some(NotRequestable::TestUnit)),
    ];
    for (unit, wanted, refused) in table {
        let granted = asked(wanted).granted_to(&unit);
        assert_eq!(granted.as_ref().err().copied(), refused, "{wanted:?}");
        if let Ok(unit) = granted {
            assert_eq!(asked(wanted).granted_to(&unit), Err(NotRequestable::Present), "{wanted:?}");
        }
    }
}

#[test]
fn who_asks_for_recurring_tells_what_it_shall_earn() {
    let asked = |wanted, estimate| FeatureRequest {
        msn: "100001".parse().unwrap(),
        wanted,
        revenue_estimate: Turnover::try_new(estimate).unwrap(),
        description: Prose::try_new("Abonnement".to_owned()).unwrap(),
    };
    let recurring = Wanted::Feature(Feature::Recurring);
    assert_eq!(asked(recurring, 0).tells_enough().unwrap_err().0, "revenueEstimate");
    assert_eq!(asked(recurring, 1).tells_enough(), Ok(()));
    assert_eq!(asked(Wanted::DirectCapture, 0).tells_enough(), Ok(()));
}

#[test]
fn what_is_wanted_reads_back_from_its_code() {
    let all = Feature::ALL.iter().map(|feature| Wanted::Feature(*feature)).chain([Wanted::DirectCapture]);
    for wanted in all {
        assert_eq!(Wanted::from_code(wanted.code()), Some(wanted));
    }
    assert_eq!(Wanted::from_code("RESERVE_CAPTURE"), None);
}
