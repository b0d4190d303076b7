//! How a service follows the movable clock of the sandbox, which `access` keeps (`kvitt.sandbox.v1.ClockService`).
//!
//! A service says in its [`Settled`] what it has done and when it wants to be stopped at next; `access` steps through
//! those instants of all services. To let another service follow: spawn [`follow_clock`] in its `run`, with a `settle`
//! that does all that is due by the service's clock, each piece of work as its workers would do it.

use std::time::Duration;

use chrono::{DateTime, Utc};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::sandbox::v1::clock_service_client::ClockServiceClient;
use kvitt_proto::sandbox::v1::{FollowClockRequest, FollowClockResponse};
use kvitt_proto::{refusal, time};
use tokio::sync::mpsc;
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;
use tonic::Status;

use crate::clock::Clock;
use crate::mesh::PeerChannel;
use crate::serve::{Health, HoldBack, catch_panic};

/// How long one settling may take; `access` waits a little longer for the answer.
const SETTLE_LIMIT: Duration = Duration::from_secs(50);

/// The pause before the connection is tried again, which doubles up to the longest.
const FIRST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// What a service has to say after it has done what is due by its clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Settled {
    /// Whether anything had to be done. Then others may have new work, and everybody is asked again.
    pub worked: bool,
    /// Whether something that is due could not be done now.
    pub failed: bool,
    /// The next instant at which this service has something to do by itself; ahead of its clock unless it `worked` or
    /// `failed`.
    pub next_due_at: Option<DateTime<Utc>>,
}

/// Keeps `clock` true to the one at `access`, and calls `settle` whenever that asks for it, until `shutdown`. From this
/// call on, before anything is awaited, `health` says no until the clock has been heard once.
pub fn follow_clock<S, F>(
    health: &Health,
    access: PeerChannel,
    clock: Clock,
    settle: S,
    shutdown: CancellationToken,
) -> impl Future<Output = ()> + Send + use<S, F>
where
    S: Fn() -> F + Send + Sync,
    F: Future<Output = Settled> + Send,
{
    let mut follower = Follower { access, clock, settle, unheard: Some(health.hold_back()) };
    async move {
        let _stopped: Option<()> = shutdown.run_until_cancelled(follower.follow()).await;
    }
}

struct Follower<S> {
    access: PeerChannel,
    clock: Clock,
    settle: S,
    /// Until the clock has been heard once.
    unheard: Option<HoldBack>,
}

impl<S, F> Follower<S>
where
    S: Fn() -> F + Send + Sync,
    F: Future<Output = Settled> + Send,
{
    async fn follow(&mut self) {
        let mut pause = FIRST_PAUSE;
        loop {
            let heard = &mut false;
            // An `access` that still starts has no time to tell, nor a token to ask with.
            if self.access.is_serving().await
                && let Err(status) = self.listen(heard).await
            {
                tracing::debug!(%status, "the clock cannot be heard");
            }
            pause = if *heard { FIRST_PAUSE } else { (pause * 2).min(LONGEST_PAUSE) };
            tokio::time::sleep(pause).await;
        }
    }

    /// Listens until the connection ends. While it is lost a clock that was held stays held: without `access` the mesh
    /// cannot work anyway, and time must not pass by what is due.
    async fn listen(&mut self, heard: &mut bool) -> Result<(), Status> {
        let (answers, requests) = mpsc::channel(1);
        answers.try_send(FollowClockRequest::default()).expect("nothing was sent before");
        let mut access = ClockServiceClient::new(self.access.clone());
        let mut told = access.follow_clock(ReceiverStream::new(requests)).await?.into_inner();
        while let Some(response) = told.message().await? {
            self.set(&response)?;
            *heard = true;
            self.unheard = None;
            if response.settle {
                // Whoever has closed the stream hears nothing more; the next message says so.
                answers.send(answer(response.sequence, self.settled().await)).await.ok();
            }
        }
        Ok(())
    }

    fn set(&self, response: &FollowClockResponse) -> Result<(), Status> {
        match response.held_at {
            Some(at) => {
                let broken =
                    |_violation| refusal::status(Reason::Internal, "the clock is held at no instant");
                self.clock.hold(time::from_proto(at, "heldAt").map_err(broken)?);
            }
            None => self.clock.run(response.offset_us),
        }
        Ok(())
    }

    /// What a panic or a settling without end leaves undone is due again.
    async fn settled(&self) -> Settled {
        let undone = Settled { worked: false, failed: true, next_due_at: None };
        match tokio::time::timeout(SETTLE_LIMIT, catch_panic((self.settle)())).await {
            Ok(Ok(settled)) => settled,
            Ok(Err(_panicked)) => undone,
            Err(_elapsed) => {
                tracing::warn!("what is due took too long");
                undone
            }
        }
    }
}

fn answer(sequence: i64, settled: Settled) -> FollowClockRequest {
    let Settled { worked, failed, next_due_at } = settled;
    FollowClockRequest { sequence, worked, failed, next_due_at: next_due_at.map(time::to_proto) }
}
