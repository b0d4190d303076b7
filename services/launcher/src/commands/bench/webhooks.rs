//! `kvitt bench webhooks`: how fast merchants are told of what happens, how soon after it, and what it costs when many do not
//! answer. The services are processes of their own; the merchants' server is in this one.

mod receiver;

use std::{
    fmt,
    sync::Arc,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use kvitt_primitives::{Currency, Money};
use kvitt_proto::{
    money,
    payment::v1::{
        CreatePaymentRequest, PaymentMethodType, UserFlow, payment_service_client::PaymentServiceClient,
    },
    webhook::v1::{RegisterWebhookRequest, webhook_service_client::WebhookServiceClient},
};
use kvitt_runtime::{Channel, ServiceName, wall_now};
use serde::Serialize;
use sqlx::PgPool;
use tokio::{
    process::Command,
    task::JoinSet,
    time::{interval, sleep},
};
use tonic::Request;
use uuid::Uuid;

use super::{
    Ground, Server,
    figures::{mebibytes, per},
    ground,
    machine::Machine,
    mesh::{Mesh, TELLING},
    plan::Unit,
    proc,
    report::about,
    seed,
};
use receiver::Receiver;

const CREATED: &str = "epayments.payment.created.v1";
/// Types that nothing happens of here: registrations for those that never answer.
const NEVER: [&str; 4] = [
    "donations.agreement.amount-changed.v1",
    "donations.agreement.started.v1",
    "donations.agreement.stopped.v1",
    "donations.agreement.withdrawal-day-changed.v1",
];
/// Registrations of one type that a unit may have.
const OF_ONE_TYPE: usize = 25;
/// Callers who make payments.
const CALLERS: usize = 64;
/// How long all that was made may take to be told.
const LIMIT: Duration = Duration::from_secs(600);

/// The options of `kvitt bench webhooks`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Webhooks {
    /// How long deliveries are counted.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Events that wait when the counting begins.
    #[arg(long, default_value_t = 150_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    backlog: u64,
    /// Events a second while the delay is measured.
    #[arg(long, default_value_t = 200, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=10_000))]
    rate: u64,
    /// How long the delay is measured, without and with endpoints that never answer.
    #[arg(long, default_value_t = 30, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    delay_seconds: u64,
    /// Events that wait for a hundred endpoints that never answer.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(0..=100_000_000))]
    undelivered: u64,
    /// Sales units, each with one registration.
    #[arg(long, default_value_t = 20, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=1000))]
    units: u32,
    /// Prints the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// How soon the first byte of a delivery came after the instant of its event, which lies before the commit.
#[derive(Clone, Copy, Debug, Serialize)]
struct Delay {
    events: u64,
    p50_ms: f64,
    p99_ms: f64,
    longest_ms: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    command: String,
    machine: Machine,
    postgresql: ground::Description,
    deliveries: u64,
    seconds: f64,
    deliveries_per_s: f64,
    delay: Delay,
    undelivered: u64,
    /// KiB resident: before anything waits, and when all of it does.
    rss_before_kib: u64,
    rss_after_kib: u64,
    /// While a hundred endpoints never answer.
    delay_with_dead: Delay,
}

/// Everything that is measured.
struct Scene {
    mesh: Mesh,
    units: Arc<[Unit]>,
    payments: PaymentServiceClient<Channel>,
    receiver: Receiver,
    webhook: u32,
}

/// Measures and prints; false when an aim is missed.
pub(crate) async fn run(options: &Webhooks) -> anyhow::Result<bool> {
    let ground = Ground::open(options.server.clone()).await?;
    let (machine, postgresql) = (Machine::describe(ground.data()), ground.description().await?);
    let scene = Scene::set(&ground, options).await?;
    let (deliveries, elapsed) = scene.drain(options).await?;
    eprintln!("measuring the delay of {} events a second", options.rate);
    let delay = scene.delay(options).await?;
    let rss_before_kib = scene.rss_kib()?;
    scene.bury(&ground, options.undelivered).await?;
    eprintln!(
        "measuring the delay while {} events wait for endpoints that never answer",
        options.undelivered
    );
    let delay_with_dead = scene.delay(options).await?;
    let rss_after_kib = scene.rss_kib()?;
    scene.mesh.stop().await?;
    ground.close().await?;
    let seconds = elapsed.as_secs_f64();
    let report = Report {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        machine,
        postgresql,
        deliveries,
        seconds,
        deliveries_per_s: per(deliveries * 1000, u64::try_from(elapsed.as_millis())?),
        delay,
        undelivered: options.undelivered,
        rss_before_kib,
        rss_after_kib,
        delay_with_dead,
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    Ok(report.deliveries_per_s >= 1_500.0 && report.delay.p99_ms < 100.0)
}

impl Scene {
    async fn set(ground: &Ground, options: &Webhooks) -> anyhow::Result<Self> {
        eprintln!("starting the services, and making {} sales units", options.units);
        let mesh = Mesh::start(ground, 1, &TELLING).await?;
        let (_, units) = seed::seed(&mesh, options.units).await?;
        let channel =
            |address| kvitt_runtime::channel(&format!("http://{address}")).map_err(anyhow::Error::from_boxed);
        let webhook = mesh.process(ServiceName::Webhook).context("the service webhook runs")?;
        let scene = Self {
            payments: PaymentServiceClient::new(channel(mesh.addresses.payment)?),
            receiver: Receiver::listen().await?,
            units: units.into(),
            webhook,
            mesh,
        };
        for (number, unit) in scene.units.iter().enumerate() {
            scene.register(unit, CREATED, scene.receiver.url(&format!("/{number}"))).await?;
        }
        Ok(scene)
    }

    async fn register(&self, unit: &Unit, event: &str, url: String) -> anyhow::Result<String> {
        let address = format!("http://{}", self.mesh.addresses.webhook);
        let channel = kvitt_runtime::channel(&address).map_err(anyhow::Error::from_boxed)?;
        let request = RegisterWebhookRequest {
            msn: unit.msn.clone(),
            url,
            events: vec![event.to_owned()],
            standard_webhooks: false,
        };
        let registered = WebhookServiceClient::new(channel).register_webhook(by(unit, request)?).await;
        Ok(registered.context("could not register")?.into_inner().webhook_id)
    }

    /// How many deliveries arrive within the time when more than enough wait, and how long that took.
    async fn drain(&self, options: &Webhooks) -> anyhow::Result<(u64, Duration)> {
        eprintln!("making {} events while nobody is told", options.backlog);
        signal("-STOP", self.webhook).await?;
        self.make(options.backlog).await?;
        signal("-CONT", self.webhook).await?;
        eprintln!("counting deliveries for {} s", options.seconds);
        let begun = Instant::now();
        // The time until the first one is that of taking up work again; what is measured is how it goes on.
        while self.receiver.count() == 0 {
            ensure!(begun.elapsed() < LIMIT, "nobody is told");
            sleep(Duration::from_millis(1)).await;
        }
        let begun = Instant::now();
        let mut count = 0;
        while begun.elapsed().as_secs() < options.seconds && count < options.backlog {
            sleep(Duration::from_millis(1)).await;
            count = self.receiver.count();
        }
        let counted = (count, begun.elapsed());
        self.all_told(options.backlog).await?;
        Ok(counted)
    }

    async fn all_told(&self, events: u64) -> anyhow::Result<()> {
        let begun = Instant::now();
        while self.receiver.count() < events {
            if begun.elapsed() > LIMIT {
                bail!("only {} of {events} events were told", self.receiver.count());
            }
            sleep(Duration::from_millis(10)).await;
        }
        Ok(())
    }

    /// How late deliveries are when events come at an even pace.
    async fn delay(&self, options: &Webhooks) -> anyhow::Result<Delay> {
        self.receiver.forget();
        let events = options.rate * options.delay_seconds;
        let mut pace = interval(Duration::from_secs(1) / u32::try_from(options.rate).unwrap_or(u32::MAX));
        let mut running = JoinSet::new();
        for number in 0..events {
            pace.tick().await;
            running.spawn(create(self.payments.clone(), Arc::clone(&self.units), number));
            while let Some(done) = running.try_join_next() {
                done??;
            }
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        self.all_told(events).await?;
        let [p50_ms, p99_ms, longest_ms] = self.receiver.delays_ms();
        Ok(Delay { events, p50_ms, p99_ms, longest_ms })
    }

    /// Makes payments, and so as many events.
    async fn make(&self, events: u64) -> anyhow::Result<()> {
        let mut running = JoinSet::new();
        for caller in 0..CALLERS as u64 {
            let (payments, units) = (self.payments.clone(), Arc::clone(&self.units));
            running.spawn(async move {
                for number in (caller..events).step_by(CALLERS) {
                    create(payments.clone(), Arc::clone(&units), number).await?;
                }
                anyhow::Ok(())
            });
        }
        while let Some(done) = running.join_next().await {
            done??;
        }
        Ok(())
    }

    /// Lets so many events wait for a hundred endpoints that take connections and never answer.
    async fn bury(&self, ground: &Ground, events: u64) -> anyhow::Result<()> {
        let unit = self.units.first().context("there is a unit")?;
        let silent = receiver::silence().await?;
        let mut endpoints = Vec::new();
        for event in NEVER {
            for number in 0..OF_ONE_TYPE {
                let url = format!("http://{silent}/{number}");
                endpoints.push(self.register(unit, event, url).await?.parse::<Uuid>()?);
            }
        }
        eprintln!("filling the table with {events} events for them");
        let pool =
            PgPool::connect(secrecy::ExposeSecret::expose_secret(&ground.database_url("webhook")?)).await?;
        let each = i64::try_from(events)? / i64::try_from(endpoints.len())?;
        for endpoint in endpoints {
            let fill = sqlx::query(FILL).bind(&unit.msn).bind(endpoint).bind(each).bind(wall_now());
            fill.execute(&pool).await.context("could not fill the table")?;
        }
        // What is measured is what waits, not how it got there.
        for settle in ["VACUUM ANALYZE deliveries", "CHECKPOINT"] {
            sqlx::query(settle).execute(&pool).await.context("could not settle the table")?;
        }
        pool.close().await;
        Ok(())
    }

    fn rss_kib(&self) -> anyhow::Result<u64> {
        proc::memory_kib(self.webhook, "VmRSS").context("the memory of the service can be read")
    }
}

/// Events of as many payments, all due.
const FILL: &str = "\
INSERT INTO deliveries (msn, endpoint_id, reference, number, delivery_id, kind, url, event_type, event_id, body, incomplete,
    occurred_at, created_at, state, began_at, failures, attempts, next_at)
SELECT $1, $2, 'waiting-' || n, 1, gen_random_uuid(), 1, r.url, r.events[1], gen_random_uuid(), repeat('x', 300), false,
    $4, $4, 1, $4, 0, 0, $4
FROM generate_series(1, $3::bigint) AS n, registrations r
WHERE r.webhook_id = $2";

/// With the unit's own token.
pub(super) fn by<T>(unit: &Unit, message: T) -> anyhow::Result<Request<T>> {
    let mut request = Request::new(message);
    let bearer = format!("Bearer {}", unit.token).parse().context("a token is not ASCII")?;
    request.metadata_mut().insert("authorization", bearer);
    Ok(request)
}

async fn create(
    mut payments: PaymentServiceClient<Channel>,
    units: Arc<[Unit]>,
    number: u64,
) -> anyhow::Result<()> {
    let unit = &units[usize::try_from(number)? % units.len()];
    let request = CreatePaymentRequest {
        msn: unit.msn.clone(),
        idempotency_key: Uuid::new_v4().to_string(),
        reference: Uuid::new_v4().to_string(),
        amount: Some(money::to_proto(Money::new(Currency::Nok, 10_000))),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::WebRedirect.into(),
        return_url: "https://shop.example/return".to_owned(),
        ..CreatePaymentRequest::default()
    };
    payments.create_payment(by(unit, request)?).await.context("could not make a payment")?;
    Ok(())
}

async fn signal(signal: &str, process: u32) -> anyhow::Result<()> {
    let sent =
        Command::new("/bin/sh").args(["-c", "kill \"$0\" \"$1\"", signal, &process.to_string()]).status();
    ensure!(sent.await?.success(), "could not send a signal");
    Ok(())
}

impl fmt::Display for Delay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { events, p50_ms, p99_ms, longest_ms } = self;
        write!(f, "p50 {p50_ms:.1} ms, p99 {p99_ms:.1} ms, longest {longest_ms:.0} ms of {events} events")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, deliveries, seconds, deliveries_per_s, .. } = self;
        let Self { undelivered, rss_before_kib, rss_after_kib, .. } = self;
        writeln!(f, "\n{command}")?;
        about(f, &self.machine, &self.postgresql)?;
        writeln!(
            f,
            "\n{deliveries} deliveries in {seconds:.0} s: {deliveries_per_s:.0} a second (aim 1500)."
        )?;
        writeln!(f, "From the event to the first byte: {} (aim: p99 under 100 ms).", self.delay)?;
        writeln!(
            f,
            "{undelivered} events waiting for 100 endpoints that never answer: {:.0} MiB resident, {:.0} before.",
            mebibytes(*rss_after_kib),
            mebibytes(*rss_before_kib)
        )?;
        writeln!(f, "Meanwhile, to those that do: {}.", self.delay_with_dead)
    }
}
