use std::collections::BTreeMap;
use std::sync::atomic::AtomicUsize;

use tokio::sync::RwLock as Gate;

use super::*;

/// A source that answers with the revision at which a key last changed.
#[derive(Default)]
struct Desk {
    book: std::sync::Mutex<Book>,
    asked: AtomicUsize,
    changes_asked: AtomicUsize,
    /// While closed, answers are on their way.
    answering: Gate<()>,
    /// While closed, word of changes is on its way.
    telling: Gate<()>,
    /// While closed, what has changed is not forgotten yet.
    forgetting: Gate<()>,
    answers: Option<Answers<char, i64>>,
}

#[derive(Default)]
struct Book {
    revision: i64,
    changed: BTreeMap<char, i64>,
    all: bool,
    fails: bool,
}

impl Desk {
    fn answers(&self) -> &Answers<char, i64> {
        self.answers.as_ref().unwrap()
    }

    fn change(&self, key: char) {
        let mut book = self.book.lock().unwrap();
        book.revision += 1;
        let revision = book.revision;
        book.changed.insert(key, revision);
    }

    fn fail(&self, fails: bool) {
        self.book.lock().unwrap().fails = fails;
    }

    async fn ask(&self, key: char) -> Result<Answer<i64>, Status> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        let answer = {
            let book = self.book.lock().unwrap();
            let value = book.changed.get(&key).copied().unwrap_or_default();
            if book.fails {
                Err(Status::unavailable("closed"))
            } else {
                Ok(Answer { value, revision: book.revision })
            }
        };
        drop(self.answering.read().await);
        answer
    }
}

impl Source for Desk {
    type Key = char;

    async fn changes(&self, after_revision: i64) -> Result<Changes<char>, Status> {
        self.changes_asked.fetch_add(1, Ordering::SeqCst);
        drop(self.telling.read().await);
        let book = self.book.lock().unwrap();
        if book.fails {
            return Err(Status::unavailable("closed"));
        }
        let these = book.changed.iter().filter(|(_, revision)| **revision > after_revision);
        let changed = if book.all || after_revision > book.revision {
            Changed::All
        } else {
            Changed::These(these.map(|(key, _)| *key).collect())
        };
        Ok(Changes { revision: book.revision, changed })
    }

    async fn forget(&self, changed: Changed<char>) {
        drop(self.forgetting.read().await);
        match changed {
            Changed::These(keys) => {
                for key in &keys {
                    self.answers().forget(key).await;
                }
            }
            Changed::All => self.answers().forget_all(),
        }
    }
}

fn remembered() -> Remembered<Desk> {
    Remembered::new(Desk { answers: Some(Answers::at_most(100)), ..Desk::default() })
}

impl Remembered<Desk> {
    async fn read(&self, key: char) -> Result<i64, Status> {
        let desk = self.source();
        self.get(desk.answers(), &key, desk.ask(key)).await
    }

    fn spawn_read(&self, key: char) -> tokio::task::JoinHandle<Result<i64, Status>> {
        let remembered = self.clone();
        tokio::spawn(async move { remembered.read(key).await })
    }

    /// As if so much time had passed since the changes were asked for.
    fn age(&self, by: Duration) {
        self.shared.learn(|known| {
            if let Some(pulse) = &mut known.pulse {
                pulse.asked_at -= by;
            }
        });
    }

    fn asked(&self) -> (usize, usize) {
        let desk = self.source();
        (desk.asked.load(Ordering::SeqCst), desk.changes_asked.load(Ordering::SeqCst))
    }
}

/// Lets every other task come as far as it can. The tests run on one thread.
async fn settle() {
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn requests_at_the_same_time_share_one_question_and_later_ones_ask_nothing() {
    let remembered = remembered();
    remembered.source().change('a');
    let gate = remembered.source().answering.write().await;
    let readers = ['a'; 3].map(|key| remembered.spawn_read(key));
    settle().await;
    drop(gate);
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap(), 1);
    }
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.asked(), (1, 1));
}

#[tokio::test]
async fn a_change_takes_away_what_it_outdates_and_nothing_else() {
    let remembered = remembered();
    for key in ['a', 'b'] {
        assert_eq!(remembered.read(key).await.unwrap(), 0);
    }
    remembered.source().change('a');
    remembered.age(RENEW_AGE);
    // Not too old yet: these are answered at once, while one question goes out.
    for key in ['a', 'b'] {
        assert_eq!(remembered.read(key).await.unwrap(), 0);
    }
    settle().await;
    assert_eq!(remembered.asked(), (2, 2));
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.read('b').await.unwrap(), 0);
    assert_eq!(remembered.asked(), (3, 2));
}

#[tokio::test]
async fn nothing_stays_when_anything_may_have_changed() {
    let remembered = remembered();
    remembered.read('a').await.unwrap();
    remembered.source().book.lock().unwrap().all = true;
    remembered.age(MAX_AGE);
    remembered.read('a').await.unwrap();
    assert_eq!(remembered.asked(), (2, 2));
}

#[tokio::test]
async fn another_database_counts_from_where_it_is() {
    let remembered = remembered();
    for _ in 0..5 {
        remembered.source().change('a');
    }
    assert_eq!(remembered.read('a').await.unwrap(), 5);
    *remembered.source().book.lock().unwrap() = Book::default();
    remembered.age(MAX_AGE);
    assert_eq!(remembered.read('a').await.unwrap(), 0);
    remembered.source().change('a');
    remembered.age(MAX_AGE);
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.asked(), (3, 3));
}

#[tokio::test]
async fn an_answer_that_arrives_after_a_change_of_it_became_known_does_not_stay() {
    let remembered = remembered();
    remembered.confirm().await.unwrap();
    let gate = remembered.source().answering.write().await;
    let early = remembered.spawn_read('a');
    settle().await;
    remembered.source().change('a');
    remembered.age(MAX_AGE);
    assert_eq!(remembered.confirm().await.unwrap(), 1);
    // It shares the question that was put too early, and puts its own when it sees that.
    let late = remembered.spawn_read('a');
    settle().await;
    drop(gate);
    assert_eq!(early.await.unwrap().unwrap(), 0);
    assert_eq!(late.await.unwrap().unwrap(), 1);
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.asked(), (2, 2));
}

#[tokio::test]
async fn an_outdated_answer_that_arrived_for_nobody_else_is_asked_for_again() {
    let remembered = remembered();
    remembered.confirm().await.unwrap();
    let gate = remembered.source().answering.write().await;
    let early = remembered.spawn_read('a');
    settle().await;
    remembered.source().change('a');
    remembered.age(MAX_AGE);
    remembered.confirm().await.unwrap();
    drop(gate);
    assert_eq!(early.await.unwrap().unwrap(), 0);
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.asked(), (2, 2));
}

#[tokio::test]
async fn with_too_old_knowledge_all_wait_for_one_question() {
    let remembered = remembered();
    remembered.read('a').await.unwrap();
    remembered.source().change('a');
    remembered.age(MAX_AGE);
    let gate = remembered.source().telling.write().await;
    let readers = ['a'; 3].map(|key| remembered.spawn_read(key));
    settle().await;
    assert!(readers.iter().all(|reader| !reader.is_finished()));
    drop(gate);
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap(), 1);
    }
    assert_eq!(remembered.asked(), (2, 2));
}

#[tokio::test]
async fn while_one_question_is_out_no_other_follows_it() {
    let remembered = remembered();
    remembered.read('a').await.unwrap();
    remembered.age(RENEW_AGE);
    let gate = remembered.source().telling.write().await;
    for _ in 0..3 {
        remembered.read('a').await.unwrap();
        settle().await;
    }
    assert_eq!(remembered.asked(), (1, 2));
    // Who comes when it is too late waits for the same one.
    remembered.age(MAX_AGE);
    let readers = ['a'; 3].map(|key| remembered.spawn_read(key));
    settle().await;
    assert_eq!(remembered.asked(), (1, 2));
    drop(gate);
    for reader in readers {
        reader.await.unwrap().unwrap();
    }
    assert_eq!(remembered.asked(), (1, 2));
}

#[tokio::test]
async fn a_failure_is_shared_by_all_who_wait_and_remembered_for_nobody_else() {
    let remembered = remembered();
    remembered.source().fail(true);
    let gate = remembered.source().telling.write().await;
    let readers = ['a'; 3].map(|key| remembered.spawn_read(key));
    settle().await;
    drop(gate);
    for reader in readers {
        assert_eq!(reader.await.unwrap().unwrap_err().code(), tonic::Code::Unavailable);
    }
    assert_eq!(remembered.asked(), (0, 1));
    remembered.source().fail(false);
    assert_eq!(remembered.read('a').await.unwrap(), 0);
    assert_eq!(remembered.asked(), (1, 2));
}

#[tokio::test]
async fn a_failed_answer_is_asked_for_again() {
    let remembered = remembered();
    remembered.confirm().await.unwrap();
    remembered.source().fail(true);
    assert_eq!(remembered.read('a').await.unwrap_err().code(), tonic::Code::Unavailable);
    remembered.source().fail(false);
    assert_eq!(remembered.read('a').await.unwrap(), 0);
    assert_eq!(remembered.asked(), (2, 1));
}

#[tokio::test]
async fn a_source_that_is_away_is_relied_on_for_a_while_and_not_asked_by_every_request() {
    let remembered = remembered();
    remembered.read('a').await.unwrap();
    remembered.source().fail(true);
    remembered.age(RENEW_AGE);
    for _ in 0..10 {
        assert_eq!(remembered.read('a').await.unwrap(), 0);
        settle().await;
    }
    assert_eq!(remembered.asked(), (1, 2));
    remembered.age(MAX_AGE);
    assert_eq!(remembered.read('a').await.unwrap_err().code(), tonic::Code::Unavailable);
}

#[tokio::test]
async fn a_renewal_that_was_dropped_half_way_is_made_up_for() {
    let remembered = remembered();
    remembered.read('a').await.unwrap();
    remembered.source().change('a');
    remembered.age(MAX_AGE);
    let gate = remembered.source().forgetting.write().await;
    let reader = remembered.spawn_read('a');
    settle().await;
    reader.abort();
    assert!(reader.await.unwrap_err().is_cancelled());
    drop(gate);
    assert_eq!(remembered.read('a').await.unwrap(), 1);
    assert_eq!(remembered.asked(), (2, 3));
}
