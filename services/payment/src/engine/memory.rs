//! What a lane remembers of what it has written, so that most commands need no reading. It is bounded, it is never what
//! a refusal or a repeated answer rests on, and what it says wrongly the fence of the log turns into a conflict.

use std::collections::{HashMap, HashSet};

use kvitt_primitives::{Msn, Reference};
use uuid::Uuid;
use xxhash_rust::xxh3::Xxh3;

use crate::domain::Payment;

/// Payments in one generation of the memory: at half a kilobyte each, some 16 MB for a lane.
const PAYMENTS: usize = 16_384;
/// Keys in one generation.
const KEYS: usize = 131_072;

/// Payments and keys of late.
#[derive(Debug, Default)]
pub(super) struct Memory {
    young: HashMap<(Msn, Reference), Payment>,
    old: HashMap<(Msn, Reference), Payment>,
    young_keys: HashSet<u64>,
    old_keys: HashSet<u64>,
}

impl Memory {
    /// The payment as this lane last wrote it.
    pub(super) fn payment(&self, at: &(Msn, Reference)) -> Option<&Payment> {
        self.young.get(at).or_else(|| self.old.get(at))
    }

    /// Whether this lane may have written the key of late.
    pub(super) fn has_key(&self, msn: &Msn, idem: Uuid) -> bool {
        let hash = short(msn, idem);
        self.young_keys.contains(&hash) || self.old_keys.contains(&hash)
    }

    /// Takes what has been committed.
    pub(super) fn learn(&mut self, payment: Payment) {
        let at = (payment.msn.clone(), payment.reference.clone());
        self.old.remove(&at);
        self.young.insert(at, payment);
        if self.young.len() >= PAYMENTS {
            self.old = std::mem::take(&mut self.young);
        }
    }

    /// Takes a key that has been committed.
    pub(super) fn learn_key(&mut self, msn: &Msn, idem: Uuid) {
        self.young_keys.insert(short(msn, idem));
        if self.young_keys.len() >= KEYS {
            self.old_keys = std::mem::take(&mut self.young_keys);
        }
    }

    /// Forgets a payment that others have written.
    pub(super) fn forget(&mut self, at: &(Msn, Reference)) {
        self.young.remove(at);
        self.old.remove(at);
    }
}

/// Eight bytes are enough: a false friend only costs a read.
fn short(msn: &Msn, idem: Uuid) -> u64 {
    let mut hash = Xxh3::new();
    hash.update(idem.as_bytes());
    hash.update(msn.as_str().as_bytes());
    hash.digest()
}
