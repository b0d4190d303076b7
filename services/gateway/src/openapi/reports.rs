//! Report files.

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    report::{NAME, date},
    words::{one_of, text},
};
use crate::reports::words::{FORMATS, LANGUAGES};

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::AsManager };
    let units = text().pattern(Some("^[0-9]{4,10}(,[0-9]{4,10})*$"));
    let files = [
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "text/csv; charset=utf-8",
        "application/pdf",
        "application/xml",
        "application/zip",
    ];
    vec![
        api.get("/kvitt/v1/reports", "downloadReport")
            .says(
                "A settlement report as a file",
                "Of ledger dates that are closed: the same request gives the same bytes, whenever it is made. There is none \
                    of dates without a payout. Its head comes at once, and its bytes when it has been \
                    written; a file that breaks off is to be asked for again.",
            )
            .query("merchantSerialNumbers", units, "1 to 100 sales units of one merchant, with commas between them.")
            .query("fromDate", date(), "The first ledger date. It has to be there.")
            .query("toDate", date(), "The last one, at most 366 dates in all. It has to be there.")
            .query("format", one_of(FORMATS.map(|(word, _)| word)), "As what. It has to be there.")
            .query("language", one_of(LANGUAGES.map(|(word, _)| word)), "EN unless it is said.")
            .query(
                "personalInformation",
                one_of(["true", "false"]),
                "Whether to name those who paid VM numbers, where the format can.",
            )
            .answers_bytes(200, "The file.", &files)
            .refuses(&[400, 404]),
    ]
}

#[cfg(feature = "sandbox")]
pub(super) use sandbox::operations as of_sandbox;

/// Who is sent reports by e-mail, which elsewhere is set in the portal, and what they were sent.
#[cfg(feature = "sandbox")]
pub(crate) mod sandbox {
    #![expect(dead_code, reason = "types of requests are there for their schemas alone")]

    use serde_json::json;
    use utoipa::ToSchema;

    use super::{Api, Calls, Dialect, FORMATS, LANGUAGES, Operation, one_of, text};
    use crate::{
        kvitt::report_json::{INTERVALS, Mails, Subscription, Subscriptions},
        openapi::{SANDBOX, words::kinds},
    };

    kinds! {
        /// How often people are sent a report: after each ledger date, each Sunday, or each last date of a month.
        IntervalWord as "kvitt.ReportInterval" = one_of(INTERVALS.map(|(word, _)| word));
        /// What a file is like. The classic ones are for accounting systems.
        FormatWord as "kvitt.ReportFormat" = one_of(FORMATS.map(|(word, _)| word));
        /// The language of labels.
        LanguageWord as "kvitt.ReportLanguage" = one_of(LANGUAGES.map(|(word, _)| word));
    }

    /// Who is to be sent reports.
    #[derive(ToSchema)]
    #[schema(as = kvitt::NewReportSubscription)]
    struct NewSubscription {
        interval: IntervalWord,
        /// Each once.
        #[schema(min_items = 1, max_items = 20)]
        emails: Vec<String>,
        /// Any but CLASSIC_XML_ZIP.
        format: FormatWord,
        /// EN unless it is said.
        language: Option<LanguageWord>,
    }

    pub(in crate::openapi) fn operations() -> Vec<Operation> {
        let api = Api { name: SANDBOX, dialect: Dialect::Problem, calls: Calls::ForUnit };
        let one = "/kvitt/v1/report-subscriptions/{subscriptionId}";
        let weekly = json!({
            "interval": "WEEKLY", "emails": ["kari@example.com"], "format": "SETTLEMENT_XLSX", "language": "NB",
        });
        let size = text().pattern(Some("^([1-9][0-9]?|100)$"));
        vec![
            api.post("/kvitt/v1/report-subscriptions", "createReportSubscription")
                .says(
                    "Send a sales unit's reports by e-mail",
                    "From the next one on, and none of dates without a payout. At most 50 for a sales unit. They never name \
                        those who paid.",
                )
                .takes::<NewSubscription>(weekly.clone())
                .answers::<Subscription>(201, "The subscription.")
                .refuses(&[404]),
            api.get("/kvitt/v1/report-subscriptions", "listReportSubscriptions")
                .says("Who is sent a sales unit's reports", "Oldest first.")
                .answers::<Subscriptions>(200, "All of them."),
            api.put(one, "updateReportSubscription")
                .says("Change who is sent reports, and which", "All of it, from the next mail on.")
                .takes::<NewSubscription>(weekly)
                .answers::<Subscription>(200, "The subscription.")
                .refuses(&[404]),
            api.delete(one, "deleteReportSubscription")
                .says("Send no more reports", "Those that wait are not sent either.")
                .answers_nothing("There is no such subscription any more.")
                .refuses(&[400, 404]),
            api.get("/kvitt/v1/mails", "listMails")
                .says(
                    "What was sent by e-mail",
                    "Newest first, with what a mail server was sent or would have been. Mails are kept for 30 days.",
                )
                .query("pageSize", size, "1 to 100; 20 unless it is said.")
                .query("pageToken", text(), "The `nextPageToken` of the page before.")
                .answers::<Mails>(200, "A page."),
        ]
    }
}
