//! A session goes where its payment has gone.

use super::{App, Error, change::change, get_session::Read, payments};
use crate::domain::{Session, State, Step};

/// Looks at the payment, if there is one, and writes down what that means for the session.
pub(crate) async fn follow_payment(app: &App, session: Session) -> Result<Read, Error> {
    if session.payer.start.is_none() {
        return Ok(Read { session, payment: None });
    }
    let payment = app.payments.find(&session.key).await?;
    let standing = payment.as_ref().map(payments::standing).transpose()?;
    let moves =
        session.state == State::Initiated && session.following(standing, app.clock.now()) != Step::Same;
    if !moves {
        return Ok(Read { session, payment });
    }
    let step = |session: &Session, now| Ok::<_, Error>(session.following(standing, now));
    let session = change(app, &session.key, "follow_payment", step).await?;
    Ok(Read { session, payment })
}
