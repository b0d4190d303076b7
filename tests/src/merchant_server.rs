use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_util::task::AbortOnDropHandle;

/// A merchant's server on loopback, which answers as it is told and keeps what it was asked.
#[derive(Debug)]
pub struct MerchantServer {
    address: SocketAddr,
    script: Arc<Mutex<Script>>,
    _serving: AbortOnDropHandle<()>,
}

/// What the server was asked.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST /path HTTP/1.1` without its version.
    pub line: String,
    /// Names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Asked {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

#[derive(Debug)]
struct Script {
    status: u16,
    body: String,
    asked: Vec<Asked>,
}

impl MerchantServer {
    /// Starts a server that answers everything with this status and body.
    pub async fn start(status: u16, body: impl ToString) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("loopback can be listened on");
        let address = listener.local_addr().expect("a bound socket has an address");
        let script = Script { status, body: body.to_string(), asked: Vec::new() };
        let script = Arc::new(Mutex::new(script));
        let serving = tokio::spawn({
            let script = Arc::clone(&script);
            async move {
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::spawn(answer(stream, Arc::clone(&script)));
                }
            }
        });
        Self { address, script, _serving: AbortOnDropHandle::new(serving) }
    }

    /// The address of a path on it.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// Answers otherwise from now on.
    pub fn answer_with(&self, status: u16, body: &(impl ToString + ?Sized)) {
        let mut script = self.script.lock().expect("no test panics while it holds the script");
        (script.status, script.body) = (status, body.to_string());
    }

    /// Everything it was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.script.lock().expect("no test panics while it holds the script").asked.clone()
    }
}

async fn answer(mut stream: TcpStream, script: Arc<Mutex<Script>>) {
    let Some(asked) = read(&mut stream).await else { return };
    let answer = {
        let mut script = script.lock().expect("no test panics while it holds the script");
        script.asked.push(asked);
        let length = script.body.len();
        format!(
            "HTTP/1.1 {} Told\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\
             Connection: close\r\n\r\n{}",
            script.status, script.body
        )
    };
    stream.write_all(answer.as_bytes()).await.ok();
    stream.shutdown().await.ok();
}

async fn read(stream: &mut TcpStream) -> Option<Asked> {
    let mut bytes = Vec::new();
    let (head, length) = loop {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
        let Some(end) = bytes.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
        let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length").then(|| value.trim().parse::<usize>().ok())?
        });
        bytes.drain(..end + 4);
        break (head, length.unwrap_or_default());
    };
    while bytes.len() < length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let mut lines = head.lines();
    let line = lines.next()?.rsplit_once(' ')?.0.to_owned();
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    Some(Asked { line, headers, body: serde_json::from_slice(&bytes).unwrap_or(Value::Null) })
}
