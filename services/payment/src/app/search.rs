//! Look for payments, and sum them up.

use kvitt_primitives::PaymentId;

use super::{App, Error};
use crate::{
    domain::transaction::Meaning,
    store::transactions::{
        Sum, Transaction,
        search::{self, After, Filter},
    },
};

/// What is looked for: all of it must hold, and any of the meanings where there are some.
#[derive(Debug, Clone)]
pub(crate) struct Search {
    pub(crate) filter: Filter,
    pub(crate) meanings: Vec<Meaning>,
}

/// A page, newest first.
#[derive(Debug)]
pub(crate) struct Page {
    pub(crate) transactions: Vec<Transaction>,
    /// Where the next page begins, if there is one.
    pub(crate) next: Option<After>,
}

/// A page of at most `size` payments after another.
pub(crate) async fn search(
    app: &App,
    search: &Search,
    after: Option<After>,
    size: usize,
) -> Result<Page, Error> {
    let one_more = i64::try_from(size).unwrap_or(i64::MAX - 1) + 1;
    let mut connection = app.pool.acquire().await?;
    let mut found = Vec::new();
    if search.meanings.is_empty() {
        found = search::page(&mut connection, &search.filter, None, after, one_more).await?;
    }
    for meaning in &search.meanings {
        found.extend(search::page(&mut connection, &search.filter, Some(meaning), after, one_more).await?);
    }
    Ok(cut(found, size))
}

/// The newest of what was found, each once.
fn cut(mut found: Vec<Transaction>, size: usize) -> Page {
    let place = |transaction: &Transaction| (transaction.created_at, transaction.payment_id);
    found.sort_by_key(|transaction| std::cmp::Reverse(place(transaction)));
    found.dedup_by_key(|transaction| transaction.payment_id);
    let more = found.len() > size;
    found.truncate(size);
    let after =
        |(created_at, payment_id): (_, PaymentId)| After { created_at, payment_id: payment_id.as_uuid() };
    let next = found.last().filter(|_| more).map(|last| after(place(last)));
    Page { transactions: found, next }
}

/// What everything that is found amounts to.
pub(crate) async fn sum(app: &App, search: &Search) -> Result<Vec<Sum>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(search::sum(&mut connection, &search.filter, &search.meanings).await?)
}
