//! What services need before they do anything, and how long they take to come and to go: from the start of a process to SERVING on a
//! migrated database, resident memory when nothing happens, and from SIGTERM to the end with 512 callers.
//! `KVITT_OTHER_BUILD` measures the binaries in another folder than those that are built for this.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::requests::{fresh_key, fresh_reference, web_redirect};
use tokio::task::JoinSet;
use tonic::transport::Endpoint;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// After the last start; what a start has needed is given back by then.
const IDLE_FOR: Duration = Duration::from_secs(20);
const CALLERS: usize = 512;
/// The callers have all of their connections by then.
const CALLING_FOR: Duration = Duration::from_secs(5);
const LIMIT: Duration = Duration::from_secs(60);

#[tokio::main]
async fn main() {
    let other = std::env::var_os("KVITT_OTHER_BUILD").map(PathBuf::from);
    let mut processes = Processes::install().await;
    if let Some(folder) = other {
        processes.take_binaries(folder);
    }
    for member in Member::ALL_ONCE {
        start(&mut processes, member);
    }
    processes.healthy().await;
    println!("{:<16} {:>12} {:>12}", "service", "serves, ms", "idle, MiB");
    let mut starts = Vec::new();
    for member in Member::ALL_ONCE {
        processes.kill(&[member]).await;
        let begun = Instant::now();
        start(&mut processes, member);
        serves(&processes, member).await;
        starts.push(begun.elapsed());
        processes.healthy().await;
    }
    tokio::time::sleep(IDLE_FOR).await;
    for (member, took) in Member::ALL_ONCE.into_iter().zip(starts) {
        let kib = processes.resident_kib(member);
        println!("{:<16} {:>12} {:>12}", member.service(), took.as_millis(), kib.div_ceil(1024));
    }
    for member in [Member::Payment, Member::Gateway] {
        let took = drained(&mut processes, member).await;
        println!("{} ended {} ms after SIGTERM, with {CALLERS} callers", member.service(), took.as_millis());
    }
    processes.stop().await;
}

fn start(processes: &mut Processes, member: Member) {
    let health = processes.health_address(member).to_string();
    processes.start_with(member, &[("KVITT_HEALTH_LISTEN", &health)]);
}

async fn serves(processes: &Processes, member: Member) {
    let endpoint = Endpoint::from_shared(format!("http://{}", processes.health_address(member)));
    let endpoint = endpoint.expect("an address makes a URL");
    let asking = async {
        loop {
            if let Ok(channel) = endpoint.connect().await {
                let answer = HealthClient::new(channel).check(HealthCheckRequest::default()).await;
                if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
                    return;
                }
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    };
    tokio::time::timeout(LIMIT, asking).await.expect("it comes to serve");
}

/// How long a process takes to end while callers go on; it is started again.
async fn drained(processes: &mut Processes, member: Member) -> Duration {
    let shop = processes.shop(Member::Gateway, "full").await;
    let mut callers = JoinSet::new();
    for _ in 0..CALLERS {
        let shop = shop.clone();
        callers.spawn(async move {
            loop {
                let wanted = web_redirect(&fresh_reference(), &shop.keys.currency, 1_000);
                let create = shop.post_request("/epayment/v1/payments", &fresh_key(), &wanted);
                // What is refused meanwhile is not looked at.
                drop(create.send().await);
            }
        });
    }
    tokio::time::sleep(CALLING_FOR).await;
    let begun = Instant::now();
    processes.terminate(member).await;
    let ended = processes.ended(member, LIMIT).await;
    let took = begun.elapsed();
    assert!(ended.is_some_and(|status| status.success()), "{member:?}: {ended:?}");
    callers.shutdown().await;
    start(processes, member);
    processes.healthy().await;
    took
}
