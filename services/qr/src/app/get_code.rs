//! What a code holds, and where it leads.

use super::{App, Error};
use crate::{
    domain::{Code, Kind},
    store::{callbacks, payment_links, redirects, unit_codes},
};

/// A code as it is drawn and opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Held {
    pub(crate) content: String,
    /// Where a browser is sent; nowhere for a code that only the app can do something with.
    pub(crate) target_url: Option<String>,
}

/// What the code holds, if it is one.
pub(crate) async fn get_code(app: &App, code: &Code) -> Result<Held, Error> {
    let mut connection = app.pool.acquire().await?;
    let content = app.links.content(code);
    let held = match code.kind() {
        Kind::Redirect => {
            let redirect = redirects::find_by_code(&mut connection, code, app.clock.now()).await?;
            redirect.map(|redirect| (content, Some(redirect.url.as_str().to_owned())))
        }
        Kind::Callback => {
            let callback = callbacks::find_by_code(&mut connection, code).await?;
            callback.map(|it| (app.links.callback_content(code, it.beacon.as_ref()), None))
        }
        Kind::Unit => unit_codes::find_unit(&mut connection, code).await?.map(|_| (content, None)),
        // Its page says whether it can be paid.
        Kind::Link => {
            let link = payment_links::find_by_token(&mut connection, code).await?;
            link.map(|_| (content.clone(), Some(content)))
        }
    };
    let (content, target_url) = held.ok_or(Error::CodeNotFound)?;
    Ok(Held { content, target_url })
}
