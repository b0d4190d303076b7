//! Ask a payer for money.

use kvitt_primitives::{PaymentId, Reference};
use uuid::Uuid;

use super::{App, Error, customer::known_payer, token};
use crate::{
    domain::{Command, Create, Qr, QrFormat, Request, Terms, UserFlow},
    engine::Key,
};

/// Pixels of a PNG when the merchant says nothing.
const USUAL_PNG_SIZE: i32 = 1024;

/// Where payers are sent.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// The landing page, without a query.
    pub(crate) landing_url: String,
    /// The URL scheme of the payer's app.
    pub(crate) native_scheme: String,
    /// What stands before the token in the URL of the image of a QR code.
    pub(crate) qr_image_url: String,
}

impl Links {
    /// Where to send the payer; nowhere for a push message, which finds them (contract 5.2).
    pub(crate) fn redirect_url(&self, terms: &Terms) -> Option<String> {
        let token = &terms.redirect_token;
        match terms.request.user_flow {
            UserFlow::WebRedirect => Some(self.landing_url(token)),
            UserFlow::Qr => Some(self.qr_url(token, terms.request.qr)),
            UserFlow::NativeRedirect => Some(format!("{}://?token={token}", self.native_scheme)),
            UserFlow::PushMessage => None,
        }
    }

    /// The landing page, which is also what a code holds; nowhere for a push message.
    pub(crate) fn landing_page(&self, terms: &Terms) -> Option<String> {
        let pushes = terms.request.user_flow == UserFlow::PushMessage;
        (!pushes).then(|| self.landing_url(&terms.redirect_token))
    }

    fn landing_url(&self, token: &str) -> String {
        format!("{}?token={token}", self.landing_url)
    }

    /// An image of the code, or what the code holds.
    fn qr_url(&self, token: &str, qr: Option<Qr>) -> String {
        let base = &self.qr_image_url;
        let format = qr.map_or(QrFormat::Svg, |qr| qr.format);
        match format {
            QrFormat::TargetUrl => self.landing_url(token),
            QrFormat::Svg => format!("{base}{token}.svg"),
            QrFormat::Png => {
                let size = qr.and_then(|qr| qr.size).unwrap_or(USUAL_PNG_SIZE);
                format!("{base}{token}.png?size={size}")
            }
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
    let payment_id = PaymentId::from_uuid(Uuid::now_v7());
    let create = Create {
        payment_id,
        redirect_token: token::new(&msn, payment_id)?,
        request,
        unit: (*unit).clone(),
        payer,
        callbacks: app.callbacks,
    };
    let record = app.change(&msn, &reference, Command::Create(Box::new(create)), key).await?;
    let redirect_url = record.terms.as_ref().and_then(|terms| app.links.redirect_url(terms));
    Ok(Created { reference, redirect_url })
}
