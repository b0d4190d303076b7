//! A client of the REST edge: one connection, kept alive, one request at a time.

use std::{net::SocketAddr, sync::Arc};

use anyhow::{Context as _, bail};
use http::{HeaderValue, Method, Request, header};
use http_body_util::{BodyExt as _, Full};
use hyper::{
    body::Bytes,
    client::conn::http1::{SendRequest, handshake},
};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use uuid::Uuid;

use super::{
    super::plan::Unit,
    Verb,
    caller::{AMOUNT_MINOR, Payment},
};

/// Where the gateway listens, and the headers of each unit.
#[derive(Clone, Debug)]
pub(super) struct Edge {
    gateway: SocketAddr,
    host: HeaderValue,
    units: Arc<[Headers]>,
}

#[derive(Debug)]
struct Headers {
    authorization: HeaderValue,
    subscription_key: HeaderValue,
    msn: HeaderValue,
}

/// A connection to the gateway.
#[derive(Debug)]
pub(super) struct Connection {
    edge: Edge,
    sender: SendRequest<Full<Bytes>>,
}

impl Edge {
    pub(super) fn new(gateway: SocketAddr, units: &[Unit]) -> anyhow::Result<Self> {
        let value = |text: String| HeaderValue::try_from(text).context("a secret does not fit a header");
        let headers = |unit: &Unit| -> anyhow::Result<Headers> {
            Ok(Headers {
                authorization: value(format!("Bearer {}", unit.token))?,
                subscription_key: value(unit.subscription_key.clone())?,
                msn: value(unit.msn.clone())?,
            })
        };
        let units: Vec<_> = units.iter().map(headers).collect::<Result<_, _>>()?;
        Ok(Self { gateway, host: value(gateway.to_string())?, units: units.into() })
    }

    pub(super) async fn connect(&self) -> anyhow::Result<Connection> {
        Ok(Connection { edge: self.clone(), sender: dial(self.gateway).await? })
    }
}

/// A connection to the gateway, kept alive.
pub(crate) async fn dial(gateway: SocketAddr) -> anyhow::Result<SendRequest<Full<Bytes>>> {
    let stream = TcpStream::connect(gateway).await.context("could not reach the gateway")?;
    stream.set_nodelay(true)?;
    let (sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Its end shows in the sender.
    tokio::spawn(connection);
    Ok(sender)
}

impl Connection {
    pub(super) async fn perform(&mut self, verb: Verb, payment: &Payment<'_>) -> anyhow::Result<()> {
        let request = self.request(verb, payment)?;
        if self.sender.is_closed() {
            self.sender = dial(self.edge.gateway).await?;
        }
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let body = response.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!("{verb:?} of {}: {status} {}", payment.reference, String::from_utf8_lossy(&body));
        }
        Ok(())
    }

    fn request(&self, verb: Verb, payment: &Payment<'_>) -> anyhow::Result<Request<Full<Bytes>>> {
        const PAYMENTS: &str = "/epayment/v1/payments";
        let reference = &payment.reference;
        let amount = format!(r#"{{"currency":"NOK","value":{AMOUNT_MINOR}}}"#);
        let modification = || format!(r#"{{"modificationAmount":{amount}}}"#);
        let (path, body) = match verb {
            Verb::Create => (
                PAYMENTS.to_owned(),
                format!(
                    r#"{{"amount":{amount},"paymentMethod":{{"type":"WALLET"}},"reference":"{reference}","userFlow":"WEB_REDIRECT","returnUrl":"https://shop.example/return"}}"#
                ),
            ),
            Verb::Approve => (
                format!("/epayment/v1/test/payments/{reference}/approve"),
                format!(r#"{{"customer":{{"phoneNumber":"{}"}}}}"#, payment.phone),
            ),
            Verb::Capture => (format!("{PAYMENTS}/{reference}/capture"), modification()),
            Verb::Refund => (format!("{PAYMENTS}/{reference}/refund"), modification()),
            Verb::Get => (format!("{PAYMENTS}/{reference}"), String::new()),
        };
        let headers = &self.edge.units[payment.unit_index];
        let request = Request::builder()
            .method(if verb == Verb::Get { Method::GET } else { Method::POST })
            .uri(path)
            .header(header::HOST, &self.edge.host)
            .header(header::AUTHORIZATION, &headers.authorization)
            .header("Ocp-Apim-Subscription-Key", &headers.subscription_key)
            .header("Merchant-Serial-Number", &headers.msn);
        let request = if verb == Verb::Get {
            request
        } else {
            request
                .header(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))
                .header("Idempotency-Key", Uuid::new_v4().to_string())
        };
        Ok(request.body(Full::from(body))?)
    }
}
