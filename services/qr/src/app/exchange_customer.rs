//! Who checked in.

use kvitt_proto::payment::v1::customer::Identity;

use super::{App, Error, exchange_qr::Known};

/// Whom the token of a check-in names.
pub(crate) async fn exchange_customer(app: &App, customer_token: String) -> Result<Known, Error> {
    app.find_customer(Identity::CustomerToken(customer_token)).await
}
