//! Business time over the wire, as the mesh hears it.

use std::{sync::Mutex, time::Duration};

use chrono::SubsecRound as _;
use kvitt_proto::sandbox::v1::{
    AdvanceClockRequest, GetClockRequest, advance_clock_request::Target,
    clock_service_client::ClockServiceClient,
};
use kvitt_runtime::sandbox::{Settled, follow_clock};

use super::*;

const DAY: Duration = Duration::from_secs(86_400);

fn clock_service(running: &Running) -> ClockServiceClient<PeerChannel> {
    ClockServiceClient::new(running.mesh(SECRET).access())
}

async fn advance(running: &Running, by: Duration) -> Result<DateTime<Utc>, tonic::Status> {
    let target = Some(Target::By(by.try_into().unwrap()));
    let answer = clock_service(running).advance_clock(AdvanceClockRequest { target }).await?.into_inner();
    Ok(kvitt_proto::time::from_proto(answer.now.unwrap(), "now").unwrap())
}

/// A service in a process of its own: with its own clock, and work at certain instants.
struct Follower {
    clock: Clock,
    health: Health,
    done: Arc<Mutex<Vec<DateTime<Utc>>>>,
    stop: CancellationToken,
}

impl Follower {
    fn start(running: &Running, due: Vec<DateTime<Utc>>) -> Self {
        let (clock, health, stop) = (Clock::system(), Health::new(), CancellationToken::new());
        let done = Arc::new(Mutex::new(Vec::new()));
        let (due, doing, now) = (Mutex::new(due), Arc::clone(&done), clock.clone());
        let settle = move || {
            let mut due = due.lock().unwrap();
            let later = due.iter().position(|at| *at > now.now()).unwrap_or(due.len());
            let worked = due.drain(..later).count() > 0;
            if worked {
                doing.lock().unwrap().push(now.now());
            }
            std::future::ready(Settled { worked, failed: false, next_due_at: due.first().copied() })
        };
        health.set_serving(true);
        let mesh = running.mesh_of(ServiceName::Gateway, SECRET);
        tokio::spawn(follow_clock(&health, mesh.access(), clock.clone(), settle, stop.clone()));
        Self { clock, health, done, stop }
    }
}

#[tokio::test]
async fn a_follower_serves_once_it_knows_the_time_and_is_stopped_at_what_is_due() {
    let running = Running::start().await;
    let begun_at = wall_now().trunc_subsecs(6);
    let due = [1, 2, 4].map(|days| begun_at + TimeDelta::days(days));
    let follower = Follower::start(&running, due.to_vec());
    assert!(!follower.health.is_serving(), "not before it was told the time");
    eventually!(follower.health.is_serving());
    let now = advance(&running, 3 * DAY).await.unwrap();
    assert_eq!(*follower.done.lock().unwrap(), due[..2]);
    assert!(follower.clock.now() >= now - TimeDelta::seconds(1));
    follower.stop.cancel();
    running.stop().await;
}

#[tokio::test]
async fn a_follower_comes_back_after_a_restart_and_time_goes_on() {
    let before = Running::start().await;
    let follower = Follower::start(&before, Vec::new());
    eventually!(follower.health.is_serving());
    let now = advance(&before, 100 * DAY).await.unwrap();
    let (address, database) = (before.url.clone(), before.database);
    before.shutdown.cancel();
    before.ended.await.unwrap().unwrap();

    let listen = address.trim_start_matches("http://").parse().unwrap();
    let (url, shutdown, ended) = start(Config { listen, ..config(database.url().clone()) }).await;
    let after = Running { url, shutdown, ended, database };
    eventually!(clock_service(&after).get_clock(GetClockRequest {}).await.is_ok());
    // Moved until the follower, who tries again by itself, has heard of it.
    eventually!({
        advance(&after, DAY).await.unwrap();
        follower.clock.now() > now + TimeDelta::hours(1)
    });
    assert!(follower.health.is_serving(), "it knew the time all along");
    follower.stop.cancel();
    after.stop().await;
}

#[tokio::test]
async fn a_settling_that_panics_is_told_and_not_waited_for() {
    let running = Running::start().await;
    let (health, stop) = (Health::new(), CancellationToken::new());
    let settle = || async { panic!("as the test wants it") };
    health.set_serving(true);
    let access = running.mesh_of(ServiceName::Gateway, SECRET).access();
    tokio::spawn(follow_clock(&health, access, Clock::system(), settle, stop.clone()));
    eventually!(health.is_serving());
    let refused = advance(&running, DAY).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::Unavailable));
    assert!(refused.message().starts_with("gateway cannot do what is due"), "{refused}");
    stop.cancel();
    running.stop().await;
}

#[tokio::test]
async fn without_the_switch_there_is_no_clock_to_move() {
    let database = TestDatabase::create("access", &MIGRATIONS).await;
    let without = Config { sandbox: false, ..config(database.url().clone()) };
    let (url, shutdown, ended) = start(without).await;
    let running = Running { url, shutdown, ended, database };
    eventually!(running.keys().await.is_some());
    let refused = advance(&running, DAY).await.unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unimplemented);
    running.stop().await;
}
