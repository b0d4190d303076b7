//! Decides an order by itself, in the sandbox.

use kvitt_primitives::OrderId;
use kvitt_runtime::ServiceName;

use super::{
    Error,
    decide_order::{Decider, decide},
};
use crate::{
    app::{self, App, By},
    domain::{Decision, Prose},
    store::orders::{self as store, due},
};

/// Approves an order that has waited long enough, or rejects one that nobody could approve any more. Nothing happens when
/// somebody else decides it.
pub(crate) async fn decide_due_order(app: &App, id: OrderId) -> Result<(), Error> {
    let by = By {
        actor: format!("service:{}", ServiceName::Merchant),
        trace_id: kvitt_audit_log::trace_id(),
        at: app.clock.now(),
    };
    let decider = Decider { by, sandbox: app.sandbox };
    kvitt_postgres::transaction!(&app.pool, "decide_due_order", async |tx| -> Result<(), Error> {
        if !due::lock_to_decide(tx, id).await? {
            return Ok(());
        }
        let order = store::find_to_change(tx, id).await?.ok_or(Error::OrderNotFound)?;
        match decide(tx, order.clone(), &Decision::Approve, &decider).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let reason =
                    never(&error).and_then(|text| Prose::try_new(text.to_owned()).ok()).ok_or(error)?;
                decide(tx, order, &Decision::Reject(reason), &decider).await.map(|_| ())
            }
        }
    })
}

/// Why an order can never be approved, for those who read the rejection; none when it can be tried again.
fn never(error: &Error) -> Option<&'static str> {
    match error {
        Error::CompanyIsMerchant | Error::Other(app::Error::CompanyExists) => {
            Some("The company has a merchant agreement.")
        }
        Error::Other(app::Error::SalesUnitNotFound) => Some("The sales unit does not exist."),
        Error::MerchantNotActive => Some("The merchant is not active."),
        Error::FeaturePresent => Some("The sales unit has the feature."),
        Error::TestUnit | Error::Fields(_) => Some("The sales unit cannot have the feature."),
        Error::Refused(_)
        | Error::OrderNotFound
        | Error::OrderExists
        | Error::KeyConflict
        | Error::NotOpen
        | Error::Other(_)
        | Error::Database(_) => None,
    }
}
