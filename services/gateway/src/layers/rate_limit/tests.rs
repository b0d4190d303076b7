use std::sync::atomic::{AtomicI64, Ordering};

use super::*;

/// A clock that stands until it is moved.
#[derive(Clone, Debug, Default)]
struct Hand(Arc<AtomicI64>);

impl Hand {
    fn advance(&self, by: Duration) {
        self.0.fetch_add(i64::try_from(by.as_millis()).unwrap(), Ordering::Relaxed);
    }
}

impl WallClock for Hand {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::Relaxed)
    }
}

fn counts() -> (Counts, Hand) {
    let hand = Hand::default();
    (Counts::new(Box::new(hand.clone()), false), hand)
}

fn limits() -> (RateLimits, Hand) {
    let (counts, hand) = counts();
    (RateLimits(Some(Arc::new(counts))), hand)
}

fn msn(text: &str) -> Msn {
    text.parse().unwrap()
}

/// How often it goes well before it is refused.
fn until_refused(mut ask: impl FnMut() -> Result<(), Status>) -> (usize, Status) {
    for times in 0..1000 {
        if let Err(status) = ask() {
            return (times, status);
        }
    }
    panic!("nothing limits it");
}

fn call<'a>(msn: &'a str, subscription_key: &'a str, reference: &'a str) -> Call<'a> {
    Call { msn, subscription_key, reference }
}

#[test]
fn creates_count_by_sales_unit_and_reference_and_come_back() {
    let (limits, hand) = limits();
    let (one, other) = (msn("123456"), msn("654321"));
    let (times, status) = until_refused(|| limits.take_create(&one, Some("order-1")));
    assert_eq!((times, refusal::reason_of(&status)), (5, Some(Reason::RateLimited)));
    assert_eq!(status.message(), "Rate limit is exceeded. Try again in 12 seconds.");
    assert!(limits.take_create(&one, Some("order-2")).is_ok());
    assert!(limits.take_create(&other, Some("order-1")).is_ok());
    hand.advance(Duration::from_millis(11_001));
    let status = limits.take_create(&one, Some("order-1")).unwrap_err();
    assert_eq!(status.message(), "Rate limit is exceeded. Try again in 1 second.");
    hand.advance(Duration::from_millis(999));
    assert!(limits.take_create(&one, Some("order-1")).is_ok());
}

#[test]
fn creates_without_a_reference_share_one_limit_for_each_sales_unit() {
    let (limits, _) = limits();
    assert_eq!(until_refused(|| limits.take_create(&msn("123456"), None)).0, 5);
    assert!(limits.take_create(&msn("123456"), Some("")).is_ok());
    assert!(limits.take_create(&msn("654321"), None).is_ok());
}

#[test]
fn an_order_of_ecom_may_be_initiated_twice_and_that_is_no_create_of_epayment() {
    let (limits, hand) = limits();
    let one = msn("123456");
    let (times, status) = until_refused(|| limits.take_initiate(&one, Some("order-1")));
    assert_eq!((times, status.message()), (2, "Rate limit is exceeded. Try again in 30 seconds."));
    assert!(limits.take_initiate(&one, Some("order-2")).is_ok());
    assert!(limits.take_create(&one, Some("order-1")).is_ok());
    hand.advance(Duration::from_secs(30));
    assert!(limits.take_initiate(&one, Some("order-1")).is_ok());
}

#[test]
fn writes_count_by_operation_sales_unit_and_reference() {
    let (counts, _) = counts();
    let one = call("123456", "key", "order-1");
    let take = |path, call: &Call<'_>| counts.take_call(path, Limit::Writes, call);
    assert_eq!(until_refused(|| take("/capture", &one)).0, 5);
    assert!(take("/capture", &call("123456", "another key", "order-1")).is_err());
    assert!(take("/refund", &one).is_ok());
    assert!(take("/capture", &call("123456", "key", "order-2")).is_ok());
    assert!(take("/capture", &call("654321", "key", "order-1")).is_ok());
}

#[test]
fn reads_count_by_operation_subscription_key_and_reference() {
    let (counts, _) = counts();
    let one = call("123456", "key", "order-1");
    let take = |path, call: &Call<'_>| counts.take_call(path, Limit::Reads, call);
    assert_eq!(until_refused(|| take("/payment", &one)).0, 120);
    assert!(take("/events", &one).is_ok());
    assert!(take("/payment", &call("123456", "another key", "order-1")).is_ok());
    assert!(take("/payment", &call("123456", "key", "order-2")).is_ok());
}

#[tokio::test]
async fn a_guesser_is_told_to_wait_and_is_not_judged_meanwhile() {
    let (limits, hand) = limits();
    let nothing = (HeaderMap::new(), Extensions::new());
    let guess = |reason| {
        let proving = async move { Err::<(), _>(refusal::status(reason, "")) };
        limits.watch((&nothing.0, &nothing.1), Presented::SubscriptionKey("guess"), proving)
    };
    for _ in 0..30 {
        let status = guess(Reason::SubscriptionKeyInvalid).await.unwrap_err();
        assert_eq!(refusal::reason_of(&status), Some(Reason::SubscriptionKeyInvalid));
    }
    // Had it been judged, it would hear that.
    let status = guess(Reason::Internal).await.unwrap_err();
    assert_eq!(refusal::reason_of(&status), Some(Reason::RateLimited));
    assert_eq!(status.message(), "Rate limit is exceeded. Try again in 2 seconds.");
    hand.advance(Duration::from_secs(2));
    let status = guess(Reason::Internal).await.unwrap_err();
    assert_eq!(refusal::reason_of(&status), Some(Reason::Internal));
}

#[tokio::test]
async fn where_limits_are_off_nothing_is_counted() {
    let limits = RateLimits(None);
    let nothing = (HeaderMap::new(), Extensions::new());
    for _ in 0..1000 {
        limits.take_create(&msn("123456"), None).unwrap();
        let proving = async { Err::<(), _>(refusal::status(Reason::ClientInvalid, "")) };
        let presented = Presented::SubscriptionKey("guess");
        let status = limits.watch((&nothing.0, &nothing.1), presented, proving).await.unwrap_err();
        assert_eq!(refusal::reason_of(&status), Some(Reason::ClientInvalid));
    }
}
