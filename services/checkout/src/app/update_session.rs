//! Change what is to be paid, or how it can be sent.

use super::{App, Error, change::change, get_session::Read};
use crate::domain::{Change, Found, Key, Session, Step, amount_violation, check_description};

/// Changes an open session. `found` is what was wrong with the request's form.
pub(crate) async fn update_session(
    app: &App,
    key: &Key,
    update: Change,
    mut found: Found,
) -> Result<Read, Error> {
    if let Some(rule) = update.amount.and_then(amount_violation) {
        found.check(false, "transaction.amount.value", rule);
    }
    if let Some(description) = &update.description {
        check_description(description, &mut found);
    }
    if !found.0.is_empty() {
        return Err(Error::Fields(found.0));
    }
    let step = |session: &Session, now| {
        let next = session.updated(update.clone(), now)?;
        let currency = session.terms.amount.currency;
        if next.terms.amount.currency != currency {
            return Err(Error::InvalidCurrency(currency.code()));
        }
        let mut found = Found::default();
        next.terms.check_goods(&|url| app.refused_url(url), &mut found);
        if found.0.is_empty() { Ok(Step::Changed(Box::new(next))) } else { Err(Error::Fields(found.0)) }
    };
    let session = change(app, key, "update_session", step).await?;
    Ok(Read { session, payment: None })
}
