//! Waiting for a state instead of sleeping.

use std::time::{Duration, Instant};

/// What has not come about by then does not come about.
pub const WAIT_LIMIT: Duration = Duration::from_secs(10);
const PAUSE: Duration = Duration::from_millis(5);

/// The loop inside [`eventually!`](crate::eventually).
#[derive(Debug)]
pub struct Waiting {
    deadline: Instant,
}

impl Waiting {
    /// Begins to wait now.
    pub fn begin() -> Self {
        Self { deadline: Instant::now() + WAIT_LIMIT }
    }

    /// Pauses before the next look; false when there must not be one.
    pub async fn again(&self) -> bool {
        tokio::time::sleep(PAUSE).await;
        Instant::now() < self.deadline
    }
}

/// Evaluates an expression, which may await, until it is true; panics after [`WAIT_LIMIT`].
///
/// The second form adds a message to the panic.
#[macro_export]
macro_rules! eventually {
    ($condition:expr $(,)?) => {
        $crate::eventually!($condition, "{}", stringify!($condition))
    };
    ($condition:expr, $($message:tt)+) => {{
        let waiting = $crate::Waiting::begin();
        while !($condition) {
            assert!(waiting.again().await, "not within {:?}: {}", $crate::WAIT_LIMIT, format_args!($($message)+));
        }
    }};
}

#[cfg(test)]
mod tests {
    #[tokio::test]
    async fn a_state_that_comes_about_is_waited_for() {
        let mut looks = 0;
        eventually!({
            looks += 1;
            looks == 3
        });
        assert_eq!(looks, 3);
    }
}
