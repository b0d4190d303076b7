//! Show a session to its payer.

use super::{
    App, Error,
    change::{Named, load},
    follow_payment::follow_payment,
    get_session::Read,
};

/// The session that is named, with its payment.
pub(crate) async fn open_session(app: &App, named: &Named) -> Result<Read, Error> {
    let session = load(app, named).await?;
    follow_payment(app, session).await
}
