//! Onto the wire: subscriptions and mails.

use kvitt_proto::settlement::v1::{self, ReportFormat, ReportInterval};
use kvitt_reports::{Format, Language};

use crate::{
    domain::mail::Interval,
    store::{mails::Shown, subscriptions::Subscription},
};

/// As it is stored.
pub(super) fn subscription(subscription: Subscription) -> v1::Subscription {
    v1::Subscription {
        subscription_id: subscription.id.to_string(),
        msn: subscription.msn.to_string(),
        interval: interval(subscription.interval).into(),
        emails: subscription.emails.into_iter().map(String::from).collect(),
        format: format(subscription.format).into(),
        language: language(subscription.language).into(),
    }
}

/// A mail, with what was sent.
pub(super) fn mail((mail, message): (Shown, Vec<u8>)) -> v1::Mail {
    v1::Mail {
        mail_id: mail.mail_id.to_string(),
        subscription_id: mail.subscription_id.to_string(),
        emails: mail.emails,
        from_date: mail.from.to_string(),
        to_date: mail.to.to_string(),
        subject: mail.subject,
        sent: mail.sent,
        attempts: mail.attempts,
        failure: mail.failure,
        message,
    }
}

/// Where a mail stands in its unit's list.
pub(super) fn place(mail: &Shown) -> String {
    format!("{}.{}", mail.made_at.timestamp_micros(), mail.mail_id)
}

fn interval(interval: Interval) -> ReportInterval {
    match interval {
        Interval::Daily => ReportInterval::Daily,
        Interval::Weekly => ReportInterval::Weekly,
        Interval::Monthly => ReportInterval::Monthly,
    }
}

fn format(format: Format) -> ReportFormat {
    match format {
        Format::SettlementXlsx => ReportFormat::SettlementXlsx,
        Format::SettlementCsv => ReportFormat::SettlementCsv,
        Format::PeriodPdf => ReportFormat::PeriodPdf,
        Format::ClassicXlsx => ReportFormat::ClassicXlsx,
        Format::ClassicCsv => ReportFormat::ClassicCsv,
        Format::ClassicXml => ReportFormat::ClassicXml,
        Format::ClassicXmlZip => ReportFormat::ClassicXmlZip,
        Format::ClassicPdf => ReportFormat::ClassicPdf,
    }
}

fn language(language: Language) -> v1::Language {
    match language {
        Language::English => v1::Language::En,
        Language::Norwegian => v1::Language::Nb,
        Language::Danish => v1::Language::Da,
        Language::Finnish => v1::Language::Fi,
        Language::Swedish => v1::Language::Sv,
    }
}
