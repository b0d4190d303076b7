//! From the wire: which report, whose subscription, which mails.

use std::collections::BTreeSet;

use chrono::DateTime;
use kvitt_primitives::{EmailAddress, Invalid, Msn};
use kvitt_proto::{
    refusal::{self, FieldViolation},
    settlement::v1::{self, DownloadReportRequest, ListMailsRequest, ReportFormat, ReportInterval},
    time,
};
use kvitt_reports::{Format, Language};
use tonic::Status;
use uuid::Uuid;

use super::super::{
    decode::Fields,
    page_token::{self, List},
};
use crate::{
    app::{
        download_report::{MOST_DATES, MOST_UNITS},
        list_mails::{self, Place},
        report::Wanted,
    },
    domain::mail::Interval,
    store::{report_rows::Payers, subscriptions::Subscription},
};

/// Most addresses of a subscription.
const MOST_EMAILS: usize = 20;

/// The units of a report.
pub(super) fn msns(request: &DownloadReportRequest) -> Result<Vec<Msn>, Status> {
    let mut fields = Fields::default();
    if !(1..=MOST_UNITS).contains(&request.msns.len()) {
        fields.broken::<()>("msns", format!("must be 1 to {MOST_UNITS} sales units"));
        return fields.finish(None);
    }
    let mut msns = BTreeSet::new();
    for (at, text) in request.msns.iter().enumerate() {
        match text.parse::<Msn>() {
            Ok(msn) if msns.insert(msn.clone()) => {}
            Ok(_) => {
                fields.broken::<()>(&format!("msns[{at}]"), "must be named once");
            }
            Err(Invalid { rule }) => {
                fields.broken::<()>(&format!("msns[{at}]"), rule);
            }
        }
    }
    fields.finish(Some(msns.into_iter().collect()))
}

/// The report of these units.
pub(super) fn wanted(request: &DownloadReportRequest, msns: Vec<Msn>) -> Result<Wanted, Status> {
    let mut fields = Fields::default();
    let from = fields.date("fromDate", &request.from_date);
    let to = fields.date("toDate", &request.to_date);
    if let Some((from, to)) = from.zip(to) {
        if to < from {
            fields.broken::<()>("toDate", "must not be before fromDate");
        } else if (to - from).num_days() >= MOST_DATES {
            fields
                .broken::<()>("toDate", format!("must be at most {MOST_DATES} dates, both ends among them"));
        }
    }
    let format = format(request.format, &mut fields);
    let language = language(request.language, &mut fields);
    let payers = if request.personal_information { Payers::Named } else { Payers::Unnamed };
    let wanted = || Some(Wanted { msns, from: from?, to: to?, format: format?, language: language?, payers });
    fields.finish(wanted())
}

/// A subscription that is to be.
pub(super) fn new_subscription(msn: Msn, wire: &v1::Subscription) -> Result<Subscription, Status> {
    read(msn, Uuid::new_v4(), wire)
}

/// A subscription as it is to be.
pub(super) fn subscription(msn: Msn, wire: &v1::Subscription) -> Result<Subscription, Status> {
    let id = subscription_id(&wire.subscription_id)?;
    read(msn, id, wire)
}

fn read(msn: Msn, id: Uuid, wire: &v1::Subscription) -> Result<Subscription, Status> {
    let mut fields = Fields::default();
    let interval = match ReportInterval::try_from(wire.interval) {
        Ok(ReportInterval::Daily) => Some(Interval::Daily),
        Ok(ReportInterval::Weekly) => Some(Interval::Weekly),
        Ok(ReportInterval::Monthly) => Some(Interval::Monthly),
        Ok(ReportInterval::Unspecified) | Err(_) => {
            fields.broken("interval", "must be DAILY, WEEKLY or MONTHLY")
        }
    };
    let emails = emails(&wire.emails, &mut fields);
    let format = match format(wire.format, &mut fields) {
        Some(Format::ClassicXmlZip) => fields.broken("format", "must be one that is sent by mail"),
        format => format,
    };
    let language = language(wire.language, &mut fields);
    let read =
        || Some(Subscription { msn, id, interval: interval?, emails, format: format?, language: language? });
    fields.finish(read())
}

fn emails(texts: &[String], fields: &mut Fields) -> Vec<EmailAddress> {
    if !(1..=MOST_EMAILS).contains(&texts.len()) {
        fields.broken::<()>("emails", format!("must be 1 to {MOST_EMAILS} addresses"));
        return Vec::new();
    }
    let mut emails: Vec<EmailAddress> = Vec::with_capacity(texts.len());
    for (at, text) in texts.iter().enumerate() {
        match text.parse() {
            Ok(_) if text.parse::<lettre::Address>().is_err() => {
                fields.broken::<()>(&format!("emails[{at}]"), "must be an address that mails can be sent to");
            }
            Ok(email) if !emails.contains(&email) => emails.push(email),
            Ok(_) => {
                fields.broken::<()>(&format!("emails[{at}]"), "must be named once");
            }
            Err(Invalid { rule }) => {
                fields.broken::<()>(&format!("emails[{at}]"), rule);
            }
        }
    }
    emails
}

/// Which subscription.
pub(super) fn subscription_id(text: &str) -> Result<Uuid, Status> {
    let broken = |_| refusal::fields(vec![FieldViolation::new("subscriptionId", "must be a UUID")]);
    Uuid::try_parse(text).map_err(broken)
}

/// Which mails.
pub(super) fn mails(request: &ListMailsRequest) -> Result<list_mails::List, Status> {
    let mut fields = Fields::default();
    let sizes = (list_mails::USUALLY_ON_PAGE.into(), list_mails::MOST_ON_PAGE.into());
    let size = fields.size(request.page_size, sizes).and_then(|size| i32::try_from(size).ok());
    let after = match request.page_token.as_str() {
        "" => None,
        token => {
            let place = page_token::open(List::Mails, token).and_then(|place| self::place(&place));
            place.or_else(|| fields.broken("pageToken", "must be a nextPageToken that was given"))
        }
    };
    fields.finish(size.map(|size| list_mails::List { size, after }))
}

fn place(text: &str) -> Option<Place> {
    let (at, id) = text.split_once('.')?;
    let at = DateTime::from_timestamp_micros(at.parse().ok()?)?;
    // PostgreSQL has no others.
    let at = time::from_proto(time::to_proto(at), "pageToken").ok()?;
    Some((at, Uuid::try_parse(id).ok()?))
}

fn format(wire: i32, fields: &mut Fields) -> Option<Format> {
    match ReportFormat::try_from(wire) {
        Ok(ReportFormat::SettlementXlsx) => Some(Format::SettlementXlsx),
        Ok(ReportFormat::SettlementCsv) => Some(Format::SettlementCsv),
        Ok(ReportFormat::PeriodPdf) => Some(Format::PeriodPdf),
        Ok(ReportFormat::ClassicXlsx) => Some(Format::ClassicXlsx),
        Ok(ReportFormat::ClassicCsv) => Some(Format::ClassicCsv),
        Ok(ReportFormat::ClassicXml) => Some(Format::ClassicXml),
        Ok(ReportFormat::ClassicXmlZip) => Some(Format::ClassicXmlZip),
        Ok(ReportFormat::ClassicPdf) => Some(Format::ClassicPdf),
        Ok(ReportFormat::Unspecified) | Err(_) => fields.broken("format", "must be one of the formats"),
    }
}

fn language(wire: i32, fields: &mut Fields) -> Option<Language> {
    match v1::Language::try_from(wire) {
        Ok(v1::Language::En | v1::Language::Unspecified) => Some(Language::English),
        Ok(v1::Language::Nb) => Some(Language::Norwegian),
        Ok(v1::Language::Da) => Some(Language::Danish),
        Ok(v1::Language::Fi) => Some(Language::Finnish),
        Ok(v1::Language::Sv) => Some(Language::Swedish),
        Err(_) => fields.broken("language", "must be EN, NB, DA, FI or SV"),
    }
}
