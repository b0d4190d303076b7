use kvitt_proto::merchant::v1::{Company, SettlementAccount};

use super::*;
use crate::fixture::{DK_MSN, FI_MSN, Fixture, LOGIN_MSN, MERCHANT, MSN, TEST_MSN, VM_MSN, msn};

async fn terms_of(fixture: &Fixture, of: &str) -> Terms {
    fixture.app.terms(&msn(of)).await.expect("an answer").expect("a unit")
}

#[tokio::test]
async fn what_never_changes_is_asked_once() {
    let fixture = Fixture::start().await;
    let four = Decimal::new(400, 2);
    let table = [
        (MSN, Market::No, Currency::Nok, false, true),
        (VM_MSN, Market::No, Currency::Nok, true, true),
        (DK_MSN, Market::Dk, Currency::Dkk, false, true),
        (FI_MSN, Market::Fi, Currency::Eur, false, true),
        (TEST_MSN, Market::No, Currency::Nok, false, false),
        (LOGIN_MSN, Market::No, Currency::Nok, false, false),
    ];
    for (of, market, currency, vm_number, has_ledger) in table {
        let expected = Basic { market, currency, vm_number, has_ledger, percentage: four };
        for _ in 0..2 {
            assert_eq!(fixture.app.basics(&msn(of)).await.expect("an answer"), Some(expected));
        }
    }
    assert_eq!(fixture.peers.script().asked, table.len());
    assert_eq!(fixture.app.basics(&msn("999999")).await.expect("an answer"), None);
    let all = fixture.app.basics_of(&[msn(MSN), msn("999999"), msn(DK_MSN)]).await.expect("an answer");
    assert_eq!(all.len(), 2);
}

#[tokio::test]
async fn a_unit_without_a_package_or_with_one_that_is_not_listed_pays_nothing() {
    let fixture = Fixture::start().await;
    fixture.change_unit(MSN, |unit| unit.price_package_id = String::new());
    fixture.peers.script().packages.clear();
    for of in [MSN, DK_MSN] {
        let basic = fixture.app.basics(&msn(of)).await.expect("an answer").expect("a unit");
        assert_eq!(basic.percentage, Decimal::ZERO);
    }
}

#[tokio::test]
async fn terms_are_those_of_now() {
    let fixture = Fixture::start().await;
    let terms = terms_of(&fixture, MSN).await;
    let account = Some(("BBAN:NO".to_owned(), "86011117947".to_owned()));
    assert_eq!((terms.frequency, terms.gross, &terms.account), (Frequency::Daily, false, &account));
    assert_eq!((terms.sales_unit_name.as_str(), terms.product.as_str()), ("Shop 123456", "Vipps Netthandel"));
    let owner = Owner {
        name: "Kaffe og Kake AS".to_owned(),
        organization_number: "987654325".to_owned(),
        address: "Storgata 1, Inngang B".to_owned(),
        post_code: "0155".to_owned(),
        city: "Oslo".to_owned(),
        country_code: "NO".to_owned(),
    };
    assert_eq!(terms.owner, owner);
    fixture.change_unit(MSN, |unit| {
        unit.settlement_frequency = SettlementFrequency::Weekly.into();
        unit.settlement_type = SettlementType::Gross.into();
        unit.name = "Another".to_owned();
    });
    let changed = terms_of(&fixture, MSN).await;
    assert_eq!((changed.frequency, changed.gross), (Frequency::Weekly, true));
    assert_eq!(changed.sales_unit_name, "Another");
    assert_eq!(terms_of(&fixture, VM_MSN).await.product, "Vipps Bedrift");
    assert_eq!(terms_of(&fixture, FI_MSN).await.product, "MobilePay Online");
    assert_eq!(fixture.app.terms(&msn("999999")).await.expect("an answer"), None);
}

#[tokio::test]
async fn m13_a_mobilepay_unit_is_paid_out_daily_whatever_merchant_says() {
    let fixture = Fixture::start().await;
    for of in [DK_MSN, FI_MSN] {
        fixture.change_unit(of, |unit| unit.settlement_frequency = SettlementFrequency::Monthly.into());
        assert_eq!(terms_of(&fixture, of).await.frequency, Frequency::Daily);
    }
}

#[tokio::test]
async fn an_account_counts_once_it_is_known_to_be_the_merchants() {
    let fixture = Fixture::start().await;
    for state in [AccountState::Unverified, AccountState::Rejected, AccountState::Unspecified] {
        let account = SettlementAccount { state: state.into(), ..SettlementAccount::default() };
        fixture.change_unit(MSN, |unit| unit.settlement_account = Some(account));
        assert_eq!(terms_of(&fixture, MSN).await.account, None, "{state:?}");
    }
    fixture.change_unit(MSN, |unit| unit.settlement_account = None);
    assert_eq!(terms_of(&fixture, MSN).await.account, None);
}

#[tokio::test]
async fn a_merchant_without_a_profile_has_a_country() {
    let fixture = Fixture::start().await;
    let merchant = |company: Option<Company>| {
        let mut script = fixture.peers.script();
        script.merchants.get_mut(&MERCHANT.to_string()).expect("a merchant").company = company;
    };
    for company in [None, Some(Company::default())] {
        merchant(company);
        let owner = terms_of(&fixture, DK_MSN).await.owner;
        assert_eq!((owner.address.as_str(), owner.country_code.as_str()), ("", "DK"));
    }
}

#[tokio::test]
async fn terms_of_many_are_those_that_could_be_learnt() {
    let fixture = Fixture::start().await;
    let asked: Vec<_> = [MSN, "999999", DK_MSN].map(msn).into();
    let (known, failure) = fixture.app.terms_of(&asked).await;
    assert_eq!((known.len(), failure.is_some()), (2, true));
    fixture.peers.script().away = true;
    let (known, failure) = fixture.app.terms_of(&asked).await;
    assert!(known.is_empty() && matches!(failure, Some(Error::Peer(_))));
}
