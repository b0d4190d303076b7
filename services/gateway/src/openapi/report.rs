//! Ledgers, their streams and payouts; and what only the operator decides about them, which only a sandbox lets anybody do.

use utoipa::openapi::{
    KnownFormat, ObjectBuilder, Required, SchemaFormat, Type,
    path::{Parameter, ParameterBuilder, ParameterIn},
};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{kinds, one_of, text},
};
use crate::{
    payouts::json::{Payouts, STATES},
    report::json::{Feed, OfDate, Transactions},
    settlement::json::Ledgers,
};

pub(super) const NAME: &str = "Report";

kinds! {
    /// A date in the sales unit's zone, as in `2026-11-22`.
    Date as "LedgerDate" = date();
    /// How far a payout has come.
    PayoutStateWord as "kvitt.PayoutState" = one_of(STATES.map(|(word, _)| word));
}

/// A date.
pub(super) fn date() -> ObjectBuilder {
    text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)))
}

const CURSOR: &str = "The `cursor` of the page before.";

const PERSONAL: &str = "Tell who paid, of payments to a VM number; to be repeated with every page.";

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Report, calls: Calls::AsManager };
    let of_unit = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnit };
    let personal = || ObjectBuilder::new().schema_type(Type::Boolean);
    let size = text().pattern(Some("^([1-9][0-9]?|100)$"));
    vec![
        api.get("/settlement/v1/ledgers", "listLedgers")
            .says(
                "The ledgers that the caller may read",
                "Whoever's they are: of accounting keys, those that merchants have granted.",
            )
            .query(
                "settlesForRecipientHandles",
                text(),
                "Only the one that settles for this, as in `api:123456`.",
            )
            .query("cursor", text(), "The `cursor` of the page before. Nothing else is needed then.")
            .answers::<Ledgers>(200, "A page. The cursor is empty on the last one."),
        api.get("/report/v2/ledgers/{ledgerId}/{topic}/dates/{ledgerDate}", "getReportByDate")
            .says(
                "What happened on a ledger date, once it is closed",
                "Oldest first, at most 1000 on a page. A page that has been answered never changes.",
            )
            .query("cursor", text(), CURSOR)
            .query("includeGDPRSensitiveData", personal(), PERSONAL)
            .answers::<OfDate>(200, "A page, or that it is too early to ask.")
            .refuses(&[404]),
        api.get("/report/v2/ledgers/{ledgerId}/{topic}/feed", "getReportFeed")
            .says(
                "What happened, in the order in which it was added",
                "Open dates too. Ask again with the cursor that was answered for what has come since.",
            )
            .query("cursor", text(), "The `cursor` of the last answer; the beginning without one.")
            .query("includeGDPRSensitiveData", personal(), PERSONAL)
            .answers::<Feed>(200, "A page.")
            .refuses(&[404]),
        api.get("/report/v1/ledgertransactions", "listLedgerTransactions")
            .says(
                "What happened to the funds of a ledger, by dates or by payout",
                "Deprecated; closed dates only. One date, or a range of dates, or those of a payout.",
            )
            .parameter(ledger_id())
            .query("ledgerDate", date(), "This date.")
            .query("fromLedgerDate", date(), "The first date.")
            .query("toLedgerDate", date(), "The last date.")
            .query("inPayout", payout_number(), "The dates that this payout covers.")
            .query("sincePayout", payout_number(), "The dates after those that this payout covers.")
            .query("cursor", text(), CURSOR)
            .answers::<Transactions>(200, "A page. The cursor is empty on the last one.")
            .refuses(&[404]),
        of_unit
            .get("/kvitt/v1/payouts", "listPayouts")
            .says("What a sales unit was paid out", "Newest first. Partners' keys do not see it.")
            .query("pageSize", size, "1 to 100, which it is unless it is said.")
            .query("pageToken", text(), "The `nextPageToken` of the page before.")
            .answers::<Payouts>(200, "A page.")
            .refuses(&[404]),
    ]
}

fn ledger_id() -> Parameter {
    let named = ParameterBuilder::new().name("ledgerId").parameter_in(ParameterIn::Query);
    named.required(Required::True).schema(Some(text())).description(Some("The ledger.")).build()
}

fn payout_number() -> ObjectBuilder {
    text().pattern(Some("^[1-9][0-9]{0,17}$"))
}

#[cfg(feature = "sandbox")]
pub(super) use sandbox::operations as of_sandbox;

#[cfg(feature = "sandbox")]
#[expect(dead_code, reason = "types of requests are there for their schemas alone")]
mod sandbox {
    use serde_json::json;
    use utoipa::ToSchema;

    use super::{Api, Calls, Dialect, Operation, kinds, one_of, text};
    use crate::{
        kvitt::ledger_json::Agreement,
        openapi::{SANDBOX, epayment::NewAmount, parameters::idempotency_key_if_any},
        report::{
            json::{ENTRY_TYPES, Transaction},
            query::TOPICS,
        },
    };

    kinds! {
        /// Why there is an entry; not all of them are made by hand.
        EntryTypeWord as "kvitt.EntryType" = one_of(ENTRY_TYPES.map(|(word, _)| word));
        /// Which stream of a ledger.
        TopicWord as "kvitt.Topic" = one_of(TOPICS.map(|(word, _)| word));
        /// 0 to 100, with at most four decimals.
        Percentage as "kvitt.Percentage" = text().pattern(Some("^(100|[0-9]{1,2}([.][0-9]{1,4})?)$"));
    }

    /// What a sales unit pays and how it is paid out, all of it.
    #[derive(ToSchema)]
    #[schema(as = kvitt::NewAgreement, rename_all = "camelCase")]
    struct NewAgreement {
        #[schema(max_length = 50)]
        product: Option<String>,
        percentage: Option<Percentage>,
        /// Added to each fee.
        #[schema(minimum = 0, maximum = 1_000_000)]
        fixed_minor: Option<i64>,
        /// The least that a fee is.
        #[schema(minimum = 0, maximum = 1_000_000)]
        minimum_minor: Option<i64>,
        #[schema(minimum = 0, maximum = 100_000_000_000_i64)]
        reserve_minor: Option<i64>,
        #[schema(minimum = 0, maximum = 30)]
        payout_delay_days: Option<i32>,
        #[schema(minimum = 0, maximum = 720)]
        cut_off_minutes: Option<i32>,
    }

    /// An entry to add: `service-fee`, `retained-disputed-capture`, `returned-disputed-capture`, `correction`, `top-up` or
    /// `credit-note`.
    #[derive(ToSchema)]
    #[schema(as = kvitt::NewEntry, rename_all = "camelCase")]
    struct NewEntry {
        entry_type: EntryTypeWord,
        /// Needed with `correction` and `credit-note`.
        topic: Option<TopicWord>,
        amount: NewAmount,
        /// Of a dispute: that of the capture.
        #[schema(max_length = 64)]
        reference: Option<String>,
    }

    pub(in crate::openapi) fn operations() -> Vec<Operation> {
        let api = Api { name: SANDBOX, dialect: Dialect::Problem, calls: Calls::ForUnit };
        vec![
            api.get("/kvitt/v1/agreements", "getAgreement")
                .says("What a sales unit pays, and how it is paid out", "")
                .answers::<Agreement>(200, "The agreement in force.")
                .refuses(&[404]),
            api.put("/kvitt/v1/agreements", "setAgreement")
                .says(
                    "Agree something else with a sales unit",
                    "As its operator: from the first open ledger date on. What is left out is nothing.",
                )
                .takes::<NewAgreement>(json!({"percentage": "2.99", "fixedMinor": 100}))
                .answers::<Agreement>(200, "The agreement.")
                .refuses(&[404]),
            api.post("/kvitt/v1/ledger-entries", "postLedgerEntry")
                .says("Add an entry to a sales unit's ledger by hand", "As its operator; on the first open ledger date.")
                .parameter(idempotency_key_if_any())
                .takes::<NewEntry>(json!({
                    "entryType": "top-up", "amount": {"currency": "NOK", "value": 10000}, "reference": "Invoice 12",
                }))
                .answers::<Transaction>(201, "The entry.")
                .refuses(&[404, 409]),
        ]
    }
}
