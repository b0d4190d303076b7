//! What a row of the log is about, and the numbers that are stored.

use super::unreadable;
use crate::domain::{Event, State};

/// What a row says happened. The numbers are stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Created,
    Aborted,
    Expired,
    Cancelled,
    Captured,
    Refunded,
    Authorized,
    Terminated,
    ReserveDeclined,
    RefundDeclined,
    Refused,
    ReserveRequested,
    RefundRequested,
    CaptureRequested,
    CaptureDeclined,
}

impl Kind {
    const NUMBERS: [(Self, i16); 15] = [
        (Self::Created, 1),
        (Self::Aborted, 2),
        (Self::Expired, 3),
        (Self::Cancelled, 4),
        (Self::Captured, 5),
        (Self::Refunded, 6),
        (Self::Authorized, 7),
        (Self::Terminated, 8),
        (Self::ReserveDeclined, 9),
        (Self::RefundDeclined, 10),
        (Self::Refused, 20),
        (Self::ReserveRequested, 21),
        (Self::RefundRequested, 22),
        (Self::CaptureRequested, 23),
        (Self::CaptureDeclined, 24),
    ];
    /// Kinds up to here are public events; those above are the service's own notes.
    pub(crate) const LAST_PUBLIC: i16 = 10;

    pub(crate) fn number(self) -> i16 {
        Self::NUMBERS
            .iter()
            .find(|(kind, _)| *kind == self)
            .map(|(_, number)| *number)
            .expect("every kind is listed")
    }

    pub(super) fn from_number(number: i16) -> Option<Self> {
        Self::NUMBERS.iter().find(|(_, n)| *n == number).map(|(kind, _)| *kind)
    }

    pub(super) fn of(event: &Event) -> Self {
        match event {
            Event::Created(_) => Self::Created,
            Event::ReserveRequested { .. } => Self::ReserveRequested,
            Event::ReserveDeclined { .. } => Self::ReserveDeclined,
            Event::Authorized { .. } => Self::Authorized,
            Event::Aborted => Self::Aborted,
            Event::Expired => Self::Expired,
            Event::Terminated => Self::Terminated,
            Event::CaptureRequested(_) => Self::CaptureRequested,
            Event::CaptureDeclined { .. } => Self::CaptureDeclined,
            Event::Captured { .. } => Self::Captured,
            Event::Cancelled { .. } => Self::Cancelled,
            Event::RefundRequested(_) => Self::RefundRequested,
            Event::RefundDeclined { .. } => Self::RefundDeclined,
            Event::Refunded { .. } => Self::Refunded,
        }
    }

    /// Whether what the merchant said is kept in rows of this kind. A request keeps it for its outcome.
    pub(super) fn has_text(self) -> bool {
        match self {
            Self::Cancelled
            | Self::Captured
            | Self::Refunded
            | Self::Terminated
            | Self::CaptureRequested
            | Self::RefundRequested => true,
            Self::Created
            | Self::Aborted
            | Self::Expired
            | Self::Authorized
            | Self::ReserveDeclined
            | Self::RefundDeclined
            | Self::Refused
            | Self::ReserveRequested
            | Self::CaptureDeclined => false,
        }
    }
}

/// The stored number of a state.
pub(super) fn state_number(state: State) -> i16 {
    match state {
        State::Created => 1,
        State::Aborted => 2,
        State::Expired => 3,
        State::Authorized => 4,
        State::Terminated => 5,
    }
}

/// The state of a stored number.
pub(super) fn state_from_number(number: i16) -> Result<State, sqlx::Error> {
    match number {
        1 => Ok(State::Created),
        2 => Ok(State::Aborted),
        3 => Ok(State::Expired),
        4 => Ok(State::Authorized),
        5 => Ok(State::Terminated),
        _ => Err(unreadable("state")),
    }
}
