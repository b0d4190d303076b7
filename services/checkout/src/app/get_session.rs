//! Read a session, with its payment as that stands now.

use kvitt_proto::payment::v1::Payment;

use super::{
    App, Error,
    change::{Named, load},
    follow_payment::follow_payment,
};
use crate::domain::{Key, Session};

/// A session and the payment behind it.
#[derive(Debug)]
pub(crate) struct Read {
    pub(crate) session: Session,
    pub(crate) payment: Option<Payment>,
}

/// The session; it goes where its payment has gone before it is answered.
pub(crate) async fn get_session(app: &App, key: &Key) -> Result<Read, Error> {
    let session = load(app, &Named::ByReference(key.clone())).await?;
    follow_payment(app, session).await
}
