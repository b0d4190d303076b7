//! What the names mean changes while calls are made.

use std::io;

use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;
use tonic_health::pb::health_check_response::ServingStatus::{self, NotServing, Serving};
use tonic_health::pb::health_client::HealthClient;
use tonic_health::pb::{HealthCheckRequest, HealthCheckResponse};

use super::*;
use crate::process::Process;
use crate::{Health, Service, ServiceName, Verifier, serve};

/// Longer than anything here should take.
const LONG: Duration = Duration::from_secs(10);

/// A service that says whether it serves, by which the tests tell two of them apart.
struct Instance {
    address: SocketAddr,
    health: Health,
    shutdown: CancellationToken,
}

impl Instance {
    async fn start(serving: bool) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, health, shutdown) =
            (listener.local_addr().unwrap(), Health::new(), CancellationToken::new());
        health.set_serving(serving);
        let service = Service {
            name: ServiceName::Payment,
            verifier: Verifier::remote(Channel::new("http://127.0.0.1:1", None).unwrap()),
            open_prefixes: &[],
            process: Process::default(),
        };
        tokio::spawn(serve(service, listener, Routes::default(), health.clone(), shutdown.clone()));
        Self { address, health, shutdown }
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}

/// A channel, and what its name means.
struct Name {
    means: watch::Sender<io::Result<Vec<SocketAddr>>>,
    channel: Channel,
}

impl Name {
    fn of(instances: &[&Instance]) -> Self {
        let means = watch::Sender::new(Ok(Vec::new()));
        let targets = Target::list("http://payment.test:5003", None).unwrap();
        let source = Source::Told(means.subscribe());
        let channel = Channel::from_source(targets.into_iter().map(Arc::new).collect(), source);
        let name = Self { means, channel };
        name.now(Ok(instances));
        name
    }

    fn now(&self, instances: io::Result<&[&Instance]>) {
        let means = instances.map(|instances| instances.iter().map(|instance| instance.address).collect());
        drop(self.means.send_replace(means));
        self.channel.shared.signals.look_up.notify_one();
    }

    fn client(&self) -> HealthClient<Channel> {
        HealthClient::new(self.channel.clone())
    }

    async fn ask(&self) -> Result<ServingStatus, Status> {
        let answer = self.client().check(HealthCheckRequest::default()).await?;
        Ok(answer.into_inner().status())
    }

    /// Asks until all of these have answered.
    async fn until(&self, mut expected: Vec<ServingStatus>) {
        let asking = async {
            while !expected.is_empty() {
                let answer = self.ask().await.unwrap();
                expected.retain(|expected| *expected != answer);
            }
        };
        tokio::time::timeout(LONG, asking).await.unwrap();
    }

    async fn only(&self, expected: ServingStatus) {
        for _ in 0..50 {
            assert_eq!(self.ask().await.unwrap(), expected);
        }
    }
}

#[tokio::test]
async fn calls_go_where_the_name_leads_now() {
    let (serving, other) = (Instance::start(true).await, Instance::start(false).await);
    let name = Name::of(&[&serving]);
    name.only(Serving).await;
    name.now(Ok(&[&serving, &other]));
    name.until(vec![Serving, NotServing]).await;
    name.now(Ok(&[&other]));
    let gone = async {
        while name.channel.shared.set().instances.len() > 1 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(LONG, gone).await.unwrap();
    name.only(NotServing).await;
}

#[tokio::test]
async fn a_lookup_that_fails_or_finds_nothing_changes_nothing() {
    let serving = Instance::start(true).await;
    let name = Name::of(&[&serving]);
    name.only(Serving).await;
    for means in [Ok(&[][..]), Err(io::ErrorKind::TimedOut.into())] {
        let looked_up = || name.channel.shared.set().looked_up_at;
        let before = looked_up();
        name.now(means);
        let again = async {
            while looked_up() == before {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, again).await.unwrap();
        name.only(Serving).await;
    }
}

#[tokio::test]
async fn a_name_that_means_nothing_is_told_as_unreachable_until_it_means_something() {
    let name = Name::of(&[]);
    assert_eq!(name.ask().await.unwrap_err().code(), tonic::Code::Unavailable);
    let serving = Instance::start(true).await;
    name.now(Ok(&[&serving]));
    name.only(Serving).await;
}

#[tokio::test]
async fn a_stream_to_an_address_that_is_gone_from_the_name_goes_on() {
    let (serving, other) = (Instance::start(true).await, Instance::start(false).await);
    let name = Name::of(&[&serving]);
    let mut stream = name.client().watch(HealthCheckRequest::default()).await.unwrap().into_inner();
    let told = |told: Option<HealthCheckResponse>| told.unwrap().status();
    assert_eq!(told(stream.message().await.unwrap()), Serving);
    name.now(Ok(&[&other]));
    name.until(vec![NotServing]).await;
    serving.health.set_serving(false);
    assert_eq!(told(stream.message().await.unwrap()), NotServing);
}

#[tokio::test]
async fn when_the_last_instance_goes_the_name_is_looked_up_before_a_call_fails() {
    let (first, second) = (Instance::start(true).await, Instance::start(false).await);
    let name = Name::of(&[&first]);
    name.only(Serving).await;
    drop(name.means.send_replace(Ok(vec![second.address])));
    drop(first);
    name.until(vec![NotServing]).await;
}
