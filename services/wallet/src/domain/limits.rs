//! How much a payer may spend before the bank wants to know that it is really them.

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_primitives::{Currency, Money};

/// What was approved within this time counts.
const WINDOW: TimeDelta = TimeDelta::days(5);

/// From when on approved payments count.
pub(crate) fn window_start(now: DateTime<Utc>) -> DateTime<Utc> {
    now - WINDOW
}

/// Whether a payment of this total calls for a 3-D Secure challenge, when the payer has spent so much of the same currency
/// within the window.
pub(crate) fn needs_challenge(spent_minor: i64, total: Money) -> bool {
    let most_unchallenged = match total.currency {
        Currency::Nok => 1_500_000,
        Currency::Dkk => 1_000_000,
        Currency::Eur => 150_000,
        // No sales unit is paid in these with a card of the wallet.
        Currency::Sek | Currency::Usd | Currency::Gbp => return false,
    };
    spent_minor.saturating_add(total.minor) > most_unchallenged
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_challenge_is_called_for_above_the_limit_of_the_currency_and_not_at_it() {
        use Currency::{Dkk, Eur, Nok, Sek};
        for (spent, currency, total, needed) in [
            (0, Nok, 1_500_000, false),
            (0, Nok, 1_500_001, true),
            (1_499_900, Nok, 100, false),
            (1_499_900, Nok, 101, true),
            (1_000_000, Dkk, 1, true),
            (999_999, Dkk, 1, false),
            (150_000, Eur, 1, true),
            (149_999, Eur, 1, false),
            (i64::MAX, Nok, i64::MAX, true),
            (i64::MAX, Sek, i64::MAX, false),
        ] {
            let asked = needs_challenge(spent, Money::new(currency, total));
            assert_eq!(asked, needed, "{spent} + {total} {currency}");
        }
    }
}
