//! What was sent to people, or waits for it.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use kvitt_primitives::Msn;
use uuid::Uuid;

use super::{App, Error};
use crate::store::mails::{self, Shown};

/// Most mails on a page.
pub(crate) const MOST_ON_PAGE: i32 = 100;
/// How many are on a page when no number is asked for.
pub(crate) const USUALLY_ON_PAGE: i32 = 20;
/// The most bytes of messages on a page that holds more than one mail; what goes over the wire in one piece is bounded.
const MOST_BYTES: i64 = super::send_mails::MOST_KEPT as i64;

/// When a mail was made, and its id.
pub(crate) type Place = (DateTime<Utc>, Uuid);

/// Which mails.
#[derive(Debug, Clone, Copy)]
pub(crate) struct List {
    /// 1 to [`MOST_ON_PAGE`].
    pub(crate) size: i32,
    /// The last of the page before.
    pub(crate) after: Option<Place>,
}

/// A page of mails.
#[derive(Debug, Default)]
pub(crate) struct Listed {
    /// Newest first, each with what was sent, where that is kept.
    pub(crate) mails: Vec<(Shown, Vec<u8>)>,
    pub(crate) more: bool,
}

/// The mails of a page.
pub(crate) async fn list_mails(app: &App, msn: &Msn, list: List) -> Result<Listed, Error> {
    let after = list.after.unwrap_or((DateTime::<Utc>::MAX_UTC, Uuid::max()));
    let size = list.size.clamp(1, MOST_ON_PAGE);
    let mut connection = app.pool.acquire().await?;
    let mut found = mails::list(&mut connection, msn, after, i64::from(size) + 1).await?;
    let fits = fitting(&found).min(usize::try_from(size).unwrap_or_default());
    let more = found.len() > fits;
    found.truncate(fits);
    let kept: Vec<Uuid> = found.iter().filter(|mail| mail.length > 0).map(|mail| mail.mail_id).collect();
    let mut messages: HashMap<Uuid, Vec<u8>> = HashMap::new();
    if app.sandbox && !kept.is_empty() {
        messages.extend(mails::messages(&mut connection, msn, &kept).await?);
    }
    let with_message = |mail: Shown| {
        let message = messages.remove(&mail.mail_id).unwrap_or_default();
        (mail, message)
    };
    Ok(Listed { mails: found.into_iter().map(with_message).collect(), more })
}

/// How many from the beginning go over the wire together; one always does.
fn fitting(found: &[Shown]) -> usize {
    let mut bytes = 0_i64;
    let fits = found.iter().take_while(|mail| {
        bytes += i64::from(mail.length);
        bytes <= MOST_BYTES
    });
    fits.count().max(1)
}
