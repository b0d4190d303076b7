//! `deliveries` and `attempts`: what is to be told, and every try.

mod claim;
mod finish;
mod insert;
#[cfg(feature = "sandbox")]
mod later;
mod list;
mod ping;
mod resend;
mod waiting;

pub(crate) use claim::{Claimed, Registered, agenda, claim};
pub(crate) use finish::{Done, complete_body, finish};
pub(crate) use insert::insert;
#[cfg(feature = "sandbox")]
pub(crate) use later::later;
pub(crate) use list::{Filter, Page, find, list};
pub(crate) use ping::insert_ping;
pub(crate) use resend::{Again, resend, resend_since};
pub(crate) use waiting::waiting;

/// Every statement, for the test that prepares them.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[
    claim::AGENDA,
    claim::CLAIM,
    finish::COMPLETE_BODY,
    finish::FINISH,
    finish::SILENCE,
    insert::INSERT,
    ping::INSERT_ATTEMPT,
    ping::INSERT_ENDED,
    later::LATER,
    list::LIST_OF_UNIT,
    list::LIST_OF_ENDPOINT,
    list::LIST_OF_PAYMENT,
    list::EDGE_OF_UNIT,
    list::EDGE_OF_ENDPOINT,
    list::FIND,
    list::ATTEMPTS,
    resend::RESEND,
    resend::RESEND_SINCE,
    waiting::WAITING,
];

#[cfg(test)]
mod tests;
