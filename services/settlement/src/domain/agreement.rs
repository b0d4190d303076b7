//! What a unit has agreed to pay, and how it is paid out.

use rust_decimal::{Decimal, RoundingStrategy, prelude::ToPrimitive as _};

/// How fees are rounded to minor units, here and nowhere else: to the nearest, and from the middle to the even one, so that
/// over many captures nobody gains.
const ROUNDING: RoundingStrategy = RoundingStrategy::MidpointNearestEven;

/// What holds from a date on.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Agreement {
    /// Empty: the unit's product.
    pub(crate) product: String,
    /// 0 to 100, at most four decimals.
    pub(crate) percentage: Decimal,
    pub(crate) fixed_minor: i64,
    pub(crate) minimum_minor: i64,
    /// What payouts leave on the ledger.
    pub(crate) reserve_minor: i64,
    /// Banking days beyond the usual.
    pub(crate) payout_delay_days: u8,
    /// When a date ends, in minutes after midnight: 0 to 720.
    pub(crate) cut_off_minutes: u16,
}

impl Agreement {
    /// The fee of a capture of that amount: its part and the fixed one, but at least the minimum and at most all of it.
    pub(crate) fn fee(&self, amount_minor: i64) -> i64 {
        let capture = amount_minor.max(0);
        let part = Decimal::from(capture)
            .checked_mul(self.percentage)
            .and_then(|percents| percents.checked_div(Decimal::ONE_HUNDRED))
            .and_then(|part| part.round_dp_with_strategy(0, ROUNDING).to_i64())
            .unwrap_or(capture);
        part.saturating_add(self.fixed_minor).max(self.minimum_minor).clamp(0, capture)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn agreement(percentage: &str, fixed_minor: i64, minimum_minor: i64) -> Agreement {
        let percentage = percentage.parse().expect("a decimal number");
        Agreement { percentage, fixed_minor, minimum_minor, ..Agreement::default() }
    }

    #[test]
    fn a_fee_is_a_part_and_a_fixed_one_but_at_least_the_minimum_and_at_most_the_capture() {
        // percentage, fixed, minimum, capture, fee
        let table = [
            ("0", 0, 0, 10_000, 0),
            ("2.99", 0, 0, 10_000, 299),
            ("2.99", 100, 0, 10_000, 399),
            ("4", 0, 0, 10_000, 400),
            ("2.99", 100, 400, 10_000, 400),
            ("1.5", 0, 0, 50_000, 750),
            // More than there is to take it from.
            ("2.99", 100, 400, 100, 100),
            ("0", 1_000_000, 0, 1, 1),
            ("100", 1, 0, 70, 70),
            ("100", 0, 0, i64::MAX, i64::MAX),
            ("99.9999", 1_000_000, 1_000_000, i64::MAX, 9_223_362_813_483_738_952),
            ("2.99", 100, 400, 0, 0),
            ("2.99", 100, 400, -5, 0),
            ("0.0001", 0, 0, 499_999, 0),
            ("0.0001", 0, 0, 500_001, 1),
        ];
        for (percentage, fixed, minimum, capture, fee) in table {
            assert_eq!(
                agreement(percentage, fixed, minimum).fee(capture),
                fee,
                "{percentage} % + {fixed}, at least {minimum}, of {capture}"
            );
        }
    }

    #[test]
    fn half_a_minor_unit_goes_to_the_even_one() {
        // Of 1 percent: 0.5, 1.5, 2.5, 3.5; and what is just off the middle.
        for (capture, fee) in [(50, 0), (150, 2), (250, 2), (350, 4), (249, 2), (251, 3), (149, 1), (151, 2)]
        {
            assert_eq!(agreement("1", 0, 0).fee(capture), fee, "{capture}");
        }
    }
}
