//! What merchant knows of a unit at the moment a date is closed: it decides that settlement, and the ones after it may be
//! decided otherwise.

use kvitt_primitives::Market;

/// How often a unit is paid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Frequency {
    /// Every date.
    Daily,
    /// When a Sunday closes.
    Weekly,
    /// When the last date of a month closes.
    Monthly,
}

/// What decides a settlement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Terms {
    pub(crate) market: Market,
    pub(crate) frequency: Frequency,
    /// Fees are invoiced, not retained.
    pub(crate) gross: bool,
    /// Where to; `None` while there is none that is known to be the merchant's own, and then nothing is paid out.
    pub(crate) account: Option<(String, String)>,
    pub(crate) sales_unit_name: String,
    /// As reports name it, unless the agreement does.
    pub(crate) product: String,
    pub(crate) owner: Owner,
}

/// The merchant, as reports name it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Owner {
    pub(crate) name: String,
    pub(crate) organization_number: String,
    pub(crate) address: String,
    pub(crate) post_code: String,
    pub(crate) city: String,
    /// Two letters.
    pub(crate) country_code: String,
}
