//! `kvitt.sandbox.v1.FaultService` for a service that can be disturbed. Fields are named as the REST edge spells them.

use std::{fmt::Display, str::FromStr, sync::MutexGuard, time::Duration};

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation, status},
    sandbox::v1::{
        CreateFaultRequest, CreateFaultResponse, DeleteFaultsRequest, DeleteFaultsResponse,
        Fault as FaultMessage, FaultShare, ListFaultsRequest, ListFaultsResponse,
        fault::Extent as ExtentMessage, fault_service_server::FaultService,
    },
};
use kvitt_runtime::{Caller, Principal, ServiceName};
use tonic::{Request, Response, Status};
use uuid::Uuid;

use crate::{Extent, Fault, FaultId, Faults, MAX_DELAY, MAX_FAULTS, MAX_NEXT, Standing};

/// What can be disturbed.
pub trait Part: Send + Sync + 'static {
    /// What goes wrong there.
    type Cause: Clone + Send + 'static;

    /// The faults that apply to it.
    fn faults(&self) -> MutexGuard<'_, Faults<Self::Cause>>;

    /// What a message says that goes wrong, with all that belongs to it alone; what it breaks is noted.
    fn decode(fields: &mut Fields, message: &FaultMessage) -> Option<Self::Cause>;

    /// The same as a message.
    fn encode(cause: &Self::Cause) -> FaultMessage;
}

/// The service of such a part.
pub struct FaultGrpc<P>(pub P);

#[tonic::async_trait]
impl<P: Part> FaultService for FaultGrpc<P> {
    async fn create_fault(
        &self,
        request: Request<CreateFaultRequest>,
    ) -> Result<Response<CreateFaultResponse>, Status> {
        admit(&request)?;
        let asked = request.into_inner().fault.unwrap_or_default();
        let fault = fault::<P>(FaultId::from_uuid(Uuid::now_v7()), &asked).map_err(refusal::fields)?;
        let rule = || format!("must not be one of more than {MAX_FAULTS} at once");
        let full = |_full| refusal::fields(vec![FieldViolation::new("fault", rule())]);
        let added = self.0.faults().add(fault).map(message::<P>).map_err(full)?;
        Ok(Response::new(CreateFaultResponse { fault: Some(added) }))
    }

    async fn list_faults(
        &self,
        request: Request<ListFaultsRequest>,
    ) -> Result<Response<ListFaultsResponse>, Status> {
        admit(&request)?;
        let faults = self.0.faults().list().iter().map(message::<P>).collect();
        Ok(Response::new(ListFaultsResponse { faults }))
    }

    async fn delete_faults(
        &self,
        request: Request<DeleteFaultsRequest>,
    ) -> Result<Response<DeleteFaultsResponse>, Status> {
        admit(&request)?;
        let fault_id = &request.get_ref().fault_id;
        let deleted = if fault_id.is_empty() {
            self.0.faults().end_all()
        } else {
            let mut fields = Fields::default();
            let fault_id = fields.parse("faultId", fault_id);
            let fault_id = fields.finish(fault_id).map_err(refusal::fields)?;
            let ended = self.0.faults().end(fault_id);
            ended.then_some(1).ok_or_else(|| status(Reason::NotFound, "no such fault"))?
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
            Err(status(Reason::PermissionDenied, "no service may disturb another by itself"))
        }
    }
}

/// The broken fields of a message. A field that breaks its rule is noted and `None`.
#[derive(Debug, Default)]
pub struct Fields {
    violations: Vec<FieldViolation>,
}

impl Fields {
    /// What the text says.
    pub fn parse<T: FromStr<Err: Display>>(&mut self, field: &str, text: &str) -> Option<T> {
        let broken = |rule: T::Err| self.violations.push(FieldViolation::new(field, rule.to_string()));
        text.parse().map_err(broken).ok()
    }

    /// The value, which must be there.
    pub fn check<T>(&mut self, field: &str, value: Option<T>, rule: &str) -> Option<T> {
        if value.is_none() {
            self.violations.push(FieldViolation::new(field, rule));
        }
        value
    }

    /// How late something is.
    pub fn delay(&mut self, message: &FaultMessage) -> Option<Duration> {
        // Far outside, the conversion would overflow.
        let plausible = message.delay.filter(|delay| (0..=60).contains(&delay.seconds) && delay.nanos >= 0);
        let delay = plausible.and_then(|delay| Duration::try_from(delay).ok());
        let delay = delay.filter(|delay| !delay.is_zero() && *delay <= MAX_DELAY);
        self.check("delay", delay, "must be more than nothing and at most a minute")
    }

    /// The whole, when no field of it was broken.
    fn finish<T>(self, whole: Option<T>) -> Result<T, Vec<FieldViolation>> {
        match whole {
            Some(whole) if self.violations.is_empty() => Ok(whole),
            Some(_) | None => Err(self.violations),
        }
    }
}

fn fault<P: Part>(fault_id: FaultId, message: &FaultMessage) -> Result<Fault<P::Cause>, Vec<FieldViolation>> {
    let mut fields = Fields::default();
    fields.check("faultId", message.fault_id.is_empty().then_some(()), "is made by the service");
    let cause = P::decode(&mut fields, message);
    let msn = Some(message.msn.as_str()).filter(|msn| !msn.is_empty());
    let msn: Option<Option<Msn>> = msn.map(|msn| fields.parse("msn", msn));
    let extent = extent(&mut fields, message.extent.as_ref());
    let whole = || Some(Fault { fault_id, cause: cause?, msn: msn.flatten(), extent: extent? });
    let whole = whole();
    fields.finish(whole)
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

fn message<P: Part>(standing: &Standing<P::Cause>) -> FaultMessage {
    let fault = &standing.fault;
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
        msn: fault.msn.as_ref().map(ToString::to_string).unwrap_or_default(),
        extent: Some(extent),
        hits: i64::try_from(standing.hits()).unwrap_or(i64::MAX),
        ..P::encode(&fault.cause)
    }
}
