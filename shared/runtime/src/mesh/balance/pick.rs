//! Pick of two: of two instances taken by chance, the one with less to do. It spreads nearly as well as looking at all of
//! them, and those who pick at the same time do not all pick the same one.

/// Picks one of `count` places by `random`; `load` says how much there is to do at a place, None when it is not to be used.
/// Places from which nothing can be picked are only looked at one by one when both that were taken by chance are such.
pub(super) fn pick(count: usize, random: u64, load: impl Fn(usize) -> Option<usize>) -> Option<usize> {
    let (first, second) = two(count, random)?;
    match (load(first), load(second)) {
        (Some(one), Some(other)) => Some(if other < one { second } else { first }),
        (Some(_), None) => Some(first),
        (None, Some(_)) => Some(second),
        (None, None) => {
            let usable = || (0..count).filter_map(|place| load(place).map(|load| (place, load)));
            let (first, second) = two(usable().count(), random)?;
            let first = usable().nth(first)?;
            let second = usable().nth(second).unwrap_or(first);
            Some(if second.1 < first.1 { second.0 } else { first.0 })
        }
    }
}

/// Two of `count` places, which are different where there are two.
fn two(count: usize, random: u64) -> Option<(usize, usize)> {
    let count = u64::try_from(count).ok().filter(|count| *count > 0)?;
    let first = (random & u64::from(u32::MAX)) % count;
    let step = if count > 1 { 1 + (random >> 32) % (count - 1) } else { 0 };
    let place = |number: u64| usize::try_from(number % count).ok();
    Some((place(first)?, place(first + step)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    const MANY: u64 = 30_000;

    /// The places picked for many random numbers, counted.
    fn counts(loads: &[Option<usize>]) -> Vec<u64> {
        let mut random = fastrand::Rng::with_seed(9);
        let mut counts = vec![0; loads.len()];
        for _ in 0..MANY {
            let picked = pick(loads.len(), random.u64(..), |place| loads[place]);
            if let Some(picked) = picked {
                counts[picked] += 1;
            }
        }
        counts
    }

    #[test]
    fn the_two_are_different_and_every_pair_comes_up() {
        let mut random = fastrand::Rng::with_seed(1);
        let mut seen = std::collections::BTreeSet::new();
        for _ in 0..MANY {
            let (first, second) = two(5, random.u64(..)).unwrap();
            assert!(first != second && first < 5 && second < 5);
            seen.insert((first, second));
        }
        assert_eq!(seen.len(), 20);
        assert_eq!((two(0, 7), two(1, u64::MAX)), (None, Some((0, 0))));
    }

    #[test]
    fn the_most_loaded_of_three_is_never_picked_and_equal_ones_share() {
        assert_eq!(counts(&[Some(1), Some(9), Some(0)])[1], 0);
        for count in counts(&[Some(3), Some(3), Some(3)]) {
            assert!(count.abs_diff(MANY / 3) < MANY / 30, "{count}");
        }
    }

    #[test]
    fn what_is_not_to_be_used_is_not_and_the_others_share_its_part() {
        let counts_of_three = counts(&[None, Some(4), Some(4)]);
        assert_eq!(counts_of_three[0], 0);
        assert!(counts_of_three[1].abs_diff(MANY / 2) < MANY / 20, "{counts_of_three:?}");
        let one_of_many = counts(&[None, None, None, Some(100), None, None]);
        assert_eq!(one_of_many[3], MANY);
        let two_of_many = counts(&[None, None, Some(1), None, None, Some(1), None]);
        assert!(two_of_many[2] + two_of_many[5] == MANY && two_of_many[2].abs_diff(MANY / 2) < MANY / 10);
        assert_eq!(counts(&[None, None, None]), [0, 0, 0]);
    }
}
