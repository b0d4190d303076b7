//! Who may be called now: a place for each call, few of them for whoever fails. A server that hangs holds its own few places
//! and nobody else's, so that any number of dead ones delays no healthy one.
//!
//! An endpoint begins with a few calls at a time, has one more for each that succeeds, and half of them for each that
//! fails. Those that fail, and those of which nothing is known, share a part of all places only. One that has failed many
//! times in a row is left alone for a moment after each, so that a server that refuses at once costs little more than one
//! that hangs.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};

use super::EndpointId;

/// Calls at a time, of all endpoints.
const MOST_CALLS: usize = 1024;
/// Of those that fail, and of those that fail or are new.
const MOST_FAILING: usize = 512;
const MOST_UNPROVEN: usize = 768;
/// Of one endpoint: at first, and at most.
const FIRST_OF_ONE: usize = 4;
const MOST_OF_ONE: usize = 64;

/// Failures in a row after which an endpoint is left alone for a while, the step by which that while grows, and the longest.
const FAILURES_BEFORE_REST: u32 = 8;
const REST_STEP: TimeDelta = TimeDelta::milliseconds(100);
const LONGEST_REST: u32 = 20;

/// An endpoint that is called or has been.
#[derive(Debug, Clone, Copy)]
struct Endpoint {
    in_flight: usize,
    /// Calls that it may have at a time.
    most: usize,
    /// Calls that failed since one succeeded.
    failures: u32,
    /// It is left alone until then.
    rests_until: Option<DateTime<Utc>>,
    /// Since when the oldest had been due that was begun last, if there was more than could be begun.
    due_at: Option<DateTime<Utc>>,
}

impl Endpoint {
    const NEW: Self = Self { in_flight: 0, most: FIRST_OF_ONE, failures: 0, rests_until: None, due_at: None };

    fn fails(self) -> bool {
        self.most < FIRST_OF_ONE
    }

    fn rests(self, now: DateTime<Utc>) -> bool {
        self.rests_until.is_some_and(|until| until > now)
    }

    fn is_proven(self) -> bool {
        self.most > FIRST_OF_ONE
    }
}

/// What is known of what is due, and of what is on its way.
#[derive(Debug, Default)]
pub(crate) struct Desk {
    /// When each endpoint may have something that is due.
    agenda: HashMap<EndpointId, DateTime<Utc>>,
    endpoints: HashMap<EndpointId, Endpoint>,
}

impl Desk {
    /// Something of the endpoint may be due at that time.
    pub(crate) fn note(&mut self, endpoint: EndpointId, at: DateTime<Utc>) {
        self.agenda.entry(endpoint).and_modify(|known| *known = at.min(*known)).or_insert(at);
    }

    /// All that is pending, looked at anew. What is known of endpoints that have nothing to wait for is forgotten.
    pub(crate) fn renew(&mut self, agenda: impl IntoIterator<Item = (EndpointId, DateTime<Utc>)>) {
        self.agenda = agenda.into_iter().collect();
        let agenda = &self.agenda;
        self.endpoints.retain(|id, endpoint| endpoint.in_flight > 0 || agenda.contains_key(id));
    }

    /// How many deliveries of which endpoints may be begun now. Whoever waits longest comes first.
    pub(crate) fn rooms(&self, now: DateTime<Utc>) -> Vec<(EndpointId, usize)> {
        let mut due: Vec<_> = self.agenda.iter().filter(|(_, at)| **at <= now).collect();
        due.sort_unstable_by_key(|(id, at)| (**at, **id));
        let (mut failing, mut unproven, mut all) = self.places();
        let mut rooms = Vec::new();
        for (id, _) in due {
            let endpoint = self.endpoints.get(id).copied().unwrap_or(Endpoint::NEW);
            if endpoint.rests(now) {
                continue;
            }
            let mut room = endpoint.most.saturating_sub(endpoint.in_flight).min(all);
            if !endpoint.is_proven() {
                room = room.min(unproven);
            }
            if endpoint.fails() {
                room = room.min(failing);
            }
            if room == 0 {
                continue;
            }
            all -= room;
            if !endpoint.is_proven() {
                unproven -= room;
            }
            if endpoint.fails() {
                failing -= room;
            }
            rooms.push((*id, room));
        }
        rooms
    }

    /// So many of those asked for were there and are on their way now. When there were fewer, the rest waits for a call
    /// that ends, or for its time.
    pub(crate) fn began(&mut self, endpoint: EndpointId, asked: usize, begun: Begun) {
        if begun.count > 0 {
            let known = self.endpoints.entry(endpoint).or_insert(Endpoint::NEW);
            known.in_flight += begun.count;
            known.due_at = begun.due_at;
        }
        if begun.count < asked {
            self.agenda.remove(&endpoint);
        }
    }

    /// Since when the oldest has been due that has no room yet, but for endpoints that fail: those make their own wait. To be
    /// asked when all that had room has begun.
    pub(crate) fn oldest_due(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let due = self.agenda.iter().filter(|(_, at)| **at <= now);
        let since = due.filter_map(|(id, at)| match self.endpoints.get(id) {
            Some(endpoint) if endpoint.fails() => None,
            // What is first by its time may wait for another; what was begun last did not.
            Some(Endpoint { in_flight: 1.., due_at: Some(due_at), .. }) => Some(*due_at.max(at)),
            Some(_) | None => Some(*at),
        });
        since.min()
    }

    /// A call has ended; what waited for it may be due.
    pub(crate) fn ended(&mut self, endpoint: EndpointId, ended: Ended, now: DateTime<Utc>) {
        let known = self.endpoints.entry(endpoint).or_insert(Endpoint::NEW);
        known.in_flight = known.in_flight.saturating_sub(1);
        match ended {
            Ended::Succeeded => {
                known.most = (known.most + 1).min(MOST_OF_ONE);
                (known.failures, known.rests_until) = (0, None);
            }
            Ended::Failed => {
                known.most = (known.most / 2).max(1);
                known.failures = known.failures.saturating_add(1);
                let steps = known.failures.saturating_sub(FAILURES_BEFORE_REST).min(LONGEST_REST);
                known.rests_until = (steps > 0).then(|| now + REST_STEP * steps.cast_signed());
            }
            Ended::Neither => {}
        }
        self.note(endpoint, now);
    }

    /// Whether more of its calls have succeeded than failed.
    pub(crate) fn is_proven(&self, endpoint: EndpointId) -> bool {
        self.endpoints.get(&endpoint).is_some_and(|endpoint| endpoint.is_proven())
    }

    /// When something will be due that is not yet. What is due and has no room waits for a call that ends.
    pub(crate) fn next_after(&self, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
        let rests_until = |id| self.endpoints.get(id).and_then(|endpoint| endpoint.rests_until);
        let at = self.agenda.iter().map(|(id, at)| rests_until(id).map_or(*at, |until| until.max(*at)));
        at.filter(|at| *at > now).min()
    }

    /// Calls that are on their way.
    #[cfg(test)]
    fn in_flight(&self) -> usize {
        self.endpoints.values().map(|endpoint| endpoint.in_flight).sum()
    }

    /// Places that are free: for those that fail, for those that are new, for all.
    fn places(&self) -> (usize, usize, usize) {
        let (mut failing, mut unproven, mut all) = (0, 0, 0);
        for endpoint in self.endpoints.values() {
            all += endpoint.in_flight;
            unproven += if endpoint.is_proven() { 0 } else { endpoint.in_flight };
            failing += if endpoint.fails() { endpoint.in_flight } else { 0 };
        }
        let free = usize::saturating_sub;
        (free(MOST_FAILING, failing), free(MOST_UNPROVEN, unproven), free(MOST_CALLS, all))
    }
}

/// What was begun of an endpoint's deliveries.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Begun {
    pub(crate) count: usize,
    /// Since when the oldest of them had been due.
    pub(crate) due_at: Option<DateTime<Utc>>,
}

impl Begun {
    /// One more, due since then.
    pub(crate) fn add(&mut self, due_at: DateTime<Utc>) {
        self.count += 1;
        self.due_at = Some(self.due_at.map_or(due_at, |known| known.min(due_at)));
    }
}

/// How a call ended, as far as it says something about the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Ended {
    Succeeded,
    Failed,
    /// It was not called.
    Neither,
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(number: u128) -> EndpointId {
        EndpointId::from_uuid(Uuid::from_u128(number))
    }

    fn at(seconds: i64) -> DateTime<Utc> {
        DateTime::from_timestamp(seconds, 0).unwrap()
    }

    /// Begins all that may be begun, as if there were always enough.
    fn begin_all(desk: &mut Desk, now: DateTime<Utc>) -> Vec<(EndpointId, usize)> {
        let rooms = desk.rooms(now);
        for (id, room) in &rooms {
            desk.began(*id, *room, Begun { count: *room, due_at: Some(now) });
        }
        rooms
    }

    #[test]
    fn only_what_is_due_has_room_and_the_longest_wait_comes_first() {
        let mut desk = Desk::default();
        desk.note(id(1), at(5));
        desk.note(id(2), at(3));
        desk.note(id(3), at(9));
        assert_eq!(desk.rooms(at(5)), [(id(2), 4), (id(1), 4)]);
        assert_eq!(desk.next_after(at(5)), Some(at(9)));
        assert_eq!(desk.rooms(at(2)), []);
    }

    #[test]
    fn success_earns_places_and_failure_costs_half_of_them() {
        let mut desk = Desk::default();
        desk.note(id(1), at(0));
        for _ in 0..100 {
            begin_all(&mut desk, at(0));
            desk.ended(id(1), Ended::Succeeded, at(0));
        }
        begin_all(&mut desk, at(0));
        assert_eq!(desk.in_flight(), 64);
        for _ in 0..64 {
            desk.ended(id(1), Ended::Failed, at(0));
        }
        assert_eq!(desk.rooms(at(9)), [(id(1), 1)]);
        begin_all(&mut desk, at(9));
        desk.ended(id(1), Ended::Neither, at(9));
        assert_eq!(desk.rooms(at(9)), [(id(1), 1)]);
    }

    #[test]
    fn any_number_of_dead_endpoints_leaves_room_for_a_new_one_and_for_a_healthy_one() {
        let mut desk = Desk::default();
        for number in 0..5_000 {
            desk.note(id(number), at(0));
        }
        // They hang, and fail, and hang again.
        for _ in 0..20 {
            for (endpoint, room) in begin_all(&mut desk, at(0)) {
                (0..room).for_each(|_| desk.ended(endpoint, Ended::Failed, at(0)));
            }
        }
        begin_all(&mut desk, at(60));
        assert!(desk.in_flight() <= MOST_UNPROVEN);
        let healthy = id(9_999);
        desk.endpoints.insert(healthy, Endpoint { most: 64, ..Endpoint::NEW });
        desk.note(healthy, at(0));
        assert_eq!(
            desk.rooms(at(60)).iter().find(|(endpoint, _)| *endpoint == healthy),
            Some(&(healthy, 64))
        );
    }

    #[test]
    fn who_fails_again_and_again_is_left_alone_for_a_while_and_who_fails_now_and_then_is_not() {
        let mut desk = Desk::default();
        desk.note(id(1), at(0));
        for _ in 0..8 {
            begin_all(&mut desk, at(0));
            desk.ended(id(1), Ended::Failed, at(0));
        }
        assert_eq!(desk.rooms(at(0)).len(), 1);
        begin_all(&mut desk, at(0));
        desk.ended(id(1), Ended::Failed, at(0));
        let rested = at(0) + TimeDelta::milliseconds(100);
        assert_eq!((desk.rooms(at(0)), desk.next_after(at(0))), (vec![], Some(rested)));
        begin_all(&mut desk, rested);
        desk.ended(id(1), Ended::Succeeded, rested);
        assert_eq!(desk.rooms(rested).len(), 1);
        for _ in 0..1_000 {
            begin_all(&mut desk, at(99));
            desk.ended(id(1), Ended::Failed, at(99));
        }
        assert_eq!(desk.next_after(at(99)), Some(at(101)), "never longer than two seconds");
    }

    #[test]
    fn those_that_fail_do_not_take_the_places_of_new_ones() {
        let mut desk = Desk::default();
        for number in 0..2_000 {
            desk.endpoints.insert(id(number), Endpoint { most: 1, ..Endpoint::NEW });
            desk.note(id(number), at(0));
        }
        assert_eq!(begin_all(&mut desk, at(0)).len(), MOST_FAILING);
        desk.note(id(9_999), at(0));
        assert_eq!(desk.rooms(at(0)), [(id(9_999), 4)]);
    }

    #[test]
    fn who_has_nothing_left_is_not_asked_again_before_a_call_ends() {
        let mut desk = Desk::default();
        desk.note(id(1), at(0));
        desk.began(id(1), 4, Begun { count: 2, due_at: Some(at(0)) });
        assert_eq!((desk.rooms(at(9)), desk.next_after(at(0))), (vec![], None));
        desk.ended(id(1), Ended::Succeeded, at(9));
        assert_eq!(desk.rooms(at(9)), [(id(1), 4)]);
        desk.ended(id(1), Ended::Succeeded, at(9));
        desk.renew([]);
        assert_eq!((desk.rooms(at(9)), desk.endpoints.len()), (vec![], 0));
    }
    #[test]
    fn only_what_has_no_room_with_a_server_that_answers_is_late() {
        let mut desk = Desk::default();
        for number in 1..=3 {
            desk.note(id(number), at(0));
        }
        desk.endpoints.insert(id(2), Endpoint { most: 1, in_flight: 1, ..Endpoint::NEW });
        desk.began(id(3), 4, Begun { count: 0, due_at: None });
        desk.began(id(1), 4, Begun { count: 4, due_at: Some(at(20)) });
        // All four places of the first are taken; the second fails; what the third was to be told waits for something else.
        assert_eq!(desk.oldest_due(at(30)), Some(at(20)));
        for _ in 0..4 {
            desk.ended(id(1), Ended::Succeeded, at(40));
        }
        assert_eq!(desk.oldest_due(at(40)), Some(at(0)), "it waits, and nothing is under way");
        desk.began(id(1), 8, Begun { count: 1, due_at: Some(at(25)) });
        assert_eq!(desk.oldest_due(at(40)), None);
    }
}
