//! Make a code that leads to a page of the merchant.

use kvitt_primitives::Msn;

use super::{App, Error, fresh_code};
use crate::{
    domain::{
        Kind, Redirect,
        redirect::{RedirectId, RedirectUrl, Ttl},
    },
    store::redirects,
};

/// The code to make.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) id: RedirectId,
    pub(crate) url: RedirectUrl,
    pub(crate) ttl: Option<Ttl>,
}

/// Makes it, unless its id is in use.
pub(crate) async fn create_merchant_redirect(app: &App, msn: Msn, wish: Wish) -> Result<Redirect, Error> {
    let now = app.clock.now();
    let redirect = Redirect {
        msn,
        id: wish.id,
        code: fresh_code(Kind::Redirect)?,
        url: wish.url,
        created_at: now,
        expires_at: wish.ttl.map(|ttl| ttl.end(now)),
    };
    let mut connection = app.pool.acquire().await?;
    let made = redirects::insert(&mut connection, &redirect).await?;
    made.then_some(redirect).ok_or(Error::IdExists)
}
