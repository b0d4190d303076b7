//! A national record day: how many payments arrive in each of its minutes.

/// Payments of the day.
pub(crate) const PAYMENTS: u64 = 3_064_000;
/// Payments of its busiest minute.
pub(crate) const PEAK: u64 = 8_500;
/// Minutes of a day.
pub(crate) const MINUTES: usize = 1440;

/// The busiest minute: four in the afternoon.
const PEAK_MINUTE: usize = 16 * 60;

/// How busy each hour begins, of 1000; what comes in grows with the square of it.
const HOURS: [u64; 24] = [
    40, 25, 15, 12, 12, 20, 70, 150, 280, 400, 500, 580, 640, 700, 780, 880, 1000, 900, 690, 540, 480, 330,
    210, 110,
];

/// Arrivals in each minute of a day of so many payments, which is the record day's shape at another size.
///
/// The sum is exact, and so is the busiest minute; each of the others gets its share of what is left, rounded so that the
/// sums up to any minute are right.
pub(crate) fn arrivals(payments: u64) -> Vec<u64> {
    let peak = (u128::from(PEAK) * u128::from(payments)).div_ceil(u128::from(PAYMENTS));
    let peak = u64::try_from(peak).unwrap_or(payments).min(payments);
    let others = |minute: &usize| *minute != PEAK_MINUTE;
    let total: u128 = (0..MINUTES).filter(others).map(busy).sum();
    let left = u128::from(payments - peak);
    let (mut weight, mut given) = (0, 0);
    (0..MINUTES)
        .map(|minute| {
            if minute == PEAK_MINUTE {
                return peak;
            }
            weight += busy(minute);
            let until = u64::try_from(left * weight / total).expect("a part of a u64");
            until - std::mem::replace(&mut given, until)
        })
        .collect()
}

/// Between the hours on a straight line, squared.
fn busy(minute: usize) -> u128 {
    let (hour, past) = (minute / 60, u64::try_from(minute % 60).expect("less than 60"));
    let line = HOURS[hour] * (60 - past) + HOURS[(hour + 1) % 24] * past;
    u128::from(line) * u128::from(line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_record_day_has_exactly_its_payments_and_exactly_its_peak() {
        let day = arrivals(PAYMENTS);
        assert_eq!(day.len(), MINUTES);
        assert_eq!(day.iter().sum::<u64>(), 3_064_000);
        assert_eq!(day.iter().max(), Some(&8_500));
        assert_eq!(day[PEAK_MINUTE], 8_500);
        assert_eq!(day.iter().filter(|arrivals| **arrivals == 8_500).count(), 1);
    }

    #[test]
    fn the_day_swells_and_ebbs_without_jumps() {
        let day = arrivals(PAYMENTS);
        assert!(day[4 * 60] < 10 && day[12 * 60] > 3_000, "{} {}", day[4 * 60], day[12 * 60]);
        for (minute, pair) in day.windows(2).enumerate() {
            assert!(pair[0].abs_diff(pair[1]) <= 200, "minute {minute}: {pair:?}");
        }
    }

    #[test]
    fn a_smaller_day_has_the_same_shape_and_an_exact_sum() {
        for payments in [0, 1, 2, 1_000, 306_400, 12_345] {
            let day = arrivals(payments);
            assert_eq!(day.iter().sum::<u64>(), payments);
            assert_eq!(day[PEAK_MINUTE], (payments * PEAK).div_ceil(PAYMENTS));
        }
        assert_eq!(arrivals(306_400)[PEAK_MINUTE], 850);
    }
}
