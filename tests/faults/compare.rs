//! The journal beside the platform's own books.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

use kvitt_proto::wallet::v1::{FindPayerRequest, ListCardsRequest};
use kvitt_tests::Shop;
use kvitt_tests::processes::Processes;
use serde_json::Value;
use tokio::task::JoinSet;

use crate::journal::{Intent, Journal, Wish, sums};
use crate::load::Unit;

/// Payments that are read at the same time.
const READERS: usize = 16;
/// Clearing waits up to 10 s after a failure, and what the acquirer did not answer up to 30 s and then as long again.
const SETTLED_LIMIT: Duration = Duration::from_secs(180);
const PAUSE: Duration = Duration::from_millis(100);

/// What the platform has of the journal.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) payments: usize,
    /// Answered commands without an effect.
    pub(crate) lost: Vec<String>,
    /// Keys with more than one effect, and effects that nobody asked for.
    pub(crate) doubled: Vec<String>,
    /// Anything else that differs.
    pub(crate) wrong: Vec<String>,
    /// Money that the payer does not have any more.
    pub(crate) paid: i64,
}

impl Verdict {
    /// Reads every payment of the journal through its first gateway.
    pub(crate) async fn on(units: &[Unit], journal: &Journal) -> Self {
        let mut verdict = Self { wrong: journal.changed(), ..Self::default() };
        let mut reading = JoinSet::new();
        for (reference, intents) in journal.payments() {
            if reading.len() == READERS {
                let read: Self = reading.join_next().await.expect("somebody reads").expect("nobody panics");
                verdict.add(read);
            }
            let shop = units[intents[0].unit][0].clone();
            reading.spawn(async move { Self::on_payment(&shop, &reference, &intents).await });
        }
        reading.join_all().await.into_iter().for_each(|read| verdict.add(read));
        verdict
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.payments += other.payments;
        self.lost.extend(other.lost);
        self.doubled.extend(other.doubled);
        self.wrong.extend(other.wrong);
        self.paid += other.paid;
    }

    pub(crate) fn is_good(&self) -> bool {
        self.lost.is_empty() && self.doubled.is_empty() && self.wrong.is_empty()
    }

    async fn on_payment(shop: &Shop, reference: &str, intents: &[Intent]) -> Self {
        let mut verdict = Self { payments: 1, ..Self::default() };
        let expected = sums(intents);
        verdict.paid = expected[0] - expected[2] - expected[3];
        if intents.iter().all(|intent| intent.wish != Wish::Approve) {
            verdict.paid = 0;
        }
        let found = shop.sums(reference).await;
        if found != expected {
            verdict.wrong.push(format!("{reference} has the sums {found:?} and not {expected:?}"));
        }
        verdict.compare_events(reference, intents, &shop.events(reference).await);
        verdict
    }

    fn compare_events(&mut self, reference: &str, intents: &[Intent], events: &[Value]) {
        let mut effects = BTreeMap::<Effect, usize>::new();
        for event in events {
            *effects.entry(Effect::of_event(event)).or_default() += 1;
        }
        let mut asked = BTreeSet::new();
        for intent in intents {
            let Some(told) = &intent.told else {
                self.wrong.push(format!("{intent:?} was never answered"));
                continue;
            };
            if told.is_done() != is_allowed(intent) {
                self.wrong.push(format!("{intent:?} was answered otherwise than the rules say"));
            }
            let effect = Effect::of_intent(intent, intents);
            match (told.is_done(), effects.get(&effect).copied().unwrap_or_default()) {
                (true, 0) => self.lost.push(format!("{intent:?} has no effect")),
                (true, 1) | (false, 0) => {}
                (_, times) => self.doubled.push(format!("{intent:?} has {times} effects")),
            }
            asked.insert(effect);
        }
        let unasked = effects.keys().filter(|effect| !asked.contains(effect));
        self.doubled
            .extend(unasked.map(|effect| format!("{reference} has {effect:?}, for which nobody asked")));
    }
}

/// One event, as far as a merchant can recognise it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Effect {
    name: String,
    minor: i64,
    /// None for an approval, which has no key.
    key: Option<String>,
}

impl Effect {
    fn of_event(event: &Value) -> Self {
        let name = event["name"].as_str().expect("an event has a name").to_owned();
        let minor = event["amount"]["value"].as_i64().expect("an amount is a number");
        Self { name, minor, key: event["idempotencyKey"].as_str().map(str::to_owned) }
    }

    fn of_intent(intent: &Intent, all: &[Intent]) -> Self {
        let amount = all.iter().find_map(|intent| match intent.wish {
            Wish::Create(minor) => Some(minor),
            _ => None,
        });
        let amount = amount.expect("a payment is created first");
        let [authorized, captured, ..] = sums(all);
        let (name, minor) = match intent.wish {
            Wish::Create(minor) => ("CREATED", minor),
            Wish::Approve => ("AUTHORIZED", amount),
            Wish::Capture(minor) => ("CAPTURED", minor),
            Wish::Refund(minor) => ("REFUNDED", minor),
            Wish::Cancel if authorized == 0 => ("TERMINATED", amount),
            Wish::Cancel => ("CANCELLED", authorized - captured),
        };
        let key = (intent.wish != Wish::Approve).then(|| intent.key.clone());
        Self { name: name.to_owned(), minor, key }
    }
}

/// The merchants of the test ask for what they may, but for one kind of capture.
fn is_allowed(intent: &Intent) -> bool {
    !intent.key.ends_with("capture-too-much")
}

/// Free money on all cards of the payer.
pub(crate) async fn balance(processes: &Processes) -> i64 {
    let mesh = processes.operator().await;
    let request = FindPayerRequest { phone_number: processes.phone().to_owned() };
    let found = mesh.wallet().find_payer(request).await.expect("the payer is there").into_inner();
    let request = ListCardsRequest { payer_id: found.payer.expect("a payer is answered").payer_id };
    let cards = mesh.wallet().list_cards(request).await.expect("cards can be listed").into_inner().cards;
    cards.iter().filter_map(|card| card.balance.as_ref()).map(|balance| balance.amount_minor).sum()
}

/// Waits until the payer has this much, and the acquirer has heard of everything; answers what the audit says then.
pub(crate) async fn settled(processes: &Processes, expected: i64) -> Result<String, String> {
    let begun = Instant::now();
    let mut found = balance(processes).await;
    while found != expected {
        if begun.elapsed() > SETTLED_LIMIT {
            return Err(format!("the payer has {found} and not {expected}: {:?}", processes.audited().await));
        }
        tokio::time::sleep(PAUSE).await;
        found = balance(processes).await;
    }
    loop {
        let summary = processes.audited().await?;
        if summary.contains("(0 under way)") {
            return Ok(summary);
        }
        if begun.elapsed() > SETTLED_LIMIT {
            return Err(format!("something stays under way: {summary}"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}

impl std::fmt::Display for Verdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (what, lines) in [("lost", &self.lost), ("doubled", &self.doubled), ("wrong", &self.wrong)] {
            writeln!(f, "{what}: {}", lines.len())?;
            for line in lines.iter().take(SHOWN) {
                writeln!(f, "  {line}")?;
            }
        }
        Ok(())
    }
}

/// Of each kind, when a test fails.
const SHOWN: usize = 20;
