//! How many connections pools have, for the operator: work that finds none free waits for one, and fails when that takes too
//! long. Where metrics do not leave the process, the instruments are nothing.

use std::sync::atomic::{AtomicI64, Ordering::Relaxed};

use opentelemetry::{KeyValue, global};
use sqlx::PgPool;

/// Connections that a pool holds open; by database, pool and state: `used` or `idle`.
pub const CONNECTIONS: &str = "kvitt.database.connections";
/// Connections that a pool may hold open; by database and pool.
pub const CONNECTIONS_LIMIT: &str = "kvitt.database.connections.limit";

/// Tells of a pool until it is closed.
pub(crate) fn tell_of(pool: &PgPool, database: String, most: u32) {
    static NEXT: AtomicI64 = AtomicI64::new(0);
    // One service has several pools of one database, and each is exhausted for itself.
    let of_pool = [KeyValue::new("database", database), KeyValue::new("pool", NEXT.fetch_add(1, Relaxed))];
    let in_state = |state: &'static str| -> Vec<KeyValue> {
        of_pool.iter().cloned().chain([KeyValue::new("state", state)]).collect()
    };
    let (used, idle) = (in_state("used"), in_state("idle"));
    let (meter, open) = (global::meter("kvitt"), pool.clone());
    let _connections = meter
        .u64_observable_gauge(CONNECTIONS)
        .with_unit("{connection}")
        .with_description("Connections that a pool holds open")
        .with_callback(move |observer| {
            if !open.is_closed() {
                let (all, free) =
                    (u64::from(open.size()), u64::try_from(open.num_idle()).unwrap_or_default());
                observer.observe(all.saturating_sub(free), &used);
                observer.observe(free, &idle);
            }
        })
        .build();
    let open = pool.clone();
    let _limit = meter
        .u64_observable_gauge(CONNECTIONS_LIMIT)
        .with_unit("{connection}")
        .with_description("Connections that a pool may hold open")
        .with_callback(move |observer| {
            if !open.is_closed() {
                observer.observe(most.into(), &of_pool);
            }
        })
        .build();
}
