//! Wire types of report subscriptions and mails.

use kvitt_proto::{
    error::v1::Reason,
    refusal,
    settlement::v1::{self, ListMailsResponse, ListSubscriptionsResponse, ReportInterval},
};
use serde::Serialize;
use tonic::Status;
use utoipa::ToSchema;

use crate::reports::words::{FORMATS, LANGUAGES};

/// How often people are sent a report.
pub(crate) const INTERVALS: [(&str, ReportInterval); 3] = [
    ("DAILY", ReportInterval::Daily),
    ("WEEKLY", ReportInterval::Weekly),
    ("MONTHLY", ReportInterval::Monthly),
];

/// Who is sent reports.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ReportSubscription)]
pub(crate) struct Subscription {
    subscription_id: String,
    #[schema(value_type = crate::openapi::reports::sandbox::IntervalWord)]
    interval: &'static str,
    emails: Vec<String>,
    #[schema(value_type = crate::openapi::reports::sandbox::FormatWord)]
    format: &'static str,
    #[schema(value_type = crate::openapi::reports::sandbox::LanguageWord)]
    language: &'static str,
}

/// All of a sales unit, oldest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::ReportSubscriptions)]
pub(crate) struct Subscriptions {
    report_subscriptions: Vec<Subscription>,
}

/// A mail with a report.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Mail)]
pub(crate) struct Mail {
    mail_id: String,
    /// Which subscription made it.
    subscription_id: String,
    emails: Vec<String>,
    /// The first ledger date that it tells of.
    #[schema(value_type = crate::openapi::report::Date)]
    from_date: String,
    /// The last one.
    #[schema(value_type = crate::openapi::report::Date)]
    to_date: String,
    subject: String,
    /// Whether it has been handed to the mail server, or to the outbox where there is none.
    sent: bool,
    /// How often that was tried.
    attempts: i32,
    /// Why the last try failed.
    #[serde(skip_serializing_if = "String::is_empty")]
    failure: String,
    /// What was sent, as a mail server gets it (RFC 5322).
    #[serde(skip_serializing_if = "String::is_empty")]
    message: String,
}

/// A page of mails, newest first.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = kvitt::Mails)]
pub(crate) struct Mails {
    mails: Vec<Mail>,
    /// Absent on the last page.
    #[serde(skip_serializing_if = "String::is_empty")]
    next_page_token: String,
}

impl Subscription {
    pub(crate) fn from_proto(message: Option<v1::Subscription>) -> Result<Self, Status> {
        let message = message.unwrap_or_default();
        Ok(Self {
            interval: word(&INTERVALS, message.interval())?,
            format: word(&FORMATS, message.format())?,
            language: word(&LANGUAGES, message.language())?,
            subscription_id: message.subscription_id,
            emails: message.emails,
        })
    }
}

impl Subscriptions {
    pub(crate) fn from_proto(answer: ListSubscriptionsResponse) -> Result<Self, Status> {
        let subscriptions = answer.subscriptions.into_iter().map(|one| Subscription::from_proto(Some(one)));
        Ok(Self { report_subscriptions: subscriptions.collect::<Result<_, _>>()? })
    }
}

impl Mails {
    pub(crate) fn from_proto(answer: ListMailsResponse) -> Self {
        Self {
            mails: answer.mails.into_iter().map(Mail::from_proto).collect(),
            next_page_token: answer.next_page_token,
        }
    }
}

impl Mail {
    /// A message is ASCII on its way to a mail server.
    fn from_proto(mail: v1::Mail) -> Self {
        Self {
            mail_id: mail.mail_id,
            subscription_id: mail.subscription_id,
            emails: mail.emails,
            from_date: mail.from_date,
            to_date: mail.to_date,
            subject: mail.subject,
            sent: mail.sent,
            attempts: mail.attempts,
            failure: mail.failure,
            message: String::from_utf8_lossy(&mail.message).into_owned(),
        }
    }
}

fn word<T: Copy + PartialEq>(words: &[(&'static str, T)], value: T) -> Result<&'static str, Status> {
    let known = words.iter().find(|(_, known)| *known == value).map(|(word, _)| *word);
    known.ok_or_else(|| refusal::status(Reason::Internal, "a subscription lacks a word"))
}
