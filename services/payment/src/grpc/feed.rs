//! `kvitt.payment.v1.FeedService`.

use std::pin::Pin;

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{TailRequest, TailResponse, feed_service_server::FeedService},
    refusal::{self, FieldViolation},
};
use kvitt_runtime::{Action, Caller, Principal, authority::may_alone};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status};

use super::{
    decode, encode,
    refusal::{Verb, status},
};
use crate::{
    app::{App, cursor::Position, tail::Follower},
    engine::part_of,
};

/// Rows read, and so events sent, at once.
const MOST_EVENTS: i32 = 500;
/// Responses that may wait for a slow follower; reading stops while they do.
const BUFFERED: usize = 4;

/// The rpc over the follower.
#[derive(Debug, Clone)]
pub(crate) struct FeedGrpc {
    pub(crate) app: App,
    pub(crate) shutdown: CancellationToken,
}

#[tonic::async_trait]
impl FeedService for FeedGrpc {
    type TailStream = Pin<Box<dyn Stream<Item = Result<TailResponse, Status>> + Send>>;

    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<Self::TailStream>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = self.followed(&caller, &request.msn).await?;
        let follower = self.follower(&request, msn.clone())?;
        let (sender, responses) = mpsc::channel(BUFFERED);
        let tail = Tail { app: self.app.clone(), caller, msn, first: request.cursor };
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            shutdown.run_until_cancelled(tail.send_all(follower, sender)).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(responses))))
    }
}

impl FeedGrpc {
    /// A client follows one of its sales units, some services of the mesh may follow everything.
    async fn followed(&self, caller: &Caller, msn: &str) -> Result<Option<Msn>, Status> {
        if msn.is_empty() {
            return match caller.principal {
                Principal::Service(service) if may_alone(service, Action::FollowFeed) => Ok(None),
                Principal::Service(_) => {
                    Err(refusal::status(Reason::PermissionDenied, "this service does not follow the log"))
                }
                Principal::Client(_) => {
                    Err(refusal::status(Reason::MsnRequired, "a client follows the sales unit it names"))
                }
            };
        }
        let msn = decode::msn(msn)?;
        self.app.authority.may(caller, Action::FollowFeed, &msn).await?;
        Ok(Some(msn))
    }

    fn follower(&self, request: &TailRequest, msn: Option<Msn>) -> Result<Follower, Status> {
        let broken = |field, rule: &str| refusal::fields(vec![FieldViolation::new(field, rule)]);
        let asked = match &msn {
            Some(msn) => Some(part_of(msn, self.app.engine.parts())),
            None => i16::try_from(request.part).ok(),
        };
        let part = asked.ok_or_else(|| broken("part", "must be a part of the log"))?;
        let at = if request.cursor.is_empty() {
            Position { part, pos: 0 }
        } else {
            let opened = self.app.cursors.open(msn.as_ref(), &request.cursor).filter(|at| at.part == part);
            opened.ok_or_else(|| {
                broken("cursor", "must be a cursor of an earlier response for the same part")
            })?
        };
        let limit = match request.batch_size {
            0 => MOST_EVENTS,
            size if (1..=MOST_EVENTS).contains(&size) => size,
            _ => return Err(broken("batchSize", "must be between 0 and 500")),
        };
        Follower::new(&self.app, msn, at, limit.into())
            .ok_or_else(|| broken("part", "must be a part of the log"))
    }
}

/// One stream.
struct Tail {
    app: App,
    caller: Caller,
    msn: Option<Msn>,
    first: String,
}

impl Tail {
    /// Sends until the follower goes away or reading fails.
    async fn send_all(self, mut follower: Follower, sender: mpsc::Sender<Result<TailResponse, Status>>) {
        let parts = i32::from(self.app.engine.parts());
        let opening = TailResponse { events: Vec::new(), cursor: self.first.clone(), parts };
        if sender.send(Ok(opening)).await.is_err() {
            return;
        }
        loop {
            let response = tokio::select! {
                response = self.next(&mut follower, parts) => response,
                () = sender.closed() => return,
            };
            let failed = response.is_err();
            if sender.send(response).await.is_err() || failed {
                return;
            }
        }
    }

    async fn next(&self, follower: &mut Follower, parts: i32) -> Result<TailResponse, Status> {
        let (records, at) = follower.next().await.map_err(|error| status(Verb::Read, &error))?;
        // A stream lives long, and its caller's keys may have been taken away since it began.
        if let Some(msn) = &self.msn {
            self.app.authority.may(&self.caller, Action::FollowFeed, msn).await?;
        }
        let cursor = self.app.cursors.seal(self.msn.as_ref(), at);
        let cursor =
            cursor.ok_or_else(|| refusal::status(Reason::Internal, "the cursor cannot be sealed"))?;
        let details = matches!(self.caller.principal, Principal::Service(_));
        let events = records.iter().map(|record| encode::feed_event(record, details)).collect();
        Ok(TailResponse { events, cursor, parts })
    }
}

#[cfg(test)]
mod tests;
