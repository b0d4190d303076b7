//! The payer says who they are.

use super::{App, Error, change::change};
use crate::domain::{Details, Found, Key, Session, Step};

/// Notes what the payer says, judged by what the page asks for.
pub(crate) async fn submit_details(app: &App, key: &Key, details: Details) -> Result<(), Error> {
    let step = |session: &Session, now| {
        let next = session.detailed(details.clone(), now)?;
        let configuration = &session.terms.configuration;
        let asked = (configuration.elements, configuration.countries.as_slice());
        let mut found = Found::default();
        details.person.check("person", asked, &mut found);
        if let Some(billing) = &details.billing {
            // Nothing is sent there, so any country will do.
            billing.check("billing", (configuration.elements, &[]), &mut found);
        }
        if found.0.is_empty() { Ok(Step::Changed(Box::new(next))) } else { Err(Error::Fields(found.0)) }
    };
    change(app, key, "submit_details", step).await.map(drop)
}
