//! Merchants who never repeat a request: one error ends them, and the test.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kvitt_tests::requests::{fresh_reference, web_redirect};
use kvitt_tests::{Answer, Shop};
use tokio::task::JoinSet;

const AMOUNT_MINOR: i64 = 3_330;
const GIVE_UP: Duration = Duration::from_secs(300);

/// What is in front of the gateways: it hands each request to one that is ready.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    gateways: Arc<[(Shop, AtomicBool)]>,
    next: Arc<AtomicUsize>,
}

impl Edge {
    /// The same unit's system, in front of each of these gateways, all of which are ready.
    pub(crate) fn of(shops: Vec<Shop>) -> Self {
        let gateways = shops.into_iter().map(|shop| (shop, AtomicBool::new(true))).collect();
        Self { gateways, next: Arc::default() }
    }

    /// Learns whether a gateway is ready.
    pub(crate) fn note(&self, gateway: usize, ready: bool) {
        self.gateways[gateway].1.store(ready, Ordering::SeqCst);
    }

    /// The system in front of a gateway that is ready; of the first one where none is.
    fn shop(&self) -> &Shop {
        let first = self.next.fetch_add(1, Ordering::Relaxed);
        let gateways = (0..self.gateways.len()).map(|n| &self.gateways[(first + n) % self.gateways.len()]);
        let ready = gateways.into_iter().find(|(_, ready)| ready.load(Ordering::SeqCst));
        &ready.unwrap_or(&self.gateways[0]).0
    }

    /// Asks for one thing; the error is what was answered instead.
    pub(crate) async fn ask(
        &self,
        what: &str,
        request: impl AsyncFnOnce(&Shop) -> Answer,
    ) -> Result<(), String> {
        let answer = request(self.shop()).await;
        if answer.status < 300 {
            Ok(())
        } else {
            Err(format!("not {what}: {} {}", answer.status, answer.text))
        }
    }
}

/// Merchants, each of whom lives through one payment after another and asks for everything once.
pub(crate) struct Callers {
    running: JoinSet<Result<(), String>>,
    lived: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
}

impl Callers {
    /// So many of them, who do `live` again and again.
    pub(crate) fn start<F>(
        edge: &Edge,
        callers: usize,
        live: impl Fn(Edge) -> F + Clone + Send + 'static,
    ) -> Self
    where
        F: Future<Output = Result<(), String>> + Send,
    {
        let (lived, enough) = (Arc::<AtomicU64>::default(), Arc::<AtomicBool>::default());
        let mut running = JoinSet::new();
        for _ in 0..callers {
            let (edge, lived, enough) = (edge.clone(), Arc::clone(&lived), Arc::clone(&enough));
            let live = live.clone();
            running.spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    live(edge.clone()).await?;
                    lived.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            });
        }
        Self { running, lived, enough }
    }

    /// How many payments have been lived through.
    pub(crate) fn lived(&self) -> u64 {
        self.lived.load(Ordering::SeqCst)
    }

    /// Waits until so many more payments have been lived through.
    pub(crate) async fn proceed(&mut self, payments: u64) {
        let (goal, begun) = (self.lived() + payments, Instant::now());
        while self.lived() < goal {
            self.nobody_heard_an_error();
            assert!(begun.elapsed() < GIVE_UP, "nobody is answered any more");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// A caller never ends before it is told, but for an error.
    pub(crate) fn nobody_heard_an_error(&mut self) {
        if let Some(ended) = self.running.try_join_next() {
            panic!("a caller has ended: {:?}", ended.expect("it does not panic"));
        }
    }

    /// Lets every caller finish the payment at hand; answers how many there were.
    pub(crate) async fn finish(mut self) -> u64 {
        self.enough.store(true, Ordering::SeqCst);
        while let Some(ended) = self.running.join_next().await {
            ended.expect("it does not panic").expect("nobody hears an error");
        }
        self.lived()
    }
}

/// A payment from its creation to its capture.
pub(crate) async fn pay(edge: Edge) -> Result<(), String> {
    pay_for(&edge, &fresh_reference()).await
}

/// The same, under this reference.
pub(crate) async fn pay_for(edge: &Edge, reference: &str) -> Result<(), String> {
    let wanted = |shop: &Shop| web_redirect(reference, &shop.keys.currency, AMOUNT_MINOR);
    edge.ask("created", async |shop| shop.create(&wanted(shop)).await).await?;
    edge.ask("approved", async |shop| shop.approve(reference, &shop.phone).await).await?;
    edge.ask("captured", async |shop| shop.capture(reference, AMOUNT_MINOR).await).await
}

/// What the payer has paid when so many payments have been lived through.
pub(crate) fn paid(payments: u64) -> i64 {
    AMOUNT_MINOR * i64::try_from(payments).expect("some thousands")
}
