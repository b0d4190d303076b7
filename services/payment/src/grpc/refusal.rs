//! The one place where an error becomes a status.

use std::time::Duration;

use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

use crate::{app::Error, domain::Refusal, engine::Failure};

/// When to try again after a full queue.
const RETRY_AFTER: Duration = Duration::from_secs(1);

/// What was asked, where upstream's code depends on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verb {
    Create,
    Read,
    Capture,
    Refund,
    Cancel,
    Approve,
    Reject,
}

/// The status of an error; causes go to the log, once.
pub(super) fn status(verb: Verb, error: &Error) -> Status {
    match error {
        Error::Refused(refused) => refusal::status(reason(refused), detail(refused)),
        Error::KeyConflict => {
            refusal::status(key_conflict(verb), "the idempotency key has been used for another request")
        }
        Error::Failure(Failure::Overloaded) => {
            refusal::retry_later(Reason::Overloaded, "too many payments are being changed", RETRY_AFTER)
        }
        // Only a capture past the guarantee waits for the acquirer.
        Error::Unanswered if verb == Verb::Capture => refusal::status(
            Reason::CaptureTryAgain,
            "the card could not be charged yet; try again under the same idempotency key",
        ),
        Error::Failure(Failure::Unavailable | Failure::Contended | Failure::Closed) | Error::Unanswered => {
            unavailable()
        }
        Error::Failure(Failure::Broken) => internal(),
        Error::Database(cause) => {
            let is_outage = kvitt_postgres::unavailable(cause);
            tracing::error!(error = cause as &dyn std::error::Error, "the database failed");
            if is_outage { unavailable() } else { internal() }
        }
        Error::Peer(status) => {
            tracing::debug!(code = ?status.code(), detail = status.message(), "another service refused");
            status.clone()
        }
    }
}

fn unavailable() -> Status {
    refusal::status(Reason::Unavailable, "no answer in time; try again under the same idempotency key")
}

fn internal() -> Status {
    refusal::status(Reason::Internal, "a fault of the platform; try again under the same idempotency key")
}

fn key_conflict(verb: Verb) -> Reason {
    match verb {
        Verb::Capture => Reason::CaptureIdempotencyConflict,
        Verb::Refund => Reason::RefundIdempotencyConflict,
        Verb::Create | Verb::Read | Verb::Cancel | Verb::Approve | Verb::Reject => {
            Reason::IdempotencyConflict
        }
    }
}

/// One reason for each refusal.
fn reason(refused: &Refusal) -> Reason {
    match refused {
        Refusal::ReferenceExists => Reason::ReferenceExists,
        Refusal::InvalidAmount { .. } => Reason::InvalidAmount,
        Refusal::InvalidCurrency { .. } | Refusal::CurrencyMismatch { .. } => Reason::InvalidCurrency,
        Refusal::CannotBeCreated => Reason::PaymentCannotBeCreated,
        Refusal::AccountNotVerified => Reason::AccountNotVerified,
        Refusal::MissingParameter { .. } => Reason::MissingRequiredParameter,
        Refusal::InvalidCustomerToken => Reason::InvalidCustomerToken,
        Refusal::InvalidPersonalQr => Reason::InvalidPersonalQr,
        Refusal::InvalidPhoneNumber { .. } => Reason::InvalidPhoneNumber,
        Refusal::InvalidScope { .. } => Reason::InvalidScope,
        Refusal::InvalidUrl { .. } => Reason::InvalidUrl,
        Refusal::MetadataCapacityExceeded { .. } => Reason::MetadataCapacityExceeded,
        Refusal::MetadataKeyTooLong => Reason::MetadataKeyTooLong,
        Refusal::MetadataValueTooLong => Reason::MetadataValueTooLong,
        Refusal::InvalidMethod => Reason::InvalidPaymentMethodType,
        Refusal::BlockedSourcesNotApplicable => Reason::BlockedSourcesNotApplicable,
        Refusal::ExpressNotAllowed => Reason::ExpressNotAllowed,
        Refusal::ScopeNotAllowed => Reason::ScopeNotAllowed,
        Refusal::LongLivingNotAllowed => Reason::LongLivingNotAllowed,
        Refusal::PushMessageNotAllowed => Reason::PushMessageNotAllowed,
        Refusal::AmountTooSmall { .. } => Reason::AmountTooSmall,
        Refusal::ExpirationTooLate => Reason::ExpirationTooLate,
        Refusal::ExpirationTooSoon => Reason::ExpirationTooSoon,
        Refusal::LongLivingNeedsReceipt => Reason::LongLivingNeedsReceipt,
        Refusal::CustomerNotFound => Reason::CustomerNotFound,
        Refusal::ReferenceNotFound => Reason::ReferenceNotFound,
        Refusal::Locked => Reason::PaymentLocked,
        Refusal::CaptureBeforeReservation => Reason::CaptureBeforeReservation,
        Refusal::CannotCapture => Reason::CannotCapture,
        Refusal::CaptureOfCancelled => Reason::CannotCaptureCancelled,
        Refusal::AlreadyCaptured => Reason::AlreadyCaptured,
        Refusal::MustCaptureFullAmount { .. } => Reason::MustCaptureFullAmount,
        Refusal::CaptureExceedsAuthorized { .. } => Reason::CaptureAmountTooHigh,
        Refusal::CapturePeriodExpired => Reason::CapturePeriodExpired,
        Refusal::FundsUnavailable => Reason::FundsUnavailable,
        Refusal::RefundBeforeReservation => Reason::RefundBeforeReservation,
        Refusal::CannotRefund => Reason::CannotRefund,
        Refusal::AlreadyRefunded => Reason::AlreadyRefunded,
        Refusal::RefundExceedsCaptured { .. } => Reason::NotEnoughRefundable,
        Refusal::RefundPeriodExpired => Reason::RefundPeriodExpired,
        Refusal::RefundDeclined => Reason::RefundNotPossible,
        Refusal::CancelDuringApproval => Reason::CannotCancelProcessing,
        Refusal::CancelOfUnreserved => Reason::CannotCancelNotReserved,
        Refusal::CancelOfAuthorized => Reason::CannotCancelAuthorized,
        Refusal::CancelOfCaptured => Reason::CannotCancelCaptured,
        Refusal::CancelOfReleased => Reason::CannotCancel,
        Refusal::CancelPeriodExpired => Reason::CancelPeriodExpired,
        Refusal::AlreadyReserved => Reason::AlreadyReserved,
        Refusal::CannotApprove => Reason::CannotApprove,
        Refusal::ApproveNotAllowed => Reason::ApproveNotAllowed,
        Refusal::ApprovalIncomplete => Reason::ApprovalIncomplete,
        Refusal::ApproveInvalidSource => Reason::ApproveInvalidSource,
        Refusal::ApproveNoCards => Reason::ApproveNoCards,
        Refusal::ApproveDeclined => Reason::ApproveFailed,
    }
}

/// What a person should know beyond the reason's title.
fn detail(refused: &Refusal) -> String {
    match refused {
        Refusal::InvalidAmount { minor } => {
            format!("the amount {minor} is not between 0 and 65000000 minor units")
        }
        Refusal::InvalidCurrency { currency } => format!("the sales unit does not take {currency}"),
        Refusal::CurrencyMismatch { currency } => format!("the payment is not in {currency}"),
        Refusal::MissingParameter { field } => format!("{field} is required for such a payment"),
        Refusal::InvalidPhoneNumber { field } => {
            format!("{field} must be country code and number, 9 to 15 digits, nothing else")
        }
        Refusal::InvalidScope { scope } => format!("{scope} is not a scope"),
        Refusal::InvalidUrl { field } => format!("{field} must be a URL with https, at most 2500 characters"),
        Refusal::MetadataCapacityExceeded { pairs } => {
            format!("{pairs} metadata pairs were given, 5 are allowed")
        }
        Refusal::AmountTooSmall { minimum } => format!("the least amount is {minimum} minor units"),
        Refusal::MustCaptureFullAmount { left } => {
            format!("the sales unit captures all at once: {left} minor units")
        }
        Refusal::CaptureExceedsAuthorized { asked, left } => {
            format!("{asked} minor units were asked for, {left} can be captured")
        }
        Refusal::RefundExceedsCaptured { asked, left } => {
            format!("{asked} minor units were asked for, {left} can be refunded")
        }
        other => kvitt_proto::reason::info(reason(other)).title.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::reason::info;

    use super::*;

    #[test]
    fn a_refusal_is_remembered_when_its_answer_is_a_400_or_a_lasting_409() {
        let table = [
            Refusal::ReferenceExists,
            Refusal::InvalidMethod,
            Refusal::ExpressNotAllowed,
            Refusal::ScopeNotAllowed,
            Refusal::LongLivingNotAllowed,
            Refusal::PushMessageNotAllowed,
            Refusal::CustomerNotFound,
            Refusal::ReferenceNotFound,
            Refusal::Locked,
            Refusal::CaptureBeforeReservation,
            Refusal::CapturePeriodExpired,
            Refusal::FundsUnavailable,
            Refusal::RefundPeriodExpired,
            Refusal::RefundDeclined,
            Refusal::CancelOfReleased,
            Refusal::CancelPeriodExpired,
            Refusal::CancelDuringApproval,
            Refusal::ApprovalIncomplete,
            Refusal::ApproveInvalidSource,
            Refusal::ApproveNoCards,
            Refusal::ApproveDeclined,
        ];
        for refused in table {
            let status = info(reason(&refused)).http_status;
            let passing = matches!(refused, Refusal::CancelDuringApproval | Refusal::ApprovalIncomplete);
            let lasting = matches!(status, 400 | 409) && !passing;
            assert_eq!(refused.is_remembered(), lasting, "{refused:?}");
        }
    }
}
