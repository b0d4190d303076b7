//! From the domain's words onto the wire.

use chrono::NaiveDate;
use kvitt_primitives::{Currency, Market, Money, Msn};
use kvitt_proto::{
    money,
    settlement::v1::{self, PayoutState, Personal},
    time,
};

use crate::{
    app::{
        list_entries_of_date::{Page, names_payment},
        list_ledgers::Shown,
        readable::Readable,
    },
    domain::{Agreement, EntryType, LedgerId},
    store::{
        entries::Entry,
        payouts::{Payout, State},
    },
};

/// What the number of a transfer is added to: so many transfers of a unit have numbers of their own among all units'.
const TRANSFERS_OF_A_UNIT: i64 = 100_000_000;

/// A ledger.
pub(super) fn ledger(shown: Shown) -> v1::Ledger {
    let Shown { ledger, unit, organization_number } = shown;
    let account = unit.settlement_account.unwrap_or_default();
    v1::Ledger {
        ledger_id: ledger.id.to_string(),
        msn: ledger.msn().to_string(),
        sales_unit_name: unit.name,
        currency: money::currency_to_proto(ledger.currency).into(),
        account_scheme: account.scheme,
        account_id: account.id,
        owner_scheme: owner_scheme(ledger.market).to_owned(),
        owner_id: organization_number,
        recipient_handle: ledger.recipient_handle(),
    }
}

/// The register in which a ledger's owner is.
fn owner_scheme(market: Market) -> &'static str {
    match market {
        Market::No => "business:NO:ORG",
        Market::Dk => "business:DK:CVR",
        Market::Fi => "business:FI:Y-tunnus",
    }
}

/// The entries of a page.
pub(super) fn entries(ledger: &Readable, page: &Page) -> Vec<v1::Entry> {
    let encoded = page.entries.iter().map(|entry| {
        let payer = page.payers.get(&entry.reference).filter(|_| names_payment(entry.entry_type));
        let personal = payer.map(|payer| Personal {
            name: payer.name.clone(),
            masked_phone_no: payer.masked_phone_no.clone(),
            message: payer.message.clone(),
        });
        v1::Entry { personal, ..self::entry(ledger, entry) }
    });
    encoded.collect()
}

/// An entry, without who paid.
pub(super) fn entry(ledger: &Readable, entry: &Entry) -> v1::Entry {
    let of_payment = names_payment(entry.entry_type);
    v1::Entry {
        psp_reference: entry.psp_reference.clone(),
        time: Some(time::to_proto(entry.occurred_at)),
        ledger_date: date(entry.ledger_date),
        entry_type: entry_type(entry.entry_type).into(),
        reference: entry.reference.clone(),
        currency: money::currency_to_proto(ledger.currency).into(),
        amount_minor: entry.amount_minor,
        balance_before_minor: entry.after_minor.saturating_sub(entry.amount_minor),
        balance_after_minor: entry.after_minor,
        recipient_handle: if of_payment { ledger.recipient_handle() } else { String::new() },
        transaction_id: transaction_id(ledger.msn(), entry.number),
        personal: None,
    }
}

fn transaction_id(msn: &Msn, number: i64) -> i64 {
    let msn: i64 = msn.as_str().parse().unwrap_or_default();
    msn.saturating_mul(TRANSFERS_OF_A_UNIT).saturating_add(number)
}

/// Why there is an entry. What is in no stream has no word on the wire.
pub(super) fn entry_type(entry_type: EntryType) -> v1::EntryType {
    match entry_type {
        EntryType::Capture => v1::EntryType::Capture,
        EntryType::Refund => v1::EntryType::Refund,
        EntryType::CaptureFee => v1::EntryType::CaptureFee,
        EntryType::ServiceFee => v1::EntryType::ServiceFee,
        EntryType::FeesRetained => v1::EntryType::FeesRetained,
        EntryType::FeesInvoiced => v1::EntryType::FeesInvoiced,
        EntryType::PayoutScheduled => v1::EntryType::PayoutScheduled,
        EntryType::PayoutAborted => v1::EntryType::PayoutAborted,
        EntryType::RetainedDisputedCapture => v1::EntryType::RetainedDisputedCapture,
        EntryType::ReturnedDisputedCapture => v1::EntryType::ReturnedDisputedCapture,
        EntryType::Correction => v1::EntryType::Correction,
        EntryType::TopUp => v1::EntryType::TopUp,
        EntryType::CreditNote => v1::EntryType::CreditNote,
        EntryType::PayoutExecuted => v1::EntryType::Unspecified,
    }
}

/// A payout.
pub(super) fn payout(payout: Payout) -> v1::Payout {
    let state = match payout.state {
        State::Scheduled => PayoutState::Scheduled,
        State::Executed => PayoutState::Executed,
        State::Aborted => PayoutState::Aborted,
    };
    let (account_scheme, account_id) = payout.account;
    v1::Payout {
        ledger_id: LedgerId::of(payout.msn.clone()).to_string(),
        msn: payout.msn.to_string(),
        payout_number: payout.number,
        from_date: date(payout.from),
        to_date: date(payout.to),
        amount: Some(amount(payout.currency, payout.amount_minor)),
        reference: payout.reference,
        account_scheme,
        account_id,
        value_date: date(payout.value_date),
        state: state.into(),
        scheduled_at: Some(time::to_proto(payout.scheduled_at)),
        ended_at: payout.ended_at.map(time::to_proto),
        failure: payout.failure,
    }
}

/// What a unit has agreed to, and since when.
pub(super) fn agreement(msn: &Msn, since: Option<NaiveDate>, agreement: Agreement) -> v1::Agreement {
    v1::Agreement {
        msn: msn.to_string(),
        product: agreement.product,
        percentage: agreement.percentage.normalize().to_string(),
        fixed_minor: agreement.fixed_minor,
        minimum_minor: agreement.minimum_minor,
        reserve_minor: agreement.reserve_minor,
        payout_delay_days: agreement.payout_delay_days.into(),
        cut_off_minutes: agreement.cut_off_minutes.into(),
        effective_from: since.map(date).unwrap_or_default(),
    }
}

fn amount(currency: Currency, minor: i64) -> money::v1::Money {
    money::to_proto(Money::new(currency, minor))
}

/// `YYYY-MM-DD`.
fn date(date: NaiveDate) -> String {
    date.format("%Y-%m-%d").to_string()
}
