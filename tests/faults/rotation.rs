//! Secrets that change while merchants go on: keys that seal, and what a service proves itself with, each beside the one that it
//! follows until nobody needs that one any more (docs/operating.md, "Rotate secrets").

use std::collections::BTreeSet;
use std::time::Duration;

use kvitt_proto::access::v1::{KeySecrets, ShowKeysRequest};
use kvitt_testing::eventually;
use kvitt_tests::processes::{Member, Processes};
use kvitt_tests::{Answer, Receiver, Shop};
use reqwest::Method;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

/// The longest drain, and some more.
const STOP_LIMIT: Duration = Duration::from_secs(30);
/// What services say when a key has served its time.
const NOTHING_IS_LEFT: &str = "nothing is sealed under an older key-encryption key";
/// Who follows payment's log.
const FOLLOWERS: [&str; 5] = ["wallet", "ordermanagement", "webhook", "qr", "settlement"];
/// What the unit has sealed in every step.
const WEBHOOK: &str = "epayments.payment.captured.v1";

/// A secret that changes.
struct Change {
    old: String,
    new: String,
}

impl Change {
    fn of(old: &str) -> Self {
        Self { old: old.to_owned(), new: "7e".repeat(32) }
    }

    /// What a service is told of it in a step.
    fn told(&self, step: Step) -> String {
        let Self { old, new } = self;
        match step {
            Step::Added => format!("{old},{new}"),
            Step::First => format!("{new},{old}"),
            Step::Alone => new.clone(),
        }
    }
}

/// Where the new secret stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    Added,
    First,
    Alone,
}

#[tokio::test(flavor = "multi_thread")]
async fn secrets_change_and_nothing_is_lost() {
    let _alone = crate::alone().await;
    let mut processes = Processes::start(&Member::ALL_ONCE).await;
    let shop = processes.shop(Member::Gateway, "full").await;
    let receiver = Receiver::kind().await;
    let hook = json!({"url": receiver.url("/hook"), "events": [WEBHOOK]});
    Answer::of(shop.request(Method::POST, "/webhooks/v1/webhooks").json(&hook)).await.is(201);
    let keys = shown(&processes, &shop).await;

    let access = Change::of(processes.sealing_key(Member::Access));
    let webhook = Change::of(processes.sealing_key(Member::Webhook));
    let cursors = Change::of(processes.sealing_key(Member::Payment));
    let secret = Change::of(processes.secret("webhook"));
    for step in [Step::Added, Step::First, Step::Alone] {
        let before = [Member::Access, Member::Webhook].map(|member| processes.log_of(member).len());
        let others = processes.service_secrets(|service| service != "webhook");
        let proofs = secret.told(step).replace(',', ",webhook=");
        let settings = [
            ("KVITT_ACCESS_KEY_ENCRYPTION_KEY", access.told(step)),
            ("KVITT_ACCESS_SERVICE_SECRETS", format!("{others},webhook={proofs}")),
        ];
        again(&mut processes, Member::Access, &settings).await;
        let settings = [
            ("KVITT_WEBHOOK_KEY_ENCRYPTION_KEY", webhook.told(step)),
            (
                "KVITT_WEBHOOK_SERVICE_SECRET",
                if step == Step::Added { &secret.old } else { &secret.new }.clone(),
            ),
        ];
        again(&mut processes, Member::Webhook, &settings).await;
        let older = places(&processes).await;
        again(&mut processes, Member::Payment, &[("KVITT_PAYMENT_CURSOR_KEY", cursors.told(step))]).await;
        if step == Step::First {
            // Followers are given a cursor of the new key as soon as they come back, also where nothing happens.
            eventually!(places(&processes).await.is_disjoint(&older));
            for (member, before) in [Member::Access, Member::Webhook].into_iter().zip(before) {
                eventually!(processes.log_of(member)[before..].contains(NOTHING_IS_LEFT));
            }
        }
        assert_eq!(shown(&processes, &shop).await, keys, "{step:?}");
        let reference = shop.authorized(1_000).await;
        shop.capture(&reference, 1_000).await.is(200);
        eventually!(!receiver.about(&reference).is_empty());
    }
    assert!(!processes.logs().contains("a sealed value is lost"), "{}", processes.logs());
    processes.stop().await;
}

/// The cursors that followers of payment's log go on from.
async fn places(processes: &Processes) -> BTreeSet<String> {
    let mut places = BTreeSet::new();
    for service in FOLLOWERS {
        let database = processes.database(&format!("kvitt_{service}"));
        let mut database = PgConnection::connect_with(&database).await.expect("it answers");
        let all = sqlx::query_scalar("SELECT cursor FROM feed_cursors").fetch_all(&mut database).await;
        let all: Vec<String> = all.expect("they can be read");
        assert!(!all.is_empty(), "{service} follows the log");
        places.extend(all.into_iter().filter(|cursor| !cursor.is_empty()));
    }
    places
}

/// The unit's secrets, which have to be opened for that.
async fn shown(processes: &Processes, shop: &Shop) -> KeySecrets {
    let operator = processes.operator().await;
    let show = ShowKeysRequest { msn: shop.keys.msn.clone() };
    let shown = operator.keys().show_keys(show).await.expect("they can be shown").into_inner();
    shown.secrets.expect("they were kept")
}

/// Stops a member in order and starts it with these settings.
async fn again(processes: &mut Processes, member: Member, settings: &[(&str, String)]) {
    processes.terminate(member).await;
    let ended = processes.ended(member, STOP_LIMIT).await;
    assert!(ended.is_some_and(|status| status.success()), "{member:?}: {ended:?}");
    let log = [("KVITT_LOG", "info")];
    let settings: Vec<_> = settings.iter().map(|(name, value)| (*name, value.as_str())).chain(log).collect();
    processes.start_with(member, &settings);
    processes.healthy().await;
}
