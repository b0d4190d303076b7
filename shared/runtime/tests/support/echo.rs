//! A service that does what it is told: the request's `msn` is the command, the answer's `merchant_id` what came of it. It
//! borrows an rpc that the contract lets most services call, since the layers do not care what it is for.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::merchant_service_client::MerchantServiceClient;
use kvitt_proto::merchant::v1::merchant_service_server::{MerchantService, MerchantServiceServer};
use kvitt_proto::merchant::v1::{
    ResolveSalesUnitRequest, ResolveSalesUnitResponse, SetSalesUnitLogoRequest, SetSalesUnitLogoResponse,
};
use kvitt_proto::payment::v1::feed_service_server::{FeedService, FeedServiceServer};
use kvitt_proto::payment::v1::{TailRequest, TailResponse};
use kvitt_proto::refusal;
use kvitt_runtime::{Caller, PeerChannel, Process, Service, ServiceName, Verifier, context};
use tokio::net::TcpListener;
use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_stream::StreamExt as _;
use tonic::codegen::BoxStream;
use tonic::service::Routes;
use tonic::{Request, Response, Status};

use super::Running;

#[derive(Clone, Default)]
pub(crate) struct Echo {
    /// Where `forward ...` goes.
    pub(crate) next: Option<MerchantServiceClient<PeerChannel>>,
    /// Told when `wait` has begun, and what it waits for.
    pub(crate) begun: Arc<Notify>,
    pub(crate) go_on: Arc<Notify>,
    /// How many commands have come.
    pub(crate) asked: Arc<AtomicUsize>,
}

impl Echo {
    pub(crate) async fn serve(&self, name: ServiceName, verifier: Verifier) -> Running {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        self.serve_on(listener, name, verifier)
    }

    pub(crate) fn serve_on(&self, listener: TcpListener, name: ServiceName, verifier: Verifier) -> Running {
        let service = Service { name, verifier, open_prefixes: &[], process: Process::default() };
        Running::start_on(listener, service, self.routes())
    }

    fn routes(&self) -> Routes {
        Routes::new(MerchantServiceServer::new(self.clone()))
            .add_service(FeedServiceServer::new(self.clone()))
    }

    async fn obey(&self, command: &str, caller: &Caller) -> Result<String, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        match command.split_once(' ').unwrap_or((command, "")) {
            ("caller", _) => Ok(format!("{caller:?}")),
            ("trace", _) => Ok(kvitt_runtime::trace_parent()),
            ("deadline", _) => Ok(match context::deadline() {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()).as_millis().to_string(),
                None => "none".to_owned(),
            }),
            ("hang", _) => std::future::pending().await,
            ("panic", _) => panic!("as told"),
            ("wait", "unavailable") => {
                self.begun.notify_one();
                self.go_on.notified().await;
                Err(refusal::status(Reason::Unavailable, "as told"))
            }
            ("wait", _) => {
                self.begun.notify_one();
                self.go_on.notified().await;
                Ok("done".to_owned())
            }
            ("forward", rest) => {
                let next = self.next.clone().expect("the test says where to");
                ask(next, rest).await
            }
            _ => Ok(command.to_owned()),
        }
    }
}

/// Sends a command.
pub(crate) async fn ask(mut to: MerchantServiceClient<PeerChannel>, command: &str) -> Result<String, Status> {
    let request = ResolveSalesUnitRequest { msn: command.to_owned() };
    Ok(to.resolve_sales_unit(request).await?.into_inner().merchant_id)
}

#[tonic::async_trait]
impl MerchantService for Echo {
    async fn set_sales_unit_logo(
        &self,
        request: Request<SetSalesUnitLogoRequest>,
    ) -> Result<Response<SetSalesUnitLogoResponse>, Status> {
        let caller = *Caller::of(&request)?;
        self.obey(&request.get_ref().msn, &caller).await?;
        Ok(Response::new(SetSalesUnitLogoResponse {}))
    }

    async fn resolve_sales_unit(
        &self,
        request: Request<ResolveSalesUnitRequest>,
    ) -> Result<Response<ResolveSalesUnitResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let merchant_id = self.obey(&request.get_ref().msn, &caller).await?;
        Ok(Response::new(ResolveSalesUnitResponse { merchant_id, ..Default::default() }))
    }
}

#[tonic::async_trait]
impl FeedService for Echo {
    /// Sends one message that says whether the client's token is at hand, then nothing (or, told so, panics).
    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<BoxStream<TailResponse>>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let panics = request.get_ref().cursor == "panic";
        let first = std::iter::once_with(move || {
            assert!(!panics, "as told");
            Ok(TailResponse { parts: i32::from(context::token().is_some()), ..Default::default() })
        });
        let silence = tokio_stream::pending();
        Ok(Response::new(Box::pin(tokio_stream::iter(first).chain(silence))))
    }
}
