//! Bodies of which the beginning is at hand, which mostly is all of it: a request that may be sent again, and an answer
//! that came whole.

use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use http::HeaderMap;
use http_body::{Body, Frame, SizeHint};
use tokio_util::bytes::{Bytes, BytesMut};

/// A body may be at hand up to this size; the largest message of the mesh is smaller.
const MOST: usize = 4 * 1024 * 1024;

/// A body, the beginning of which is at hand.
#[derive(Debug)]
pub(super) struct Gathered<B> {
    data: Option<Bytes>,
    trailers: Option<HeaderMap>,
    rest: Option<B>,
}

impl<B: Body<Data = Bytes> + Unpin> Gathered<B> {
    /// A body of which nothing is at hand.
    pub(super) fn nothing_of(body: B) -> Self {
        Self { data: None, trailers: None, rest: Some(body) }
    }

    /// What is there of `body` without waiting. The body of a unary request is there whole.
    pub(super) fn at_once(body: B) -> Result<Self, B::Error> {
        let mut gathering = Gathering::new(body);
        // Who polls the rest leaves a waker of their own.
        let mut nobody = Context::from_waker(Waker::noop());
        match gathering.poll(&mut nobody) {
            Poll::Ready(Err(error)) => Err(error),
            Poll::Ready(Ok(())) | Poll::Pending => Ok(gathering.end()),
        }
    }

    /// Waits for all of `body`, unless it is very large.
    pub(super) async fn whole(body: B) -> Result<Self, B::Error> {
        let mut gathering = Gathering::new(body);
        std::future::poll_fn(|cx| gathering.poll(cx)).await?;
        Ok(gathering.end())
    }

    /// The body itself; nothing is left.
    pub(super) fn take(&mut self) -> Self {
        Self { data: self.data.take(), trailers: self.trailers.take(), rest: self.rest.take() }
    }

    /// The same body once more; None when it is not at hand whole.
    pub(super) fn again(&self) -> Option<Self> {
        let whole = self.rest.is_none();
        whole.then(|| Self { data: self.data.clone(), trailers: self.trailers.clone(), rest: None })
    }
}

impl<B: Body<Data = Bytes> + Unpin> Body for Gathered<B> {
    type Data = Bytes;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, B::Error>>> {
        if let Some(data) = self.data.take() {
            return Poll::Ready(Some(Ok(Frame::data(data))));
        }
        if let Some(rest) = self.rest.as_mut() {
            return Pin::new(rest).poll_frame(cx);
        }
        Poll::Ready(self.trailers.take().map(|trailers| Ok(Frame::trailers(trailers))))
    }

    fn is_end_stream(&self) -> bool {
        let rest_ended = self.rest.as_ref().is_none_or(Body::is_end_stream);
        self.data.is_none() && self.trailers.is_none() && rest_ended
    }

    /// Nothing: gRPC sends no length ahead.
    fn size_hint(&self) -> SizeHint {
        SizeHint::default()
    }
}

/// A body on its way into memory.
struct Gathering<B> {
    body: B,
    first: Option<Bytes>,
    /// Where there is more than one piece.
    pieces: BytesMut,
    trailers: Option<HeaderMap>,
    ended: bool,
}

impl<B: Body<Data = Bytes> + Unpin> Gathering<B> {
    fn new(body: B) -> Self {
        Self { body, first: None, pieces: BytesMut::new(), trailers: None, ended: false }
    }

    /// Ready when the body has ended, or is too large to go on.
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), B::Error>> {
        while !self.ended && self.size() <= MOST {
            let Some(frame) = std::task::ready!(Pin::new(&mut self.body).poll_frame(cx)) else {
                self.ended = true;
                break;
            };
            match frame?.into_data() {
                Ok(data) => self.add(data),
                Err(frame) => {
                    self.trailers = frame.into_trailers().ok();
                    self.ended = true;
                }
            }
        }
        Poll::Ready(Ok(()))
    }

    fn add(&mut self, data: Bytes) {
        match self.first.take() {
            None if self.pieces.is_empty() => self.first = Some(data),
            None => self.pieces.extend_from_slice(&data),
            Some(first) => {
                self.pieces.extend_from_slice(&first);
                self.pieces.extend_from_slice(&data);
            }
        }
    }

    fn size(&self) -> usize {
        self.pieces.len() + self.first.as_ref().map_or(0, Bytes::len)
    }

    fn end(self) -> Gathered<B> {
        let pieces = (!self.pieces.is_empty()).then(|| self.pieces.freeze());
        let data = self.first.or(pieces).filter(|data| !data.is_empty());
        Gathered { data, trailers: self.trailers, rest: (!self.ended).then_some(self.body) }
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::{BodyExt as _, Full, StreamBody};
    use tokio_stream::StreamExt as _;

    use super::*;

    type Pieces = Vec<Result<Frame<Bytes>, std::convert::Infallible>>;

    fn pieces(texts: &[&'static str]) -> Pieces {
        texts.iter().map(|text| Ok(Frame::data(Bytes::from_static(text.as_bytes())))).collect()
    }

    #[tokio::test]
    async fn a_body_that_is_there_can_be_sent_again_and_again() {
        let gathered = Gathered::at_once(Full::new(Bytes::from_static(b"whole"))).unwrap();
        for _ in 0..3 {
            let again = gathered.again().unwrap();
            assert!(!again.is_end_stream());
            assert_eq!(again.collect().await.unwrap().to_bytes(), "whole");
        }
        let empty = Gathered::at_once(Full::new(Bytes::new())).unwrap();
        assert!(empty.again().unwrap().is_end_stream());
    }

    #[tokio::test]
    async fn a_stream_loses_nothing_and_cannot_be_sent_again() {
        let (send, receive) = tokio::sync::mpsc::channel(4);
        let late = tokio_stream::wrappers::ReceiverStream::new(receive);
        let stream = tokio_stream::iter(pieces(&["at", " hand"])).chain(late);
        let gathered = Gathered::at_once(StreamBody::new(stream)).unwrap();
        assert!(gathered.again().is_none());
        for piece in pieces(&[", and", " late"]) {
            send.send(piece).await.unwrap();
        }
        drop(send);
        assert_eq!(gathered.collect().await.unwrap().to_bytes(), "at hand, and late");
    }

    #[tokio::test]
    async fn what_is_too_large_goes_on_as_a_stream() {
        let piece = Bytes::from(vec![7; MOST]);
        let frames: Pieces = (0..3).map(|_| Ok(Frame::data(piece.clone()))).collect();
        let gathered = Gathered::whole(StreamBody::new(tokio_stream::iter(frames))).await.unwrap();
        assert!(gathered.again().is_none());
        assert_eq!(gathered.collect().await.unwrap().to_bytes().len(), 3 * MOST);
    }

    #[tokio::test]
    async fn an_answer_that_came_whole_keeps_its_trailers() {
        let trailers = HeaderMap::from_iter([(http::header::ETAG, "5".parse().unwrap())]);
        let mut frames = pieces(&["an", "swer"]);
        frames.push(Ok(Frame::trailers(trailers.clone())));
        let gathered = Gathered::whole(StreamBody::new(tokio_stream::iter(frames))).await.unwrap();
        let collected = gathered.again().unwrap().collect().await.unwrap();
        assert_eq!(collected.trailers(), Some(&trailers));
        assert_eq!(collected.to_bytes(), "answer");
    }
}
