//! What codes hold and lead to, as the service `qr` says. Each answer serves everybody for a moment: many scan one poster.

use std::{sync::Arc, time::Duration};

use kvitt_proto::qr::v1::{GetCodeRequest, GetCodeResponse, scan_service_client::ScanServiceClient};
use kvitt_runtime::PeerChannel;
use moka::future::Cache;
use tonic::Status;

/// How old an answer may become. A code that was deleted, or leads elsewhere, does so at once, which is within two seconds;
/// the answer may have been under way for a part of them.
const LIFE: Duration = Duration::from_secs(1);

/// How many answers are remembered, of a few hundred bytes each.
const MOST_ANSWERS: u64 = 10_000;

/// Answers of the moment; clones share them.
#[derive(Clone)]
pub(crate) struct Codes {
    answers: Cache<String, Arc<GetCodeResponse>>,
}

impl Codes {
    /// Nothing has been asked.
    pub(crate) fn new() -> Self {
        Self { answers: Cache::builder().max_capacity(MOST_ANSWERS).time_to_live(LIFE).build() }
    }

    /// What is known of a code, or what the service refuses. Refusals are not remembered.
    pub(super) async fn find(
        &self,
        scans: ScanServiceClient<PeerChannel>,
        code: &str,
    ) -> Result<Arc<GetCodeResponse>, Status> {
        self.find_by(code, async |code| {
            let mut scans = scans;
            scans.get_code(GetCodeRequest { code }).await.map(tonic::Response::into_inner)
        })
        .await
    }

    /// Whoever asks for the same code at the same time waits for the same answer.
    async fn find_by(
        &self,
        code: &str,
        ask: impl AsyncFnOnce(String) -> Result<GetCodeResponse, Status>,
    ) -> Result<Arc<GetCodeResponse>, Status> {
        let asked = async { ask(code.to_owned()).await.map(Arc::new) };
        let answer = self.answers.try_get_with_by_ref(code, asked).await;
        answer.map_err(|status: Arc<Status>| Status::clone(&status))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use kvitt_proto::{error::v1::Reason, refusal};

    use super::*;

    #[tokio::test]
    async fn who_asks_together_asks_once_and_a_refusal_is_asked_for_again() {
        let (codes, asked) = (Codes::new(), AtomicUsize::new(0));
        let ask = async |content: String| {
            asked.fetch_add(1, Ordering::Relaxed);
            tokio::task::yield_now().await;
            Ok(GetCodeResponse { content, target_url: String::new() })
        };
        let (one, two) = tokio::join!(codes.find_by("a", ask), codes.find_by("a", ask));
        assert_eq!((one.unwrap().content.as_str(), two.unwrap().content.as_str()), ("a", "a"));
        assert_eq!(codes.find_by("a", ask).await.unwrap().content, "a");
        assert_eq!(asked.load(Ordering::Relaxed), 1);
        let refuse = async |_| Err(refusal::status(Reason::NotFound, "It is none."));
        let refused = codes.find_by("b", refuse).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
        assert!(codes.find_by("b", ask).await.is_ok());
    }
}
