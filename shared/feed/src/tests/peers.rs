//! The two services that a follower calls: `access` gives it a token, `payment` has a log as a test says.

use std::sync::{Arc, Mutex, MutexGuard};

use kvitt_proto::{
    access::v1::{
        IssueServiceTokenRequest, IssueServiceTokenResponse,
        token_service_server::{TokenService, TokenServiceServer},
    },
    payment::v1::{
        ListPartsRequest, ListPartsResponse, LogPart, TailRequest, TailResponse,
        feed_service_server::{FeedService, FeedServiceServer},
    },
    time,
};
use kvitt_runtime::{Mesh, MeshConfig, PeerChannel, ServiceName, wall_now};
use tokio::net::TcpListener;
use tonic::{Request, Response, Status, async_trait, codegen::BoxStream, transport::server::TcpIncoming};

/// Batches after which a stream breaks off.
const STREAM_LENGTH: usize = 2;

/// Both services on one port.
#[derive(Clone)]
pub(super) struct Peers {
    script: Arc<Mutex<Script>>,
    url: String,
}

/// What they answer, and what they were asked.
#[derive(Default)]
pub(super) struct Script {
    /// The log of part 0; the cursor after the n-th batch is n, and so is the position. Part 1 is empty.
    pub(super) log: Vec<TailResponse>,
    /// Whether parts 0 and 1 are closed, and part 2 is the next generation.
    pub(super) grown: bool,
    /// The parts whose streams were opened, each time.
    pub(super) opened: Vec<i32>,
}

impl Peers {
    pub(super) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let peers = Self { script: Arc::default(), url };
        let server = tonic::transport::Server::builder()
            .add_service(TokenServiceServer::new(peers.clone()))
            .add_service(FeedServiceServer::new(peers.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(server);
        peers
    }

    /// A channel of a service of the mesh.
    pub(super) fn channel(&self) -> PeerChannel {
        let config = MeshConfig {
            access_url: self.url.clone(),
            service_secret: "secret".into(),
            process: kvitt_runtime::Process::default(),
        };
        Mesh::new(ServiceName::OrderManagement, &config).unwrap().peer(&self.url).unwrap()
    }

    pub(super) fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }
}

impl Script {
    fn parts(&self) -> Vec<LogPart> {
        let part = |part, generation, written: usize| LogPart {
            part,
            generation,
            closed: self.grown && generation == 0,
            last_position: i64::try_from(written).unwrap(),
        };
        let mut parts = vec![part(0, 0, self.log.len()), part(1, 0, 0)];
        parts.extend(self.grown.then(|| part(2, 1, 0)));
        parts
    }
}

#[async_trait]
impl TokenService for Peers {
    async fn issue_service_token(
        &self,
        _: Request<IssueServiceTokenRequest>,
    ) -> Result<Response<IssueServiceTokenResponse>, Status> {
        let expires_at = Some(time::to_proto(wall_now() + chrono::TimeDelta::hours(1)));
        Ok(Response::new(IssueServiceTokenResponse { access_token: "token".to_owned(), expires_at }))
    }
}

#[async_trait]
impl FeedService for Peers {
    async fn tail(&self, request: Request<TailRequest>) -> Result<Response<BoxStream<TailResponse>>, Status> {
        let TailRequest { part, cursor, .. } = request.into_inner();
        let after: usize = if cursor.is_empty() { 0 } else { cursor.parse().expect("our own cursor") };
        let mut script = self.script();
        script.opened.push(part);
        let log = if part == 0 { script.log.as_slice() } else { &[] };
        let told = |at: usize| TailResponse {
            cursor: if at == 0 { String::new() } else { at.to_string() },
            position: i64::try_from(at).unwrap(),
            ..TailResponse::default()
        };
        let mut responses = vec![told(after)];
        for (at, batch) in log.iter().enumerate().skip(after).take(STREAM_LENGTH) {
            responses.push(TailResponse { events: batch.events.clone(), ..told(at + 1) });
        }
        let reached = log.len().min(after + STREAM_LENGTH);
        if script.grown && part < 2 && reached == log.len() {
            responses.push(TailResponse { ended: true, ..told(reached) });
        }
        Ok(Response::new(Box::pin(tokio_stream::iter(responses.into_iter().map(Ok)))))
    }

    async fn list_parts(&self, _: Request<ListPartsRequest>) -> Result<Response<ListPartsResponse>, Status> {
        Ok(Response::new(ListPartsResponse { parts: self.script().parts() }))
    }
}
