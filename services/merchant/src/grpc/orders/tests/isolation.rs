use kvitt_proto::access::v1::{KeyOwner, Role};
use kvitt_runtime::ServiceName;

use super::*;
use crate::fixture::service;

/// Everything that a caller learns from a refusal.
fn told<T: std::fmt::Debug>(refused: Result<T, Status>) -> (tonic::Code, String, Vec<u8>) {
    let status = refused.unwrap_err();
    (status.code(), status.message().to_owned(), status.details().to_vec())
}

/// A merchant with a unit that is linked to a partner, and callers of every kind who have to do with it.
struct Side {
    merchant: Merchant,
    callers: Vec<(&'static str, Caller)>,
    partner: Caller,
    administrator: Caller,
}

impl Bench {
    async fn side(&self, msn: &str) -> Side {
        let fixture = &self.fixture;
        let merchant = fixture.merchant().await;
        let (partner, keys) = self.partner().await;
        fixture.unit(&merchant, msn, |unit| unit.partner_id = Some(partner)).await;
        let administrator = fixture.administrator(&merchant);
        let callers = vec![
            ("administrator", administrator),
            ("sales unit manager", fixture.user(&merchant, Role::SalesUnitManager, &[msn])),
            ("assistant", fixture.user(&merchant, Role::Assistant, &[msn])),
            ("unit keys", fixture.unit_keys(&merchant, msn)),
            ("partner keys", keys),
            ("partner's management keys", fixture.partner_keys(KeyKind::Management, partner)),
            ("merchant's management keys", fixture.management_keys(&merchant)),
            ("accounting keys", fixture.access.client(KeyKind::Accounting, KeyOwner::default(), &[msn])),
            ("a user of nothing", somebody()),
            ("keys of nobody", fixture.access.client(KeyKind::Unspecified, KeyOwner::default(), &[])),
        ];
        Side { merchant, callers, partner: keys, administrator }
    }
}

#[tokio::test]
async fn foreign_and_absent_orders_are_refused_in_the_same_words() {
    let bench = bench().await;
    let (own, foreign) = (bench.side("100001").await, bench.side("200002").await);
    let prefilled = bench.prefill(foreign.partner, a_prefilling(&foreign.merchant)).await.unwrap().order_id;
    let made = bench.order(foreign.administrator, an_order(&foreign.merchant)).await.unwrap().order_id;
    let asked = a_request("200002", v1::Feature::Recurring);
    let asked = bench.ask(foreign.administrator, asked).await.unwrap().order_id;
    let applied = bench.apply(somebody(), an_application()).await.unwrap().order_id;
    let mut compared = 0;
    for (name, caller) in &own.callers {
        for order in [&prefilled, &made, &asked, &applied] {
            let absent = id();
            let (foreign_one, absent_one) =
                (bench.get(*caller, order).await, bench.get(*caller, &absent).await);
            assert_eq!(told(foreign_one), told(absent_one), "{name} gets");
            let (foreign_one, absent_one) =
                (bench.delete(*caller, order).await, bench.delete(*caller, &absent).await);
            assert_eq!(told(foreign_one), told(absent_one), "{name} deletes");
            let submit = |order: &str| bench.submit(*caller, a_submission(&own.merchant, order));
            assert_eq!(told(submit(order).await), told(submit(&absent).await), "{name} submits");
            if order != &prefilled {
                let (foreign_one, absent_one) =
                    (bench.view(*caller, order).await, bench.view(*caller, &absent).await);
                assert_eq!(told(foreign_one), told(absent_one), "{name} views");
            }
            compared += 1;
        }
    }
    assert_eq!(compared, 40);
}

#[tokio::test]
async fn foreign_and_absent_merchants_and_units_are_refused_in_the_same_words() {
    let bench = bench().await;
    let (own, foreign) = (bench.side("100001").await, bench.side("200002").await);
    let absent = crate::fixture::a_merchant(kvitt_primitives::Market::No);
    for (name, caller) in &own.callers {
        let list = |merchant| bench.list(*caller, of_merchant(merchant));
        assert_eq!(told(list(&foreign.merchant).await), told(list(&absent).await), "{name} lists");
        let order = |merchant| bench.order(*caller, an_order(merchant));
        assert_eq!(told(order(&foreign.merchant).await), told(order(&absent).await), "{name} orders");
        let submit =
            |merchant| bench.submit(*caller, a_submission(merchant, &foreign.merchant.id.to_string()));
        assert_eq!(told(submit(&foreign.merchant).await), told(submit(&absent).await), "{name} submits");
        let ask = |msn| bench.ask(*caller, a_request(msn, v1::Feature::Recurring));
        assert_eq!(told(ask("200002").await), told(ask("999999").await), "{name} asks for a feature");
    }
}

#[tokio::test]
async fn each_caller_sees_and_does_what_is_theirs_and_no_more() {
    let bench = bench().await;
    let side = bench.side("100001").await;
    let prefilled = bench.prefill(side.partner, a_prefilling(&side.merchant)).await.unwrap().order_id;
    let made = bench.order(side.administrator, an_order(&side.merchant)).await.unwrap().order_id;
    for (name, caller) in &side.callers {
        let is = |names: &[&str]| names.contains(name);
        let partner = is(&["partner keys", "partner's management keys"]);
        let all = is(&["administrator", "merchant's management keys"]);
        let sees = |order: &String| {
            let (bench, order) = (&bench, order.clone());
            async move { bench.get(*caller, &order).await.is_ok() }
        };
        assert_eq!((sees(&prefilled).await, sees(&made).await), (all || partner, all), "{name} gets");
        assert_eq!(bench.list(*caller, of_merchant(&side.merchant)).await.is_ok(), all, "{name} lists");
        let listed = bench.list(*caller, v1::ListOrdersRequest::default()).await;
        assert_eq!(listed.is_ok(), partner, "{name} lists what they made");
        if let Ok(listed) = listed {
            assert_eq!(ids(&listed), [prefilled.as_str()]);
        }
        let ordered = bench.order(*caller, an_order(&side.merchant)).await;
        assert_eq!(ordered.is_ok(), is(&["administrator"]), "{name} orders");
        let user = matches!(caller.principal, Principal::User(_));
        assert_eq!(bench.view(*caller, &prefilled).await.is_ok(), user, "{name} views");
        assert_eq!(bench.apply(*caller, an_application()).await.is_ok(), user, "{name} applies");
        if !partner {
            let refused = bench.prefill(*caller, a_prefilling(&side.merchant)).await;
            assert_eq!(reason(refused), Reason::PermissionDenied, "{name} prefills");
        }
    }
    for name in ServiceName::ALL.into_iter().filter(|name| *name != ServiceName::Launcher) {
        assert!(bench.get(service(name), &made).await.is_err(), "{name}");
        assert!(bench.list(service(name), of_merchant(&side.merchant)).await.is_err(), "{name}");
    }
}

#[tokio::test]
async fn a_partner_whose_unit_is_linked_does_not_see_what_the_merchant_orders_by_itself() {
    let bench = bench().await;
    let side = bench.side("100001").await;
    let (_, other_keys) = bench.partner().await;
    let own = bench.prefill(side.partner, a_prefilling(&side.merchant)).await.unwrap().order_id;
    let others = bench.prefill(other_keys, a_prefilling(&side.merchant)).await.unwrap().order_id;
    assert!(bench.get(side.partner, &own).await.is_ok());
    assert_eq!(reason(bench.get(side.partner, &others).await), Reason::NotFound);
    let listed = bench.list(side.partner, v1::ListOrdersRequest::default()).await.unwrap();
    assert_eq!(ids(&listed), [own.as_str()]);
    let both = bench.list(side.administrator, of_merchant(&side.merchant)).await.unwrap();
    assert_eq!(ids(&both), [others.as_str(), own.as_str()]);
}
