//! The labels of the current reports and of the classic PDF, one file for each language.

mod danish;
mod english;
mod finnish;
mod norwegian;
mod swedish;

use kvitt_primitives::Market;

use crate::{Kind, Language};

/// Every label, in one language.
#[derive(Debug)]
pub(crate) struct Words {
    /// The language's tag.
    pub(crate) tag: &'static str,
    pub(crate) sales_unit: &'static str,
    pub(crate) msn_vipps: &'static str,
    pub(crate) msn_mobilepay: &'static str,
    pub(crate) country: &'static str,
    pub(crate) payment_solution: &'static str,
    pub(crate) time: &'static str,
    pub(crate) booking_date: &'static str,
    pub(crate) kind: &'static str,
    pub(crate) amount: &'static str,
    pub(crate) balance: &'static str,
    pub(crate) fee: &'static str,
    pub(crate) net_amount: &'static str,
    pub(crate) currency: &'static str,
    pub(crate) customer_name: &'static str,
    pub(crate) customer_phone: &'static str,
    pub(crate) message: &'static str,
    pub(crate) category: &'static str,
    pub(crate) psp_reference: &'static str,
    pub(crate) reference: &'static str,
    pub(crate) payout_number: &'static str,
    pub(crate) captures: &'static str,
    pub(crate) refunds: &'static str,
    pub(crate) fees: &'static str,
    pub(crate) other: &'static str,
    pub(crate) payout: &'static str,
    pub(crate) payouts: &'static str,
    pub(crate) remaining_balance: &'static str,
    pub(crate) fee_status: &'static str,
    pub(crate) retained: &'static str,
    pub(crate) invoiced: &'static str,
    pub(crate) payout_account: &'static str,
    pub(crate) payout_reference: &'static str,
    pub(crate) payout_date: &'static str,
    pub(crate) total: &'static str,
    pub(crate) count: &'static str,
    pub(crate) organization: &'static str,
    pub(crate) organization_number: &'static str,
    pub(crate) period: &'static str,
    pub(crate) period_report: &'static str,
    pub(crate) settlement_report: &'static str,
    pub(crate) page: &'static str,
    pub(crate) of: &'static str,
    /// Heading of the classic PDF, in capitals.
    pub(crate) settlement: &'static str,
    pub(crate) vipps_number: &'static str,
    pub(crate) settlement_form: &'static str,
    pub(crate) net: &'static str,
    pub(crate) gross: &'static str,
    pub(crate) bank_account: &'static str,
    pub(crate) date: &'static str,
    pub(crate) settlement_id: &'static str,
    pub(crate) gross_sales: &'static str,
    pub(crate) refunded: &'static str,
    pub(crate) settlement_total: &'static str,
    /// In the order of [`Kind`].
    pub(crate) kinds: [&'static str; 10],
}

impl Words {
    /// The labels of a language.
    pub(crate) fn of(language: Language) -> &'static Self {
        match language {
            Language::English => &english::WORDS,
            Language::Norwegian => &norwegian::WORDS,
            Language::Danish => &danish::WORDS,
            Language::Finnish => &finnish::WORDS,
            Language::Swedish => &swedish::WORDS,
        }
    }

    /// A type of entry in words.
    pub(crate) fn kind(&self, kind: Kind) -> &'static str {
        self.kinds[match kind {
            Kind::Capture => 0,
            Kind::Refund => 1,
            Kind::FeesRetained => 2,
            Kind::PayoutScheduled => 3,
            Kind::PayoutAborted => 4,
            Kind::RetainedDisputedCapture => 5,
            Kind::ReturnedDisputedCapture => 6,
            Kind::Correction => 7,
            Kind::TopUp => 8,
            Kind::CreditNote => 9,
        }]
    }

    /// What the type counts as in sums.
    pub(crate) fn category(&self, kind: Kind) -> &'static str {
        match kind {
            Kind::Capture => self.captures,
            Kind::Refund => self.refunds,
            Kind::FeesRetained => self.fees,
            Kind::PayoutScheduled => self.payouts,
            _ => self.other,
        }
    }

    /// What the number of a sales unit is called where it sells.
    pub(crate) fn number(&self, market: Market) -> &'static str {
        match market {
            Market::No => self.msn_vipps,
            Market::Dk | Market::Fi => self.msn_mobilepay,
        }
    }
}
