//! Who is being waited for, and how many at a time.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use super::{MOST_CALLS, MOST_CALLS_OF_ONE};

/// The calls under way, by sales unit.
#[derive(Default)]
pub(super) struct Calls(Mutex<HashMap<String, usize>>);

/// A call under way, until it is dropped.
pub(super) struct UnderWay {
    calls: Arc<Calls>,
    msn: String,
}

impl Calls {
    /// Counts a call in, if there is room for one more.
    pub(super) fn begin(calls: &Arc<Self>, msn: &str) -> Option<UnderWay> {
        let mut counts = calls.counts();
        let all: usize = counts.values().sum();
        let own = counts.get(msn).copied().unwrap_or(0);
        if all >= MOST_CALLS || own >= MOST_CALLS_OF_ONE {
            return None;
        }
        counts.insert(msn.to_owned(), own + 1);
        Some(UnderWay { calls: Arc::clone(calls), msn: msn.to_owned() })
    }

    /// No count is ever left half changed, so a panic elsewhere spoils nothing.
    fn counts(&self) -> MutexGuard<'_, HashMap<String, usize>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut counts = self.calls.counts();
        match counts.get_mut(&self.msn) {
            Some(count) if *count > 1 => *count -= 1,
            Some(_) | None => {
                counts.remove(&self.msn);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_sales_unit_leaves_room_for_others_and_all_together_have_a_bound() {
        let calls = Arc::<Calls>::default();
        let own: Vec<_> = (0..MOST_CALLS_OF_ONE).map_while(|_| Calls::begin(&calls, "1")).collect();
        assert_eq!(own.len(), MOST_CALLS_OF_ONE);
        assert!(Calls::begin(&calls, "1").is_none());
        let others: Vec<_> = (2..).map_while(|msn: u32| Calls::begin(&calls, &msn.to_string())).collect();
        assert_eq!(own.len() + others.len(), MOST_CALLS);
        drop(own);
        assert!(Calls::begin(&calls, "1").is_some());
        drop(others);
        assert!(calls.counts().is_empty());
    }
}
