//! What a payer sees of a link.

use kvitt_proto::{
    error::v1::Reason,
    refusal::{reason_of, status},
};
use kvitt_runtime::{Action, Caller, Principal};

use super::{App, Error};
use crate::{
    domain::{Code, link::Link},
    store::payment_links,
};

/// The link, and the name of its sales unit.
pub(crate) async fn open_payment_link(
    app: &App,
    caller: &Caller,
    token: &str,
) -> Result<(Link, String), Error> {
    let link = link_of_payer(app, caller, token).await?;
    let name = app.find_unit_name(&link.msn).await?.ok_or(Error::LinkNotFound)?;
    Ok((link, name))
}

/// The link with this token, if payers may be told of it, and the caller may act for its payers.
pub(super) async fn link_of_payer(app: &App, caller: &Caller, token: &str) -> Result<Link, Error> {
    if !app.sandbox && !matches!(caller.principal, Principal::Service(_)) {
        let detail = "playing the payer is a power of the sandbox, which is switched off";
        return Err(Error::Refused(status(Reason::PermissionDenied, detail)));
    }
    // A text that is no code was never given out.
    let token: Code = token.parse().map_err(|_| Error::LinkNotFound)?;
    let mut connection = app.pool.acquire().await?;
    let link = payment_links::find_by_token(&mut connection, &token).await?;
    drop(connection);
    let link = link.filter(Link::is_shown_to_payers).ok_or(Error::LinkNotFound)?;
    match caller.principal {
        Principal::Service(_) => {}
        Principal::Client(_) | Principal::User(_) => {
            let allowed = app.authority.may(caller, Action::ForceApprove, &link.msn).await;
            allowed.map_err(as_if_absent)?;
        }
    }
    Ok(link)
}

/// Of what a caller may not see nothing is told.
fn as_if_absent(refused: tonic::Status) -> Error {
    match reason_of(&refused) {
        Some(Reason::Unavailable | Reason::Internal) | None => Error::Refused(refused),
        Some(_) => Error::LinkNotFound,
    }
}
