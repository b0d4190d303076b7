//! Registers a partner.

use kvitt_audit_log::Entry;
use kvitt_runtime::Caller;
use serde_json::json;

use super::Error;
use crate::{
    app::{App, By},
    domain::Partner,
    store::partners as store,
};

/// Stores the partner, once; the same partner again is answered alike. Only for the operator.
pub(crate) async fn create_partner(app: &App, caller: &Caller, partner: &Partner) -> Result<(), Error> {
    let by = By::caller(caller, &app.clock);
    kvitt_postgres::transaction!(&app.pool, "create_partner", async |tx| -> Result<(), Error> {
        if !store::insert(tx, partner, by.at).await? {
            let stored = store::find(tx, partner.id).await?;
            return if stored.as_ref() == Some(partner) { Ok(()) } else { Err(Error::PartnerExists) };
        }
        let entry = Entry {
            at: by.at,
            actor: by.actor.clone(),
            action: "partner.registered",
            subject: format!("partner:{}", partner.id),
            merchant_id: None,
            before: None,
            after: Some(json!({ "name": partner.name.as_str() })),
            trace_id: by.trace_id.clone(),
        };
        Ok(kvitt_audit_log::append(tx, &entry).await?)
    })
}
