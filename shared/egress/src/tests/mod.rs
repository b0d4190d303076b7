//! What the tests of this crate share: a server that counts who comes, and a road on which everybody comes to it.

mod addresses;
mod disguises;
mod lookups;
#[cfg(feature = "sandbox")]
mod receivers;
#[cfg(feature = "sandbox")]
mod request;
mod tls;

use std::future::Future;
use std::net::{IpAddr, SocketAddr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::{HeaderMap, Method};
use tokio::io::AsyncReadExt;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::connect::Road;
use crate::{Beyond, Call, Egress, Policy, Resolver};

/// An address that the policy of production allows. Nothing is ever sent there: the road of the tests is bent.
const PUBLIC: &str = "93.184.216.34";

/// All addresses that were dialled, and the one that answered for them.
pub(crate) struct Detour {
    to: SocketAddr,
    dialled: Mutex<Vec<SocketAddr>>,
}

impl Detour {
    pub(crate) fn instead_of(&self, address: SocketAddr) -> SocketAddr {
        self.dialled.lock().unwrap().push(address);
        self.to
    }

    fn dialled(&self) -> Vec<SocketAddr> {
        self.dialled.lock().unwrap().clone()
    }
}

/// A way out that ends at `to`, wherever it was to lead.
fn bent(policy: Policy, to: SocketAddr) -> (Egress, Arc<Detour>) {
    let detour = Arc::new(Detour { to, dialled: Mutex::default() });
    (Egress::new(policy).with_road(Road::Bent(Arc::clone(&detour))), detour)
}

/// A resolver with one answer for every name.
fn always(addresses: &[&str]) -> Resolver {
    let addresses: Vec<IpAddr> = addresses.iter().map(|address| ip(address)).collect();
    Resolver::given(move |_name| {
        let addresses = addresses.clone();
        async move { Ok(addresses) }
    })
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn call(url: &str) -> Call {
    Call {
        method: Method::POST,
        url: url.to_owned(),
        headers: HeaderMap::new(),
        body: b"{}".to_vec(),
        limit: Duration::from_secs(20),
        largest_answer: 64 * 1024,
        beyond: Beyond::Refuse,
    }
}

/// A server on loopback that counts its connections.
struct Receiver {
    address: SocketAddr,
    connections: Arc<AtomicUsize>,
    _tasks: JoinSet<()>,
}

impl Receiver {
    async fn start<F, D>(serve: F) -> Self
    where
        F: Fn(TcpStream) -> D + Send + 'static,
        D: Future<Output = ()> + Send + 'static,
    {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let connections = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&connections);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut served = JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                counted.fetch_add(1, Ordering::SeqCst);
                served.spawn(serve(stream));
            }
        });
        Self { address, connections, _tasks: tasks }
    }

    fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }
}

/// Reads a request to the end of its body, and gives it as it came.
async fn read_request<S: AsyncReadExt + Unpin>(stream: &mut S) -> String {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n") {
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if body.len() >= length.map_or(0, |length| length.parse().unwrap()) {
                return text;
            }
        }
        if stream.read_buf(&mut request).await.unwrap_or(0) == 0 {
            return text;
        }
    }
}
