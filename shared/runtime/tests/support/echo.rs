//! A service that does what it is told: the request's `client_id` is the command, the answer's `access_token` what
//! came of it. It borrows the messages of another contract, since the layers do not care.

use std::sync::Arc;

use kvitt_proto::access::v1::token_service_client::TokenServiceClient;
use kvitt_proto::access::v1::token_service_server::{TokenService, TokenServiceServer};
use kvitt_proto::access::v1::{IssueTokenRequest, IssueTokenResponse};
use kvitt_proto::payment::v1::feed_service_server::{FeedService, FeedServiceServer};
use kvitt_proto::payment::v1::{TailRequest, TailResponse};
use kvitt_runtime::{Caller, PeerChannel, ServiceName, Verifier, context};
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
    pub(crate) next: Option<TokenServiceClient<PeerChannel>>,
    /// Told when `wait` has begun, and what it waits for.
    pub(crate) begun: Arc<Notify>,
    pub(crate) go_on: Arc<Notify>,
}

impl Echo {
    pub(crate) async fn serve(&self, name: ServiceName, verifier: Verifier) -> Running {
        let routes = Routes::new(TokenServiceServer::new(self.clone()))
            .add_service(FeedServiceServer::new(self.clone()));
        Running::start(name, verifier, &[], routes).await
    }

    async fn obey(&self, command: &str, caller: &Caller) -> Result<String, Status> {
        match command.split_once(' ').unwrap_or((command, "")) {
            ("caller", _) => Ok(format!("{caller:?}")),
            ("trace", _) => Ok(kvitt_runtime::trace_parent()),
            ("deadline", _) => Ok(match context::deadline() {
                Some(deadline) => deadline.saturating_duration_since(Instant::now()).as_millis().to_string(),
                None => "none".to_owned(),
            }),
            ("hang", _) => std::future::pending().await,
            ("panic", _) => panic!("as told"),
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
pub(crate) async fn ask(mut to: TokenServiceClient<PeerChannel>, command: &str) -> Result<String, Status> {
    let request = IssueTokenRequest { client_id: command.to_owned(), ..Default::default() };
    Ok(to.issue_token(request).await?.into_inner().access_token)
}

#[tonic::async_trait]
impl TokenService for Echo {
    async fn issue_token(
        &self,
        request: Request<IssueTokenRequest>,
    ) -> Result<Response<IssueTokenResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let access_token = self.obey(&request.get_ref().client_id, &caller).await?;
        Ok(Response::new(IssueTokenResponse { access_token, ..Default::default() }))
    }
}

#[tonic::async_trait]
impl FeedService for Echo {
    /// Sends one message that says whether the client's token is at hand, then nothing (or, told so, panics).
    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<BoxStream<TailResponse>>, Status> {
        let panics = request.get_ref().cursor == "panic";
        let first = std::iter::once_with(move || {
            assert!(!panics, "as told");
            Ok(TailResponse { parts: i32::from(context::token().is_some()), ..Default::default() })
        });
        let silence = tokio_stream::pending();
        Ok(Response::new(Box::pin(tokio_stream::iter(first).chain(silence))))
    }
}
