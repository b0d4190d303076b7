//! Begin a payment by a link.
//!
//! A row that holds one of the link's places is committed first, then payment is asked; what asks again under the same
//! name finds the row and asks again under the same key, so nobody can pay twice for one attempt, whatever stops in
//! between. A payment that was refused gives its place back at once; one that nobody has answered for, `worker::due` or
//! payment's log settles.

use chrono::{DateTime, Utc};
use kvitt_postgres::transaction;
use kvitt_primitives::{IdempotencyKey, Money, Msn, PhoneNumber, Reference};
use kvitt_proto::{error::v1::Reason, reason, refusal::reason_of};
use kvitt_runtime::Caller;
use tonic::Status;
use uuid::Uuid;

use super::{App, Error, create_payment_link::all_right, link_payment, open_payment_link::link_of_payer};
use crate::{
    domain::{
        Found,
        attempt::{self, Attempt, Standing},
        link::{Link, LinkId, Statistics},
    },
    store::{link_payments, payment_links},
};

/// What a payer wants.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) key: IdempotencyKey,
    /// What is asked for under the key.
    pub(crate) hash: Vec<u8>,
    /// What the payer chose.
    pub(crate) amount: Option<Money>,
    pub(crate) phone_number: Option<PhoneNumber>,
    /// Where the payer is sent afterwards; the link's own page where that is not said.
    pub(crate) return_url: Option<String>,
}

/// A payment that waits for its payer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) msn: Msn,
    pub(crate) reference: Reference,
    /// Where to send the payer.
    pub(crate) redirect_url: String,
}

/// Begins it, or answers the one that the same attempt has begun.
pub(crate) async fn pay_payment_link(
    app: &App,
    caller: &Caller,
    token: &str,
    wish: Wish,
) -> Result<Begun, Error> {
    let link = link_of_payer(app, caller, token).await?;
    let mut found = Found::default();
    let amount = link.terms.price.of_payer(wish.amount, &mut found);
    all_right(found)?;
    let attempt = hold_place(app, &link, &wish, amount).await?;
    let request = link_payment::request(&app.links, &link, &attempt, &wish)?;
    match app.payments.create(request).await {
        Ok(redirect_url) => Ok(Begun { msn: attempt.msn, reference: attempt.reference, redirect_url }),
        Err(Error::Peer(status)) if is_decided(&status) => {
            let payment = (&attempt.msn, &attempt.reference);
            give_back(app, payment, link.id, app.clock.now()).await?;
            Err(Error::Peer(status))
        }
        Err(error) => Err(error),
    }
}

/// The attempt of this name, which holds a place unless its payment is known to be there.
async fn hold_place(app: &App, link: &Link, wish: &Wish, amount: Money) -> Result<Attempt, Error> {
    let attempt = match find(app, link, wish).await? {
        Some(attempt) => attempt,
        None => match begin(app, link, wish, amount).await? {
            Some(attempt) => return Ok(attempt),
            // Another was faster.
            None => find(app, link, wish).await?.ok_or(Error::LinkNotOpen)?,
        },
    };
    if attempt.request_hash != wish.hash {
        return Err(Error::AttemptConflict);
    }
    let attempt = if attempt.is_unknown() && !renew(app, &attempt).await? {
        // It was settled since it was read.
        find(app, link, wish).await?.ok_or(Error::LinkNotFound)?
    } else {
        attempt
    };
    if attempt.has_lost_its_place() {
        take_again(app, &attempt).await?;
    }
    Ok(attempt)
}

/// Begins the time of an attempt anew that is asked for once more; false when there is nothing to wait for any more.
async fn renew(app: &App, attempt: &Attempt) -> Result<bool, Error> {
    let mut connection = app.pool.acquire().await?;
    let named = (&attempt.msn, &attempt.reference);
    Ok(link_payments::renew(&mut connection, named, app.clock.now()).await?)
}

async fn find(app: &App, link: &Link, wish: &Wish) -> Result<Option<Attempt>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(link_payments::find(&mut connection, (&link.msn, link.id), &wish.key).await?)
}

/// A new attempt that holds a place; `None` when there is one of this name.
async fn begin(app: &App, link: &Link, wish: &Wish, amount: Money) -> Result<Option<Attempt>, Error> {
    let attempt = Attempt {
        msn: link.msn.clone(),
        reference: attempt::reference(Uuid::now_v7()),
        link_id: link.id,
        key: wish.key.clone(),
        request_hash: wish.hash.clone(),
        amount_minor: amount.minor,
        standing: Standing::Waits,
        made: false,
    };
    let now = app.clock.now();
    let begun = transaction!(&app.pool, "begin_link_payment", async |tx| -> Result<bool, Error> {
        if !link_payments::insert(tx, &attempt, now).await? {
            return Ok(false);
        }
        let taken = payment_links::take_place(tx, (&attempt.msn, attempt.link_id), now).await?;
        taken.then_some(true).ok_or(Error::LinkNotOpen)
    })?;
    Ok(begun.then_some(attempt))
}

/// Holds a place anew for an attempt that gave its own back.
async fn take_again(app: &App, attempt: &Attempt) -> Result<(), Error> {
    let (now, link) = (app.clock.now(), (&attempt.msn, attempt.link_id));
    let change = Standing::EndedWithout.moved_to(Standing::Waits);
    transaction!(&app.pool, "take_place_again", async |tx| -> Result<(), Error> {
        if !link_payments::take_again(tx, (&attempt.msn, &attempt.reference), now).await? {
            return Ok(());
        }
        if !payment_links::take_place(tx, link, now).await? {
            return Err(Error::LinkNotOpen);
        }
        // That one waits again is counted already.
        let change = Statistics { pending: 0, ..change };
        payment_links::count(tx, &[((attempt.msn.clone(), attempt.link_id), change)].into()).await?;
        Ok(())
    })
}

/// Gives the place of a payment back that was begun by then and is not known to be there.
pub(crate) async fn give_back(
    app: &App,
    payment: (&Msn, &Reference),
    link_id: LinkId,
    begun_by: DateTime<Utc>,
) -> Result<bool, Error> {
    let change = Standing::Waits.moved_to(Standing::EndedWithout);
    transaction!(&app.pool, "give_place_back", async |tx| -> Result<bool, Error> {
        let held = link_payments::give_back(tx, payment, begun_by).await?;
        if held {
            payment_links::count(tx, &[((payment.0.clone(), link_id), change)].into()).await?;
        }
        Ok(held)
    })
}

/// Whether payment has said no to the payment itself, so that there is none. Anything else may pass, or has perhaps been
/// done: then payment's log tells, or `worker::due` asks.
fn is_decided(status: &Status) -> bool {
    reason_of(status).is_some_and(|why| {
        let http_status = reason::info(why).http_status;
        let passes = matches!(http_status, 401 | 409 | 423 | 429) || why == Reason::PermissionDenied;
        (400..500).contains(&http_status) && !passes
    })
}

#[cfg(test)]
mod tests;
