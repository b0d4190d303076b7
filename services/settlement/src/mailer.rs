//! The way to people's mailboxes.

use std::{fmt, time::Duration};

use kvitt_primitives::EmailAddress;
use lettre::{
    Address, AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor,
    address::{AddressError, Envelope},
    message::Mailbox,
    transport::smtp,
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::{Instant, timeout_at};

/// How long a mail server has for each of its answers.
const ANSWER_LIMIT: Duration = Duration::from_secs(30);

/// How long one try of one mail may take; well within the time for which a mail is claimed.
const TRY_LIMIT: Duration = Duration::from_secs(180);

/// The most that is kept of what a mail server said.
const KEPT_OF_ANSWER: usize = 200;

/// With these a mail server refuses one address and has nothing against the others; everything else may pass.
const REFUSED_ADDRESS: [&str; 4] = ["550", "551", "553", "556"];

/// Where mails go; clones share it.
#[derive(Clone)]
pub(crate) struct Mailer {
    from: Mailbox,
    server: Option<AsyncSmtpTransport<Tokio1Executor>>,
}

/// Why there is no way.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// It is not repeated here, since it may hold a password.
    #[error("the URL of the mail server is not valid")]
    Url,
    #[error("mails cannot be from {0}")]
    From(String, #[source] AddressError),
}

/// What became of a mail for one address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The mail server has it.
    Taken,
    /// It will never take it.
    Refused(String),
    /// It may take it later.
    Later(String),
    /// It was not there; another address would fare no better.
    Away(String),
}

impl Mailer {
    /// Through the server at `smtp_url`, from `from`. Without a server nothing is sent.
    pub(crate) fn try_new(smtp_url: Option<&SecretString>, from: &str) -> Result<Self, Error> {
        let from = from.parse().map_err(|error| Error::From(from.to_owned(), error))?;
        let server = smtp_url.map(|url| {
            let server = AsyncSmtpTransport::<Tokio1Executor>::from_url(url.expose_secret());
            server.map(|server| server.timeout(Some(ANSWER_LIMIT)).build()).map_err(|_| Error::Url)
        });
        Ok(Self { from, server: server.transpose()? })
    }

    /// Who mails are from.
    pub(crate) fn from(&self) -> &Mailbox {
        &self.from
    }

    /// Whether there is a server.
    pub(crate) fn has_server(&self) -> bool {
        self.server.is_some()
    }

    /// Hands `message`, as RFC 5322 writes it, to the server for each of these addresses. One that the server does not take
    /// is in nobody else's way.
    pub(crate) async fn deliver(&self, message: &[u8], to: &[EmailAddress]) -> Vec<Outcome> {
        let deadline = Instant::now() + TRY_LIMIT;
        let all = self.send(message, to, deadline).await;
        if to.len() == 1 || matches!(all, Outcome::Taken | Outcome::Away(_)) {
            return vec![all; to.len()];
        }
        let mut outcomes = Vec::with_capacity(to.len());
        for one in to {
            outcomes.push(self.send(message, std::slice::from_ref(one), deadline).await);
        }
        outcomes
    }

    async fn send(&self, message: &[u8], to: &[EmailAddress], deadline: Instant) -> Outcome {
        let Some(server) = &self.server else { return Outcome::Away("there is no mail server".to_owned()) };
        let envelope = match self.envelope(to) {
            Ok(envelope) => envelope,
            Err(_) => return Outcome::Refused("no mail server knows such an address".to_owned()),
        };
        match timeout_at(deadline, server.send_raw(&envelope, message)).await {
            Ok(Ok(_taken)) => Outcome::Taken,
            Ok(Err(error)) => outcome_of(&error),
            Err(_elapsed) => Outcome::Away("the mail server did not answer in time".to_owned()),
        }
    }

    fn envelope(&self, to: &[EmailAddress]) -> Result<Envelope, lettre::error::Error> {
        let to: Result<Vec<Address>, AddressError> = to.iter().map(|to| to.as_str().parse()).collect();
        Envelope::new(Some(self.from.email.clone()), to.unwrap_or_default())
    }
}

impl fmt::Debug for Mailer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mailer").field("from", &self.from).finish_non_exhaustive()
    }
}

/// People are told what the server said, and of anything else only that it did not work.
fn outcome_of(error: &smtp::Error) -> Outcome {
    tracing::warn!(error = error as &dyn std::error::Error, "the mail server did not take a mail");
    let Some(code) = error.status().map(|code| code.to_string()) else {
        return Outcome::Away("the mail server could not be reached".to_owned());
    };
    let said = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    let said: String = said.chars().filter(|one| !one.is_control()).take(KEPT_OF_ANSWER).collect();
    let told = format!("the mail server answered {code} {said}").trim_end().to_owned();
    if REFUSED_ADDRESS.contains(&code.as_str()) { Outcome::Refused(told) } else { Outcome::Later(told) }
}
