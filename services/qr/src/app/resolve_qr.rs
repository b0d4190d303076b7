//! What a scanned text is.

use kvitt_proto::merchant::v1::{ProductType, SalesUnit};

use super::{App, Error, create_one_time_qr::seconds_left};
use crate::{
    domain::{
        Callback, Code, Kind,
        redirect::RedirectUrl,
        scanned::{self, Scanned},
    },
    store::{callbacks, payment_links, redirects, unit_codes},
};

/// What a text leads to.
#[derive(Debug, Clone)]
pub(crate) enum Found {
    /// A payment, by the token of its redirect URL.
    Payment(String),
    Redirect(RedirectUrl),
    Callback(Callback),
    /// A payment link, by its token.
    Link(Code),
    /// A VM number.
    Unit(Box<SalesUnit>),
}

/// What it is, if this platform made it and it leads anywhere.
pub(crate) async fn resolve_qr(app: &App, text: &str) -> Result<Found, Error> {
    let found = match scanned::read(&app.links, text) {
        Some(Scanned::Code(code)) => find_code(app, code).await?,
        Some(Scanned::Beacon(beacon)) => {
            let mut connection = app.pool.acquire().await?;
            callbacks::find_by_beacon(&mut connection, &beacon).await?.map(Found::Callback)
        }
        Some(Scanned::Payment(token)) => {
            let terms = app.payments.find_by_token(&token).await?;
            let waiting = terms.filter(|terms| seconds_left(app, terms).is_ok());
            waiting.map(|terms| Found::Payment(terms.redirect_token))
        }
        None => None,
    };
    found.ok_or(Error::CodeNotFound)
}

async fn find_code(app: &App, code: Code) -> Result<Option<Found>, Error> {
    let mut connection = app.pool.acquire().await?;
    match code.kind() {
        Kind::Redirect => {
            let redirect = redirects::find_by_code(&mut connection, &code, app.clock.now()).await?;
            Ok(redirect.map(|redirect| Found::Redirect(redirect.url)))
        }
        Kind::Callback => Ok(callbacks::find_by_code(&mut connection, &code).await?.map(Found::Callback)),
        Kind::Unit => {
            let msn = unit_codes::find_unit(&mut connection, &code).await?;
            // Nobody waits for a connection while another service is asked.
            drop(connection);
            let Some(msn) = msn else { return Ok(None) };
            let unit = app.find_unit(&msn).await?;
            let pays = |unit: &SalesUnit| unit.active && unit.product_type() == ProductType::VmNumber;
            Ok(unit.filter(pays).map(|unit| Found::Unit(Box::new(unit))))
        }
        // Its state is judged when it is opened.
        Kind::Link => {
            let link = payment_links::find_by_token(&mut connection, &code).await?;
            Ok(link.map(|_| Found::Link(code)))
        }
    }
}
