//! Kinds of damage, each done by hand with SQL, and what the audit must say of it.

/// The service whose database is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    Payment,
    Wallet,
}

/// One kind of damage.
pub(crate) struct Damage {
    pub(crate) what: &'static str,
    pub(crate) side: Side,
    pub(crate) sql: &'static [&'static str],
    /// A part of the line that the audit prints.
    pub(crate) found: &'static str,
}

const fn payment(what: &'static str, sql: &'static [&'static str], found: &'static str) -> Damage {
    Damage { what, side: Side::Payment, sql, found }
}

const fn wallet(what: &'static str, sql: &'static [&'static str], found: &'static str) -> Damage {
    Damage { what, side: Side::Wallet, sql, found }
}

/// What `scenario` leaves behind is told apart by its amounts.
pub(crate) const ALL: [Damage; 29] = [
    payment(
        "more is captured than was authorized",
        &[
            "ALTER TABLE payments DROP CONSTRAINT payments_captured_and_cancelled_within_authorized",
            "UPDATE payments SET captured = captured + 6000 WHERE refunded = 1200",
        ],
        "its sums break a rule: captured + cancelled <= authorized",
    ),
    payment(
        "more is refunded than was captured",
        &[
            "ALTER TABLE payments DROP CONSTRAINT payments_refunded_within_captured",
            "UPDATE payments SET refunded = 5001 WHERE refunded = 1200",
        ],
        "its sums break a rule: refunded <= captured",
    ),
    payment(
        "a payment has another state",
        &["UPDATE payments SET state = 2 WHERE state = 3"],
        "its row has state Aborted, but its events make Expired",
    ),
    payment(
        "a payment has another card",
        &["UPDATE payments SET card_bin = '000000' WHERE refunded = 1200"],
        "its row has card_bin Some(\"000000\"), but its events make Some(",
    ),
    payment(
        "a guarantee is longer than was said",
        &["UPDATE payments SET guaranteed_until = guaranteed_until + interval '1 day' WHERE refunded = 1200"],
        "its row has guaranteed_until",
    ),
    payment(
        "the log knows another card than the acquirer",
        &["UPDATE payment_log SET detail = regexp_replace(detail, '\\d{6}', '000000') WHERE kind = 7"],
        "as card of reserve",
    ),
    payment(
        "a log row in the middle is gone",
        &["DELETE FROM payment_log WHERE kind = 5 AND amount = 4000"],
        "is missing; the next one there is",
    ),
    payment(
        "the last log row is gone",
        &["DELETE FROM payment_log WHERE kind = 8"],
        "its row has version 2, but its events make 1",
    ),
    payment(
        "an event has another amount",
        &["UPDATE payment_log SET amount = 3999 WHERE kind = 5 AND amount = 4000"],
        "but its events make Authorized of 10000 NOK, authorized 10000, captured 3999",
    ),
    payment(
        "an event has another kind",
        &["UPDATE payment_log SET kind = 3 WHERE kind = 5 AND amount = 4000"],
        "(Expired of 4000) cannot follow what is before it",
    ),
    payment(
        "an event is of a kind that nobody knows",
        &["UPDATE payment_log SET kind = 99 WHERE kind = 5 AND amount = 4000"],
        "cannot be read",
    ),
    payment(
        "a position is taken twice",
        &["UPDATE payment_log SET pos = pos - 1 WHERE kind = 5 AND amount = 1000"],
        "is taken more than once",
    ),
    payment(
        "a position is left out",
        &["UPDATE payment_log SET pos = pos + 1000000 WHERE kind = 8"],
        "are missing",
    ),
    payment(
        "two events of a payment are in the wrong order",
        &["UPDATE payment_log l SET pos = o.pos FROM payment_log o
           WHERE l.payment_id = o.payment_id AND l.kind = 5 AND o.kind = 5 AND l.amount + o.amount = 5000"],
        "which is not after the row before it",
    ),
    payment(
        "an event is in another part",
        &["UPDATE payment_log SET part = 1 - part WHERE kind = 8"],
        "where its unit does not belong",
    ),
    payment(
        "the head of a part is ahead",
        &["UPDATE log_head SET next_pos = next_pos + 1 WHERE next_pos > 1"],
        "its head says that position",
    ),
    payment(
        "a clearing cursor is ahead of the head",
        &["UPDATE clearing_cursors SET pos = pos + 1000"],
        "its clearing cursor is at",
    ),
    payment("a timer is gone", &["DELETE FROM payment_timers"], "its timer is none, but it wants due at"),
    payment(
        "a timer belongs to nobody",
        &["UPDATE payment_timers SET payment_id = gen_random_uuid()"],
        "there is a timer, but no payment",
    ),
    payment(
        "a log belongs to no payment",
        &["DELETE FROM payments WHERE refunded = 1200"],
        "rows, but there is no payment",
    ),
    payment(
        "a payment has no log",
        &[
            "DELETE FROM payment_log l USING payments p WHERE p.payment_id = l.payment_id AND p.refunded = 1200",
        ],
        "there is no log of it",
    ),
    payment(
        "a key has two effects",
        &[
            "DROP INDEX payment_log_idem",
            "UPDATE payment_log SET idem = (SELECT idem FROM payment_log WHERE kind = 5 AND amount = 1000)
             WHERE kind = 5 AND amount = 4000",
        ],
        "has more than one row",
    ),
    wallet(
        "an operation has another amount",
        &["UPDATE operations SET amount_minor = 4001 WHERE kind = 'capture' AND amount_minor = 4000"],
        "the acquirer has 4001 NOK as amount of capture",
    ),
    wallet(
        "an operation is gone",
        &["DELETE FROM operations WHERE kind = 'capture' AND amount_minor = 4000"],
        "the acquirer has never heard of capture",
    ),
    wallet(
        "an operation was declined",
        &[
            "UPDATE operations SET declined = 'amount_too_high' WHERE kind = 'capture' AND amount_minor = 4000",
        ],
        "the acquirer has declined (amount_too_high) capture",
    ),
    wallet(
        "nobody asked for an operation",
        &["INSERT INTO operations
           SELECT msn, gen_random_uuid(), kind, payment_id, payer_id, card_id, reservation_id, currency,
                  amount_minor, decided_at, executed_at, declined, card_bin
           FROM operations WHERE kind = 'capture' AND amount_minor = 1000"],
        "and 0 rows of the log ask for it",
    ),
    wallet(
        "a reservation has another sum",
        &["UPDATE reservations SET captured_minor = captured_minor - 1 WHERE refunded_minor = 1200"],
        "but its operations make amount 10000, captured 5000, refunded 1200, released 5000",
    ),
    wallet(
        "a part of a hold has lapsed",
        &[
            "ALTER TABLE reservations DROP CONSTRAINT reservations_within_amount",
            "UPDATE reservations SET lapsed_minor = 1 WHERE refunded_minor = 1200",
        ],
        "lapsed 1, but its operations make amount 10000, captured 5000, refunded 1200, released 5000, lapsed 0 or 0",
    ),
    wallet(
        "a card has too much money",
        &[
            "UPDATE cards SET balance_minor = balance_minor + 1, spent_minor = spent_minor - 1 WHERE spent_minor > 0",
        ],
        "but its reservations make held",
    ),
];

/// A payment that waits for its payer comes to wait for the acquirer: nothing is wrong before the deadline.
pub(crate) const UNANSWERED: [&str; 4] = [
    "INSERT INTO payment_log (payment_id, seq, part, pos, kind, state, at, amount, authorized, captured, cancelled,
         refunded, payment_amount, event_id, operation, msn, reference, currency)
     SELECT l.payment_id, l.seq + 1, l.part, h.next_pos, 21, l.state, l.at, l.payment_amount, 0, 0, 0, 0,
            l.payment_amount, gen_random_uuid(), gen_random_uuid(), l.msn, l.reference, l.currency
     FROM payments p JOIN payment_log l ON l.payment_id = p.payment_id AND l.seq = p.version
     JOIN log_head h ON h.part = l.part WHERE p.state = 1",
    "UPDATE log_head h SET next_pos = h.next_pos + 1 FROM payment_log l WHERE l.part = h.part AND l.pos = h.next_pos",
    "UPDATE payments p SET version = l.seq, pending_kind = 1, pending_operation = l.operation,
         pending_amount = l.amount, pending_due_at = l.at + interval '30 seconds', pending_payer = gen_random_uuid(),
         pending_card = gen_random_uuid()
     FROM payment_log l WHERE p.state = 1 AND l.payment_id = p.payment_id AND l.seq = p.version + 1",
    "INSERT INTO payment_timers (due_at, payment_id, msn, reference)
     SELECT pending_due_at, payment_id, msn, reference FROM payments WHERE pending_kind IS NOT NULL",
];
