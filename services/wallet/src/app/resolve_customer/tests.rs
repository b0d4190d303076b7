use chrono::TimeDelta;
use kvitt_primitives::PayerId;
use kvitt_testing::TestDatabase;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::{
    app::{
        create_payer::create_payer, issue_customer_token::issue_customer_token,
        issue_personal_code::issue_personal_code, set_payer_status::set_payer_status,
    },
    domain::{
        customer::Token,
        payer::{Payer, Status},
    },
    fixture::{self, NOW},
};

#[derive(Clone)]
struct Bench {
    database: Arc<TestDatabase>,
    payers: Payers,
}

async fn bench() -> Bench {
    let database = fixture::database().await;
    fixture::create_payer(database.pool(), 1, 1_000).await;
    let payers = Payers::spawn(database.pool().clone(), CancellationToken::new());
    Bench { database: Arc::new(database), payers }
}

impl Bench {
    async fn resolve(&self, by: &Key, named: Named, now: DateTime<Utc>) -> Result<PayerId, Refusal> {
        match resolve_customer(self.database.pool(), &self.payers, by, named, now).await {
            Ok(customer) => Ok(customer.wallet.payer.payer_id),
            Err(Error::Customer(refusal)) => Err(refusal),
            Err(other) => panic!("{other}"),
        }
    }

    async fn token(&self) -> Named {
        let issued = issue_customer_token(self.database.pool(), fixture::payer(1), now()).await;
        Named::Token(issued.unwrap().0)
    }

    async fn code(&self, version: CodeVersion) -> Named {
        let issued = issue_personal_code(self.database.pool(), fixture::payer(1), version, now()).await;
        Named::Code(issued.unwrap())
    }

    /// Registers payer `number`, changed.
    async fn register(&self, number: u128, change: impl FnOnce(&mut Payer)) {
        let mut registration = fixture::registration(number, 0);
        change(&mut registration.person.payer);
        create_payer(self.database.pool(), &registration, now()).await.unwrap();
    }
}

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

fn payment(reference: &str) -> Key {
    Key { msn: fixture::MSN.to_owned(), reference: reference.to_owned() }
}

fn phone(number: u128) -> Named {
    Named::Phone(fixture::phone_number(number).parse().unwrap())
}

#[tokio::test]
async fn a_payer_is_named_by_number_token_and_code() {
    let bench = bench().await;
    let found = Ok(fixture::payer(1));
    let named =
        [phone(1), bench.token().await, bench.code(CodeVersion::V1).await, bench.code(CodeVersion::V2).await];
    for named in named {
        assert_eq!(bench.resolve(&payment("order-1"), named.clone(), now()).await, found, "{named:?}");
    }
    let code = bench.code(CodeVersion::V1).await;
    let resolved =
        resolve_customer(bench.database.pool(), &bench.payers, &payment("order-1"), code, now()).await;
    assert_eq!(resolved.unwrap().code_version, Some(CodeVersion::V1));
}

#[tokio::test]
async fn nobody_and_everybody_who_may_not_be_a_customer_are_refused_alike() {
    let bench = bench().await;
    bench.register(2, |payer| payer.status = Status::Blocked).await;
    bench.register(3, |payer| payer.status = Status::Deleted).await;
    bench.register(4, |payer| payer.unidentified = true).await;
    // Turns 15 tomorrow.
    bench.register(5, |payer| payer.birth_date = "2011-06-16".parse().unwrap()).await;
    for number in 2..=6 {
        let refused = bench.resolve(&payment("order-1"), phone(number), now()).await;
        assert_eq!(refused, Err(Refusal::NotFound), "{number}");
    }
    let tomorrow = bench.resolve(&payment("order-1"), phone(5), now() + TimeDelta::hours(12)).await;
    assert_eq!(tomorrow, Ok(fixture::payer(5)));
}

#[tokio::test]
async fn a_payer_who_was_blocked_is_no_customer_by_token_or_code_either() {
    let bench = bench().await;
    let named = [bench.token().await, bench.code(CodeVersion::V2).await, bench.code(CodeVersion::V1).await];
    set_payer_status(bench.database.pool(), fixture::payer(1), Status::Blocked, now()).await.unwrap();
    for named in named {
        let refused = bench.resolve(&payment("order-1"), named.clone(), now()).await;
        assert_eq!(refused, Err(Refusal::NotFound), "{named:?}");
    }
}

#[tokio::test]
async fn a_token_is_used_up_by_one_payment_which_may_ask_again() {
    let bench = bench().await;
    let token = bench.token().await;
    let first = payment("order-1");
    let other_unit = Key { msn: "654321".to_owned(), ..first.clone() };
    let later = now() + TimeDelta::hours(1);
    for at in [now(), now(), later] {
        assert_eq!(bench.resolve(&first, token.clone(), at).await, Ok(fixture::payer(1)), "{at}");
        for other in [&payment("order-2"), &other_unit] {
            let refused = bench.resolve(other, token.clone(), at).await;
            assert_eq!(refused, Err(Refusal::InvalidToken), "{at} {other:?}");
        }
    }
    let unknown = Named::Token(Token::new([0; 32]));
    assert_eq!(bench.resolve(&first, unknown, now()).await, Err(Refusal::InvalidToken));
}

#[tokio::test]
async fn of_payments_that_name_one_token_at_once_one_wins() {
    let bench = bench().await;
    let token = bench.token().await;
    let mut tasks = tokio::task::JoinSet::new();
    for number in 0..8 {
        let (bench, token) = (bench.clone(), token.clone());
        tasks.spawn(async move { bench.resolve(&payment(&format!("order-{number}")), token, now()).await });
    }
    let outcomes = tasks.join_all().await;
    let won: Vec<_> = outcomes.iter().filter_map(|outcome| outcome.ok()).collect();
    assert_eq!(won, [fixture::payer(1)]);
    let lost = outcomes.iter().filter_map(|outcome| outcome.err());
    assert!(lost.into_iter().all(|refusal| refusal == Refusal::InvalidToken));
}

#[tokio::test]
async fn tokens_live_15_minutes_and_codes_30_days() {
    let bench = bench().await;
    let second = TimeDelta::seconds(1);
    let table = [
        (bench.token().await, TimeDelta::minutes(15), Refusal::InvalidToken),
        (bench.code(CodeVersion::V2).await, TimeDelta::days(30), Refusal::InvalidPersonalCode),
    ];
    for (named, life, refusal) in table {
        let too_old = bench.resolve(&payment("order-1"), named.clone(), now() + life).await;
        assert_eq!(too_old, Err(refusal));
        let in_time = bench.resolve(&payment("order-1"), named, now() + life - second).await;
        assert_eq!(in_time, Ok(fixture::payer(1)));
    }
    let clear = bench.code(CodeVersion::V1).await;
    let years_later = bench.resolve(&payment("order-1"), clear, now() + TimeDelta::days(1_000)).await;
    assert_eq!(years_later, Ok(fixture::payer(1)));
}
