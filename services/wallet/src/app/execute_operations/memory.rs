//! What this instance wrote of late, so that most batches need no reading. It is bounded; what it says wrongly, because
//! another instance wrote in between, the versions of the rows and the keys of the operations turn into a lost race; and
//! no decline ever rests on it.

use std::{collections::HashMap, hash::Hash};

use chrono::{DateTime, Utc};
use kvitt_primitives::CardId;
use sqlx::PgConnection;

use crate::{
    domain::{
        acquirer::{Book, Executed, Key, Operation, Reservation},
        card::Account,
    },
    store::acquirer,
};

/// Entries of one kind in one generation.
const ENTRIES: usize = 16_384;

/// Cards, reservations and executed operations of late.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    accounts: Generations<CardId, Account>,
    reservations: Generations<Key, Reservation>,
    executed: Generations<Key, Executed>,
}

impl Memory {
    /// Everything that the operations are about; `None` when something of it is not known. An operation that nobody
    /// remembers is taken as new: its key tells if it is not.
    pub(super) fn recall(&self, operations: &[&Operation]) -> Option<Book> {
        let mut book = Book::default();
        for operation in operations {
            if let Some(executed) = self.executed.get(&operation.key) {
                book.insert_executed(executed.operation.clone(), executed.outcome.clone());
                continue;
            }
            let card_id = match operation.action.target() {
                Some((_, card_id)) => card_id,
                None => {
                    let key = operation.reservation();
                    let reservation = self.reservations.get(&key)?;
                    book.insert_reservation(key, reservation.clone());
                    reservation.card_id
                }
            };
            book.insert_account(self.accounts.get(&card_id)?.clone());
        }
        Some(book)
    }

    /// Writes what a batch has made of the book, and remembers it; forgets what it was about when that fails.
    pub(crate) async fn write(
        &mut self,
        connection: &mut PgConnection,
        book: &Book,
        now: DateTime<Utc>,
    ) -> Result<(), sqlx::Error> {
        // Should this be dropped half way, nobody knows what was written.
        self.forget(book);
        acquirer::write(connection, book, now).await?;
        self.learn(book);
        Ok(())
    }

    fn learn(&mut self, book: &Book) {
        for (account, _) in book.changed_accounts() {
            self.accounts.insert(account.card_id, account.clone());
        }
        let changed = book.changed_reservations().map(|(key, reservation, _)| (key, reservation));
        for (key, reservation) in book.made_reservations().chain(changed) {
            self.reservations.insert(key.clone(), reservation.clone());
        }
        for executed in book.fresh() {
            self.executed.insert(executed.operation.key.clone(), executed.clone());
        }
    }

    fn forget(&mut self, book: &Book) {
        for (account, _) in book.changed_accounts() {
            self.accounts.remove(&account.card_id);
        }
        for (key, ..) in book.changed_reservations() {
            self.reservations.remove(key);
        }
    }
}

/// A map that drops what has not been written for a while: the older half goes when the younger is full.
#[derive(Debug)]
struct Generations<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K, V> Default for Generations<K, V> {
    fn default() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }
}

impl<K: Hash + Eq, V> Generations<K, V> {
    fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    fn insert(&mut self, key: K, value: V) {
        self.old.remove(&key);
        self.young.insert(key, value);
        if self.young.len() >= ENTRIES {
            self.old = std::mem::take(&mut self.young);
        }
    }

    fn remove(&mut self, key: &K) {
        self.young.remove(key);
        self.old.remove(key);
    }
}
