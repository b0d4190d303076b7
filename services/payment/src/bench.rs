//! The engine in this process, without gRPC and without peers, for `kvitt bench`: the commands are those that the
//! service submits, and the acquirer is in memory, that is, it says yes at once.
//!
//! Also what the benchmark asks of the log afterwards: how large its batches were, and whether clearing has caught up.

use chrono::{NaiveDate, TimeDelta};
use kvitt_primitives::{
    CardId, Currency, EventId, IdempotencyKey, Invalid, Money, Msn, OperationId, PayerId, PaymentId,
    Reference,
};
use kvitt_runtime::{Clock, RunError};
use secrecy::SecretString;
use sqlx::PgPool;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use crate::{
    MIGRATIONS, MOST_LANES,
    domain::{
        Agreed, Approval, Callbacks, Command, Create, Interaction, KnownPayer, Method, Request, Reserved,
        SalesUnit, Source, UserFlow,
    },
    engine::{Answer, Engine, Key, Submission},
    store,
};

pub use crate::engine::Counts;

/// The parts are opened and read with it, nothing more.
const CONNECTIONS: u32 = 2;

/// An engine on a database of its own.
#[derive(Debug)]
pub struct Bench {
    engine: Engine,
    clock: Clock,
    lanes: PgPool,
    drained: CancellationToken,
}

/// A payment to make.
#[derive(Debug, Clone)]
pub struct Order {
    msn: Msn,
    reference: Reference,
    amount: Money,
}

/// The engine did something else than it was told.
#[derive(Debug, thiserror::Error)]
#[error("{command} of {reference}: the engine answered {answer}")]
pub struct Unexpected {
    command: &'static str,
    reference: Reference,
    answer: String,
}

impl Order {
    /// A payment of so many øre.
    pub fn try_new(msn: &str, reference: &str, amount_minor: i64) -> Result<Self, Invalid> {
        let amount = Money::new(Currency::Nok, amount_minor);
        Ok(Self { msn: msn.parse()?, reference: reference.parse()?, amount })
    }
}

impl Bench {
    /// Brings the schema up to date, opens `parts` parts if there are none yet, and starts their lanes.
    pub async fn open(database_url: &SecretString, parts: u16) -> Result<Self, RunError> {
        let drained = CancellationToken::new();
        let pool =
            kvitt_postgres::connect_and_migrate(database_url, CONNECTIONS, &MIGRATIONS, &drained).await?;
        let parts = crate::open(&pool, i16::try_from(parts)?).await?;
        pool.close().await;
        let lanes = kvitt_postgres::connect_planning_once(database_url, MOST_LANES)?;
        let clock = Clock::system();
        let engine = Engine::start(&lanes, parts, &clock, &drained);
        Ok(Self { engine, clock, lanes, drained })
    }

    /// A request to pay, as a client would make it with the least it must say.
    pub async fn create(&self, order: &Order) -> Result<(), Unexpected> {
        let create = Create {
            payment_id: PaymentId::from_uuid(Uuid::now_v7()),
            // As long as the service's own.
            redirect_token: format!("{}{:019}", Uuid::new_v4().simple(), 0),
            request: request(order),
            unit: unit(),
            payer: KnownPayer::NotAsked,
            callbacks: Callbacks::Https,
        };
        let key = key("create", "", &order.reference);
        self.done("create", order, Command::Create(Box::new(create)), Some(key)).await.map(drop)
    }

    /// A payer's yes, and the acquirer's: two commands for the engine.
    pub async fn approve(&self, order: &Order) -> Result<(), Unexpected> {
        let operation = OperationId::from_uuid(Uuid::now_v7());
        let approval = Approval {
            operation,
            payer: PayerId::from_uuid(Uuid::now_v7()),
            card: CardId::from_uuid(Uuid::now_v7()),
            card_currency: None,
            source: Source::WalletCard,
            commercial_card: false,
            phone: "4799500000".parse().expect("it is 10 digits"),
            born: NaiveDate::from_ymd_opt(1980, 1, 1).expect("it is a day"),
            agreed: Agreed::default(),
        };
        let key = key("approve", order.reference.as_str(), &order.reference).hidden();
        self.done("approve", order, Command::RequestReserve(approval), Some(key)).await?;
        self.done("reserve", order, self.reserved(operation), None).await.map(drop)
    }

    /// Takes everything.
    pub async fn capture(&self, order: &Order) -> Result<(), Unexpected> {
        let key = key("capture", order.reference.as_str(), &order.reference);
        let operation = OperationId::from_uuid(Uuid::now_v7());
        let command = Command::Capture { operation, amount: Some(order.amount) };
        self.done("capture", order, command, Some(key)).await.map(drop)
    }

    /// Pays everything back: two commands for the engine.
    pub async fn refund(&self, order: &Order) -> Result<(), Unexpected> {
        let operation = OperationId::from_uuid(Uuid::now_v7());
        let key = key("refund", order.reference.as_str(), &order.reference);
        let command = Command::RequestRefund { operation, amount: Some(order.amount) };
        self.done("refund", order, command, Some(key)).await?;
        self.done("pay back", order, refunded(operation), None).await.map(drop)
    }

    /// What the lanes have done so far.
    pub fn counts(&self) -> Counts {
        self.engine.counts()
    }

    /// Ends the lanes.
    pub async fn close(self) {
        self.drained.cancel();
        self.engine.ended().await;
        self.lanes.close().await;
    }

    async fn done(
        &self,
        command: &'static str,
        order: &Order,
        submitted: Command,
        key: Option<Key>,
    ) -> Result<(), Unexpected> {
        let submission = Submission {
            msn: order.msn.clone(),
            reference: order.reference.clone(),
            command: submitted,
            event_id: EventId::from_uuid(Uuid::now_v7()),
            key,
            settles: None,
            text: None,
        };
        match self.engine.submit(submission).await {
            Answer::Done(_) => Ok(()),
            other => {
                let answer = format!("{other:?}");
                Err(Unexpected { command, reference: order.reference.clone(), answer })
            }
        }
    }

    /// The acquirer in memory makes a reservation on a Visa card.
    fn reserved(&self, operation: OperationId) -> Command {
        let guaranteed_until = self.clock.now() + TimeDelta::days(7);
        let agreed = Agreed::default();
        let reserved = Reserved { card_bin: "492556".to_owned(), guaranteed_until, agreed };
        Command::SettleReserve { operation, outcome: Ok(reserved) }
    }
}

fn refunded(operation: OperationId) -> Command {
    Command::SettleRefund { operation, outcome: Ok(()) }
}

fn key(operation: &str, scope: &str, request: &Reference) -> Key {
    let key: IdempotencyKey = Uuid::new_v4().to_string().parse().expect("a UUID is 36 printable characters");
    Key::new(operation, scope, &key, request.as_str().as_bytes())
}

fn request(order: &Order) -> Request {
    Request {
        msn: order.msn.clone(),
        reference: order.reference.clone(),
        amount: order.amount,
        method: Method::Wallet,
        blocks_commercial_cards: false,
        user_flow: UserFlow::WebRedirect,
        customer: None,
        return_url: Some("https://shop.example/return".to_owned()),
        description: None,
        metadata: std::collections::BTreeMap::new(),
        expires_at: None,
        minimum_user_age: None,
        interaction: Interaction::NotPresent,
        scope: None,
        qr: None,
        receipt: None,
        receipt_url: None,
        airline: None,
        terms_of_sale_url: None,
        privacy_policy_url: None,
        shipping: None,
        card_passthrough: None,
        ecom: None,
        payment_link: None,
        capture_on_approval: false,
        vm_number: None,
        external_id: None,
    }
}

fn unit() -> SalesUnit {
    SalesUnit {
        currency: Currency::Nok,
        active: true,
        takes_payments: true,
        account_verified: true,
        partial_capture: true,
        push_message: false,
        long_living: false,
        nin_scope: false,
        late_capture: false,
        express: false,
        direct_capture: false,
        vm_number: false,
    }
}

/// Where each part of the log ends.
#[derive(Debug, Clone, Default)]
pub struct Positions(Vec<(i16, i64)>);

/// What was written to the log.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: i64,
    /// Batches that wrote them: each takes one instant for all its rows.
    pub batches: i64,
}

/// Where the log ends now.
pub async fn positions(pool: &PgPool) -> Result<Positions, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let heads = store::heads::all(&mut connection).await?;
    Ok(Positions(heads.into_iter().map(|head| (head.part, head.next_pos)).collect()))
}

/// What was written between two looks.
pub async fn written(pool: &PgPool, from: &Positions, to: &Positions) -> Result<Written, sqlx::Error> {
    let mut connection = pool.acquire().await?;
    let mut written = Written::default();
    for (part, end) in &to.0 {
        let begin = from.0.iter().find(|(known, _)| known == part).map_or(1, |(_, begin)| *begin);
        let (rows, batches) = store::bench::written(&mut connection, *part, begin, *end).await?;
        written.rows += rows;
        written.batches += batches;
    }
    Ok(written)
}

/// How many rows of the log the acquirer may not have been told of yet.
pub async fn uncleared(pool: &PgPool) -> Result<i64, sqlx::Error> {
    store::bench::uncleared(&mut *pool.acquire().await?).await
}

#[cfg(test)]
mod tests {
    use kvitt_testing::TestServer;

    use super::*;

    #[tokio::test]
    async fn a_whole_life_is_as_many_rows_as_commands_and_the_audit_of_it_is_clean() {
        let server = TestServer::shared().await;
        let name = format!("bench_{}", Uuid::new_v4().simple());
        let url = server.create_database(&name).await.unwrap();
        let bench = Bench::open(&url, 2).await.unwrap();
        let pool = kvitt_postgres::connect(&url, 2).unwrap();
        let begin = positions(&pool).await.unwrap();
        for (number, msn) in ["700000", "700001", "700002"].into_iter().enumerate() {
            let order = Order::try_new(msn, &format!("reference-{number}"), 49_900).unwrap();
            bench.create(&order).await.unwrap();
            bench.approve(&order).await.unwrap();
            bench.capture(&order).await.unwrap();
            bench.refund(&order).await.unwrap();
            assert!(bench.capture(&order).await.is_err(), "nothing is left to take");
        }
        let end = positions(&pool).await.unwrap();
        // Six commands that did something, and one that was refused and remembered.
        let written = written(&pool, &begin, &end).await.unwrap();
        assert_eq!((written.rows, written.batches), (21, 21));
        assert_eq!(bench.counts().commands, 21);
        assert_eq!(uncleared(&pool).await.unwrap(), 21);

        let mut snapshot = crate::audit::Snapshot::take(&pool).await.unwrap();
        let mut audit = snapshot.audit(Clock::system().now()).await.unwrap();
        let mut payments = 0;
        while let Some(page) = audit.next().await.unwrap() {
            assert_eq!(page.findings, []);
            payments += page.payments;
        }
        assert_eq!(payments, 3);
        bench.close().await;
    }
}
