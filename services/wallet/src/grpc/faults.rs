//! `kvitt.sandbox.v1.FaultService`. Fields are named as the REST edge spells them.

use std::{collections::BTreeSet, time::Duration};

use kvitt_proto::{
    acquirer::v1::DeclineReason,
    error::v1::Reason,
    refusal::status,
    sandbox::v1::{
        CreateFaultRequest, CreateFaultResponse, DeleteFaultsRequest, DeleteFaultsResponse,
        Fault as FaultMessage, FaultKind, FaultOperation, FaultShare, ListFaultsRequest, ListFaultsResponse,
        fault::Extent as ExtentMessage, fault_service_server::FaultService,
    },
};
use kvitt_runtime::{Caller, Principal, ServiceName};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::{
    decode::{self, Fields},
    encode,
};
use crate::{
    app::disturb_operations::Disturbed,
    domain::{
        acquirer::{self, Decline},
        faults::{Extent, Fault, FaultId, Kind, MAX_DELAY, MAX_FAULTS, MAX_NEXT, Standing},
    },
    error::{Error, field},
};

/// The faults of the acquirer.
pub(crate) struct FaultGrpc {
    pub(crate) acquirer: Disturbed,
}

#[tonic::async_trait]
impl FaultService for FaultGrpc {
    async fn create_fault(
        &self,
        request: Request<CreateFaultRequest>,
    ) -> Result<Response<CreateFaultResponse>, Status> {
        admit(&request)?;
        let asked = request.into_inner().fault.unwrap_or_default();
        let fault = fault(FaultId::from_uuid(Uuid::now_v7()), &asked)?;
        let full = |_full| field("fault", format!("must not be one of more than {MAX_FAULTS} at once"));
        let added = self.acquirer.faults().add(fault).map(message).map_err(full)?;
        Ok(Response::new(CreateFaultResponse { fault: Some(added) }))
    }

    async fn list_faults(
        &self,
        request: Request<ListFaultsRequest>,
    ) -> Result<Response<ListFaultsResponse>, Status> {
        admit(&request)?;
        let faults = self.acquirer.faults().list().iter().map(message).collect();
        Ok(Response::new(ListFaultsResponse { faults }))
    }

    async fn delete_faults(
        &self,
        request: Request<DeleteFaultsRequest>,
    ) -> Result<Response<DeleteFaultsResponse>, Status> {
        admit(&request)?;
        let fault_id = &request.get_ref().fault_id;
        let deleted = if fault_id.is_empty() {
            self.acquirer.faults().end_all()
        } else {
            let fault_id = decode::one("faultId", fault_id)?;
            let ended = self.acquirer.faults().end(fault_id);
            ended.then_some(1).ok_or(Error::FaultNotFound)?
        };
        let deleted = i32::try_from(deleted).expect("there are never more than a hundred");
        Ok(Response::new(DeleteFaultsResponse { deleted }))
    }
}

/// Any client, and the operator.
fn admit<T>(request: &Request<T>) -> Result<(), Status> {
    match Caller::of(request)?.principal {
        Principal::Client(_) | Principal::Service(ServiceName::Launcher) => Ok(()),
        Principal::User(_) | Principal::Service(_) => {
            Err(status(Reason::PermissionDenied, "no service may disturb the acquirer by itself"))
        }
    }
}

fn fault(fault_id: FaultId, message: &FaultMessage) -> Result<Fault, Error> {
    let mut fields = Fields::default();
    fields.check("faultId", message.fault_id.is_empty().then_some(()), "is made by the service");
    let kind = kind(&mut fields, message);
    let operations = operations(&mut fields, message);
    let msn = Some(message.msn.as_str()).filter(|msn| !msn.is_empty());
    let msn = msn.map(|msn| fields.parse("msn", msn));
    let extent = extent(&mut fields, message.extent.as_ref());
    let whole = || {
        Some(Fault { fault_id, kind: kind?, operations: operations?, msn: msn.flatten(), extent: extent? })
    };
    let whole = whole();
    fields.finish(whole)
}

/// The kind, and what belongs to one kind only.
fn kind(fields: &mut Fields, message: &FaultMessage) -> Option<Kind> {
    let decline = match message.kind() {
        FaultKind::AcquirerDecline => {
            fields.check("code", decline(message.decline_reason()), "must be a reason to decline")
        }
        FaultKind::Unspecified
        | FaultKind::AcquirerTimeoutBefore
        | FaultKind::AcquirerTimeoutAfter
        | FaultKind::AcquirerLate => {
            let absent = (message.decline_reason == 0).then_some(());
            fields.check("code", absent, "is only for acquirer.decline");
            None
        }
    };
    let delay = match (message.kind(), message.delay) {
        (FaultKind::AcquirerLate, given) => {
            // Far outside, the conversion would overflow.
            let plausible = given.filter(|delay| (0..=60).contains(&delay.seconds) && delay.nanos >= 0);
            let delay = plausible.and_then(|delay| Duration::try_from(delay).ok());
            let delay = delay.filter(|delay| !delay.is_zero() && *delay <= MAX_DELAY);
            fields.check("delay", delay, "must be more than nothing and at most a minute")
        }
        (_, given) => {
            fields.check("delay", given.is_none().then_some(()), "is only for acquirer.late");
            None
        }
    };
    match message.kind() {
        FaultKind::Unspecified => fields.check("fault", None, "must be a fault of the acquirer"),
        FaultKind::AcquirerDecline => decline.map(Kind::Decline),
        FaultKind::AcquirerTimeoutBefore => Some(Kind::TimeoutBefore),
        FaultKind::AcquirerTimeoutAfter => Some(Kind::TimeoutAfter),
        FaultKind::AcquirerLate => delay.map(Kind::Late),
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

fn extent(fields: &mut Fields, message: Option<&ExtentMessage>) -> Option<Extent> {
    match message {
        None => fields.check("next", None, "is required when there is no share"),
        Some(ExtentMessage::Next(next)) => {
            let next = u32::try_from(*next).ok().filter(|next| (1..=MAX_NEXT).contains(next));
            fields.check("next", next.map(Extent::Next), "must be 1 to 1000000")
        }
        Some(ExtentMessage::Share(FaultShare { per_mille, seed })) => {
            let per_mille = u16::try_from(*per_mille).ok().filter(|share| (1..=1000).contains(share));
            let share = per_mille.map(|per_mille| Extent::Share { per_mille, seed: *seed });
            fields.check("share.perMille", share, "must be 1 to 1000")
        }
    }
}

fn message(standing: &Standing) -> FaultMessage {
    let Standing { fault, hits, .. } = standing;
    let (kind, decline, delay) = match fault.kind {
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
    let extent = match (standing.left(), fault.extent) {
        (_, Extent::Share { per_mille, seed }) => {
            ExtentMessage::Share(FaultShare { per_mille: per_mille.into(), seed })
        }
        (left, Extent::Next(next)) => {
            ExtentMessage::Next(i32::try_from(left.unwrap_or(next)).expect("at most a million"))
        }
    };
    FaultMessage {
        fault_id: fault.fault_id.to_string(),
        kind: kind.into(),
        operations: fault.operations.iter().map(operation).collect(),
        msn: fault.msn.as_ref().map(ToString::to_string).unwrap_or_default(),
        decline_reason: decline.map_or(DeclineReason::Unspecified, encode::decline_reason).into(),
        delay: delay.and_then(|delay| delay.try_into().ok()),
        extent: Some(extent),
        hits: i64::try_from(*hits).unwrap_or(i64::MAX),
    }
}
