//! Things that go wrong on purpose at the acquirer, where payers are simulated.
//!
//! To add a kind of fault, add a [`Kind`]; what it does is done around the acquirer's lane in `app::disturb_operations`.

use std::{collections::BTreeSet, time::Duration};

use kvitt_primitives::Msn;

use super::acquirer::{self, Decline};

/// What goes wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The operation is declined, unless the acquirer has promised to do it.
    Decline(Decline),
    /// Nothing is done and nobody answers.
    TimeoutBefore,
    /// It is done and nobody answers.
    TimeoutAfter,
    /// It is done and the answer comes late, by the wall clock.
    Late(Duration),
}

/// What goes wrong with which operations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Cause {
    pub(crate) kind: Kind,
    /// Empty means all.
    pub(crate) operations: BTreeSet<acquirer::Kind>,
}

/// The faults that apply, oldest first.
pub(crate) type Faults = kvitt_faults::Faults<Cause>;

/// An operation on its way to the acquirer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) msn: &'a Msn,
    pub(crate) kind: acquirer::Kind,
    /// Whether the acquirer is free to decline it.
    pub(crate) may_be_declined: bool,
}

/// What goes wrong with an operation.
pub(crate) fn strike(faults: &mut Faults, subject: Subject<'_>) -> Option<Kind> {
    faults.strike(subject.msn, |cause| cause.fits(subject)).map(|cause| cause.kind)
}

impl Cause {
    fn fits(&self, subject: Subject<'_>) -> bool {
        let kind = self.operations.is_empty() || self.operations.contains(&subject.kind);
        let possible = subject.may_be_declined || !matches!(self.kind, Kind::Decline(_));
        kind && possible
    }
}

#[cfg(test)]
mod tests {
    use kvitt_faults::{Extent, Fault, FaultId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn operations_that_a_fault_is_not_about_or_cannot_hit_pass() {
        let msn: Msn = "123456".parse().unwrap();
        let kind = Kind::Decline(Decline::SuspectedFraud);
        let operations = [acquirer::Kind::Reserve, acquirer::Kind::Capture].into();
        let fault_id = FaultId::from_uuid(Uuid::from_u128(1));
        let cause = Cause { kind, operations };
        let mut faults = Faults::default();
        faults.add(Fault { fault_id, cause, msn: Some(msn.clone()), extent: Extent::Next(2) }).unwrap();
        let subject = |kind| Subject { msn: &msn, kind, may_be_declined: true };
        let promised = Subject { may_be_declined: false, ..subject(acquirer::Kind::Capture) };
        let course = [
            (subject(acquirer::Kind::Refund), None),
            (promised, None),
            (subject(acquirer::Kind::Capture), Some(kind)),
            (subject(acquirer::Kind::Reserve), Some(kind)),
            (subject(acquirer::Kind::Reserve), None),
        ];
        for (subject, expected) in course {
            assert_eq!(strike(&mut faults, subject), expected, "{subject:?}");
        }
        assert!(faults.list().is_empty());
    }
}
