//! What the merchants of the test wanted, written before anybody was asked, and what they were told. It knows nothing of
//! the platform's own books.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};

use kvitt_tests::Answer;

/// What a merchant wants of a payment, in minor units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Create(i64),
    Approve,
    Capture(i64),
    Cancel,
    Refund(i64),
}

/// One command.
#[derive(Clone, Debug)]
pub(crate) struct Intent {
    /// Which of the load's sales units.
    pub(crate) unit: usize,
    pub(crate) reference: String,
    pub(crate) key: String,
    pub(crate) wish: Wish,
    /// How often it has been sent.
    pub(crate) sent: u32,
    /// The first final answer.
    pub(crate) told: Option<Told>,
}

/// A final answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) status: u16,
    /// The body but for its trace id.
    text: String,
}

impl Told {
    pub(crate) fn of(answer: &Answer) -> Self {
        let refused = answer.status >= 400;
        let text = if refused { answer.text_without_trace_id() } else { answer.text.clone() };
        Self { status: answer.status, text }
    }

    pub(crate) fn is_done(&self) -> bool {
        self.status < 300
    }
}

/// Everything that was wanted; clones write into the same book.
#[derive(Clone, Debug, Default)]
pub(crate) struct Journal {
    book: Arc<Mutex<Book>>,
}

#[derive(Debug, Default)]
struct Book {
    intents: Vec<Intent>,
    answered: u64,
    sent: u64,
    /// Sent again after a final answer.
    confirmed: u64,
    /// A repetition was answered otherwise than the first time.
    changed: Vec<String>,
}

/// What the journal counted.
#[derive(Clone, Debug, Default)]
pub(crate) struct Count {
    pub(crate) commands: u64,
    /// Sent again because there was no final answer.
    pub(crate) repeated: u64,
    /// Sent again although there was one.
    pub(crate) confirmed: u64,
}

impl Journal {
    fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().expect("nobody panics with the book open")
    }

    /// Writes down what is about to be asked; answers its number.
    pub(crate) fn intend(&self, unit: usize, reference: &str, key: &str, wish: Wish) -> usize {
        let mut book = self.book();
        let (reference, key) = (reference.to_owned(), key.to_owned());
        book.intents.push(Intent { unit, reference, key, wish, sent: 0, told: None });
        book.intents.len() - 1
    }

    /// It is about to be sent; answers how often it has been sent with this.
    pub(crate) fn send(&self, number: usize) -> u32 {
        let mut book = self.book();
        book.sent += 1;
        book.intents[number].sent += 1;
        book.intents[number].sent
    }

    /// There is a final answer; a later one must be the same.
    pub(crate) fn tell(&self, number: usize, told: Told) {
        let mut book = self.book();
        if let Some(first) = &book.intents[number].told {
            let changed = (*first != told)
                .then(|| format!("{:?} was answered again with {told:?}", book.intents[number]));
            book.changed.extend(changed);
            book.confirmed += 1;
        } else {
            book.intents[number].told = Some(told);
            book.answered += 1;
        }
    }

    /// How many commands have a final answer.
    pub(crate) fn answered(&self) -> u64 {
        self.book().answered
    }

    /// Commands by payment, in the order in which they were wanted.
    pub(crate) fn payments(&self) -> BTreeMap<String, Vec<Intent>> {
        let mut payments = BTreeMap::<String, Vec<Intent>>::new();
        for intent in &self.book().intents {
            payments.entry(intent.reference.clone()).or_default().push(intent.clone());
        }
        payments
    }

    /// Repetitions that were answered otherwise than the first time.
    pub(crate) fn changed(&self) -> Vec<String> {
        self.book().changed.clone()
    }

    pub(crate) fn count(&self) -> Count {
        let book = self.book();
        let commands = u64::try_from(book.intents.len()).expect("a length");
        Count { commands, repeated: book.sent - commands - book.confirmed, confirmed: book.confirmed }
    }
}

/// Authorized, captured, cancelled and refunded minor units after what was answered.
pub(crate) fn sums(intents: &[Intent]) -> [i64; 4] {
    let [mut authorized, mut captured, mut cancelled, mut refunded] = [0; 4];
    let mut amount = 0;
    for intent in intents.iter().filter(|intent| intent.told.as_ref().is_some_and(Told::is_done)) {
        match intent.wish {
            Wish::Create(minor) => amount = minor,
            Wish::Approve => authorized = amount,
            Wish::Capture(minor) => captured += minor,
            // Of what has not been approved, everything is cancelled, and it is not authorized.
            Wish::Cancel if authorized == 0 => cancelled = amount,
            Wish::Cancel => cancelled = authorized - captured,
            Wish::Refund(minor) => refunded += minor,
        }
    }
    [authorized, captured, cancelled, refunded]
}
