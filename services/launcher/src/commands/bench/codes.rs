//! `kvitt bench codes`: how many pictures of a code the edge hands out, what drawing one costs, and whether a million codes and
//! links slow a lookup. The services are processes of their own.

use std::{
    fmt,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use anyhow::{Context as _, ensure};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use hdrhistogram::Histogram;
use http::{Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use kvitt_proto::{
    payment::v1::QrFormat,
    qr::v1::{
        CreateMerchantRedirectRequest, GetCodeRequest, OpenPaymentLinkRequest, QrImage,
        payment_link_service_client::PaymentLinkServiceClient, qr_service_client::QrServiceClient,
        scan_service_client::ScanServiceClient,
    },
};
use kvitt_runtime::{Channel, PeerChannel, ServiceName, wall_now};
use serde::Serialize;
use sqlx::PgPool;
use tokio::{task::JoinSet, time::interval};
use uuid::Uuid;

use super::{
    Ground, Server,
    figures::per,
    ground,
    load::dial,
    machine::Machine,
    mesh::{Mesh, SCANNING},
    plan::Unit,
    report::about,
    seed,
    webhooks::by,
};

/// The longest time that is told apart, in microseconds.
const LONGEST_US: u64 = 60_000_000;

/// The options of `kvitt bench codes`.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Codes {
    /// How long pictures are counted.
    #[arg(long, default_value_t = 10, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Connections that ask for the same picture.
    #[arg(long, default_value_t = 64, value_name = "NUMBER", value_parser = clap::value_parser!(u16).range(1..=4096))]
    connections: u16,
    /// Codes whose picture is asked for once.
    #[arg(long, default_value_t = 500, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000))]
    drawn: u64,
    /// Codes, and as many links, that are there while some are looked up.
    #[arg(long, default_value_t = 1_000_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=100_000_000))]
    stored: u64,
    /// Lookups a second while they are timed.
    #[arg(long, default_value_t = 500, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    rate: u32,
    /// Lookups of each kind.
    #[arg(long, default_value_t = 10_000, value_name = "NUMBER", value_parser = clap::value_parser!(u64).range(1..=10_000_000))]
    lookups: u64,
    /// Prints the figures as JSON.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    server: Server,
}

/// How long something took.
#[derive(Clone, Copy, Debug, Serialize)]
struct Took {
    times: u64,
    p50_ms: f64,
    p99_ms: f64,
}

#[derive(Debug, Serialize)]
struct Report {
    command: String,
    machine: Machine,
    postgresql: ground::Description,
    /// Of one picture that is there already.
    pictures_per_s: f64,
    /// The first answer for a code at 1024 pixels: looked up, drawn, handed out.
    drawn: Took,
    stored: u64,
    /// Lookups a second.
    rate: u32,
    code_lookup: Took,
    link_lookup: Took,
}

/// Measures and prints; false when an aim is missed.
pub(crate) async fn run(options: &Codes) -> anyhow::Result<bool> {
    let ground = Ground::open(options.server.clone()).await?;
    let (machine, postgresql) = (Machine::describe(ground.data()), ground.description().await?);
    eprintln!("starting the services");
    let mesh = Mesh::start(&ground, 1, &SCANNING).await?;
    let (_, units) = seed::seed(&mesh, 1).await?;
    let unit = units.first().context("there is a unit")?;
    let paths = pictures(&mesh, unit, options.drawn + 1).await?;
    let (first, others) = paths.split_first().context("there is a picture")?;
    eprintln!("asking for one picture for {} s", options.seconds);
    let pictures_per_s = hand_out(mesh.addresses.gateway, first, options).await?;
    let drawn = draw(mesh.addresses.gateway, others).await?;
    eprintln!("filling the tables with {} codes and links", options.stored);
    fill(&ground, unit, options.stored).await?;
    let code_lookup = look_up_codes(&mesh, options).await?;
    let link_lookup = look_up_links(&mesh, options).await?;
    mesh.stop().await?;
    ground.close().await?;
    let report = Report {
        command: std::env::args().collect::<Vec<_>>().join(" "),
        machine,
        postgresql,
        pictures_per_s,
        drawn,
        stored: options.stored,
        rate: options.rate,
        code_lookup,
        link_lookup,
    };
    if options.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        print!("{report}");
    }
    let quick = [&report.code_lookup, &report.link_lookup].iter().all(|took| took.p99_ms < 10.0);
    Ok(report.pictures_per_s >= 2_000.0 && report.drawn.p50_ms < 5.0 && quick)
}

/// So many codes; the paths of their pictures.
async fn pictures(mesh: &Mesh, unit: &Unit, count: u64) -> anyhow::Result<Vec<String>> {
    let url = format!("http://{}", mesh.addresses.qr);
    let channel: Channel = kvitt_runtime::channel(&url).map_err(anyhow::Error::from_boxed)?;
    let mut codes = QrServiceClient::new(channel);
    let mut paths = Vec::new();
    for _ in 0..count {
        let request = CreateMerchantRedirectRequest {
            msn: unit.msn.clone(),
            id: Uuid::new_v4().to_string(),
            redirect_url: "https://shop.example/menu".to_owned(),
            ttl_seconds: None,
            image: Some(QrImage { format: QrFormat::ImagePng.into(), ..QrImage::default() }),
        };
        let made =
            codes.create_merchant_redirect(by(unit, request)?).await.context("could not make a code")?;
        let made = made.into_inner().merchant_redirect.context("a code is answered")?;
        let path = made.url.split_once("/qr-images/").context("a picture has an address")?.1;
        paths.push(format!("/qr-images/{path}"));
    }
    Ok(paths)
}

/// How often a second the same picture is handed out.
async fn hand_out(gateway: SocketAddr, path: &str, options: &Codes) -> anyhow::Result<f64> {
    let (count, begun) = (Arc::new(AtomicU64::new(0)), Instant::now());
    let until = begun + Duration::from_secs(options.seconds);
    let mut asking = JoinSet::new();
    for _ in 0..options.connections {
        let (path, count) = (path.to_owned(), Arc::clone(&count));
        asking.spawn(async move {
            let mut sender = dial(gateway).await?;
            while Instant::now() < until {
                sender.ready().await?;
                let response = sender.send_request(get(gateway, &path)?).await?;
                ensure!(response.status().is_success(), "{path}: {}", response.status());
                response.into_body().collect().await?;
                count.fetch_add(1, Ordering::Relaxed);
            }
            anyhow::Ok(())
        });
    }
    while let Some(asked) = asking.join_next().await {
        asked??;
    }
    let ms = u64::try_from(begun.elapsed().as_millis())?;
    Ok(per(count.load(Ordering::Relaxed) * 1000, ms))
}

/// How long the first answer for each of these takes, one after the other.
async fn draw(gateway: SocketAddr, paths: &[String]) -> anyhow::Result<Took> {
    let (mut times, mut sender) = (histogram()?, dial(gateway).await?);
    for path in paths {
        sender.ready().await?;
        let begun = Instant::now();
        let response = sender.send_request(get(gateway, path)?).await?;
        ensure!(response.status().is_success(), "{path}: {}", response.status());
        response.into_body().collect().await?;
        times.saturating_record(u64::try_from(begun.elapsed().as_micros())?);
    }
    Ok(Took::of(&times))
}

fn get(gateway: SocketAddr, path: &str) -> anyhow::Result<Request<Full<Bytes>>> {
    Ok(Request::get(path).header(header::HOST, gateway.to_string()).body(Full::default())?)
}

/// Numbered codes, so that each can be asked for.
const FILL_CODES: &str = "\
INSERT INTO merchant_redirects (msn, id, code, redirect_url, created_at)
SELECT $1, 'stored-' || n,
    'r' || left(translate(encode(decode(lpad(to_hex(n), 32, '0'), 'hex'), 'base64'), '+/', '-_'), 22),
    'https://shop.example/' || n, $3
FROM generate_series(1, $2::bigint) AS n";

const FILL_LINKS: &str = "\
INSERT INTO payment_links (msn, payment_link_id, token, title, description, currency, amount, automatic_capture,
    profile_scope, created_at, screening)
SELECT $1, gen_random_uuid(),
    'l' || left(translate(encode(decode(lpad(to_hex(n), 32, '0'), 'hex'), 'base64'), '+/', '-_'), 22), 'Socks', '', 'NOK',
    10000, true, '', $3, 2
FROM generate_series(1, $2::bigint) AS n";

async fn fill(ground: &Ground, unit: &Unit, stored: u64) -> anyhow::Result<()> {
    let pool = PgPool::connect(secrecy::ExposeSecret::expose_secret(&ground.database_url("qr")?)).await?;
    let (count, now) = (i64::try_from(stored)?, wall_now());
    sqlx::query(FILL_CODES).bind(&unit.msn).bind(count).bind(now).execute(&pool).await?;
    sqlx::query(FILL_LINKS).bind(&unit.msn).bind(count).bind(now).execute(&pool).await?;
    for settle in ["VACUUM ANALYZE merchant_redirects", "VACUUM ANALYZE payment_links", "CHECKPOINT"] {
        sqlx::query(settle).execute(&pool).await?;
    }
    pool.close().await;
    Ok(())
}

/// The code of this kind and number, as the tables have it.
fn code(kind: char, number: u64) -> String {
    format!("{kind}{}", URL_SAFE_NO_PAD.encode(u128::from(number).to_be_bytes()))
}

async fn look_up_codes(mesh: &Mesh, options: &Codes) -> anyhow::Result<Took> {
    let client = ScanServiceClient::new(peer(mesh, ServiceName::Gateway)?);
    look_up(options, |number| {
        let mut client = client.clone();
        async move {
            let found = client.get_code(GetCodeRequest { code: code('r', number) }).await?.into_inner();
            ensure!(found.target_url == format!("https://shop.example/{number}"), "{}", found.target_url);
            Ok(())
        }
    })
    .await
}

async fn look_up_links(mesh: &Mesh, options: &Codes) -> anyhow::Result<Took> {
    let client = PaymentLinkServiceClient::new(peer(mesh, ServiceName::Gateway)?);
    look_up(options, |number| {
        let mut client = client.clone();
        async move {
            let found = client.open_payment_link(OpenPaymentLinkRequest { token: code('l', number) }).await?;
            ensure!(found.into_inner().terms.is_some_and(|terms| terms.title == "Socks"), "another link");
            Ok(())
        }
    })
    .await
}

/// Looks numbers up that lie all over the table, at an even pace, however long one takes.
async fn look_up<F>(options: &Codes, one: impl Fn(u64) -> F) -> anyhow::Result<Took>
where
    F: Future<Output = anyhow::Result<()>> + Send + 'static,
{
    let (mut times, mut running) = (histogram()?, JoinSet::new());
    let mut pace = interval(Duration::from_secs(1) / options.rate);
    for number in 0..options.lookups {
        pace.tick().await;
        // Steps of a large prime leave no place out and none twice in a row.
        let place = number.wrapping_mul(2_654_435_761) % options.stored + 1;
        let asked = one(place);
        running.spawn(async move {
            let begun = Instant::now();
            asked.await?;
            anyhow::Ok(begun.elapsed())
        });
        while let Some(ended) = running.try_join_next() {
            record(&mut times, ended)?;
        }
    }
    while let Some(ended) = running.join_next().await {
        record(&mut times, ended)?;
    }
    Ok(Took::of(&times))
}

fn record(
    times: &mut Histogram<u64>,
    ended: Result<anyhow::Result<Duration>, tokio::task::JoinError>,
) -> anyhow::Result<()> {
    let took = ended??;
    times.saturating_record(u64::try_from(took.as_micros())?.max(1));
    Ok(())
}

fn peer(mesh: &Mesh, name: ServiceName) -> anyhow::Result<PeerChannel> {
    let url = format!("http://{}", mesh.addresses.qr);
    mesh.identity(name)?.peer(&url).map_err(anyhow::Error::from_boxed)
}

fn histogram() -> anyhow::Result<Histogram<u64>> {
    Ok(Histogram::new_with_bounds(1, LONGEST_US, 3)?)
}

impl Took {
    fn of(times: &Histogram<u64>) -> Self {
        let ms = |quantile| per(times.value_at_quantile(quantile), 1000);
        Self { times: times.len(), p50_ms: ms(0.5), p99_ms: ms(0.99) }
    }
}

impl fmt::Display for Took {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { times, p50_ms, p99_ms } = self;
        write!(f, "p50 {p50_ms:.2} ms, p99 {p99_ms:.2} ms of {times}")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { command, pictures_per_s, drawn, stored, rate, code_lookup, link_lookup, .. } = self;
        writeln!(f, "\n{command}")?;
        about(f, &self.machine, &self.postgresql)?;
        writeln!(f, "\nOne picture, handed out again and again: {pictures_per_s:.0} a second (aim 2000).")?;
        writeln!(f, "A picture of 1024 pixels that nobody has asked for before: {drawn} (aim: under 5 ms).")?;
        writeln!(f, "Lookups at the service, {rate} a second:")?;
        writeln!(f, "Among {stored} codes, one by its code: {code_lookup} (aim: p99 under 10 ms).")?;
        writeln!(f, "Among {stored} links, one by its token: {link_lookup} (aim: p99 under 10 ms).")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_numbered_code_has_the_form_of_a_real_one() {
        assert_eq!(code('r', 0), "rAAAAAAAAAAAAAAAAAAAAAA");
        assert_eq!(code('l', 1), "lAAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(code('r', u64::MAX).len(), 23);
    }
}
