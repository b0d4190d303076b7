//! Follows everything that happens to a sales unit's payments, and misses nothing, whenever it is stopped or killed.
//!
//! ```sh
//! . .kvitt/env    # and TOKEN as in the README
//! cargo run -p kvitt-tests --example tail -- "http://$GRPC_PAYMENT" "$MSN" "$TOKEN" events.jsonl
//! ```
//!
//! What makes it safe is one rule: the cursor is kept in the same write as the effect of the events before it. Here the
//! effect is a line in a file, and the cursor stands in that line. In a program with a database it is a row, written in
//! the transaction of whatever the events mean. A line that was not written to its end is cut off at the next start, and
//! what stood in it comes again.

use std::{
    error::Error,
    fs::{File, OpenOptions},
    io::{Read as _, Seek as _, SeekFrom, Write as _},
    time::Duration,
};

use kvitt_proto::payment::v1::{TailRequest, TailResponse, feed_service_client::FeedServiceClient};
use serde_json::{Value, json};
use tonic::{Request, metadata::AsciiMetadataValue, transport::Channel};

type Failure = Box<dyn Error + Send + Sync>;

/// The pause before a stream that broke is opened again.
const PAUSE: Duration = Duration::from_millis(200);

#[tokio::main]
async fn main() -> Result<(), Failure> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or(format!("the {what} is missing"));
    let (url, msn, token, path) = (next("URL")?, next("MSN")?, next("token")?, next("file")?);
    let bearer: AsciiMetadataValue = format!("Bearer {token}").parse()?;
    let mut journal = Journal::open(&path)?;
    let channel = Channel::from_shared(url)?.connect_lazy();
    loop {
        let mut request = Request::new(TailRequest {
            msn: msn.clone(),
            cursor: journal.cursor.clone(),
            ..TailRequest::default()
        });
        request.metadata_mut().insert("authorization", bearer.clone());
        if let Err(failure) = follow(channel.clone(), request, &mut journal).await {
            eprintln!("the stream broke, and begins again where it was: {failure}");
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// Reads one stream until it breaks.
async fn follow(
    channel: Channel,
    request: Request<TailRequest>,
    journal: &mut Journal,
) -> Result<(), Failure> {
    let mut batches = FeedServiceClient::new(channel).tail(request).await?.into_inner();
    while let Some(batch) = batches.message().await? {
        journal.keep(batch)?;
    }
    Ok(())
}

/// The file of everything that was seen, and how far that is.
struct Journal {
    file: File,
    cursor: String,
}

impl Journal {
    /// Goes on where the last whole line ends.
    fn open(path: &str) -> Result<Self, Failure> {
        let mut file = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path)?;
        let mut text = Vec::new();
        file.read_to_end(&mut text)?;
        let whole = text.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64)?;
        file.seek(SeekFrom::End(0))?;
        let last = text[..whole].split(|byte| *byte == b'\n').rfind(|line| !line.is_empty());
        let cursor = match last {
            None => String::new(),
            Some(line) => {
                let line: Value = serde_json::from_slice(line)?;
                line["cursor"].as_str().ok_or("a line has no cursor")?.to_owned()
            }
        };
        Ok(Self { file, cursor })
    }

    /// Writes events and cursor in one line, and does not go on before it is on the disk.
    fn keep(&mut self, batch: TailResponse) -> Result<(), Failure> {
        let events = batch.events.iter().filter_map(|event| event.event.as_ref());
        let events: Vec<Value> = events
            .map(|event| {
                json!({
                    "reference": event.reference,
                    "pspReference": event.psp_reference,
                    "name": event.name().as_str_name().trim_start_matches("PAYMENT_EVENT_NAME_"),
                    "value": event.amount.as_ref().map(|amount| amount.amount_minor),
                    "success": event.success,
                })
            })
            .collect();
        let line = format!("{}\n", json!({"cursor": batch.cursor, "events": events}));
        self.file.write_all(line.as_bytes())?;
        self.file.sync_data()?;
        self.cursor = batch.cursor;
        Ok(())
    }
}
