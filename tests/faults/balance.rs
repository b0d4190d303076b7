//! Several `payment` processes behind one gateway, which balances its calls over them. Merchants do not notice that one of
//! them is killed, nor that another one comes, but for what the new one takes off the others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::callers::{Callers, Edge, pay};
use crate::compare::{balance, settled};
use crate::health::serves;
use crate::processes::{assert_durable, say};

const CALLERS: usize = 64;
/// Payments that live from creation to capture before, between and after what happens.
const PAYMENTS: u64 = 200;

const INSTANCES: [Member; 4] =
    [Member::Payment, Member::SecondPayment, Member::ThirdPayment, Member::FourthPayment];

/// An instance that is added has its part of the calls in this time at the latest.
const PART_LIMIT: Duration = Duration::from_secs(10);
/// The part is looked at over so long.
const WINDOW: Duration = Duration::from_millis(500);

#[tokio::test(flavor = "multi_thread")]
async fn callers_hear_no_error_when_one_of_three_payment_instances_is_killed_and_another_one_added() {
    let _alone = crate::alone().await;
    let (mut processes, roads) = start().await;
    assert_durable(&processes).await;
    let before = balance(&processes).await;
    let edge = Edge::of(vec![processes.shop(Member::Gateway, "full").await]);
    let mut callers = Callers::start(&edge, CALLERS, pay);
    callers.proceed(PAYMENTS).await;
    let parts = parts(&roads[..3], &mut callers).await;
    assert!(parts.iter().all(|part| *part > 15), "three have a part of the calls each: {parts:?} %");

    processes.kill(&[Member::SecondPayment]).await;
    callers.proceed(PAYMENTS).await;

    processes.restart(Member::FourthPayment, None);
    serves(processes.address(Member::FourthPayment)).await;
    let begun = Instant::now();
    let part = loop {
        let part = added_part(&roads, &callers).await;
        assert!(begun.elapsed() < PART_LIMIT, "the new one has {part} % of the calls\n{}", processes.logs());
        // A third would be its due.
        if part > 20 {
            break part;
        }
        callers.nobody_heard_an_error();
    };
    let took = begun.elapsed();
    callers.proceed(PAYMENTS).await;

    let payments = callers.finish().await;
    let audit = settled(&processes, before - crate::callers::paid(payments))
        .await
        .unwrap_or_else(|wrong| panic!("{wrong}"));
    processes.stop().await;
    say(&format!(
        "balance: {payments} payments of {CALLERS} callers without an error; parts of the three: {parts:?} %; the new one \
         had {part} % after {} ms; audit: {audit}",
        took.as_millis()
    ));
}

/// The mesh with three of four instances; and the gateway's road to each of the four.
async fn start() -> (Processes, Vec<Road>) {
    let members = [
        Member::Access,
        Member::Merchant,
        Member::OrderManagement,
        Member::Checkout,
        Member::Webhook,
        Member::Qr,
        Member::Settlement,
        Member::Payment,
        Member::SecondPayment,
        Member::ThirdPayment,
    ];
    let mut processes = Processes::start(&members).await;
    let addresses = INSTANCES.map(|member| processes.address(member));
    let mut roads = Vec::new();
    for address in addresses {
        roads.push(Road::to(address).await);
    }
    let urls = |addresses: Vec<SocketAddr>| {
        addresses.iter().map(|address| format!("http://{address}")).collect::<Vec<_>>().join(",")
    };
    let all = urls(addresses.to_vec());
    processes.start_with(Member::Wallet, &[("KVITT_WALLET_PAYMENT_URL", &all)]);
    let all = urls(roads.iter().map(|road| road.address).collect());
    processes.start_with(Member::Gateway, &[("KVITT_GATEWAY_PAYMENT_URL", &all)]);
    processes.healthy().await;
    for address in &addresses[..3] {
        serves(*address).await;
    }
    (processes, roads)
}

/// How much went over each of these roads while some payments lived, in percent.
async fn parts(roads: &[Road], callers: &mut Callers) -> Vec<u64> {
    let before: Vec<u64> = roads.iter().map(Road::bytes).collect();
    callers.proceed(PAYMENTS).await;
    let went: Vec<u64> = roads.iter().zip(before).map(|(road, before)| road.bytes() - before).collect();
    went.iter().map(|bytes| 100 * bytes / went.iter().sum::<u64>().max(1)).collect()
}

/// What goes over the last road now, in percent.
async fn added_part(roads: &[Road], callers: &Callers) -> u64 {
    let before: Vec<u64> = roads.iter().map(Road::bytes).collect();
    let lived = callers.lived();
    tokio::time::sleep(WINDOW).await;
    let went: Vec<u64> = roads.iter().zip(before).map(|(road, before)| road.bytes() - before).collect();
    let added = went.last().expect("there are roads");
    // A window in which hardly anything happened says nothing.
    if callers.lived() < lived + 5 { 0 } else { 100 * added / went.iter().sum::<u64>().max(1) }
}

/// The road to an instance, on which requests are counted by their bytes. Where nobody listens at its end, it ends.
struct Road {
    address: SocketAddr,
    bytes: Arc<AtomicU64>,
    _running: JoinSet<()>,
}

impl Road {
    async fn to(instance: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port can be bound");
        let address = listener.local_addr().expect("it has an address");
        let bytes = Arc::<AtomicU64>::default();
        let mut running = JoinSet::new();
        let counted = Arc::clone(&bytes);
        running.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((near, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                connections.spawn(async move {
                    if let Ok(far) = TcpStream::connect(instance).await {
                        carry(near, far, &counted).await;
                    }
                });
            }
        });
        Self { address, bytes, _running: running }
    }

    fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }
}

/// Carries bytes until either end is closed.
async fn carry(near: TcpStream, far: TcpStream, counted: &AtomicU64) {
    // Loopback connections that live can be told so.
    near.set_nodelay(true).and(far.set_nodelay(true)).ok();
    let ((mut from, mut back), (mut answers, mut to)) = (near.into_split(), far.into_split());
    let there = async {
        let mut buffer = vec![0; 64 * 1024];
        while let Ok(read @ 1..) = from.read(&mut buffer).await {
            counted.fetch_add(read as u64, Ordering::Relaxed);
            if to.write_all(&buffer[..read]).await.is_err() {
                return;
            }
        }
    };
    tokio::select! {
        () = there => {}
        _ = tokio::io::copy(&mut answers, &mut back) => {}
    }
}
