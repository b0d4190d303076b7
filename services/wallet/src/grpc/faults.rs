//! `kvitt.sandbox.v1.FaultService` for the acquirer. Fields are named as the REST edge spells them.

use std::{collections::BTreeSet, sync::MutexGuard};

use kvitt_faults::grpc::{Fields, Part};
use kvitt_proto::{
    acquirer::v1::DeclineReason,
    sandbox::v1::{Fault as FaultMessage, FaultKind, FaultOperation},
};

use super::encode;
use crate::{
    app::disturb_operations::Disturbed,
    domain::{
        acquirer::{self, Decline},
        faults::{Cause, Faults, Kind},
    },
};

impl Part for Disturbed {
    type Cause = Cause;

    fn faults(&self) -> MutexGuard<'_, Faults> {
        Disturbed::faults(self)
    }

    fn decode(fields: &mut Fields, message: &FaultMessage) -> Option<Cause> {
        let kind = kind(fields, message);
        let operations = operations(fields, message);
        Some(Cause { kind: kind?, operations: operations? })
    }

    fn encode(cause: &Cause) -> FaultMessage {
        let (kind, decline, delay) = match cause.kind {
            Kind::Decline(decline) => (FaultKind::AcquirerDecline, Some(decline), None),
            Kind::TimeoutBefore => (FaultKind::AcquirerTimeoutBefore, None, None),
            Kind::TimeoutAfter => (FaultKind::AcquirerTimeoutAfter, None, None),
            Kind::Late(delay) => (FaultKind::AcquirerLate, None, Some(delay)),
        };
        let operation = |kind: &acquirer::Kind| match kind {
            acquirer::Kind::Reserve => FaultOperation::Reserve.into(),
            acquirer::Kind::Capture => FaultOperation::Capture.into(),
            acquirer::Kind::Refund => FaultOperation::Refund.into(),
            acquirer::Kind::Release => FaultOperation::Release.into(),
        };
        FaultMessage {
            kind: kind.into(),
            operations: cause.operations.iter().map(operation).collect(),
            decline_reason: decline.map_or(DeclineReason::Unspecified, encode::decline_reason).into(),
            delay: delay.and_then(|delay| delay.try_into().ok()),
            ..FaultMessage::default()
        }
    }
}

/// The kind, and what belongs to one kind only.
fn kind(fields: &mut Fields, message: &FaultMessage) -> Option<Kind> {
    let decline = if message.kind() == FaultKind::AcquirerDecline {
        fields.check("code", decline(message.decline_reason()), "must be a reason to decline")
    } else {
        let absent = (message.decline_reason == 0).then_some(());
        fields.check("code", absent, "is only for acquirer.decline");
        None
    };
    let delay = if message.kind() == FaultKind::AcquirerLate {
        fields.delay(message)
    } else {
        fields.check("delay", message.delay.is_none().then_some(()), "is only for acquirer.late");
        None
    };
    match message.kind() {
        FaultKind::AcquirerDecline => decline.map(Kind::Decline),
        FaultKind::AcquirerTimeoutBefore => Some(Kind::TimeoutBefore),
        FaultKind::AcquirerTimeoutAfter => Some(Kind::TimeoutAfter),
        FaultKind::AcquirerLate => delay.map(Kind::Late),
        FaultKind::Unspecified
        | FaultKind::DeliveryLost
        | FaultKind::DeliveryDuplicated
        | FaultKind::DeliveryLate
        | FaultKind::DeliveryReordered
        | FaultKind::DeliveryMalformed
        | FaultKind::PayoutRefused
        | FaultKind::PayoutTimeoutBefore
        | FaultKind::PayoutTimeoutAfter => fields.check("fault", None, "must be a fault of the acquirer"),
    }
}

fn decline(reason: DeclineReason) -> Option<Decline> {
    Decline::ALL.into_iter().find(|decline| encode::decline_reason(*decline) == reason)
}

fn operations(fields: &mut Fields, message: &FaultMessage) -> Option<BTreeSet<acquirer::Kind>> {
    let kinds = message.operations.iter().enumerate().map(|(at, operation)| {
        let kind = match FaultOperation::try_from(*operation) {
            Ok(FaultOperation::Unspecified) | Err(_) => None,
            Ok(FaultOperation::Reserve) => Some(acquirer::Kind::Reserve),
            Ok(FaultOperation::Capture) => Some(acquirer::Kind::Capture),
            Ok(FaultOperation::Refund) => Some(acquirer::Kind::Refund),
            Ok(FaultOperation::Release) => Some(acquirer::Kind::Release),
        };
        fields.check(&format!("operations[{at}]"), kind, "must be an operation")
    });
    // All are looked at before the first broken one counts, so that each is named.
    kinds.collect::<Vec<_>>().into_iter().collect()
}
