//! `kvitt.payment.v1.FeedService`.

use kvitt_primitives::Msn;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{
        ListPartsRequest, ListPartsResponse, LogPart, TailRequest, TailResponse,
        feed_service_server::FeedService,
    },
    refusal::{self, FieldViolation},
};
use kvitt_runtime::{Action, Caller, Principal, authority::may_alone};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::{Request, Response, Status, codegen::BoxStream};

use super::{
    decode, encode,
    refusal::{Verb, status},
};
use crate::{
    app::{
        App,
        cursor::Position,
        tail::{Follower, Stride},
    },
    engine::Head,
    store,
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
    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<BoxStream<TailResponse>>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn = self.followed(&caller, &request.msn).await?;
        let follower = self.follower(&request, msn.clone())?;
        let (sender, responses) = mpsc::channel(BUFFERED);
        let first = self.app.cursors.renewed(msn.as_ref(), &request.cursor).unwrap_or(request.cursor);
        let tail = Tail { app: self.app.clone(), caller, msn, first };
        let shutdown = self.shutdown.clone();
        tokio::spawn(async move {
            shutdown.run_until_cancelled(tail.send_all(follower, sender)).await;
        });
        Ok(Response::new(Box::pin(ReceiverStream::new(responses))))
    }

    async fn list_parts(
        &self,
        request: Request<ListPartsRequest>,
    ) -> Result<Response<ListPartsResponse>, Status> {
        follows_everything(Caller::of(&request)?)?;
        let mut connection =
            self.app.pool.acquire().await.map_err(|error| status(Verb::Read, &error.into()))?;
        let heads = store::heads::all(&mut connection).await;
        let heads = heads.map_err(|error| status(Verb::Read, &error.into()))?;
        let part = |head: Head| LogPart {
            part: head.part.into(),
            generation: head.generation.into(),
            closed: head.closed,
            last_position: head.next_pos - 1,
        };
        Ok(Response::new(ListPartsResponse { parts: heads.into_iter().map(part).collect() }))
    }
}

/// Some services of the mesh may follow everything; a client follows one of its sales units.
fn follows_everything(caller: &Caller) -> Result<(), Status> {
    match caller.principal {
        Principal::Service(service) if may_alone(service, Action::FollowFeed) => Ok(()),
        Principal::Service(_) => {
            Err(refusal::status(Reason::PermissionDenied, "this service does not follow the log"))
        }
        Principal::Client(_) | Principal::User(_) => {
            Err(refusal::status(Reason::MsnRequired, "a client follows the sales unit it names"))
        }
    }
}

impl FeedGrpc {
    async fn followed(&self, caller: &Caller, msn: &str) -> Result<Option<Msn>, Status> {
        if msn.is_empty() {
            return follows_everything(caller).map(|()| None);
        }
        let msn = decode::msn(msn)?;
        self.app.authority.may(caller, Action::FollowFeed, &msn).await?;
        Ok(Some(msn))
    }

    fn follower(&self, request: &TailRequest, msn: Option<Msn>) -> Result<Follower, Status> {
        let broken = |field, rule: &str| refusal::fields(vec![FieldViolation::new(field, rule)]);
        let at = if request.cursor.is_empty() {
            // The first part that ever held the unit.
            let first = match &msn {
                Some(msn) => self.app.engine.parts().of(msn, 0),
                None => i16::try_from(request.part).ok(),
            };
            Position { part: first.ok_or_else(|| broken("part", "must be a part of the log"))?, pos: 0 }
        } else {
            let opened = self.app.cursors.open(msn.as_ref(), &request.cursor);
            let opened = opened.filter(|at| msn.is_some() || i32::from(at.part) == request.part);
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
        let position = if self.msn.is_none() { follower.at().pos } else { 0 };
        let opening = TailResponse {
            cursor: self.first.clone(),
            parts: self.parts(),
            position,
            ..TailResponse::default()
        };
        if sender.send(Ok(opening)).await.is_err() {
            return;
        }
        loop {
            let response = tokio::select! {
                response = self.next(&mut follower) => response,
                () = sender.closed() => return,
            };
            let last = response.as_ref().map_or(true, |response| response.ended);
            if sender.send(response).await.is_err() || last {
                return;
            }
        }
    }

    fn parts(&self) -> i32 {
        i32::try_from(self.app.engine.parts().heads().len()).unwrap_or(i32::MAX)
    }

    async fn next(&self, follower: &mut Follower) -> Result<TailResponse, Status> {
        let Stride { events, at, ended } =
            follower.next().await.map_err(|error| status(Verb::Read, &error))?;
        // A stream lives long, and its caller's keys may have been taken away since it began.
        if let Some(msn) = &self.msn {
            self.app.authority.may(&self.caller, Action::FollowFeed, msn).await?;
        }
        let cursor = self.app.cursors.seal(self.msn.as_ref(), at);
        let cursor =
            cursor.ok_or_else(|| refusal::status(Reason::Internal, "the cursor cannot be sealed"))?;
        let details = matches!(self.caller.principal, Principal::Service(_));
        let events = events.iter().map(|record| encode::feed_event(record, details)).collect();
        let position = if self.msn.is_none() { at.pos } else { 0 };
        Ok(TailResponse { events, cursor, parts: self.parts(), position, ended })
    }
}

#[cfg(test)]
mod tests;
