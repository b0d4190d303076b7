//! Why a command is refused: a closed list, with the facts.

use kvitt_primitives::Currency;
use serde::{Deserialize, Serialize};

/// A refusal. Its `Reason` on the wire is given in `grpc/refusal.rs`, one for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Refusal {
    // creating
    ReferenceExists,
    InvalidAmount {
        minor: i64,
    },
    InvalidCurrency {
        currency: String,
    },
    CannotBeCreated,
    AccountNotVerified,
    MissingParameter {
        field: String,
    },
    InvalidCustomerToken,
    InvalidPersonalQr,
    InvalidPhoneNumber {
        field: String,
    },
    InvalidScope {
        scope: String,
    },
    InvalidUrl {
        field: String,
    },
    MetadataCapacityExceeded {
        pairs: usize,
    },
    MetadataKeyTooLong,
    MetadataValueTooLong,
    InvalidMethod,
    BlockedSourcesNotApplicable,
    ExpressNotAllowed,
    ScopeNotAllowed,
    LongLivingNotAllowed,
    PushMessageNotAllowed,
    AmountTooSmall {
        minimum: i64,
    },
    ExpirationTooLate,
    ExpirationTooSoon,
    LongLivingNeedsReceipt,
    CustomerNotFound,
    // any change
    ReferenceNotFound,
    Locked,
    CurrencyMismatch {
        currency: String,
    },
    // capture
    CaptureBeforeReservation,
    CannotCapture,
    CaptureOfCancelled,
    AlreadyCaptured,
    MustCaptureFullAmount {
        left: i64,
    },
    CaptureExceedsAuthorized {
        asked: i64,
        left: i64,
    },
    CapturePeriodExpired,
    FundsUnavailable,
    // refund
    RefundBeforeReservation,
    CannotRefund,
    AlreadyRefunded,
    RefundExceedsCaptured {
        asked: i64,
        left: i64,
    },
    RefundPeriodExpired,
    RefundDeclined,
    // cancel
    CancelDuringApproval,
    CancelOfUnreserved,
    CancelOfAuthorized,
    CancelOfCaptured,
    CancelOfReleased,
    CancelPeriodExpired,
    // approve
    AlreadyReserved,
    CannotApprove,
    ApproveNotAllowed,
    /// Something that the payment asks the payer for is missing.
    ApprovalIncomplete,
    ApproveInvalidSource,
    ApproveNoCards,
    ApproveDeclined,
}

impl Refusal {
    /// Whether the same key gets this answer for ever. Not where upstream answers 403, 404 or 423, which pass, nor
    /// while the payer is approving: a literal key such as WooCommerce's `1` would never cancel anything again. An
    /// attempt that was incomplete is sent again with what was missing.
    pub(crate) fn is_remembered(&self) -> bool {
        !matches!(
            self,
            Self::Locked
                | Self::CancelDuringApproval
                | Self::ReferenceNotFound
                | Self::ApprovalIncomplete
                | Self::ExpressNotAllowed
                | Self::ScopeNotAllowed
                | Self::LongLivingNotAllowed
                | Self::PushMessageNotAllowed
        )
    }

    /// The refusal of an amount in a currency that is not the payment's.
    pub(crate) fn currency(currency: Currency) -> Self {
        Self::CurrencyMismatch { currency: currency.code().to_owned() }
    }
}
