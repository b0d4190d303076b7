//! How the goods can be sent to the payer.

use super::{
    App, Error,
    change::{Named, change, load},
};
use crate::domain::{Details, Key, Logistics, Refusal, Session, ShippingOption, Step};

/// What the merchant's server answers now, or the fixed options; whatever is listed can be chosen.
pub(crate) async fn list_shipping_options(app: &App, key: &Key) -> Result<Vec<ShippingOption>, Error> {
    let session = load(app, &Named::ByReference(key.clone())).await?;
    let details = session.addressee(app.clock.now())?;
    let Some(logistics) = session.terms.logistics.as_ref().filter(|_| session.terms.has_logistics()) else {
        return Ok(Vec::new());
    };
    let options = options(app, &session, details, logistics).await?;
    if options.is_empty() {
        return Err(Error::ShippingNotAnswered);
    }
    let step = |now: &Session, at| {
        // Who has moved, or whose merchant has changed their mind, meanwhile is not offered this.
        let same = now.payer.details.as_ref() == Some(details) && now.terms == session.terms;
        let next = now.offering(options.clone(), at)?;
        Ok::<_, Refusal>(if same { Step::Changed(Box::new(next)) } else { Step::Same })
    };
    change(app, key, "list_shipping_options", step).await?;
    Ok(options)
}

async fn options(
    app: &App,
    session: &Session,
    details: &Details,
    logistics: &Logistics,
) -> Result<Vec<ShippingOption>, Error> {
    if logistics.callback_url.is_empty() {
        return Ok(logistics.offered());
    }
    let answered = app.asking.ask(&app.egress, session, &details.person).await?;
    Ok(if answered.is_empty() { logistics.offered() } else { answered })
}
