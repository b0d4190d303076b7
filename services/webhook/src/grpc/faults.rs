//! `kvitt.sandbox.v1.FaultService` for deliveries. Fields are named as the REST edge spells them.

use std::sync::MutexGuard;

use kvitt_faults::grpc::{Fields, Part};
use kvitt_proto::sandbox::v1::{Fault as FaultMessage, FaultKind};

use crate::{app::Faults, domain::faults::Cause};

impl Part for Faults {
    type Cause = Cause;

    fn faults(&self) -> MutexGuard<'_, kvitt_faults::Faults<Cause>> {
        self.lock()
    }

    fn decode(fields: &mut Fields, message: &FaultMessage) -> Option<Cause> {
        let absent = |absent: bool| absent.then_some(());
        fields.check("code", absent(message.decline_reason == 0), "is only for acquirer.decline");
        let delay = if message.kind() == FaultKind::DeliveryLate {
            fields.delay(message)
        } else {
            fields.check("delay", absent(message.delay.is_none()), "is only for delivery.late");
            None
        };
        let cause = match message.kind() {
            FaultKind::DeliveryLost => Some(Cause::Lost),
            FaultKind::DeliveryDuplicated => Some(Cause::Duplicated),
            FaultKind::DeliveryLate => delay.map(Cause::Late),
            FaultKind::DeliveryReordered => Some(Cause::Reordered),
            FaultKind::DeliveryMalformed => Some(Cause::Malformed),
            FaultKind::Unspecified
            | FaultKind::AcquirerDecline
            | FaultKind::AcquirerTimeoutBefore
            | FaultKind::AcquirerTimeoutAfter
            | FaultKind::AcquirerLate
            | FaultKind::PayoutRefused
            | FaultKind::PayoutTimeoutBefore
            | FaultKind::PayoutTimeoutAfter => fields.check("fault", None, "must be a fault of deliveries"),
        };
        fields.check(
            "operations",
            absent(message.operations.is_empty()),
            "is only for faults of the acquirer",
        );
        cause
    }

    fn encode(cause: &Cause) -> FaultMessage {
        let (kind, delay) = match *cause {
            Cause::Lost => (FaultKind::DeliveryLost, None),
            Cause::Duplicated => (FaultKind::DeliveryDuplicated, None),
            Cause::Late(delay) => (FaultKind::DeliveryLate, delay.try_into().ok()),
            Cause::Reordered => (FaultKind::DeliveryReordered, None),
            Cause::Malformed => (FaultKind::DeliveryMalformed, None),
        };
        FaultMessage { kind: kind.into(), delay, ..FaultMessage::default() }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use kvitt_faults::grpc::FaultGrpc;
    use kvitt_proto::{
        refusal::field_violations_of,
        sandbox::v1::{
            CreateFaultRequest, ListFaultsRequest, fault::Extent, fault_service_server::FaultService as _,
        },
    };
    use kvitt_runtime::{Principal, ServiceName};
    use tonic::Request;

    use super::*;
    use crate::fixture::by;

    fn asked<T>(message: T) -> Request<T> {
        by(Principal::Service(ServiceName::Launcher), message)
    }

    fn fault(kind: FaultKind) -> FaultMessage {
        FaultMessage { kind: kind.into(), extent: Some(Extent::Next(1)), ..FaultMessage::default() }
    }

    fn create(fault: &FaultMessage) -> Request<CreateFaultRequest> {
        asked(CreateFaultRequest { fault: Some(fault.clone()) })
    }

    #[tokio::test]
    async fn every_fault_of_deliveries_is_taken_and_shown_as_it_was_given() {
        let service = FaultGrpc(Faults::default());
        let late = FaultMessage {
            delay: Duration::from_millis(1_500).try_into().ok(),
            ..fault(FaultKind::DeliveryLate)
        };
        let kinds = [
            FaultKind::DeliveryLost,
            FaultKind::DeliveryDuplicated,
            FaultKind::DeliveryReordered,
            FaultKind::DeliveryMalformed,
        ];
        let given: Vec<_> = kinds.map(fault).into_iter().chain([late]).collect();
        for one in &given {
            service.create_fault(create(one)).await.unwrap();
        }
        let listed = service.list_faults(asked(ListFaultsRequest {})).await.unwrap().into_inner().faults;
        let listed: Vec<_> =
            listed.into_iter().map(|one| FaultMessage { fault_id: String::new(), ..one }).collect();
        assert_eq!(listed, given);
    }

    #[tokio::test]
    async fn every_broken_field_of_a_fault_is_named() {
        let service = FaultGrpc(Faults::default());
        let lost = || fault(FaultKind::DeliveryLost);
        let second = || Duration::from_secs(1).try_into().ok();
        let minutes = Duration::from_secs(61).try_into().ok();
        let table: Vec<(FaultMessage, &[&str])> = vec![
            (FaultMessage::default(), &["fault", "next"]),
            (fault(FaultKind::AcquirerTimeoutAfter), &["fault"]),
            (FaultMessage { decline_reason: 1, ..lost() }, &["code"]),
            (FaultMessage { delay: second(), ..lost() }, &["delay"]),
            (fault(FaultKind::DeliveryLate), &["delay"]),
            (FaultMessage { delay: minutes, ..fault(FaultKind::DeliveryLate) }, &["delay"]),
            (FaultMessage { operations: vec![1], ..lost() }, &["operations"]),
            (FaultMessage { msn: "?".to_owned(), ..lost() }, &["msn"]),
            (FaultMessage { extent: Some(Extent::Next(0)), ..lost() }, &["next"]),
        ];
        for (fault, expected) in table {
            let status = service.create_fault(create(&fault)).await.unwrap_err();
            let named: Vec<_> = field_violations_of(&status).into_iter().map(|broken| broken.field).collect();
            assert_eq!(named, expected, "{fault:?}");
        }
    }
}
