//! `kvitt bench settlement`: how fast what was captured is posted, closed and paid out, what the files of a large settlement cost
//! in time and memory, and whether the ledgers keep up with the engine. The services are processes of their own.

use std::{
    fmt,
    time::{Duration, Instant},
};

use anyhow::{Context as _, bail, ensure};
use chrono::{NaiveDate, TimeDelta};
use kvitt_payment::bench::Bench;
use kvitt_proto::{
    sandbox::v1::{
        AdvanceClockRequest, advance_clock_request::Target, clock_service_client::ClockServiceClient,
    },
    settlement::v1::{
        DownloadReportRequest, ListPayoutsRequest, ReportFormat, ledger_service_client::LedgerServiceClient,
        report_service_client::ReportServiceClient,
    },
};
use kvitt_runtime::{PeerChannel, ServiceName, wall_now};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use sqlx::PgPool;
use tokio::time::sleep;

use super::{
    Ground, Server,
    figures::{mebibytes, per},
    generator, ground,
    machine::Machine,
    mesh::{Mesh, SETTLING},
    plan::{EngineAt, MeshAt, Path, Plan, Unit, Window, Work},
    proc,
    report::about,
    seed,
};

/// Of payment's log, as many as an installation has that was not asked for more.
const PARTS: u16 = 2;
/// Callers of the engine while payments are made to be settled.
const MAKERS: usize = 256;
/// How long anything may take that is waited for.
const LIMIT: Duration = Duration::from_secs(900);
const LOOK_AGAIN: Duration = Duration::from_millis(5);
/// Over every weekend and holiday, to where the money is there.
const PAID_BY: i64 = 10;
/// A unit that is not among those of the load.
const LARGE: &str = "799999";
const FORMATS: [(&str, ReportFormat); 4] = [
    ("XLSX", ReportFormat::SettlementXlsx),
    ("CSV", ReportFormat::SettlementCsv),
    ("XML", ReportFormat::ClassicXml),
    ("PDF", ReportFormat::ClassicPdf),
];

/// The options of `kvitt bench settlement`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Settlement {
    /// Payments that are made; what is captured of them is posted, closed and paid out. 800,000 have a million entries.
    #[arg(long, default_value_t = 800_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    payments: u64,
    /// Sales units that they are spread over.
    #[arg(long, default_value_t = 1000, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=10_000))]
    units: u32,
    /// Captures of the large settlement.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    rows: u64,
    /// Callers while the ledgers keep up.
    #[arg(long, default_value_t = 64, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=4096))]
    callers: u16,
    /// How long they call.
    #[arg(long, default_value_t = 60, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Prints the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// What a file cost.
#[derive(Clone, Debug, Serialize)]
struct File {
    format: &'static str,
    seconds: f64,
    mebibytes: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    command: String,
    machine: Machine,
    postgresql: ground::Description,
    entries: i64,
    units: u32,
    /// From the first event that is read to the last entry.
    posting_s: f64,
    /// From the advance of the clock until every payout was executed.
    closing_s: f64,
    payouts: i64,
    rows: u64,
    files: Vec<File>,
    files_s: f64,
    /// KiB resident at most, since the service was started.
    peak_kib: u64,
    callers: u16,
    commands_per_s: f64,
    /// From the last answer until everything was posted.
    lag_s: f64,
}

/// Everything that is measured.
struct Scene {
    ground: Ground,
    mesh: Mesh,
    at: MeshAt,
    units: Vec<Unit>,
    payment: PgPool,
    settlement: PgPool,
}

/// Measures and prints; false when an aim is missed.
pub(crate) async fn run(options: &Settlement) -> anyhow::Result<bool> {
    let ground = Ground::open(options.server.clone()).await?;
    let (machine, postgresql) = (Machine::describe(ground.data()), ground.description().await?);
    eprintln!("making {} payments", options.payments);
    make(&ground, options).await?;
    let scene = Scene::set(ground, options.units).await?;
    let (posting, entries) = scene.post().await?;
    let (closing, payouts) = scene.close().await?;
    eprintln!("filling a ledger with {} captures", options.rows);
    let dates = scene.fill(options.rows).await?;
    let mut files = Vec::new();
    for (name, format) in FORMATS {
        files.push(scene.download(name, format, dates).await?);
    }
    let peak_kib = scene.peak_kib()?;
    let (commands_per_s, lag) = scene.keep_up(options).await?;
    scene.mesh.stop().await?;
    scene.payment.close().await;
    scene.settlement.close().await;
    scene.ground.close().await?;
    let report = Report {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        machine,
        postgresql,
        entries,
        units: options.units,
        posting_s: posting.as_secs_f64(),
        closing_s: closing.as_secs_f64(),
        payouts,
        rows: options.rows,
        files_s: files.iter().map(|file| file.seconds).sum(),
        files,
        peak_kib,
        callers: options.callers,
        commands_per_s,
        lag_s: lag.as_secs_f64(),
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    let settled = closing < Duration::from_secs(60);
    let written = report.files_s < 60.0 && mebibytes(report.peak_kib) < 300.0;
    Ok(settled && written && report.lag_s < 2.0)
}

/// Lets the engine make payments in the database that the service will find.
async fn make(ground: &Ground, options: &Settlement) -> anyhow::Result<()> {
    let database = ground.create_database("payment").await?;
    Bench::open(&database, PARTS).await.map_err(anyhow::Error::from_boxed)?.close().await;
    let plan = Plan {
        path: Path::Engine,
        callers: MAKERS,
        work: Work::Count { payments: options.payments },
        run: "settled".to_owned(),
        engine: Some(EngineAt { database_url: database.expose_secret().to_owned(), parts: PARTS }),
        mesh: None,
        units: seed::bare_units(options.units),
    };
    let watched = proc::Watched { postmaster: ground.postmaster(), others: Vec::new() };
    let made = generator::observe(&plan, &watched, None).await?.outcome;
    ensure!(made.failures == 0, "{} commands were not done: {:?}", made.failures, made.first_failure);
    // The engine's own acquirer has heard of them; the one behind the service would have to hear of them all again.
    let payment = PgPool::connect(database.expose_secret()).await?;
    sqlx::query(ALL_CLEARED).execute(&payment).await.context("could not say that all is cleared")?;
    payment.close().await;
    Ok(())
}

impl Scene {
    async fn set(ground: Ground, units: u32) -> anyhow::Result<Self> {
        eprintln!("starting the services, and making {units} sales units");
        let mut mesh = Mesh::start(&ground, PARTS, &SETTLING).await?;
        let (at, units) = seed::seed(&mesh, units).await?;
        seed::unit(&mesh, LARGE).await?;
        let open = async |name| {
            let url = ground.database_url(name)?;
            anyhow::Ok(PgPool::connect(url.expose_secret()).await?)
        };
        // What payment itself makes of its log is done as payments are made, and not beside the posting.
        let payment = open("payment").await?;
        reach(&payment, "SELECT sum(pos)::bigint FROM transaction_cursors", &payment).await?;
        mesh.start_also(&ground, ServiceName::Settlement).await?;
        let settlement = open("settlement").await?;
        Ok(Self { ground, mesh, at, units, payment, settlement })
    }

    fn peer(&self, name: ServiceName, to: std::net::SocketAddr) -> anyhow::Result<PeerChannel> {
        self.mesh.identity(name)?.peer(&format!("http://{to}")).map_err(anyhow::Error::from_boxed)
    }

    fn peak_kib(&self) -> anyhow::Result<u64> {
        let process = self.mesh.process(ServiceName::Settlement).context("the service settlement runs")?;
        proc::memory_kib(process, "VmHWM").context("the memory of the service can be read")
    }

    /// Waits until the ledgers have everything that is in payment's log.
    async fn posted(&self) -> anyhow::Result<()> {
        reach(&self.payment, "SELECT sum(position)::bigint FROM feed_cursors", &self.settlement).await
    }

    /// How long posting all takes, and how many entries that made.
    async fn post(&self) -> anyhow::Result<(Duration, i64)> {
        eprintln!("posting");
        let begun = Instant::now();
        self.posted().await?;
        let took = begun.elapsed();
        let entries = "SELECT coalesce(sum(funds_seq + fees_seq), 0)::bigint FROM ledgers";
        let entries: i64 = sqlx::query_scalar(entries).fetch_one(&self.settlement).await?;
        ensure!(entries > 0, "nothing was posted");
        Ok((took, entries))
    }

    /// How long the way to the last executed payout takes, and how many payouts that were.
    async fn close(&self) -> anyhow::Result<(Duration, i64)> {
        eprintln!("closing, and paying out");
        let begun = Instant::now();
        let mut clock =
            ClockServiceClient::new(self.peer(ServiceName::Launcher, self.mesh.addresses.access)?);
        let by = prost_types::Duration { seconds: TimeDelta::days(PAID_BY).num_seconds(), nanos: 0 };
        let mut request = tonic::Request::new(AdvanceClockRequest { target: Some(Target::By(by)) });
        request.set_timeout(LIMIT);
        clock.advance_clock(request).await?;
        let took = begun.elapsed();
        let paid: (i64, i64) = sqlx::query_as(
            "SELECT count(*) FILTER (WHERE state = 2), count(*) FROM payouts WHERE ask_at IS NULL",
        )
        .fetch_one(&self.settlement)
        .await?;
        ensure!(paid.0 > 0 && paid.0 == paid.1, "{} of {} payouts were executed", paid.0, paid.1);
        Ok((took, paid.0))
    }

    /// A unit with one settlement of so many captures; its dates.
    async fn fill(&self, rows: u64) -> anyhow::Result<NaiveDate> {
        let date = wall_now().date_naive() - TimeDelta::days(30);
        let (count, at) = (i64::try_from(rows)?, wall_now() - TimeDelta::days(30));
        for statement in [FILL_LEDGER, FILL_TRANSFERS, FILL_CLOSING, FILL_PAYOUT] {
            let fill = sqlx::query(statement).bind(LARGE).bind(count).bind(at).bind(date);
            fill.execute(&self.settlement).await.context("could not fill the ledger")?;
        }
        for settle in ["VACUUM ANALYZE transfers", "VACUUM ANALYZE payouts", "CHECKPOINT"] {
            sqlx::query(settle).execute(&self.settlement).await?;
        }
        let mut ledgers =
            LedgerServiceClient::new(self.peer(ServiceName::Launcher, self.mesh.addresses.settlement)?);
        let request = ListPayoutsRequest { msn: LARGE.to_owned(), page_size: 1, page_token: String::new() };
        let payouts = ledgers.list_payouts(request).await?.into_inner().payouts;
        ensure!(payouts.len() == 1, "the ledger that was filled has no payout");
        Ok(date)
    }

    async fn download(
        &self,
        name: &'static str,
        format: ReportFormat,
        date: NaiveDate,
    ) -> anyhow::Result<File> {
        eprintln!("downloading {name}");
        let channel = self.peer(ServiceName::Launcher, self.mesh.addresses.settlement)?;
        let request = DownloadReportRequest {
            msns: vec![LARGE.to_owned()],
            from_date: date.to_string(),
            to_date: date.to_string(),
            format: format.into(),
            ..DownloadReportRequest::default()
        };
        let begun = Instant::now();
        let mut request = tonic::Request::new(request);
        request.set_timeout(LIMIT);
        let mut pieces = ReportServiceClient::new(channel).download_report(request).await?.into_inner();
        let mut bytes = 0;
        while let Some(piece) = pieces.message().await? {
            bytes += piece.piece.len();
        }
        let kib = u64::try_from(bytes)? / 1024;
        Ok(File { format: name, seconds: begun.elapsed().as_secs_f64(), mebibytes: mebibytes(kib) })
    }

    /// How many commands a second the platform does meanwhile, and how long after the last one everything is posted.
    async fn keep_up(&self, options: &Settlement) -> anyhow::Result<(f64, Duration)> {
        eprintln!("{} callers for {} s", options.callers, options.seconds);
        let plan = Plan {
            path: Path::Grpc,
            callers: options.callers.into(),
            work: Work::Lives(Window { warmup_ms: 0, measured_ms: options.seconds * 1000 }),
            run: "kept".to_owned(),
            engine: None,
            mesh: Some(self.at.clone()),
            units: self.units.clone(),
        };
        let outcome = generator::observe(&plan, &self.mesh.watched(&self.ground), None).await?.outcome;
        ensure!(
            outcome.failures == 0,
            "{} commands were not done: {:?}",
            outcome.failures,
            outcome.first_failure
        );
        let begun = Instant::now();
        self.posted().await?;
        Ok((per(outcome.commands * 1_000_000, outcome.window_us), begun.elapsed()))
    }
}

/// Waits until what this query counts in that database is all that is in payment's log.
async fn reach(payment: &PgPool, query: &'static str, database: &PgPool) -> anyhow::Result<()> {
    let begun = Instant::now();
    let last: i64 =
        sqlx::query_scalar("SELECT sum(next_pos - 1)::bigint FROM log_head").fetch_one(payment).await?;
    loop {
        let reached: Option<i64> = sqlx::query_scalar(query).fetch_one(database).await?;
        let reached = reached.unwrap_or_default();
        if reached >= last {
            return Ok(());
        }
        if begun.elapsed() > LIMIT {
            bail!("{} events are not dealt with", last - reached);
        }
        sleep(LOOK_AGAIN).await;
    }
}

const ALL_CLEARED: &str = "\
INSERT INTO clearing_cursors (part, pos) SELECT part, next_pos - 1 FROM log_head
ON CONFLICT (part) DO UPDATE SET pos = EXCLUDED.pos";

/// Captures of 100 with a fee of 2.50 each, then what the end of the date brings.
const FILL_LEDGER: &str = "\
INSERT INTO ledgers (msn, market, currency, vm_number, opened_on, closed_through, closes_at, last_number, funds_seq,
    funds_balance_minor, fees_seq, fees_balance_minor, payouts_balance_minor, next_payout_number, paid_through)
SELECT $1, 'NO', 'NOK', false, $4, $4, timestamptz '2999-01-01T00:00:00Z', 2 * $2::bigint + 2, $2::bigint + 2, 0, $2::bigint + 1, 0,
    9750 * $2::bigint, 2000002, $4
WHERE $3::timestamptz IS NOT NULL";

const FILL_TRANSFERS: &str = "\
INSERT INTO transfers (msn, number, entry_type, debit, credit, amount_minor, funds_seq, funds_after_minor, fees_seq,
    fees_after_minor, psp_reference, reference, occurred_at, ledger_date, source)
SELECT $1, 2 * n - 1 + side, CASE side WHEN 0 THEN 1 ELSE 3 END, CASE side WHEN 0 THEN 4 ELSE 2 END,
    CASE side WHEN 0 THEN 1 ELSE 5 END, CASE side WHEN 0 THEN 10000 ELSE 250 END, CASE side WHEN 0 THEN n END,
    CASE side WHEN 0 THEN n * 10000 END, CASE side WHEN 1 THEN n END, CASE side WHEN 1 THEN n * -250 END, source::text,
    'order-' || n, $3, $4, source
FROM (SELECT n, gen_random_uuid() AS source FROM generate_series(1, $2::bigint) AS n) AS captures,
    generate_series(0, 1) AS side";

const FILL_CLOSING: &str = "\
INSERT INTO transfers (msn, number, entry_type, debit, credit, amount_minor, funds_seq, funds_after_minor, fees_seq,
    fees_after_minor, psp_reference, reference, occurred_at, ledger_date, source)
VALUES ($1, 2 * $2::bigint + 1, 5, 1, 2, 250 * $2::bigint, $2::bigint + 1, 9750 * $2::bigint, $2::bigint + 1, 0,
        $1 || '01-retained', '', $3, $4, gen_random_uuid()),
    ($1, 2 * $2::bigint + 2, 7, 1, 3, 9750 * $2::bigint, $2::bigint + 2, 0, NULL, NULL, $1 || '01-2000001', 'Utb. 2000001', $3, $4,
        gen_random_uuid())";

const FILL_PAYOUT: &str = "\
INSERT INTO payouts (msn, payout_number, from_date, to_date, amount_minor, currency, reference, account_scheme, account_id,
    value_date, scheduled_at, state, ended_at, sales_unit_name, product, gross, organization_name, organization_number, address,
    post_code, city, country_code)
VALUES ($1, 2000001, $4, $4, 9750 * $2::bigint, 'NOK', 'Utb. 2000001', 'BBAN:NO', '86011117947', $4, $3, 2, $3, 'Kasse',
    'Vipps Netthandel', false, 'Rekorddagen AS', '910000012', 'Storgata 1', '0155', 'Oslo', 'NO')";

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, entries, units, posting_s, closing_s, payouts, rows, files_s, .. } = self;
        let Self { callers, commands_per_s, lag_s, .. } = self;
        writeln!(f, "\n{command}")?;
        about(f, &self.machine, &self.postgresql)?;
        writeln!(
            f,
            "\n{entries} entries of {units} sales units posted in {posting_s:.1} s, closed and paid out in {payouts} payouts \
             in {closing_s:.1} s (aim: under 60 s)."
        )?;
        write!(f, "A settlement of {rows} captures in {files_s:.1} s (aim: under 60 s):")?;
        for File { format, seconds, mebibytes } in &self.files {
            write!(f, " {format} {mebibytes:.0} MiB in {seconds:.1} s;")?;
        }
        writeln!(f, " at most {:.0} MiB resident (aim: under 300).", mebibytes(self.peak_kib))?;
        writeln!(
            f,
            "After {callers} callers, {commands_per_s:.0} commands a second, everything was posted {lag_s:.2} s after the \
             last answer (aim: under 2 s)."
        )
    }
}
