//! Several `payment` processes behind one gateway, which balances its calls over them. Merchants do not notice that one of
//! them is killed, nor that another one comes, but for what the new one takes off the others.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::requests::{fresh_reference, web_redirect};
use kvitt_tests::{Answer, Shop};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

use crate::compare::{balance, settled};
use crate::processes::{assert_durable, say};

const CALLERS: u64 = 64;
/// Payments that live from creation to capture before, between and after what happens.
const PAYMENTS: u64 = 200;
const AMOUNT_MINOR: i64 = 3_330;

const INSTANCES: [Member; 4] =
    [Member::Payment, Member::SecondPayment, Member::ThirdPayment, Member::FourthPayment];

/// An instance that is added has its part of the calls in this time at the latest.
const PART_LIMIT: Duration = Duration::from_secs(10);
/// The part is looked at over so long.
const WINDOW: Duration = Duration::from_millis(500);
/// Processes start slowly where many others run.
const START_LIMIT: Duration = Duration::from_secs(60);
const GIVE_UP: Duration = Duration::from_secs(300);

#[tokio::test(flavor = "multi_thread")]
async fn callers_hear_no_error_when_one_of_three_payment_instances_is_killed_and_another_one_added() {
    let _alone = crate::alone().await;
    let (mut processes, roads) = start().await;
    assert_durable(&processes).await;
    let before = balance(&processes).await;
    let mut load = Load::start(&processes.shop(Member::Gateway, "full").await);
    load.proceed().await;
    let parts = parts(&roads[..3], &mut load).await;
    assert!(parts.iter().all(|part| *part > 15), "three have a part of the calls each: {parts:?} %");

    processes.kill(&[Member::SecondPayment]).await;
    load.proceed().await;

    processes.restart(Member::FourthPayment, None);
    serves(processes.address(Member::FourthPayment)).await;
    let begun = Instant::now();
    let part = loop {
        let part = added_part(&roads, &load).await;
        assert!(begun.elapsed() < PART_LIMIT, "the new one has {part} % of the calls\n{}", processes.logs());
        // A third would be its due.
        if part > 20 {
            break part;
        }
        load.nobody_heard_an_error();
    };
    let took = begun.elapsed();
    load.proceed().await;

    let payments = load.finish().await;
    let paid = AMOUNT_MINOR * i64::try_from(payments).expect("some thousands");
    let audit = settled(&processes, before - paid).await.unwrap_or_else(|wrong| panic!("{wrong}"));
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

async fn serves(address: SocketAddr) {
    let channel = kvitt_runtime::channel(&format!("http://{address}")).expect("an address makes a URL");
    let mut health = HealthClient::new(channel);
    let asking = async {
        loop {
            let answer = health.check(HealthCheckRequest::default()).await;
            if answer.is_ok_and(|answer| answer.into_inner().status() == ServingStatus::Serving) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(START_LIMIT, asking).await.expect("the instance comes to serve");
}

/// How much went over each of these roads while some payments lived, in percent.
async fn parts(roads: &[Road], load: &mut Load) -> Vec<u64> {
    let before: Vec<u64> = roads.iter().map(Road::bytes).collect();
    load.proceed().await;
    let went: Vec<u64> = roads.iter().zip(before).map(|(road, before)| road.bytes() - before).collect();
    went.iter().map(|bytes| 100 * bytes / went.iter().sum::<u64>().max(1)).collect()
}

/// What goes over the last road now, in percent.
async fn added_part(roads: &[Road], load: &Load) -> u64 {
    let before: Vec<u64> = roads.iter().map(Road::bytes).collect();
    let lived = load.lived();
    tokio::time::sleep(WINDOW).await;
    let went: Vec<u64> = roads.iter().zip(before).map(|(road, before)| road.bytes() - before).collect();
    let added = went.last().expect("there are roads");
    // A window in which hardly anything happened says nothing.
    if load.lived() < lived + 5 { 0 } else { 100 * added / went.iter().sum::<u64>().max(1) }
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

/// Merchants, each of whom lives through one payment after another and asks for everything once.
struct Load {
    callers: JoinSet<Result<(), String>>,
    lived: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
}

impl Load {
    fn start(shop: &Shop) -> Self {
        let (lived, enough) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let mut callers = JoinSet::new();
        for _ in 0..CALLERS {
            let (shop, lived, enough) = (shop.clone(), Arc::clone(&lived), Arc::clone(&enough));
            callers.spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    live(&shop).await?;
                    lived.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            });
        }
        Self { callers, lived, enough }
    }

    fn lived(&self) -> u64 {
        self.lived.load(Ordering::SeqCst)
    }

    /// Waits until some more payments have been lived through.
    async fn proceed(&mut self) {
        let (goal, begun) = (self.lived() + PAYMENTS, Instant::now());
        while self.lived() < goal {
            self.nobody_heard_an_error();
            assert!(begun.elapsed() < GIVE_UP, "nobody is answered any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A caller never ends before it is told, but for an error.
    fn nobody_heard_an_error(&mut self) {
        if let Some(ended) = self.callers.try_join_next() {
            panic!("a caller has ended: {:?}", ended.expect("it does not panic"));
        }
    }

    /// Lets every caller finish the payment at hand; answers how many there were.
    async fn finish(mut self) -> u64 {
        self.enough.store(true, Ordering::SeqCst);
        while let Some(ended) = self.callers.join_next().await {
            ended.expect("it does not panic").expect("nobody hears an error");
        }
        self.lived()
    }
}

/// From its creation to its capture.
async fn live(shop: &Shop) -> Result<(), String> {
    let reference = fresh_reference();
    let wanted = web_redirect(&reference, &shop.keys.currency, AMOUNT_MINOR);
    good("created", &shop.create(&wanted).await)?;
    good("approved", &shop.approve(&reference, &shop.phone).await)?;
    good("captured", &shop.capture(&reference, AMOUNT_MINOR).await)
}

fn good(what: &str, answer: &Answer) -> Result<(), String> {
    if answer.status < 300 { Ok(()) } else { Err(format!("not {what}: {} {}", answer.status, answer.text)) }
}
