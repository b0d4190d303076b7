//! A rolling restart of the whole mesh, which has every service twice: one instance after the other is told to stop and started
//! again, while merchants work. They hear of nothing. With `KVITT_OTHER_BUILD`, a folder of another build's binaries, the mesh goes
//! over to that build and back, as an upgrade does that is taken back; `tests/upgrade/run` makes one and sets it.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Answer, Shop};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::task::JoinSet;
use tonic_health::pb::health_check_response::ServingStatus;

use crate::callers::{Callers, Edge, paid, pay_for};
use crate::compare::{balance, settled};
use crate::health::{health, serves};
use crate::processes::{assert_durable, say};

const CALLERS: usize = 64;
/// Payments that live between two restarts.
const PAYMENTS: u64 = 25;
/// How often the edge asks gateways whether they are ready; more often than they go on serving.
const PROBE_EVERY: Duration = Duration::from_millis(50);
/// The time for which it goes on serving, the longest drain, and some more.
const STOP_LIMIT: Duration = Duration::from_secs(40);

#[tokio::test(flavor = "multi_thread")]
async fn nobody_notices_that_every_service_is_restarted() {
    let _alone = crate::alone().await;
    let mut mesh = Loud(start().await);
    let processes = &mut mesh.0;
    assert_durable(processes).await;
    let before = balance(processes).await;
    let edge = Edge::of(vec![
        processes.shop(Member::Gateway, "full").await,
        processes.shop(Member::SecondGateway, "full").await,
    ]);
    let probing = probe(&edge, processes);
    let mut callers = Callers::start(&edge, CALLERS, live);
    callers.proceed(PAYMENTS).await;

    let begun = Instant::now();
    let own = kvitt_tests::binaries().await.to_owned();
    let other = std::env::var_os("KVITT_OTHER_BUILD").map(PathBuf::from);
    let builds = other.map_or_else(|| vec![own.clone()], |other| vec![other, own.clone()]);
    let (mut restarts, mut longest) = (0, Duration::ZERO);
    for build in &builds {
        processes.take_binaries(build.clone());
        for first in Member::ALL_ONCE {
            for member in [first, first.twin()] {
                longest = longest.max(restart(processes, member, &mut callers).await);
                restarts += 1;
                callers.proceed(PAYMENTS).await;
            }
        }
    }
    let took = begun.elapsed();

    let payments = callers.finish().await;
    drop(probing);
    let audit = settled(processes, before - paid(payments)).await.unwrap_or_else(|wrong| panic!("{wrong}"));
    processes.stop().await;
    say(&format!(
        "rolling: {restarts} restarts over {} builds in {} s; the slowest instance ended {} ms after it was told to; {payments} \
         payments of {CALLERS} callers without an error; audit: {audit}",
        builds.len(),
        took.as_secs(),
        longest.as_millis()
    ));
}

/// A mesh whose logs are shown when the test fails, whoever noticed it.
struct Loud(Processes);

impl Drop for Loud {
    fn drop(&mut self) {
        if std::thread::panicking() {
            say(&self.0.logs());
        }
    }
}

/// The mesh with two instances of everything.
async fn start() -> Processes {
    let mut processes = Processes::install().await;
    for member in Member::ALL_ONCE {
        processes.start_as_one_of_two(member);
        processes.start_as_one_of_two(member.twin());
    }
    processes.healthy().await;
    for member in Member::ALL_ONCE {
        serves(processes.health_address(member)).await;
        serves(processes.health_address(member.twin())).await;
    }
    processes
}

/// Tells an instance to stop and starts it again when it has; answers how long ending took.
async fn restart(processes: &mut Processes, member: Member, callers: &mut Callers) -> Duration {
    let begun = Instant::now();
    processes.terminate(member).await;
    let ended = processes.ended(member, STOP_LIMIT).await;
    let took = begun.elapsed();
    assert!(ended.is_some_and(|status| status.success()), "{member:?}: {ended:?}");
    callers.nobody_heard_an_error();
    processes.start_as_one_of_two(member);
    serves(processes.health_address(member)).await;
    took
}

/// Tells the edge which gateways are ready, until what is answered is dropped.
fn probe(edge: &Edge, processes: &Processes) -> JoinSet<()> {
    let mut probing = JoinSet::new();
    for (number, gateway) in [Member::Gateway, Member::SecondGateway].into_iter().enumerate() {
        let (edge, address) = (edge.clone(), processes.health_address(gateway));
        probing.spawn(async move {
            loop {
                edge.note(number, health(address).await == Some(ServingStatus::Serving));
                tokio::time::sleep(PROBE_EVERY).await;
            }
        });
    }
    probing
}

/// A payment, and something of every other service.
async fn live(edge: Edge) -> Result<(), String> {
    let reference = fresh_reference();
    pay_for(&edge, &reference).await?;
    edge.ask("put in a category", async |shop| {
        let path = format!("/order-management/v2/ecom/categories/{reference}");
        let category = json!({"category": "RECEIPT", "orderDetailsUrl": "https://shop.example/orders"});
        Answer::of(shop.request(Method::PUT, &path).json(&category)).await
    })
    .await?;
    edge.ask("opened at the checkout", async |shop| {
        let session = json!({
            "merchantInfo": {"callbackUrl": "https://shop.example/callback", "returnUrl": "https://shop.example/return",
                "callbackAuthorizationToken": "the-shops-token"},
            "transaction": {"amount": {"value": 10_000, "currency": shop.keys.currency},
                "reference": fresh_reference(), "paymentDescription": "One pair of socks"},
        });
        Answer::of(with_all_keys(shop, Method::POST, "/checkout/v3/session").json(&session)).await
    })
    .await?;
    edge.ask("printed", async |shop| {
        let code = json!({"id": fresh_reference(), "redirectUrl": "https://shop.example/socks"});
        let print = shop.request(Method::POST, "/qr/v1/merchant-redirect");
        Answer::of(print.header("Accept", "image/svg+xml").json(&code)).await
    })
    .await?;
    for path in ["/webhooks/v1/webhooks", "/settlement/v1/ledgers"] {
        edge.ask(path, async |shop| shop.get(path).await).await?;
    }
    Ok(())
}

/// Checkout wants the keys themselves, and no token.
fn with_all_keys(shop: &Shop, method: Method, path: &str) -> RequestBuilder {
    shop.bare(method, path)
        .header("client_id", &shop.keys.client_id)
        .header("client_secret", &shop.keys.client_secret)
        .header("Ocp-Apim-Subscription-Key", &shop.keys.primary)
        .header("Merchant-Serial-Number", &shop.keys.msn)
}
