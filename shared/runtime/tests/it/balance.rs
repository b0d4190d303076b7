//! One service, several instances: some go away, some come, and callers do not notice.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use kvitt_proto::merchant::v1::SetSalesUnitLogoRequest;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::payment::v1::TailRequest;
use kvitt_proto::payment::v1::feed_service_client::FeedServiceClient;
use kvitt_runtime::{PeerChannel, ServiceName, Verifier};
use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::task::JoinSet;
use tonic::Status;

use crate::LONG;
use crate::support::Running;
use crate::support::access::{State, mesh};
use crate::support::echo::{Echo, ask};

/// Callers at the same time.
const CALLERS: usize = 32;

/// An instance that can end like a process that is killed: from one moment to the next, with its connections.
struct Instance {
    echo: Echo,
    running: Running,
    runtime: Option<Runtime>,
}

impl Instance {
    async fn start(state: &State, listener: TcpListener) -> Self {
        let (echo, runtime) = (Echo::default(), Runtime::new().unwrap());
        // What listens belongs to the runtime that ends.
        let listener = listener.into_std().unwrap();
        let (serving, verifier) = (echo.clone(), Verifier::local(state.keys.subscribe()));
        let running = runtime.spawn(async move {
            serving.serve_on(TcpListener::from_std(listener).unwrap(), ServiceName::Merchant, verifier)
        });
        Self { running: running.await.unwrap(), echo, runtime: Some(runtime) }
    }

    fn asked(&self) -> usize {
        self.echo.asked.load(Ordering::SeqCst)
    }

    fn kill(&mut self) {
        self.runtime.take().unwrap().shutdown_background();
    }
}

impl Drop for Instance {
    /// A runtime must not be dropped where it would have to wait.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

/// Three addresses of a service.
struct Service {
    state: State,
    access: Running,
    urls: String,
    instances: Vec<Instance>,
    /// Where nobody listens yet.
    free: Vec<std::net::SocketAddr>,
}

impl Service {
    /// `here` instances of three.
    async fn start(here: usize) -> Self {
        let service = Self::start_unready(here).await;
        for instance in &service.instances {
            instance.running.health.set_serving(true);
        }
        service
    }

    /// The same, none of which has begun to serve.
    async fn start_unready(here: usize) -> Self {
        let state = State::new();
        let access = state.serve().await;
        let (mut urls, mut instances, mut free) = (Vec::new(), Vec::new(), Vec::new());
        let mut listeners = Vec::new();
        for _ in 0..3 {
            listeners.push(TcpListener::bind("127.0.0.1:0").await.unwrap());
        }
        for (number, listener) in listeners.into_iter().enumerate() {
            let address = listener.local_addr().unwrap();
            urls.push(format!("http://{address}"));
            if number < here {
                instances.push(Instance::start(&state, listener).await);
            } else {
                free.push(address);
            }
        }
        Self { state, access, urls: urls.join(","), instances, free }
    }

    /// A channel from another service to it.
    fn peer(&self, from: ServiceName) -> PeerChannel {
        mesh(&self.access, from).peer(&self.urls).unwrap()
    }

    fn client(&self) -> MerchantServiceClient<PeerChannel> {
        MerchantServiceClient::new(self.peer(ServiceName::Gateway))
    }

    /// Which instance is asked something first.
    async fn first_asked(&self) -> usize {
        let looking = async {
            loop {
                match self.instances.iter().position(|instance| instance.asked() > 0) {
                    Some(first) => return first,
                    None => tokio::task::yield_now().await,
                }
            }
        };
        tokio::time::timeout(LONG, looking).await.expect("somebody is asked")
    }

    /// Starts an instance where there is none.
    async fn add(&mut self) {
        let listener = TcpListener::bind(self.free.pop().unwrap()).await.unwrap();
        self.instances.push(Instance::start(&self.state, listener).await);
    }
}

/// Callers that go on until they are told, or hear something else than their own words.
struct Callers {
    calls: Arc<AtomicUsize>,
    enough: Arc<AtomicBool>,
    running: JoinSet<Result<(), Status>>,
}

impl Callers {
    fn start(client: &MerchantServiceClient<PeerChannel>) -> Self {
        let (calls, enough) = (Arc::<AtomicUsize>::default(), Arc::<AtomicBool>::default());
        let mut running = JoinSet::new();
        for number in 0..CALLERS {
            let (client, calls, enough) = (client.clone(), Arc::clone(&calls), Arc::clone(&enough));
            running.spawn(async move {
                while !enough.load(Ordering::SeqCst) {
                    let words = format!("caller {number}");
                    assert!(!ask(client.clone(), &words).await?.is_empty());
                    calls.fetch_add(1, Ordering::SeqCst);
                }
                Ok(())
            });
        }
        Self { calls, enough, running }
    }

    /// Waits until `enough`, while calls go on.
    async fn until(&mut self, enough: impl Fn() -> bool) {
        let before = self.calls.load(Ordering::SeqCst);
        let waiting = async {
            while !enough() || self.calls.load(Ordering::SeqCst) < before + 10 * CALLERS {
                if let Some(ended) = self.running.try_join_next() {
                    ended.unwrap().expect("no caller hears an error");
                }
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(LONG, waiting).await.expect("it comes to that");
    }

    async fn finish(self) {
        self.enough.store(true, Ordering::SeqCst);
        for ended in self.running.join_all().await {
            ended.expect("no caller hears an error");
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_instance_has_its_part_of_the_calls() {
    let service = Service::start(3).await;
    let mut callers = Callers::start(&service.client());
    callers.until(|| service.instances.iter().all(|instance| instance.asked() > 100)).await;
    callers.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_that_an_instance_was_killed() {
    let mut service = Service::start(3).await;
    let mut callers = Callers::start(&service.client());
    callers.until(|| service.instances.iter().all(|instance| instance.asked() > 20)).await;
    service.instances[0].kill();
    callers.until(|| true).await;
    service.instances[1].kill();
    callers.until(|| true).await;
    callers.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_hears_that_an_instance_drains() {
    let service = Service::start(3).await;
    let mut callers = Callers::start(&service.client());
    for instance in &service.instances[..2] {
        callers.until(|| instance.asked() > 20).await;
        instance.running.shutdown.cancel();
        callers.until(|| instance.running.ended.is_finished()).await;
    }
    callers.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_instance_that_comes_has_its_part_of_the_calls() {
    let mut service = Service::start(2).await;
    let mut callers = Callers::start(&service.client());
    callers.until(|| service.instances.iter().all(|instance| instance.asked() > 20)).await;
    service.add().await;
    callers.until(|| service.instances[2].asked() > 100).await;
    callers.finish().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_must_not_be_repeated_reaches_one_instance_only_and_is_told_as_failed() {
    let mut service = Service::start(3).await;
    let waiting = tokio::spawn({
        // Nobody else may ask for it.
        let client = MerchantServiceClient::new(service.peer(ServiceName::Launcher));
        async move { order(client, "wait").await }
    });
    let first = service.first_asked().await;
    service.instances[first].kill();
    let refused = waiting.await.unwrap().unwrap_err();
    assert_eq!(refused.code(), tonic::Code::Unavailable, "{refused}");
    assert_eq!(service.instances.iter().map(Instance::asked).sum::<usize>(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_may_be_repeated_is_asked_of_another_instance() {
    let mut service = Service::start(2).await;
    let waiting = tokio::spawn({
        let client = service.client();
        async move { ask(client, "wait").await }
    });
    let first = service.first_asked().await;
    service.instances[first].kill();
    let other = &service.instances[1 - first];
    tokio::time::timeout(LONG, other.echo.begun.notified()).await.unwrap();
    other.echo.go_on.notify_one();
    assert_eq!(waiting.await.unwrap().unwrap(), "done");
    assert_eq!(service.instances.iter().map(Instance::asked).sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_instance_cannot_do_that_has_not_begun_to_serve_is_asked_of_another_one() {
    let service = Service::start_unready(2).await;
    let mut answering = JoinSet::new();
    for instance in &service.instances {
        let echo = instance.echo.clone();
        answering.spawn(async move {
            loop {
                echo.begun.notified().await;
                echo.go_on.notify_one();
            }
        });
    }
    let refused = ask(service.client(), "wait unavailable").await.unwrap_err();
    assert_eq!((refused.code(), refused.message()), (tonic::Code::Unavailable, "as told"));
    let asked: Vec<_> = service.instances.iter().map(Instance::asked).collect();
    assert!(asked.iter().all(|asked| *asked > 0), "{asked:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_an_instance_that_drains_is_a_reason_to_ask_another_one_for_what_is_unavailable() {
    let service = Service::start(2).await;
    let waiting = tokio::spawn({
        let client = service.client();
        async move { ask(client, "wait unavailable").await }
    });
    let first = &service.instances[service.first_asked().await];
    first.running.shutdown.cancel();
    first.echo.go_on.notify_one();
    for instance in &service.instances {
        tokio::time::timeout(LONG, instance.echo.begun.notified()).await.expect("both are asked");
        instance.echo.go_on.notify_one();
    }
    let refused = waiting.await.unwrap().unwrap_err();
    assert_eq!((refused.code(), refused.message()), (tonic::Code::Unavailable, "as told"));
    assert!(refused.metadata().get("x-kvitt-not-serving").is_none());
    assert_eq!(service.instances.iter().map(Instance::asked).sum::<usize>(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn streams_spread_and_break_with_their_instance_alone() {
    let mut service = Service::start(3).await;
    let feed = FeedServiceClient::new(service.peer(ServiceName::Settlement));
    let parts = || service.instances.iter().map(Instance::asked).collect::<Vec<_>>();
    let mut streams = Vec::new();
    let opening = async {
        // Which is so as soon as all are connected, since whoever has fewer is given the next one.
        while parts().iter().any(|part| *part < 5) {
            let mut stream = feed.clone().tail(TailRequest::default()).await.unwrap().into_inner();
            stream.message().await.unwrap().expect("it begins with a message");
            streams.push(stream);
        }
    };
    tokio::time::timeout(LONG, opening).await.expect("every instance has its part");
    let parts = parts();
    service.instances[0].kill();
    let mut broken = 0;
    for stream in &mut streams {
        // Those that live have nothing to say.
        let silence = std::time::Duration::from_millis(20);
        if let Ok(ended) = tokio::time::timeout(silence, stream.message()).await {
            assert_eq!(ended.unwrap_err().code(), tonic::Code::Unavailable);
            broken += 1;
        }
    }
    assert_eq!(broken, parts[0]);
    let mut again = feed.clone().tail(TailRequest::default()).await.unwrap().into_inner();
    assert!(again.message().await.unwrap().is_some());
}

/// Sends a command that must not be sent twice.
async fn order(mut to: MerchantServiceClient<PeerChannel>, command: &str) -> Result<(), Status> {
    let request = SetSalesUnitLogoRequest { msn: command.to_owned(), ..Default::default() };
    to.set_sales_unit_logo(request).await?;
    Ok(())
}
