//! Deliberate faults: what must not happen is made to happen, so that the simulation proves that it would notice.

/// One thing that is wrong with the world.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    /// The log takes a key twice.
    KeyIsNotUnique,
    /// The log takes a payment's version twice.
    VersionIsNotUnique,
    /// A payment takes the row of another with the same reference.
    ReferenceIsUnguarded,
    /// A closed part takes rows.
    ClosedPartIsWritten,
    /// The last position of a batch is given out again.
    PositionsAreReused,
    /// Rows are written without the fold.
    FoldIsNotWritten,
    /// The log says yes before it has committed.
    AnswerComesFirst,
    /// Timers are not written.
    TimersAreForgotten,
    /// The acquirer does not know an operation again.
    AcquirerExecutesTwice,
    /// The acquirer breaks its promise.
    GuaranteeIsBroken,
    /// No answer from the acquirer is taken for a no.
    SilenceIsANo,
    /// Clearing moves its cursor before it sends.
    CursorComesFirst,
}

impl Fault {
    pub(super) const ALL: [Self; 12] = [
        Self::KeyIsNotUnique,
        Self::VersionIsNotUnique,
        Self::ReferenceIsUnguarded,
        Self::ClosedPartIsWritten,
        Self::PositionsAreReused,
        Self::FoldIsNotWritten,
        Self::AnswerComesFirst,
        Self::TimersAreForgotten,
        Self::AcquirerExecutesTwice,
        Self::GuaranteeIsBroken,
        Self::SilenceIsANo,
        Self::CursorComesFirst,
    ];
}
