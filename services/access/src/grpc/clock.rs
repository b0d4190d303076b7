//! `ClockService`: moves business time, and tells it to whoever follows. Sandbox only.

use std::time::Duration;

use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
    sandbox::v1::{self, advance_clock_request::Target as ProtoTarget, clock_service_server::ClockService},
    time,
};
use kvitt_runtime::{Caller, Principal, ServiceName, sandbox::Settled};
use tokio_stream::{StreamExt as _, wrappers::ReceiverStream};
use tonic::{Request, Response, Status, Streaming, codegen::BoxStream};

use crate::{
    domain::clock::{Target, Unreachable},
    timekeeper::{Error, Saying, Timekeeper},
};

/// The fields as a REST client knows them.
const BY: &str = "advance";
const TO: &str = "advanceTo";

/// The rpcs of `ClockService`.
#[derive(Clone)]
pub(crate) struct ClockGrpc {
    pub(crate) keeper: Timekeeper,
}

#[tonic::async_trait]
impl ClockService for ClockGrpc {
    async fn get_clock(
        &self,
        request: Request<v1::GetClockRequest>,
    ) -> Result<Response<v1::GetClockResponse>, Status> {
        Caller::of(&request)?;
        let (now, offset_us) = self.keeper.now().map_err(status)?;
        let now = Some(time::to_proto(now));
        Ok(Response::new(v1::GetClockResponse { now, offset: Some(duration(offset_us)) }))
    }

    async fn advance_clock(
        &self,
        request: Request<v1::AdvanceClockRequest>,
    ) -> Result<Response<v1::AdvanceClockResponse>, Status> {
        may_advance(Caller::of(&request)?)?;
        let target = target(request.into_inner()).map_err(|broken| refusal::fields(vec![broken]))?;
        let advanced = self.keeper.advance(target).await.map_err(status)?;
        Ok(Response::new(v1::AdvanceClockResponse {
            now: Some(time::to_proto(advanced.now)),
            offset: Some(duration(advanced.offset_us)),
            instants: advanced.instants,
        }))
    }

    async fn follow_clock(
        &self,
        request: Request<Streaming<v1::FollowClockRequest>>,
    ) -> Result<Response<BoxStream<v1::FollowClockResponse>>, Status> {
        let name = follower(Caller::of(&request)?)?;
        let (membership, sayings) = self.keeper.join(name).map_err(status)?;
        let mut answers = request.into_inner();
        // Ends with the follower's side of the connection, and gives its place back.
        tokio::spawn(async move {
            while let Ok(Some(answer)) = answers.message().await {
                membership.answer(answer.sequence, settled(&answer));
            }
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(sayings).map(|saying| Ok(said(saying))))))
    }
}

fn may_advance(caller: &Caller) -> Result<(), Status> {
    match caller.principal {
        Principal::Client(_) => Ok(()),
        Principal::User(_) | Principal::Service(_) => caller.is_service(&[ServiceName::Launcher]),
    }
}

/// The service that follows, for itself and for nobody else.
fn follower(caller: &Caller) -> Result<ServiceName, Status> {
    match caller.principal {
        Principal::Service(name) => Ok(name),
        Principal::Client(_) | Principal::User(_) => {
            let detail = "only services of the mesh may follow the clock";
            Err(refusal::status(Reason::PermissionDenied, detail))
        }
    }
}

fn target(request: v1::AdvanceClockRequest) -> Result<Target, FieldViolation> {
    match request.target {
        Some(ProtoTarget::By(by)) => length(by).map(Target::By),
        Some(ProtoTarget::To(at)) => time::from_proto(at, TO).map(Target::To),
        None => Err(FieldViolation::new(BY, format!("is required, unless {TO} is given"))),
    }
}

/// What the wire's form has beyond the other one goes back.
fn length(by: prost_types::Duration) -> Result<Duration, FieldViolation> {
    match (u64::try_from(by.seconds), u64::try_from(by.nanos)) {
        // 63 and 31 bits: the sum is far from its limit.
        (Ok(seconds), Ok(nanos)) => Ok(Duration::from_secs(seconds) + Duration::from_nanos(nanos)),
        (Err(_), _) | (_, Err(_)) => Err(FieldViolation::new(BY, Unreachable::NotAhead.to_string())),
    }
}

fn settled(answer: &v1::FollowClockRequest) -> Settled {
    let next_due_at = answer.next_due_at.map(|at| time::from_proto(at, "nextDueAt"));
    // An instant that cannot be read is no instant to stop at.
    let failed = answer.failed || matches!(next_due_at, Some(Err(_)));
    Settled { worked: answer.worked, failed, next_due_at: next_due_at.and_then(Result::ok) }
}

fn said(saying: Saying) -> v1::FollowClockResponse {
    v1::FollowClockResponse {
        sequence: saying.sequence,
        offset_us: saying.time.offset_us,
        held_at: saying.time.held_at.map(time::to_proto),
        settle: saying.settle,
    }
}

fn duration(offset_us: i64) -> prost_types::Duration {
    let nanos = i32::try_from(offset_us % 1_000_000 * 1000).expect("less than a second");
    prost_types::Duration { seconds: offset_us / 1_000_000, nanos }
}

fn status(error: Error) -> Status {
    match error {
        Error::Unreachable(target, rule) => {
            let field = match target {
                Target::By(_) => BY,
                Target::To(_) => TO,
            };
            refusal::fields(vec![FieldViolation::new(field, rule.to_string())])
        }
        Error::Database(error) => crate::error::Error::Database(error).into(),
        Error::NotStarted | Error::Undone(_) | Error::Silence | Error::TooLong | Error::Stopping => {
            tracing::warn!(error = &error as &dyn std::error::Error, "time was not moved");
            refusal::status(Reason::Unavailable, error.to_string())
        }
    }
}

#[cfg(test)]
mod tests;
