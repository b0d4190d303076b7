use kvitt_primitives::PartnerId;
use kvitt_proto::access::v1::KeyKind;
use kvitt_runtime::ServiceName;
use uuid::Uuid;

use super::*;
use crate::fixture::{Fixture, OPERATOR, from, service};

fn a_partner() -> v1::Partner {
    v1::Partner { partner_id: Uuid::new_v4().to_string(), name: "Kasse & Co".to_owned() }
}

fn a_package(name: &str, partner: &str) -> v1::PricePackage {
    v1::PricePackage {
        price_package_id: Uuid::new_v4().to_string(),
        name: name.to_owned(),
        description: "2.99%".to_owned(),
        visible_in_signup_form: true,
        product_type: v1::ProductType::Checkout.into(),
        market: v1::Market::Fi.into(),
        commission_basis_points: 299,
        partner_id: partner.to_owned(),
    }
}

struct Bench {
    fixture: Fixture,
    grpc: Grpc,
}

async fn bench() -> Bench {
    let fixture = Fixture::start().await;
    Bench { grpc: fixture.grpc(), fixture }
}

impl Bench {
    async fn register(&self, caller: Caller, partner: &v1::Partner) -> Result<v1::Partner, Status> {
        let request = v1::CreatePartnerRequest { partner: Some(partner.clone()) };
        Ok(self.grpc.create_partner(from(caller, request)).await?.into_inner().partner.unwrap())
    }

    async fn read(&self, caller: Caller, partner_id: &str) -> Result<v1::Partner, Status> {
        let request = v1::GetPartnerRequest { partner_id: partner_id.to_owned() };
        Ok(self.grpc.get_partner(from(caller, request)).await?.into_inner().partner.unwrap())
    }

    async fn link(&self, caller: Caller, msn: &str, partner_id: &str) -> Result<v1::SalesUnit, Status> {
        let request = v1::LinkPartnerRequest { msn: msn.to_owned(), partner_id: partner_id.to_owned() };
        Ok(self.grpc.link_partner(from(caller, request)).await?.into_inner().sales_unit.unwrap())
    }

    async fn price(&self, caller: Caller, package: &v1::PricePackage) -> Result<v1::PricePackage, Status> {
        let request = v1::CreatePricePackageRequest { price_package: Some(package.clone()) };
        let answer = self.grpc.create_price_package(from(caller, request)).await?;
        Ok(answer.into_inner().price_package.unwrap())
    }

    async fn prices(&self, caller: Caller) -> Result<Vec<v1::PricePackage>, Status> {
        let request = v1::ListPricePackagesRequest {};
        Ok(self.grpc.list_price_packages(from(caller, request)).await?.into_inner().price_packages)
    }

    fn keys(&self, kind: KeyKind, partner: &v1::Partner) -> Caller {
        self.fixture.partner_keys(kind, partner.partner_id.parse::<PartnerId>().unwrap())
    }
}

fn reason<T: std::fmt::Debug>(refused: Result<T, Status>) -> Reason {
    refusal::reason_of(&refused.unwrap_err()).unwrap()
}

fn broken<T: std::fmt::Debug>(refused: Result<T, Status>) -> Vec<String> {
    let violations = refusal::field_violations_of(&refused.unwrap_err());
    violations.into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn a_partner_is_registered_once_and_read_by_itself_and_the_operator() {
    let bench = bench().await;
    let (partner, other) = (a_partner(), a_partner());
    for _ in 0..2 {
        assert_eq!(bench.register(OPERATOR, &partner).await.unwrap(), partner);
    }
    bench.register(OPERATOR, &other).await.unwrap();
    let renamed = v1::Partner { name: "Annen".to_owned(), ..partner.clone() };
    assert_eq!(reason(bench.register(OPERATOR, &renamed).await), Reason::AlreadyExists);
    let merchant = bench.fixture.merchant().await;
    let own = [bench.keys(KeyKind::Partner, &partner), bench.keys(KeyKind::Management, &partner)];
    for caller in [OPERATOR, own[0], own[1]] {
        assert_eq!(bench.read(caller, &partner.partner_id).await.unwrap(), partner);
    }
    let strangers = [
        own[0],
        bench.fixture.administrator(&merchant),
        bench.fixture.management_keys(&merchant),
        bench.fixture.unit_keys(&merchant, "123456"),
    ];
    for caller in strangers {
        let foreign = bench.read(caller, &other.partner_id).await.unwrap_err();
        let absent = bench.read(caller, &a_partner().partner_id).await.unwrap_err();
        assert_eq!(refusal::reason_of(&foreign), Some(Reason::NotFound));
        let told = |status: &Status| (status.message().to_owned(), status.details().to_vec());
        assert_eq!(told(&foreign), told(&absent));
    }
    let told = bench.fixture.told().await;
    let registered = told.iter().filter(|(action, _)| action == "partner.registered").count();
    assert_eq!(registered, 2, "{told:?}");
}

#[tokio::test]
async fn a_unit_changes_its_partner_at_a_revision_of_its_own_and_keeps_its_number() {
    let bench = bench().await;
    let (first, second) = (a_partner(), a_partner());
    for partner in [&first, &second] {
        bench.register(OPERATOR, partner).await.unwrap();
    }
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let mut revision = bench.fixture.changed_revision("123456").await;
    for partner_id in [first.partner_id.as_str(), &second.partner_id, ""] {
        let unit = bench.link(OPERATOR, "123456", partner_id).await.unwrap();
        assert_eq!((unit.msn.as_str(), unit.partner_id.as_str()), ("123456", partner_id));
        let changed = bench.fixture.changed_revision("123456").await;
        assert!(changed > revision);
        bench.link(OPERATOR, "123456", partner_id).await.unwrap();
        assert_eq!(bench.fixture.changed_revision("123456").await, changed, "the same again changes nothing");
        revision = changed;
        for (partner, sees) in
            [(&first, partner_id == first.partner_id), (&second, partner_id == second.partner_id)]
        {
            let keys = bench.keys(KeyKind::Partner, partner);
            let msn = "123456".parse().unwrap();
            let read = crate::app::units::get_sales_unit(&bench.fixture.app, &keys, &msn).await;
            assert_eq!(read.is_ok(), sees);
        }
    }
    let told = bench.fixture.told().await;
    let linked = ("unit.linked".to_owned(), "unit:123456".to_owned());
    assert_eq!(told.iter().filter(|entry| **entry == linked).count(), 3);
}

#[tokio::test]
async fn a_link_names_a_unit_and_a_partner_that_are_there() {
    let bench = bench().await;
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let revision = bench.fixture.changed_revision("123456").await;
    assert_eq!(reason(bench.link(OPERATOR, "123456", &a_partner().partner_id).await), Reason::NotFound);
    assert_eq!(reason(bench.link(OPERATOR, "999999", "").await), Reason::NotFound);
    assert_eq!(broken(bench.link(OPERATOR, "1", "x").await), ["msn", "partnerId"]);
    assert_eq!(bench.fixture.changed_revision("123456").await, revision);
}

#[tokio::test]
async fn a_partner_sees_its_own_and_the_common_prices_by_name() {
    let bench = bench().await;
    let (partner, other) = (a_partner(), a_partner());
    for partner in [&partner, &other] {
        bench.register(OPERATOR, partner).await.unwrap();
    }
    let packages = [
        a_package("C", ""),
        a_package("A", &partner.partner_id),
        a_package("B", &other.partner_id),
        a_package("D", &partner.partner_id),
    ];
    for package in &packages {
        for _ in 0..2 {
            assert_eq!(bench.price(OPERATOR, package).await.unwrap(), *package);
        }
    }
    let names = |listed: Vec<v1::PricePackage>| -> Vec<String> {
        listed.into_iter().map(|package| package.name).collect()
    };
    for caller in [OPERATOR, service(ServiceName::Settlement)] {
        assert_eq!(names(bench.prices(caller).await.unwrap()), ["A", "B", "C", "D"]);
    }
    for kind in [KeyKind::Partner, KeyKind::Management] {
        assert_eq!(names(bench.prices(bench.keys(kind, &partner)).await.unwrap()), ["A", "C", "D"]);
    }
    assert_eq!(names(bench.prices(bench.keys(KeyKind::Partner, &other)).await.unwrap()), ["B", "C"]);
    let dearer = v1::PricePackage { commission_basis_points: 300, ..packages[0].clone() };
    assert_eq!(reason(bench.price(OPERATOR, &dearer).await), Reason::AlreadyExists);
    let orphan = a_package("E", &a_partner().partner_id);
    assert_eq!(reason(bench.price(OPERATOR, &orphan).await), Reason::NotFound);
}

#[tokio::test]
async fn only_partners_ask_for_prices() {
    let bench = bench().await;
    let partner = a_partner();
    bench.register(OPERATOR, &partner).await.unwrap();
    let merchant = bench.fixture.merchant().await;
    bench.fixture.unit(&merchant, "123456", |_| {}).await;
    let keys = bench.keys(KeyKind::Partner, &partner);
    let others = [
        bench.fixture.administrator(&merchant),
        bench.fixture.management_keys(&merchant),
        bench.fixture.unit_keys(&merchant, "123456"),
        service(ServiceName::Payment),
    ];
    for caller in others.into_iter().chain([keys]) {
        assert_eq!(bench.prices(caller).await.is_ok(), caller == keys);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_partner_and_of_a_price_is_named() {
    let bench = bench().await;
    let nameless = v1::Partner { partner_id: "x".to_owned(), name: "n".repeat(101) };
    assert_eq!(broken(bench.register(OPERATOR, &nameless).await), ["partner.partnerId", "partner.name"]);
    let request = v1::CreatePartnerRequest::default();
    assert_eq!(broken(bench.grpc.create_partner(from(OPERATOR, request)).await), ["partner"]);
    assert_eq!(broken(bench.read(OPERATOR, "x").await), ["partnerId"]);
    let valid = || a_package("A", "");
    let table = [
        (v1::PricePackage { price_package_id: String::new(), ..valid() }, "pricePackageId"),
        (v1::PricePackage { name: "n".repeat(31), ..valid() }, "name"),
        (v1::PricePackage { description: "2.99 %x".to_owned(), ..valid() }, "description"),
        (v1::PricePackage { description: String::new(), ..valid() }, "description"),
        (v1::PricePackage { product_type: 9, ..valid() }, "productType"),
        (v1::PricePackage { market: 0, ..valid() }, "market"),
        (v1::PricePackage { commission_basis_points: -1, ..valid() }, "commissionBasisPoints"),
        (v1::PricePackage { commission_basis_points: 10_001, ..valid() }, "commissionBasisPoints"),
        (v1::PricePackage { partner_id: "x".to_owned(), ..valid() }, "partnerId"),
    ];
    for (package, field) in table {
        assert_eq!(broken(bench.price(OPERATOR, &package).await), [format!("pricePackage.{field}")]);
    }
    let request = v1::CreatePricePackageRequest::default();
    assert_eq!(broken(bench.grpc.create_price_package(from(OPERATOR, request)).await), ["pricePackage"]);
}
