//! What merchants are told while the service that tells them is killed again and again, by a receiver that refuses every
//! other try. `KVITT_EVENTS` says how many events, `KVITT_SEED` repeats a course of the merchants.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::sync::Mutex;
use std::time::{Duration, Instant};

use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::{Answer, Received, Receiver, Reply, Shop};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::load::Load;
use crate::processes::{number, say, seed, units};

/// Enough that every part of it happens; docs/reliability.md has the figures of more.
const EVENTS: u64 = 600;
/// Few enough that the service, which loses its work every two seconds, keeps up with what they cause.
const CALLERS: usize = 16;
/// How long the service lives.
const LIFE: Duration = Duration::from_secs(2);
/// How long everything may take that is still to be told, once the merchants are done.
const LONGEST: Duration = Duration::from_secs(1_800);
/// Payments that are read at the same time.
const READERS: usize = 32;
const TYPES: [&str; 8] =
    ["created", "authorized", "captured", "refunded", "cancelled", "aborted", "expired", "terminated"];

#[tokio::test(flavor = "multi_thread")]
async fn every_event_is_told_in_order_by_a_service_that_is_killed_to_a_receiver_that_fails() {
    let _alone = crate::alone().await;
    let events = number("KVITT_EVENTS").unwrap_or(EVENTS);
    let seed = seed();
    say(&format!("webhooks: {events} events with KVITT_SEED={seed:#x}"));
    let mut processes = Processes::start(&Member::ALL_ONCE).await;
    let units = units(&processes, &[Member::Gateway]).await;
    let receiver = Receiver::start(every_other(seed)).await;
    for shop in units.iter().flatten() {
        register(shop, &receiver).await;
    }
    let mut load = Load::start(&units, CALLERS, "hook", seed);
    let (begun, mut kills) = (Instant::now(), 0);
    while distinct(&receiver) < events {
        assert!(begun.elapsed() < LONGEST, "the merchants stand still");
        load.nobody_gave_up();
        tokio::time::sleep(LIFE).await;
        kill(&mut processes, &mut kills).await;
    }
    let journal = load.finish().await;
    let shops: Vec<&Shop> = units.iter().flatten().collect();
    let expected = all_told(&mut processes, (&shops, &receiver), &mut kills).await;
    let told = receiver.received();
    let verdict = Verdict::on(&expected, &told, &shops).await;
    assert!(verdict.is_good(), "KVITT_SEED={seed:#x}: {verdict:#?}\n{}", processes.logs());
    processes.stop().await;
    say(&format!(
        "webhooks: KVITT_SEED={seed:#x}; {} events of {} payments in {} tries, {} of them refused, {kills} kills in {} s; 0 \
         missing, 0 out of order, {} told twice, each after a try that a kill cut off",
        expected.values().map(Vec::len).sum::<usize>(),
        journal.payments().len(),
        told.len(),
        told.iter().filter(|one| !one.is_taken()).count(),
        begun.elapsed().as_secs(),
        verdict.repeated,
    ));
}

/// Refuses every other try of each event, in one of several ways, after the first coin was thrown.
fn every_other(seed: u64) -> impl Fn(&Received) -> Reply + Send + Sync {
    let tries: Mutex<HashMap<String, u64>> = Mutex::default();
    move |received| {
        let event = received.text("pspReference");
        let number = {
            let mut tries = tries.lock().expect("nobody panics here");
            let number = tries.entry(event.clone()).or_default();
            *number += 1;
            *number
        };
        let mut hasher = DefaultHasher::new();
        (seed, event, number).hash(&mut hasher);
        match hasher.finish() % 16 {
            0..=7 => Reply::Status(200),
            8..=11 => Reply::Status(500),
            12 => Reply::Redirect("http://127.0.0.1:9/".to_owned()),
            13 => Reply::Status(404),
            _ => Reply::Reset,
        }
    }
}

async fn register(shop: &Shop, receiver: &Receiver) {
    let events: Vec<String> = TYPES.iter().map(|name| format!("epayments.payment.{name}.v1")).collect();
    let body = json!({"url": receiver.url("/hooks"), "events": events});
    Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&body)).await.is(201);
}

async fn kill(processes: &mut Processes, kills: &mut u32) {
    processes.kill(&[Member::Webhook]).await;
    processes.restart(Member::Webhook, None);
    *kills += 1;
}

/// The events that were told at least once.
fn distinct(receiver: &Receiver) -> u64 {
    let events: HashSet<String> = receiver.received().iter().map(|one| one.text("pspReference")).collect();
    events.len() as u64
}

/// Waits until all has been told, moving time over the pauses of the schedule; answers what happened, by payment.
async fn all_told(
    processes: &mut Processes,
    (shops, receiver): (&[&Shop], &Receiver),
    kills: &mut u32,
) -> BTreeMap<String, Vec<String>> {
    let begun = Instant::now();
    loop {
        tell_on(processes, (shops[0], receiver), kills).await;
        // Asking for every payment takes long, so it is done when nothing has come for a while.
        let expected = happened(shops, receiver).await;
        let taken = taken(receiver);
        let missing = expected.values().flatten().filter(|event| !taken.contains(*event)).count();
        if missing == 0 {
            return expected;
        }
        assert!(begun.elapsed() < LONGEST, "{missing} events are not told\n{}", processes.logs());
        say(&format!(
            "webhooks: {missing} events are still to be told after {} s",
            begun.elapsed().as_secs()
        ));
    }
}

/// Kills and moves time on until nothing more is told.
async fn tell_on(processes: &mut Processes, (shop, receiver): (&Shop, &Receiver), kills: &mut u32) {
    let mut quiet = 0;
    while quiet < 3 {
        let before = taken(receiver).len();
        kill(processes, kills).await;
        processes.healthy().await;
        tokio::time::sleep(LIFE).await;
        let advance = json!({"advance": "61m"});
        let request = shop.request(Method::POST, "/kvitt/v1/clock").json(&advance);
        // While the service comes back nobody can move time; then the next round does.
        drop(request.send().await);
        tokio::time::sleep(LIFE).await;
        quiet = if taken(receiver).len() > before { 0 } else { quiet + 1 };
    }
}

/// The events that a receiver has taken.
fn taken(receiver: &Receiver) -> HashSet<String> {
    let received = receiver.received();
    received.iter().filter(|one| one.is_taken()).map(|one| one.text("pspReference")).collect()
}

/// What happened to each payment, by the platform's own word: the ids of its events, in order.
async fn happened(shops: &[&Shop], receiver: &Receiver) -> BTreeMap<String, Vec<String>> {
    let mut payments: BTreeMap<String, &Shop> = BTreeMap::new();
    for one in receiver.received() {
        let msn = one.text("msn");
        let shop = shops.iter().find(|shop| shop.keys.msn == msn).expect("it is told of its own payments");
        payments.insert(one.text("reference"), shop);
    }
    let (mut happened, mut reading) = (BTreeMap::new(), JoinSet::new());
    for (reference, shop) in payments {
        if reading.len() == READERS {
            happened.extend(reading.join_next().await.map(|read| read.expect("nobody panics")));
        }
        let shop = shop.clone();
        reading.spawn(async move {
            let events = shop.events(&reference).await;
            let id = |event: &Value| event["pspReference"].as_str().expect("an id").to_owned();
            (reference, events.iter().map(id).collect::<Vec<_>>())
        });
    }
    happened.extend(reading.join_all().await);
    happened
}

/// What is wrong with what was told.
#[derive(Debug, Default)]
struct Verdict {
    missing: Vec<String>,
    out_of_order: Vec<String>,
    /// Told again although the receiver had taken it and no try of it was cut off.
    doubled: Vec<String>,
    /// Told again after a try that was cut off.
    repeated: usize,
}

impl Verdict {
    async fn on(expected: &BTreeMap<String, Vec<String>>, told: &[Received], shops: &[&Shop]) -> Self {
        let mut verdict = Self::default();
        let mut by_payment: BTreeMap<String, Vec<&Received>> = BTreeMap::new();
        for one in told {
            by_payment.entry(one.text("reference")).or_default().push(one);
        }
        for (reference, events) in expected {
            let told = by_payment.remove(reference).unwrap_or_default();
            // An event may come when all before it have been taken, and not earlier.
            let mut taken: HashSet<String> = HashSet::new();
            for one in &told {
                let event = one.text("pspReference");
                let place = events.iter().position(|known| *known == event);
                let earlier = place.map_or(&events[..0], |place| &events[..place]);
                if place.is_none() || earlier.iter().any(|event| !taken.contains(event)) {
                    verdict.out_of_order.push(format!("{reference}: {event}"));
                }
                if taken.contains(&event) {
                    if was_cut_off(shops, one).await {
                        verdict.repeated += 1;
                    } else {
                        verdict.doubled.push(format!("{reference}: {event}"));
                    }
                }
                if one.is_taken() {
                    taken.insert(event);
                }
            }
            let missing = events.iter().filter(|event| !taken.contains(*event));
            verdict.missing.extend(missing.map(|event| format!("{reference}: {event}")));
        }
        verdict
    }

    fn is_good(&self) -> bool {
        self.missing.is_empty() && self.out_of_order.is_empty() && self.doubled.is_empty()
    }
}

/// Whether the log of the delivery has a try that nobody saw the end of.
async fn was_cut_off(shops: &[&Shop], received: &Received) -> bool {
    let (msn, event) = (received.text("msn"), received.text("pspReference"));
    let shop = shops.iter().find(|shop| shop.keys.msn == msn).expect("it is told of its own payments");
    let path = format!("/kvitt/v1/deliveries?reference={}", received.text("reference"));
    let listed = shop.get(&path).await.is(200).clone();
    let deliveries = listed["deliveries"].as_array().cloned().unwrap_or_default();
    let own = deliveries.iter().find(|one| one["eventId"] == event).expect("every delivery is in the log");
    let path = format!("/kvitt/v1/deliveries/{}", own["deliveryId"].as_str().expect("an id"));
    let delivery = shop.get(&path).await.is(200).clone();
    let attempts = delivery["attempts"].as_array().cloned().unwrap_or_default();
    attempts.iter().any(|attempt: &Value| attempt["outcome"] == "INTERRUPTED")
}
