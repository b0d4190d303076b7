//! A small mesh: an `access` that holds its keys in memory, and a service that answers what it is told to.

pub(crate) mod access;
pub(crate) mod echo;

use std::net::SocketAddr;

use kvitt_runtime::{Health, RunError, Service};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;
use tonic::service::Routes;

/// A service that runs until it is dropped.
pub(crate) struct Running {
    pub(crate) address: SocketAddr,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    pub(crate) ended: JoinHandle<Result<(), RunError>>,
}

impl Running {
    pub(crate) async fn of(service: Service, routes: Routes) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        Self::start_on(listener, service, routes)
    }

    pub(crate) fn start_on(listener: TcpListener, service: Service, routes: Routes) -> Self {
        let address = listener.local_addr().unwrap();
        let (health, shutdown) = (Health::new(), CancellationToken::new());
        let serving = kvitt_runtime::serve(service, listener, routes, health.clone(), shutdown.clone());
        Self { address, health, shutdown, ended: tokio::spawn(serving) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.shutdown.cancel();
    }
}
