//! The payer wants to pay.

use kvitt_proto::{error::v1::Reason, refusal::reason_of};
use tonic::Status;
use tracing::warn;

use super::{App, Error, change::change};
use crate::domain::{Choice, Found, Key, Session};

/// Begins the payment; answers where to send the payer. That it was begun is written down before payment is asked, so that
/// whatever happens then, the session knows that there may be one: the same choice again asks under the same name.
pub(crate) async fn start_payment(app: &App, key: &Key, choice: Choice) -> Result<String, Error> {
    let mut found = Found::default();
    if let Some(point) = &choice.pickup_point {
        point.check("pickupPoint", &mut found);
    }
    if !found.0.is_empty() {
        return Err(Error::Fields(found.0));
    }
    let step = |session: &Session, now| session.started(choice.clone(), now);
    let session = change(app, key, "start_payment", step).await?;
    match app.payments.create(&session).await {
        Err(Error::Peer(status)) if is_final(&status) => {
            let attempt = session.starts;
            let step = |now: &Session, _at| {
                // Another attempt is not this one's to take back.
                let own = now.starts == attempt;
                Ok::<_, Error>(if own { now.reopened() } else { crate::domain::Step::Same })
            };
            if let Err(error) = change(app, key, "reopen_session", step).await {
                warn!(%error, "a session stays as if its payment had begun");
            }
            Err(Error::Peer(status))
        }
        answer => answer,
    }
}

/// Whether payment has decided that there is no payment. Otherwise there may be one.
fn is_final(status: &Status) -> bool {
    let open = [
        Reason::Unavailable,
        Reason::Overloaded,
        Reason::DeadlineExceeded,
        Reason::Internal,
        Reason::PaymentLocked,
    ];
    reason_of(status).is_some_and(|reason| !open.contains(&reason))
}
