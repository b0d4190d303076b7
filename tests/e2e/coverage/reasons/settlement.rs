//! Refusals of ledgers.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::settlement::v1::{FollowEntriesRequest, Topic};
use kvitt_tests::{Mesh, Shop, Stack};

use super::Provoked;

pub(crate) async fn provoke() -> Vec<Provoked> {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let foreign = format!("{}01", stack.keys("second").msn);
    let request =
        FollowEntriesRequest { ledger_id: foreign.clone(), topic: Topic::Funds.into(), ..Default::default() };
    let hidden = Mesh::with_token(stack, &shop.token).ledgers().follow_entries(request).await;
    vec![
        Provoked::grpc(Reason::LedgerNotFound, hidden),
        Provoked::in_own_form(
            Reason::LedgerNotFound,
            shop.get(&format!("/report/v2/ledgers/{foreign}/funds/feed")).await,
        ),
        Provoked::rest(Reason::ReportEmpty, shop.get(&before_everything(&shop)).await),
    ]
}

/// A report of dates on which nothing was paid out.
fn before_everything(shop: &Shop) -> String {
    let msn = &shop.keys.msn;
    format!(
        "/kvitt/v1/reports?merchantSerialNumbers={msn}&fromDate=2020-01-01&toDate=2020-01-31&format=CLASSIC_XML"
    )
}
