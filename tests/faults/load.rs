//! Merchants at work: each lives through one payment after another, and repeats every request under its key until it has
//! a final answer, whatever becomes of the platform meanwhile.

use std::sync::Arc;
use std::time::{Duration, Instant};

use kvitt_tests::requests::{modification, web_redirect};
use kvitt_tests::{Answer, Shop};
use reqwest::{Method, RequestBuilder};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::chance::Chance;
use crate::journal::{Journal, Told, Wish};

/// A request that nobody answers is like one whose connection broke.
const ANSWER_LIMIT: Duration = Duration::from_secs(15);
/// What the acquirer did not answer is asked again after 30 s, and the attempt after that comes later still.
const GIVE_UP: Duration = Duration::from_secs(300);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);
/// Requests on their way at the same time.
const AT_ONCE: usize = 32;

/// Merchants at work.
#[derive(Debug)]
pub(crate) struct Load {
    callers: JoinSet<()>,
    journal: Journal,
    enough: CancellationToken,
}

/// The systems of one sales unit, each in front of another gateway.
pub(crate) type Unit = Vec<Shop>;

/// One of the merchants, of one unit. Every request goes through any of its gateways.
#[derive(Clone, Debug)]
struct Caller {
    unit: usize,
    shops: Arc<[Unit]>,
    journal: Journal,
    /// Who waits for another try does not keep others from theirs.
    at_once: Arc<Semaphore>,
}

impl Load {
    /// Starts so many callers, whose course depends on the seed alone. References begin with `name`.
    pub(crate) fn start(units: &[Unit], callers: usize, name: &str, seed: u64) -> Self {
        let (journal, enough) = (Journal::default(), CancellationToken::new());
        let (shops, at_once): (Arc<[Unit]>, _) = (units.into(), Arc::new(Semaphore::new(AT_ONCE)));
        let mut running = JoinSet::new();
        for number in 0..callers {
            let (shops, at_once) = (Arc::clone(&shops), Arc::clone(&at_once));
            let caller = Caller { unit: number % units.len(), shops, journal: journal.clone(), at_once };
            let (caller, enough, name) = (Arc::new(caller), enough.clone(), format!("{name}-{number}"));
            running.spawn(async move {
                let mut chance = Chance::branch(seed, number as u64);
                for payment in 0.. {
                    if enough.is_cancelled() {
                        return;
                    }
                    Arc::clone(&caller).live(&format!("{name}-{payment}"), &mut chance).await;
                }
            });
        }
        Self { callers: running, journal, enough }
    }

    /// Waits until so many more commands have been answered.
    pub(crate) async fn proceed(&mut self, commands: u64) {
        let goal = self.journal.answered() + commands;
        let begun = Instant::now();
        while self.journal.answered() < goal {
            self.nobody_gave_up();
            assert!(begun.elapsed() < GIVE_UP, "nobody is answered any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A caller never ends before it is told; if one has, it says why here.
    pub(crate) fn nobody_gave_up(&mut self) {
        if let Some(ended) = self.callers.try_join_next() {
            ended.expect("a caller gave up");
        }
    }

    /// Lets every caller finish the payment at hand, and answers what they wrote.
    pub(crate) async fn finish(self) -> Journal {
        self.enough.cancel();
        self.callers.join_all().await;
        self.journal
    }
}

impl Caller {
    /// Amounts are whole multiples of ten øre, of which none means anything to the simulated acquirer.
    async fn live(self: Arc<Self>, reference: &str, chance: &mut Chance) {
        let tens = |chance: &mut Chance, most: i64| {
            let most = u64::try_from(most / 10).expect("amounts are positive");
            10 * (1 + i64::try_from(chance.below(most)).expect("below an amount"))
        };
        let amount = 3_000 + tens(chance, 100_000);
        self.ask(reference, "create", Wish::Create(amount), chance).await;
        if chance.once_in(12) {
            self.ask(reference, "cancel", Wish::Cancel, chance).await;
            return;
        }
        self.ask(reference, "approve", Wish::Approve, chance).await;

        let parts: Vec<i64> = (0..chance.below(4)).map(|_| tens(chance, amount / 4)).collect();
        let captured: i64 = parts.iter().sum();
        Arc::clone(&self).ask_all(reference, "capture", parts.into_iter().map(Wish::Capture), chance).await;
        if chance.once_in(10) {
            let too_much = Wish::Capture(amount - captured + 10);
            self.ask(reference, "capture-too-much", too_much, chance).await;
        }
        if captured > 0 && chance.once_in(3) {
            let part = tens(chance, captured);
            self.ask(reference, "refund-1", Wish::Refund(part), chance).await;
            if part < captured && chance.once_in(2) {
                self.ask(reference, "refund-2", Wish::Refund(captured - part), chance).await;
            }
        }
        if captured < amount && !chance.once_in(4) {
            self.ask(reference, "cancel", Wish::Cancel, chance).await;
        }
    }

    /// Asks for all at once.
    async fn ask_all(
        self: Arc<Self>,
        reference: &str,
        name: &str,
        wishes: impl Iterator<Item = Wish>,
        chance: &mut Chance,
    ) {
        let mut asking = JoinSet::new();
        for (number, wish) in wishes.enumerate() {
            let (caller, reference, name) =
                (Arc::clone(&self), reference.to_owned(), format!("{name}-{number}"));
            let mut chance = Chance::new(chance.next());
            asking.spawn(async move { caller.ask(&reference, &name, wish, &mut chance).await });
        }
        asking.join_all().await;
    }

    /// Asks until there is a final answer, and sometimes once more, to be told the same.
    async fn ask(&self, reference: &str, name: &str, wish: Wish, chance: &mut Chance) {
        let key = format!("{reference}-{name}");
        let number = self.journal.intend(self.unit, reference, &key, wish);
        self.answered(number, (reference, &key), wish, chance).await;
        // An approval has no key; another one is another attempt.
        if wish != Wish::Approve && chance.once_in(4) {
            self.answered(number, (reference, &key), wish, chance).await;
        }
    }

    async fn answered(&self, number: usize, (reference, key): (&str, &str), wish: Wish, chance: &mut Chance) {
        let begun = Instant::now();
        let mut pause = Duration::from_millis(5);
        loop {
            let shop = chance.pick(&self.shops[self.unit]);
            let place = self.at_once.acquire().await.expect("nobody closes it");
            let times = self.journal.send(number);
            let answer = Answer::try_of(request(&shop, reference, key, wish).timeout(ANSWER_LIMIT)).await;
            drop(place);
            if let Some(answer) = answer.as_ref().filter(|answer| is_final(answer)) {
                return self.journal.tell(number, told(answer, wish, times));
            }
            assert!(begun.elapsed() < GIVE_UP, "{key} has no answer after {times} times: {answer:?}");
            tokio::time::sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }
}

fn request(shop: &Shop, reference: &str, key: &str, wish: Wish) -> RequestBuilder {
    let path = |verb: &str| format!("/epayment/v1/payments/{reference}/{verb}");
    let currency = &shop.keys.currency;
    match wish {
        Wish::Create(minor) => {
            shop.post_request("/epayment/v1/payments", key, &web_redirect(reference, currency, minor))
        }
        Wish::Approve => {
            let path = format!("/epayment/v1/test/payments/{reference}/approve");
            let body = json!({"customer": {"phoneNumber": shop.phone}});
            shop.request(Method::POST, &path).json(&body)
        }
        Wish::Capture(minor) => shop.post_request(&path("capture"), key, &modification(currency, minor)),
        Wish::Refund(minor) => shop.post_request(&path("refund"), key, &modification(currency, minor)),
        Wish::Cancel => shop.post_request(&path("cancel"), key, &json!({})),
    }
}

/// A 5xx says nothing about the outcome, like no answer at all; locked and overloaded mean later.
fn is_final(answer: &Answer) -> bool {
    answer.status < 500 && ![423, 429].contains(&answer.status)
}

/// An approval that nobody answered may have come about; the next attempt then hears that it is there already.
fn told(answer: &Answer, wish: Wish, times: u32) -> Told {
    if wish == Wish::Approve && times > 1 && answer.code() == Some("6230") {
        return Told::of(&Answer { status: 200, text: "{}".to_owned(), ..answer.clone() });
    }
    Told::of(answer)
}
