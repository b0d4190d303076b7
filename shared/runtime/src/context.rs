//! What a request hands on to the calls made for it: the client's token and the time that is left. It is
//! task-local; work that a handler spawns has none unless it is given one with [`scope`].

use std::sync::Arc;

use tokio::time::Instant;

tokio::task_local! {
    static CURRENT: Context;
}

/// What calls made on behalf of the current request carry along.
#[derive(Clone, Debug, Default)]
pub struct Context {
    /// The access token of the client, without the scheme word; `None` for work of the service itself.
    pub token: Option<Arc<str>>,
    /// When the caller stops waiting.
    pub deadline: Option<Instant>,
}

/// Runs `future` with `context` as the current one.
pub async fn scope<F: Future>(context: Context, future: F) -> F::Output {
    CURRENT.scope(context, future).await
}

/// Runs `poll` with `context` as the current one.
pub(crate) fn sync_scope<R>(context: Context, poll: impl FnOnce() -> R) -> R {
    CURRENT.sync_scope(context, poll)
}

/// The current context; empty outside of any request.
pub fn current() -> Context {
    CURRENT.try_with(Clone::clone).unwrap_or_default()
}

/// When the caller of the current request stops waiting.
pub fn deadline() -> Option<Instant> {
    CURRENT.try_with(|context| context.deadline).ok().flatten()
}

/// The access token of the current request's client, without the scheme word.
pub fn token() -> Option<Arc<str>> {
    CURRENT.try_with(|context| context.token.clone()).ok().flatten()
}
