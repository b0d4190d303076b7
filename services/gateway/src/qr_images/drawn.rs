//! Pictures as they were drawn, kept as long as there is room: the same content in the same form is the same bytes, which
//! are handed out without being copied.

use std::{sync::Arc, time::Duration};

use axum::body::Bytes;
use kvitt_proto::{error::v1::Reason, refusal};
use kvitt_qr_image::Look;
use moka::future::Cache;
use tokio::{sync::Semaphore, time::timeout};
use tonic::Status;

use super::file::Form;

/// All pictures together, with what they are found by.
const MOST_BYTES: u64 = 32 * 1024 * 1024;

/// What a picture costs beside its bytes and its content, roughly.
const OVERHEAD_BYTES: usize = 200;

/// Pictures that are drawn at once; each takes some milliseconds of a core and up to two megabytes.
const MOST_DRAWN: usize = 2;

/// How long a picture waits for its turn; longer would be of no use to whoever asks.
const PATIENCE: Duration = Duration::from_secs(2);

/// What a picture is made from.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Drawing {
    content: Arc<str>,
    form: Form,
}

/// Drawn pictures; clones share them.
#[derive(Clone)]
pub(crate) struct Drawn {
    pictures: Cache<Drawing, Bytes>,
    turns: Arc<Semaphore>,
    patience: Duration,
}

impl Drawn {
    /// Nothing has been drawn.
    pub(crate) fn new() -> Self {
        Self::up_to(MOST_BYTES)
    }

    fn up_to(most_bytes: u64) -> Self {
        let weight = |drawing: &Drawing, bytes: &Bytes| {
            let weight = drawing.content.len() + bytes.len() + OVERHEAD_BYTES;
            u32::try_from(weight).unwrap_or(u32::MAX)
        };
        Self {
            pictures: Cache::builder().weigher(weight).max_capacity(most_bytes).build(),
            turns: Arc::new(Semaphore::new(MOST_DRAWN)),
            patience: PATIENCE,
        }
    }

    /// The picture of a content. Whoever wants the same one at the same time waits for the same drawing, which is done where
    /// it is in nobody's way.
    pub(super) async fn picture(&self, content: &str, form: Form) -> Result<Bytes, Status> {
        let drawing = Drawing { content: content.into(), form };
        let draw = async {
            let (drawing, turns) = (drawing.clone(), Arc::clone(&self.turns));
            let turn = timeout(self.patience, turns.acquire_owned()).await.ok().and_then(Result::ok);
            let turn = turn.ok_or_else(|| {
                refusal::status(
                    Reason::Overloaded,
                    "too many pictures are being drawn; try again in a moment",
                )
            })?;
            // Who has gone in the meantime has still asked, and the drawing goes on.
            let drawn = tokio::task::spawn_blocking(move || {
                let _turn = turn;
                draw(&drawing.content, drawing.form)
            })
            .await;
            drawn.unwrap_or_else(|_| Err(refusal::status(Reason::Internal, "the code could not be drawn")))
        };
        let drawn = self.pictures.try_get_with_by_ref(&drawing, draw).await;
        drawn.map_err(|status: Arc<Status>| Status::clone(&status))
    }
}

fn draw(content: &str, form: Form) -> Result<Bytes, Status> {
    let drawn = match form {
        Form::Svg => kvitt_qr_image::svg(content, Look::Branded).map(String::into_bytes),
        Form::Png(picture) => kvitt_qr_image::png(content, picture, Look::Branded),
    };
    let unfit = |error: kvitt_qr_image::Error| refusal::status(Reason::Internal, error.to_string());
    drawn.map(Bytes::from).map_err(unfit)
}

#[cfg(test)]
mod tests {
    use kvitt_qr_image::{Border, Picture, Size};

    use super::*;

    #[tokio::test]
    async fn the_same_picture_is_drawn_once_and_its_bytes_are_shared() {
        let drawn = Drawn::new();
        let first = drawn.picture("https://qr.example/q/r", Form::Svg).await.unwrap();
        let again = drawn.picture("https://qr.example/q/r", Form::Svg).await.unwrap();
        assert_eq!(first.as_ptr(), again.as_ptr());
        let png = Picture { size: Size::default(), border: Border::try_new(8).unwrap() };
        let bordered = drawn.picture("https://qr.example/q/r", Form::Png(png)).await.unwrap();
        let plain = drawn.picture("https://qr.example/q/r", Form::Png(Size::default().into())).await.unwrap();
        assert!(bordered != plain && plain.starts_with(b"\x89PNG"));
    }

    #[tokio::test]
    async fn so_many_are_drawn_at_once_and_who_waits_too_long_is_told_to_come_back() {
        let drawn = Drawn { patience: Duration::from_millis(1), ..Drawn::new() };
        let turns = Arc::clone(&drawn.turns).acquire_many_owned(2).await.unwrap();
        let refused = drawn.picture("https://qr.example/q/r", Form::Svg).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Overloaded));
        drop(turns);
        let drawn = Drawn { patience: PATIENCE, ..drawn };
        assert!(drawn.picture("https://qr.example/q/r", Form::Svg).await.is_ok());
    }

    #[tokio::test]
    async fn what_is_kept_stays_within_the_limit() {
        let drawn = Drawn::up_to(100_000);
        for number in 0..50 {
            drawn.picture(&format!("https://qr.example/q/{number}"), Form::Svg).await.unwrap();
        }
        drawn.pictures.run_pending_tasks().await;
        let kept = drawn.pictures.weighted_size();
        assert!(kept > 0 && kept <= 100_000, "{kept}");
    }

    #[tokio::test]
    async fn what_fits_into_no_code_is_a_fault() {
        let refused = Drawn::new().picture(&"x".repeat(5000), Form::Svg).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
        assert!(Drawn::new().picture("", Form::Svg).await.is_err());
    }
}
