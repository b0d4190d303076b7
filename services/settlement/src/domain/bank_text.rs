//! What the bank statement says of a payout (contract-merchant section 4.4).

use chrono::{Datelike as _, NaiveDate};
use kvitt_primitives::{Market, Msn};

/// MobilePay's code of the product, before the recipient.
const PRODUCT: &str = "02";
/// MobilePay's running number: the one transfer of a settlement.
const RUNNING: &str = "001";
/// The digits of a recipient.
const RECIPIENT: usize = 8;

/// What the statement says: in Norway words; in Denmark and Finland 20 digits, namely product, recipient (the last 8 digits of
/// the MSN, with zeros before them), running number, value date, and a check digit.
pub(crate) fn bank_text(market: Market, number: i64, msn: &Msn, value_date: NaiveDate) -> String {
    match market {
        Market::No => format!("Utb. {number} Vippsnr {msn}"),
        Market::Dk | Market::Fi => {
            let from = msn.as_str().len().saturating_sub(RECIPIENT);
            let recipient = msn.as_str().get(from..).unwrap_or_default();
            let (day, month, year) =
                (value_date.day(), value_date.month(), value_date.year().rem_euclid(100));
            let stem = format!("{PRODUCT}{recipient:0>RECIPIENT$}{RUNNING}{day:02}{month:02}{year:02}");
            let check = check_digit(&stem);
            format!("{stem}{check}")
        }
    }
}

/// The check digit of Finnish reference numbers: from the right, digits count 7, 3, 1, 7, 3, 1 and so on; it completes their
/// sum to a multiple of ten. Upstream does not publish its rule; its one published example, `03000000000011602193`, obeys
/// this one, and Finnish banks take no other.
fn check_digit(stem: &str) -> u32 {
    let digits = stem.bytes().rev().map(|digit| u32::from(digit.saturating_sub(b'0')));
    let sum: u32 = digits.zip([7, 3, 1].into_iter().cycle()).map(|(digit, weight)| digit * weight).sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_norwegian_payout_is_told_in_words_of_at_most_35_characters() {
        let date = NaiveDate::from_ymd_opt(2026, 9, 2).expect("a date");
        let text = |number, msn: &str| bank_text(Market::No, number, &msn.parse().expect("an MSN"), date);
        assert_eq!(text(2_000_023, "16655"), "Utb. 2000023 Vippsnr 16655");
        assert!(text(2_000_023, "1234567890").chars().count() <= 35);
        assert!(text(99_999_999_999, "1234567890").chars().count() <= 35);
    }

    #[test]
    fn a_mobilepay_payout_is_told_in_20_digits() {
        // market, MSN, value date, text
        let table = [
            (Market::Dk, "123456", (2026, 9, 2), "02001234560010209269"),
            (Market::Fi, "123456", (2026, 9, 2), "02001234560010209269"),
            (Market::Fi, "12345678", (2019, 2, 16), "02123456780011602194"),
            (Market::Dk, "1234567890", (2030, 12, 31), "02345678900013112303"),
            (Market::Dk, "1234", (2000, 1, 1), "02000012340010101001"),
        ];
        for (market, msn, (year, month, day), text) in table {
            let date = NaiveDate::from_ymd_opt(year, month, day).expect("a date");
            assert_eq!(bank_text(market, 2_000_001, &msn.parse().expect("an MSN"), date), text, "{msn}");
        }
    }

    #[test]
    fn the_check_digit_is_that_of_the_published_example_and_shows_a_slip() {
        assert_eq!(check_digit("0300000000001160219"), 3);
        let stem = "0200123456001020926";
        for place in 0..stem.len() {
            for digit in '0'..='9' {
                let mut slip = stem.to_owned();
                slip.replace_range(place..=place, &digit.to_string());
                assert_eq!(check_digit(&slip) == check_digit(stem), slip == stem, "{slip}");
            }
        }
    }
}
