//! What waits for a payer's answer.

use chrono::{DateTime, Utc};
use kvitt_primitives::PayerId;
use sqlx::PgPool;

use crate::{
    domain::inbox::Waiting,
    error::Error,
    store::{
        inbox::{self, After},
        payers,
    },
};

/// Most requests on a page.
pub(crate) const MAX_PAGE_SIZE: i32 = 100;

/// A page to read.
#[derive(Debug, Clone)]
pub(crate) struct Page {
    pub(crate) payer_id: PayerId,
    pub(crate) after: After,
    /// 1 to [`MAX_PAGE_SIZE`].
    pub(crate) size: i32,
}

/// The requests on the page, oldest first, and where the next page begins if there is one. What has expired is not
/// shown, even before payment's log says so.
pub(crate) async fn list_payment_requests(
    pool: &PgPool,
    page: &Page,
    now: DateTime<Utc>,
) -> Result<(Vec<Waiting>, Option<After>), Error> {
    let mut connection = pool.acquire().await?;
    payers::find(&mut connection, page.payer_id).await?.ok_or(Error::PayerNotFound)?;
    let one_more = i64::from(page.size) + 1;
    let mut requests = inbox::list(&mut connection, page.payer_id, now, &page.after, one_more).await?;
    let size = usize::try_from(page.size).expect("a page has a positive size");
    let more = requests.len() > size;
    requests.truncate(size);
    let last = requests.last().filter(|_| more);
    let next = last.map(|last| After { created_at: last.request.created_at, key: last.request.key.clone() });
    Ok((requests, next))
}
