//! The words every service shares: money, identifiers, and the few formats that upstream fixes.
//!
//! Pure and without I/O. A value that exists is valid: each type checks its rule when it is made, and the rule
//! stands in the error. To add one, write it beside its kind and let its `FromStr` or `try_new` be the only door.

mod bank_account;
mod check_digits;
mod country;
mod email;
mod id;
mod money;
mod name;
mod national_id;
mod organization_number;
mod span;
mod text;
mod transaction_number;

pub use bank_account::{BankAccount, BankAccountError};
pub use country::Country;
pub use email::EmailAddress;
pub use id::{
    AddressId, CardId, CategoryId, ClientId, ConsentId, DeliveryId, EventId, LoginId, MerchantId,
    OperationId, OrderId, PartnerId, PayerId, PaymentId, PricePackageId, ReceiptId, SessionId, Sub, UserId,
    WebhookId,
};
pub use money::{Currency, Market, Money};
pub use name::{Name, SalesUnitName};
pub use national_id::NationalId;
pub use organization_number::{BusinessIdentifier, BusinessIdentifierError, OrganizationNumber};
pub use span::Span;
pub use text::{IdempotencyKey, Msn, PhoneNumber, Reference};
pub use transaction_number::TransactionNumber;

/// A value that breaks its rule. The rule is written for the person who sent it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{rule}")]
pub struct Invalid {
    /// What the value must be.
    pub rule: &'static str,
}
