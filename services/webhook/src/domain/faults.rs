//! What goes wrong on purpose with deliveries, in the sandbox. What each does is done in `app::faults`.

use std::time::Duration;

use super::Kind;

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cause {
    /// It is not sent, and the try counts as one without an answer.
    Lost,
    /// It is sent twice, at the same time.
    Duplicated,
    /// It is sent late, by the wall clock.
    Late(Duration),
    /// What comes later is sent before it.
    Reordered,
    /// Half of its body is sent.
    Malformed,
}

impl Cause {
    /// Whether it can happen to such a delivery: only what belongs to a payment has an order.
    pub(crate) fn fits(self, kind: Kind) -> bool {
        match self {
            Self::Reordered => matches!(kind, Kind::Webhook | Kind::EcomCallback),
            Self::Lost | Self::Duplicated | Self::Late(_) | Self::Malformed => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_has_an_order_can_lose_it() {
        let fitting = |cause: Cause| Kind::ALL.into_iter().filter(move |kind| cause.fits(*kind)).count();
        assert_eq!((fitting(Cause::Reordered), fitting(Cause::Lost)), (2, 5));
        assert!(Cause::Reordered.fits(Kind::Webhook) && !Cause::Reordered.fits(Kind::Ping));
    }
}
