//! `kvitt.sandbox.v1.FaultService` for payouts. Fields are named as the REST edge spells them.

use std::sync::MutexGuard;

use kvitt_faults::grpc::{Fields, Part};
use kvitt_proto::sandbox::v1::{Fault as FaultMessage, FaultKind};

use crate::bank::{Disturbance, PayoutBank};

impl Part for PayoutBank {
    type Cause = Disturbance;

    fn faults(&self) -> MutexGuard<'_, kvitt_faults::Faults<Disturbance>> {
        PayoutBank::faults(self)
    }

    fn decode(fields: &mut Fields, message: &FaultMessage) -> Option<Disturbance> {
        let absent = |absent: bool| absent.then_some(());
        fields.check("code", absent(message.decline_reason == 0), "is only for acquirer.decline");
        fields.check("delay", absent(message.delay.is_none()), "is only for faults that are late");
        let none = message.operations.is_empty();
        fields.check("operations", absent(none), "is only for faults of the acquirer");
        match message.kind() {
            FaultKind::PayoutRefused => Some(Disturbance::Refuses),
            FaultKind::PayoutTimeoutBefore => Some(Disturbance::NoAnswerBefore),
            FaultKind::PayoutTimeoutAfter => Some(Disturbance::NoAnswerAfter),
            FaultKind::Unspecified
            | FaultKind::AcquirerDecline
            | FaultKind::AcquirerTimeoutBefore
            | FaultKind::AcquirerTimeoutAfter
            | FaultKind::AcquirerLate
            | FaultKind::DeliveryLost
            | FaultKind::DeliveryDuplicated
            | FaultKind::DeliveryLate
            | FaultKind::DeliveryReordered
            | FaultKind::DeliveryMalformed => fields.check("fault", None, "must be a fault of payouts"),
        }
    }

    fn encode(cause: &Disturbance) -> FaultMessage {
        let kind = match cause {
            Disturbance::Refuses => FaultKind::PayoutRefused,
            Disturbance::NoAnswerBefore => FaultKind::PayoutTimeoutBefore,
            Disturbance::NoAnswerAfter => FaultKind::PayoutTimeoutAfter,
        };
        FaultMessage { kind: kind.into(), ..FaultMessage::default() }
    }
}

#[cfg(test)]
mod tests {
    use kvitt_faults::grpc::FaultGrpc;
    use kvitt_proto::{
        refusal::field_violations_of,
        sandbox::v1::{
            CreateFaultRequest, FaultOperation, ListFaultsRequest, fault::Extent,
            fault_service_server::FaultService as _,
        },
    };
    use kvitt_runtime::{Caller, Principal, ServiceName};
    use tonic::Request;

    use super::*;
    use crate::fixture::Fixture;

    fn asked<T>(message: T) -> Request<T> {
        let mut request = Request::new(message);
        let principal = Principal::Service(ServiceName::Launcher);
        request.extensions_mut().insert(Caller { principal, via: None });
        request
    }

    fn fault(kind: FaultKind) -> FaultMessage {
        FaultMessage { kind: kind.into(), extent: Some(Extent::Next(1)), ..FaultMessage::default() }
    }

    #[tokio::test]
    async fn every_fault_of_payouts_is_taken_and_listed() {
        let fixture = Fixture::start().await;
        let faults = FaultGrpc(fixture.app.bank.clone());
        let kinds = [FaultKind::PayoutRefused, FaultKind::PayoutTimeoutBefore, FaultKind::PayoutTimeoutAfter];
        for kind in kinds {
            let created = CreateFaultRequest { fault: Some(fault(kind)) };
            faults.create_fault(asked(created)).await.unwrap();
        }
        let listed = faults.list_faults(asked(ListFaultsRequest {})).await.unwrap().into_inner().faults;
        assert_eq!(listed.iter().map(FaultMessage::kind).collect::<Vec<_>>(), kinds);
    }

    #[tokio::test]
    async fn what_belongs_to_others_is_refused() {
        let fixture = Fixture::start().await;
        let faults = FaultGrpc(fixture.app.bank.clone());
        let refused = || fault(FaultKind::PayoutRefused);
        let table = [
            (fault(FaultKind::AcquirerLate), "fault"),
            (fault(FaultKind::DeliveryLost), "fault"),
            (FaultMessage { delay: Some(prost_types::Duration::default()), ..refused() }, "delay"),
            (FaultMessage { decline_reason: 1, ..refused() }, "code"),
            (FaultMessage { operations: vec![FaultOperation::Capture.into()], ..refused() }, "operations"),
        ];
        for (broken, field) in table {
            let status =
                faults.create_fault(asked(CreateFaultRequest { fault: Some(broken) })).await.unwrap_err();
            let fields: Vec<_> = field_violations_of(&status).into_iter().map(|one| one.field).collect();
            assert_eq!(fields, [field]);
        }
    }
}
