//! Ask a payer for money.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use kvitt_primitives::{PaymentId, Reference};
use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    wallet::v1::{FindPayerRequest, Payer},
};
use tonic::Status;
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::{Command, Create, KnownPayer, Request, SalesUnit, Terms, UserFlow},
    engine::Key,
};

/// Bytes of randomness in a redirect token.
const TOKEN_BYTES: usize = 32;

/// Where payers are sent.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// The landing page, without a query.
    pub(crate) landing_url: String,
    /// The URL scheme of the payer's app.
    pub(crate) native_scheme: String,
}

impl Links {
    /// Where to send the payer; nowhere for a push message, which finds them (contract 5.2).
    pub(crate) fn redirect_url(&self, terms: &Terms) -> Option<String> {
        let token = &terms.redirect_token;
        match terms.request.user_flow {
            UserFlow::WebRedirect | UserFlow::Qr => Some(format!("{}?token={token}", self.landing_url)),
            UserFlow::NativeRedirect => Some(format!("{}://?token={token}", self.native_scheme)),
            UserFlow::PushMessage => None,
        }
    }
}

/// A payment that waits.
#[derive(Debug)]
pub(crate) struct Created {
    pub(crate) reference: Reference,
    pub(crate) redirect_url: Option<String>,
}

/// Creates a payment, or gives the first answer again.
pub(crate) async fn create(app: &App, request: Request, key: Key) -> Result<Created, Error> {
    let unit = app.merchants.load(&request.msn).await?;
    let payer = known_payer(app, &request, &unit).await?;
    let (msn, reference) = (request.msn.clone(), request.reference.clone());
    let create = Create {
        payment_id: PaymentId::from_uuid(Uuid::now_v7()),
        redirect_token: redirect_token()?,
        request,
        unit: (*unit).clone(),
        payer,
    };
    let record = app.change(&msn, &reference, Command::Create(Box::new(create)), key).await?;
    let redirect_url = record.terms.as_ref().and_then(|terms| app.links.redirect_url(terms));
    Ok(Created { reference, redirect_url })
}

/// A push message goes to somebody, so the wallet is asked who that is; other flows find their payer later.
async fn known_payer(app: &App, request: &Request, unit: &SalesUnit) -> Result<KnownPayer, Error> {
    let Some(phone) = request.exclusive_customer().filter(|_| unit.push_message) else {
        return Ok(KnownPayer::NotAsked);
    };
    let request = FindPayerRequest { phone_number: phone.to_string() };
    match app.wallet.clone().find_payer(request).await {
        Ok(found) => Ok(KnownPayer::Born(born(found.into_inner().payer)?)),
        Err(status) if reason_of(&status) == Some(Reason::NotFound) => Ok(KnownPayer::Unknown),
        Err(status) => Err(Error::Peer(status)),
    }
}

fn born(payer: Option<Payer>) -> Result<chrono::NaiveDate, Error> {
    payer
        .and_then(|payer| payer.birth_date.parse().ok())
        .ok_or_else(|| Error::Peer(Status::internal("wallet answered without a date of birth")))
}

fn redirect_token() -> Result<String, Error> {
    let mut bytes = [0; TOKEN_BYTES];
    getrandom::fill(&mut bytes)
        .map_err(|_| Error::Peer(Status::internal("the system gives no randomness")))?;
    Ok(URL_SAFE_NO_PAD.encode(bytes))
}
