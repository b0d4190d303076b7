//! Tell a merchant that a payer is there.

use kvitt_primitives::Msn;
use kvitt_proto::webhook::v1::CheckInRequest;
use uuid::Uuid;

use super::{App, Error, get_merchant_callback::get_merchant_callback, in_own_name};
use crate::domain::callback::CallbackId;

/// Who scanned what. Whoever holds the token stands for the payer, so it has no Debug that shows it.
#[derive(Clone)]
pub(crate) struct CheckIn {
    pub(crate) msn: Msn,
    pub(crate) callback_id: CallbackId,
    pub(crate) customer_token: String,
    pub(crate) check_in_id: Uuid,
}

/// Tells the merchant; whether anybody listens there.
pub(crate) async fn check_in(app: &App, check_in: CheckIn) -> Result<bool, Error> {
    let callback = get_merchant_callback(app, &check_in.msn, &check_in.callback_id).await?;
    let request = CheckInRequest {
        msn: callback.msn.to_string(),
        check_in_id: check_in.check_in_id.to_string(),
        merchant_qr_id: callback.id.as_str().to_owned(),
        customer_token: check_in.customer_token,
    };
    let mut client = app.callbacks.clone();
    let answer = in_own_name(async { client.check_in(request).await }).await;
    Ok(answer.map_err(Error::Peer)?.into_inner().listening)
}
