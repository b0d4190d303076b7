//! The one place where an error gets its reason.

use std::time::Duration;

use kvitt_postgres::unavailable;
use kvitt_proto::{
    error::v1::Reason,
    refusal::{fields, retry_later, status},
};
use kvitt_runtime::LaneError;
use tonic::Status;
use tracing::error;

use crate::{
    domain::{approval::Refusal, customer},
    error::{Error, ExecutionFailure},
};

/// When a caller that was turned away may come again.
const RETRY_AFTER: Duration = Duration::from_secs(1);

impl From<Error> for Status {
    fn from(error: Error) -> Self {
        let detail = error.to_string();
        match error {
            Error::Fields(violations) => fields(violations),
            Error::PhoneNumber => status(Reason::InvalidPhoneNumber, detail),
            Error::PayerNotFound | Error::CodeNotFound | Error::NothingShared => {
                status(Reason::NotFound, detail)
            }
            Error::Customer(refusal) => status(reason_of_customer(refusal), detail),
            Error::NoRandomness => {
                error!(error = %detail, "a token cannot be made");
                status(Reason::Internal, "")
            }
            Error::PayerExists => status(Reason::AlreadyExists, detail),
            Error::Approval(refusal) => status(reason_of(refusal), detail),
            #[cfg(feature = "sandbox")]
            Error::NoAnswer => status(Reason::DeadlineExceeded, detail),
            Error::ShopsBusy => retry_later(Reason::Overloaded, detail, RETRY_AFTER),
            Error::SandboxOff => status(Reason::PermissionDenied, detail),
            Error::Peer(status) => status,
            Error::PeerAnswer(_) => {
                error!(error = %detail, "another service broke the contract");
                status(Reason::Internal, "")
            }
            Error::Lane(LaneError::Full) => retry_later(Reason::Overloaded, detail, RETRY_AFTER),
            Error::Lane(LaneError::Gone)
            | Error::Execution(ExecutionFailure::Unavailable | ExecutionFailure::Contended) => {
                retry_later(Reason::Unavailable, detail, RETRY_AFTER)
            }
            // Whoever noticed it has written it to the log.
            Error::Execution(ExecutionFailure::Refused) => status(Reason::Internal, ""),
            Error::Store(source) if unavailable(&source) => {
                retry_later(Reason::Unavailable, detail, RETRY_AFTER)
            }
            Error::Store(source) => {
                error!(error = %source, "the database refused a statement");
                status(Reason::Internal, "")
            }
        }
    }
}

fn reason_of_customer(refusal: customer::Refusal) -> Reason {
    match refusal {
        customer::Refusal::InvalidToken => Reason::InvalidCustomerToken,
        customer::Refusal::InvalidPersonalCode => Reason::InvalidPersonalQr,
        customer::Refusal::NotFound => Reason::CustomerNotFound,
    }
}

fn reason_of(refusal: Refusal) -> Reason {
    match refusal {
        Refusal::AlreadyReserved => Reason::AlreadyReserved,
        Refusal::CannotApprove => Reason::CannotApprove,
        Refusal::NotAllowed | Refusal::NoCustomer | Refusal::NotThePayersCard => Reason::ApproveNotAllowed,
        Refusal::NoCards => Reason::ApproveNoCards,
        Refusal::IdentificationRequired => Reason::ApproveIdentificationRequired,
        Refusal::InvalidSource => Reason::ApproveInvalidSource,
        Refusal::LimitExceeded => Reason::ApproveLimitExceeded,
        Refusal::ConsentMissing | Refusal::AddressMissing => Reason::ApprovalIncomplete,
        Refusal::ShippingNotPossible => Reason::ShippingNotPossible,
        Refusal::ShippingNotAnswered => Reason::ShippingNotAnswered,
        Refusal::ChallengeInvalid => Reason::ChallengeInvalid,
        Refusal::Declined => Reason::ApproveFailed,
        Refusal::Locked => Reason::PaymentLocked,
        #[cfg(feature = "sandbox")]
        Refusal::NotSupported => Reason::ApproveNotSupported,
    }
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal::reason_of;

    use super::*;

    #[test]
    fn a_refusal_of_another_service_is_passed_on_as_it_is() {
        let refused = status(Reason::ApproveFailed, "declined");
        let passed_on = Status::from(Error::Peer(refused.clone()));
        assert_eq!(reason_of(&passed_on), Some(Reason::ApproveFailed));
        assert_eq!((passed_on.message(), passed_on.details()), (refused.message(), refused.details()));
    }

    #[test]
    fn the_database_is_never_quoted() {
        let secret = sqlx::Error::Protocol("SELECT national_id".to_owned());
        let status = Status::from(Error::Store(secret));
        assert_eq!((reason_of(&status), status.message()), (Some(Reason::Internal), ""));
    }
}
