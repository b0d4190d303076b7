//! The sums by which a number shows a slip of the pen. Whatever is not a digit is passed over.

/// Whether the digits, each by its weight, add up to a multiple of eleven. The check digit is one of them; where it
/// would have to be ten there is no such number.
pub(crate) fn eleven(number: &str, weights: &[u32]) -> bool {
    digits(number).zip(weights).map(|(digit, weight)| digit * weight).sum::<u32>().is_multiple_of(11)
}

/// Luhn's sum: every second digit, from the last but one, counts double, and of what then has two digits their sum
/// counts. The whole is a multiple of ten.
pub(crate) fn luhn(number: &str) -> bool {
    let digits: Vec<u32> = digits(number).collect();
    let doubled = |digit: u32| if digit > 4 { 2 * digit - 9 } else { 2 * digit };
    let count = |(place, digit): (usize, &u32)| if place % 2 == 1 { doubled(*digit) } else { *digit };
    digits.iter().rev().enumerate().map(count).sum::<u32>().is_multiple_of(10)
}

/// The stem with the check digit that satisfies `checks`; `None` where no digit does.
pub(crate) fn completed(stem: &str, checks: impl Fn(&str) -> bool) -> Option<String> {
    (0..10).map(|digit| format!("{stem}{digit}")).find(|number| checks(number))
}

fn digits(number: &str) -> impl Iterator<Item = u32> {
    number.chars().filter_map(|digit| digit.to_digit(10))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn luhn_takes_one_last_digit_of_ten() {
        for (stem, last) in [("7992739871", 3), ("411111111111111", 1), ("811228987", 4), ("0", 0)] {
            for digit in 0..10 {
                assert_eq!(luhn(&format!("{stem}{digit}")), digit == last, "{stem}{digit}");
            }
            assert_eq!(completed(stem, luhn), Some(format!("{stem}{last}")));
        }
    }

    #[test]
    fn a_stem_whose_check_digit_would_be_ten_has_none() {
        let weights = [2, 1];
        assert_eq!(completed("5", |number| eleven(number, &weights)), Some("51".to_owned()));
        assert_eq!(completed("6", |number| eleven(number, &weights)), None);
    }
}
