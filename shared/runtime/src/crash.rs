//! Named points at which a process can be told to end as `kill -9` would end it: no destructor runs, nothing is flushed.
//!
//! A test of crashes starts a service with `--crash-at payment.append.after:3`, and the third passing is the last thing
//! that the process does. This exists with the feature `sandbox` only; without it [`point`] is nothing and no binary
//! has the option. To add a point: a line in [`POINTS`], and a call where it lies.

#[cfg(feature = "sandbox")]
use std::sync::{
    OnceLock,
    atomic::{AtomicU32, Ordering},
};

/// Every point. `before` is the last moment at which the effect does not exist, `after` the first at which it exists
/// and nobody has been told.
pub const POINTS: [&str; 14] = [
    // A batch of the log: decided and not written, or written and not answered.
    "payment.append.before",
    "payment.append.after",
    // An operation that waits for the acquirer: committed and not asked, or answered and not settled.
    "payment.acquirer.before",
    "payment.acquirer.after",
    // Clearing: instructions not sent, or carried out while the cursor stands before them.
    "payment.clearing.before",
    "payment.clearing.after",
    // A batch of the acquirer's: decided and not written, or written and not answered.
    "wallet.write.before",
    "wallet.write.after",
    // Events of payment's log: posted and not committed, or committed and nobody has heard.
    "settlement.post.before",
    "settlement.post.after",
    // The end of ledger dates: decided and not committed, or committed.
    "settlement.close.before",
    "settlement.close.after",
    // A payout: committed and the bank not asked, or the bank has answered and that is not written down.
    "settlement.bank.before",
    "settlement.bank.after",
];

/// How a binary is told where to crash.
#[derive(Clone, Debug, clap::Args)]
pub struct CrashOptions {
    /// Ends the process at the COUNT-th passing of a point, for tests of crashes.
    #[cfg(feature = "sandbox")]
    #[arg(long, env = "KVITT_CRASH_AT", value_name = "NAME:COUNT", hide = true)]
    crash_at: Option<CrashAt>,
}

impl CrashOptions {
    /// Arms the point that was named, if one was. Only main calls this, once.
    pub fn arm(self) {
        #[cfg(feature = "sandbox")]
        if let Some(CrashAt { point, count }) = self.crash_at {
            ARMED.get_or_init(|| Armed { point, left: AtomicU32::new(count) });
        }
    }
}

/// Passes a point of [`POINTS`]: the end of this process if it is armed and this is the passing that was named.
#[inline]
pub fn point(name: &'static str) {
    debug_assert!(POINTS.contains(&name), "{name} is not in the list of points");
    #[cfg(feature = "sandbox")]
    if let Some(armed) = ARMED.get()
        && armed.point == name
        && armed.left.fetch_sub(1, Ordering::Relaxed) == 1
    {
        std::process::abort();
    }
}

/// Where a process is to end.
#[cfg(feature = "sandbox")]
#[derive(Clone, Debug)]
struct CrashAt {
    point: &'static str,
    count: u32,
}

#[cfg(feature = "sandbox")]
#[derive(Debug)]
struct Armed {
    point: &'static str,
    /// Passings that are left, the last one included.
    left: AtomicU32,
}

#[cfg(feature = "sandbox")]
static ARMED: OnceLock<Armed> = OnceLock::new();

/// The text is not a point and a count.
#[cfg(feature = "sandbox")]
#[derive(Debug, thiserror::Error)]
#[error("must be a point, ':' and a count from 1; the points are {}", POINTS.join(", "))]
struct InvalidCrashAt;

#[cfg(feature = "sandbox")]
impl std::str::FromStr for CrashAt {
    type Err = InvalidCrashAt;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (name, count) = text.split_once(':').ok_or(InvalidCrashAt)?;
        let point = POINTS.into_iter().find(|point| *point == name).ok_or(InvalidCrashAt)?;
        let count = count.parse().ok().filter(|count| *count > 0).ok_or(InvalidCrashAt)?;
        Ok(Self { point, count })
    }
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use super::*;

    #[test]
    fn only_a_known_point_and_a_count_are_taken() {
        let table = [
            ("payment.append.after:3", Some(("payment.append.after", 3))),
            ("wallet.write.before:1", Some(("wallet.write.before", 1))),
            ("payment.append:1", None),
            ("payment.append.after", None),
            ("payment.append.after:", None),
            ("payment.append.after:0", None),
            ("payment.append.after:-1", None),
            ("payment.append.after:4294967296", None),
            (":1", None),
            ("", None),
        ];
        for (text, expected) in table {
            let parsed = text.parse::<CrashAt>().ok().map(|at| (at.point, at.count));
            assert_eq!(parsed, expected, "{text}");
        }
    }

    #[test]
    fn a_refusal_lists_the_points() {
        let refusal = "nowhere:1".parse::<CrashAt>().unwrap_err().to_string();
        assert!(POINTS.iter().all(|point| refusal.contains(point)), "{refusal}");
    }

    #[test]
    fn a_process_that_is_not_armed_passes_every_point() {
        POINTS.into_iter().for_each(point);
    }
}
