//! Operations of our own, for the sandbox: what upstream's test environment has no API for.

pub(crate) mod agreement;
pub(crate) mod checkout;
pub(crate) mod checkout_json;
pub(crate) mod clock;
pub(crate) mod faults;
pub(crate) mod json;
pub(crate) mod ledger_entry;
pub(crate) mod ledger_json;
pub(crate) mod link;
pub(crate) mod mails;
pub(crate) mod payer;
pub(crate) mod payer_json;
pub(crate) mod person;
pub(crate) mod report_json;
pub(crate) mod report_subscription;
pub(crate) mod scan;
pub(crate) mod scan_json;
