//! What the end of a ledger date brings: fees retained or invoiced, then a payout.

use chrono::{DateTime, NaiveDate, Utc};
use kvitt_primitives::Market;

use super::{
    Account, Agreement, Cause, EntryType, Frequency, Ledger, LedgerId, Terms, Transfer,
    bank_text::bank_text,
    calendar::{bank_opens_at, ends_period, value_date},
    ledger::{TooLarge, source},
};

/// What the end of a date has brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Closing {
    /// In order; all of them dated on the date that was closed.
    pub(crate) transfers: Vec<Transfer>,
    pub(crate) payout: Option<NewPayout>,
}

/// A payout made ready.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct NewPayout {
    pub(crate) number: i64,
    pub(crate) from: NaiveDate,
    pub(crate) to: NaiveDate,
    pub(crate) amount_minor: i64,
    /// What the bank statement says.
    pub(crate) text: String,
    pub(crate) account: (String, String),
    pub(crate) value_date: NaiveDate,
    /// When the bank is asked.
    pub(crate) ask_at: DateTime<Utc>,
}

/// Closes the first open date of `ledger`, which is over (contract-merchant sections 4.2 to 4.4):
/// 1. net: what fees are owed is retained, once, under `<ledgerId>-<YYYYMMDD>`; gross: at the end of a month it is invoiced;
/// 2. at the end of the unit's period, what `funds` holds beyond the reserve is made ready as a payout, if it is more than
///    nothing and there is an account for it. It covers every date since the last payout.
///
/// Afterwards the ledger stands at the next date, which ends `next_cut_off` minutes after its midnight. `agreement` is that of
/// the date that closes. What fails leaves the ledger as it was.
pub(crate) fn close(
    ledger: &mut Ledger,
    terms: &Terms,
    agreement: &Agreement,
    next_cut_off: u16,
) -> Result<Closing, TooLarge> {
    let mut after = ledger.clone();
    let mut transfers = Vec::new();
    transfers.extend(settle_fees(&mut after, terms)?);
    let payout = match pay_out(&mut after, terms, agreement)? {
        Some((transfer, payout)) => {
            transfers.push(transfer);
            Some(payout)
        }
        None => None,
    };
    after.closed_through = after.first_open();
    after.cut_off_at(next_cut_off);
    *ledger = after;
    Ok(Closing { transfers, payout })
}

/// The fees are retained at the end of every date, or invoiced at the end of a month. Fees that are owed to the merchant are
/// paid out with the funds, too; no invoice is made of them.
fn settle_fees(ledger: &mut Ledger, terms: &Terms) -> Result<Option<Transfer>, TooLarge> {
    let date = ledger.first_open();
    let balance = ledger.fees.after_minor;
    let amount = balance.checked_abs().ok_or(TooLarge)?;
    let ends_month = ends_period(Frequency::Monthly, date);
    let (entry_type, sides, name) = match (terms.gross, balance.signum()) {
        (false, -1) => (EntryType::FeesRetained, (Account::Funds, Account::Fees), date.format("%Y%m%d")),
        (false, 1) => (EntryType::FeesRetained, (Account::Fees, Account::Funds), date.format("%Y%m%d")),
        (true, -1) if ends_month => {
            (EntryType::FeesInvoiced, (Account::Receivable, Account::Fees), date.format("%Y%m"))
        }
        _ => return Ok(None),
    };
    let cause = cause(ledger, entry_type, &name.to_string(), String::new());
    ledger.post(entry_type, sides, amount, cause).map(Some)
}

/// What the ledger holds beyond the reserve goes to the bank.
fn pay_out(
    ledger: &mut Ledger,
    terms: &Terms,
    agreement: &Agreement,
) -> Result<Option<(Transfer, NewPayout)>, TooLarge> {
    let date = ledger.first_open();
    let amount_minor = ledger.funds.after_minor.saturating_sub(agreement.reserve_minor);
    let Some(account) = &terms.account else { return Ok(None) };
    if amount_minor <= 0 || !ends_period(frequency(ledger.market, terms), date) {
        return Ok(None);
    }
    let number = ledger.next_payout_number;
    let value_date = value_date(ledger.market, date, agreement.payout_delay_days);
    let text = bank_text(ledger.market, number, &ledger.msn, value_date);
    let cause = cause(ledger, EntryType::PayoutScheduled, &number.to_string(), text.clone());
    let sides = (Account::Funds, Account::Payouts);
    let transfer = ledger.post(EntryType::PayoutScheduled, sides, amount_minor, cause)?;
    let payout = NewPayout {
        number,
        from: ledger.paid_through.succ_opt().unwrap_or(date),
        to: date,
        amount_minor,
        text,
        account: account.clone(),
        value_date,
        ask_at: bank_opens_at(ledger.market, value_date),
    };
    ledger.next_payout_number = number.checked_add(1).ok_or(TooLarge)?;
    ledger.paid_through = date;
    Ok(Some((transfer, payout)))
}

/// MobilePay pays out every day, whatever was asked for (contract-merchant section 4.3).
fn frequency(market: Market, terms: &Terms) -> Frequency {
    match market {
        Market::No => terms.frequency,
        Market::Dk | Market::Fi => Frequency::Daily,
    }
}

/// What the end of the date causes happens when the date ends.
fn cause(ledger: &Ledger, entry_type: EntryType, what: &str, reference: String) -> Cause {
    let kind = match entry_type {
        EntryType::PayoutScheduled => "payout",
        _ => "fees",
    };
    Cause {
        psp_reference: format!("{}-{what}", LedgerId::of(ledger.msn.clone())),
        reference,
        occurred_at: ledger.closes_at,
        source: source(kind, &ledger.msn, what),
    }
}

#[cfg(test)]
mod tests;
