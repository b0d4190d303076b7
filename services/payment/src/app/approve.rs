//! A payer's yes. The reservation is requested, made by the acquirer, and only then the payment is authorized.

use std::sync::Arc;

use kvitt_primitives::{Msn, Reference};

use super::{App, Error, resolve::settled};
use crate::{
    domain::{Approval, Command, PendingKind, ShippingOption},
    engine::Key,
    store::Record,
};

/// A payer's yes as it came, with what they chose of the shipping options.
#[derive(Debug)]
pub(crate) struct Wanted {
    pub(crate) approval: Approval,
    pub(crate) shipping: Option<ShippingOption>,
}

/// Reserves, or gives the first answer to the same attempt again. What the payment offers never changes, so a choice is
/// held against it before the engine decides; the rest of it the engine knows by itself.
pub(crate) async fn approve(
    app: &App,
    msn: &Msn,
    reference: &Reference,
    wanted: Wanted,
    key: Key,
) -> Result<Arc<Record>, Error> {
    let Wanted { mut approval, shipping } = wanted;
    if let Some(option) = shipping
        && let Some(found) = app.reads.find(msn, reference).await?
    {
        let (payment, terms) = *found;
        let offered = terms.request.shipping;
        approval.agreed.shipping = offered.and_then(|offered| offered.choose(&option, payment.amount));
    }
    let kind = PendingKind::Reserve { payer: approval.payer, card: approval.card };
    let begun = app.begin(msn, reference, Command::RequestReserve(approval), key.hidden().into()).await?;
    settled(app, begun, kind).await
}
