//! From a name to its addresses, once per call.

use std::fmt;
use std::future::Future;
use std::io;
use std::net::{IpAddr, ToSocketAddrs};
use std::pin::Pin;
use std::sync::Arc;

use tokio::sync::Semaphore;

/// How many lookups run at a time. The system's lookup holds a thread until it ends, long after its caller has given up,
/// and a hostile name server can let it wait: without a bound it would take all threads there are.
const MOST_LOOKUPS: usize = 64;

type Lookup = dyn Fn(String) -> Pin<Box<dyn Future<Output = io::Result<Vec<IpAddr>>> + Send>> + Send + Sync;

/// Who knows the addresses of a name. Whatever it says is judged.
#[derive(Clone)]
pub struct Resolver(Kind);

#[derive(Clone)]
enum Kind {
    System(Arc<Semaphore>),
    Given(Arc<Lookup>),
}

impl Resolver {
    /// The one of the operating system, which follows `/etc/hosts` and `/etc/resolv.conf`.
    pub fn system() -> Self {
        Self(Kind::System(Arc::new(Semaphore::new(MOST_LOOKUPS))))
    }

    /// One of the caller's own, for tests that want a name server to lie.
    pub fn given<F, A>(lookup: F) -> Self
    where
        F: Fn(String) -> A + Send + Sync + 'static,
        A: Future<Output = io::Result<Vec<IpAddr>>> + Send + 'static,
    {
        Self(Kind::Given(Arc::new(move |name| Box::pin(lookup(name)))))
    }

    pub(crate) async fn addresses(&self, name: &str) -> io::Result<Vec<IpAddr>> {
        match &self.0 {
            Kind::System(lookups) => system_addresses(Arc::clone(lookups), name.to_owned()).await,
            Kind::Given(lookup) => lookup(name.to_owned()).await,
        }
    }
}

async fn system_addresses(lookups: Arc<Semaphore>, name: String) -> io::Result<Vec<IpAddr>> {
    let permit = lookups.acquire_owned().await.map_err(io::Error::other)?;
    tokio::task::spawn_blocking(move || {
        // Given back when the thread is free again, not when the caller stops to wait.
        let _permit = permit;
        Ok((name.as_str(), 0).to_socket_addrs()?.map(|address| address.ip()).collect())
    })
    .await
    .map_err(io::Error::other)?
}

impl fmt::Debug for Resolver {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self.0 {
            Kind::System(_) => "Resolver::system",
            Kind::Given(_) => "Resolver::given",
        })
    }
}
