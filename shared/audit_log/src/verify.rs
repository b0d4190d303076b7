//! Walks the chain.

use sqlx::PgConnection;

use crate::{entry::Hash, store};

/// What the migration writes as the hash before the first entry.
const BEGINNING: Hash = [0; 32];

/// Entries that are looked at together.
const PAGE: i64 = 1_000;

/// What was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// How many entries.
    pub entries: u64,
    /// The last hash: whoever keeps it elsewhere can tell later that nothing before it was made anew.
    pub hash: [u8; 32],
    /// What is wrong, in the order of the chain; at most [`MOST_BROKEN`].
    pub broken: Vec<Broken>,
}

/// More is not told.
pub const MOST_BROKEN: usize = 100;

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// Entries are not there.
    #[error("entries {first} to {last} of the audit log are missing")]
    Missing {
        /// The first of them.
        first: i64,
        /// The last of them.
        last: i64,
    },
    /// The entry is not what was written there, or the one before is not.
    #[error("entry {0} of the audit log does not match the chain")]
    Hash(i64),
    /// The last entry is not the one that the head names.
    #[error("the head of the audit log names entry {head}, and the last one is {last}")]
    Head {
        /// What the head says.
        head: i64,
        /// What is there.
        last: i64,
    },
}

/// Walks the log from its first entry, a page at a time; memory does not grow with it. Behind an entry that does not match
/// it goes on from the hash that is stored there, so each place that was tampered with is told once. The connection should
/// be at a snapshot: entries may be added meanwhile.
pub async fn verify(connection: &mut PgConnection) -> Result<Verified, sqlx::Error> {
    let (head, head_hash) = store::head(connection).await?;
    let mut verified = Verified { entries: 0, hash: BEGINNING, broken: Vec::new() };
    let mut last = 0;
    loop {
        let page = store::chain(connection, last, PAGE).await?;
        if page.is_empty() {
            break;
        }
        for (entry, hash) in &page {
            if entry.sequence != last + 1 {
                verified.note(Broken::Missing { first: last + 1, last: entry.sequence - 1 });
            } else if entry.hash_after(&verified.hash) != *hash {
                verified.note(Broken::Hash(entry.sequence));
            }
            verified.hash = *hash;
            verified.entries += 1;
            last = entry.sequence;
        }
    }
    if head != last {
        verified.note(Broken::Head { head, last });
    } else if head_hash != verified.hash {
        verified.note(Broken::Hash(last));
    }
    Ok(verified)
}

impl Verified {
    fn note(&mut self, broken: Broken) {
        if self.broken.len() < MOST_BROKEN {
            self.broken.push(broken);
        }
    }
}
