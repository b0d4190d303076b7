use chrono::TimeDelta;
use kvitt_primitives::{ConsentId, Sub};
use uuid::Uuid;

use super::*;
use crate::{
    app::{
        get_shared_details::get_shared_details, issue_customer_token::issue_customer_token,
        issue_personal_code::issue_personal_code,
    },
    domain::{
        consent::{Scopes, Shared},
        customer::CodeVersion,
        inbox::Key,
    },
    fixture::{self, NOW},
    store::consents,
};

fn now() -> DateTime<Utc> {
    NOW.parse().unwrap()
}

async fn ship(pool: &PgPool, reference: &str, given_at: DateTime<Utc>) -> (Key, Sub) {
    let key = Key { msn: fixture::MSN.to_owned(), reference: reference.to_owned() };
    let shared = Shared {
        key: key.clone(),
        payer_id: fixture::payer(1),
        attempt: "attempt".to_owned(),
        scopes: Scopes::among("name address"),
        shipping_address: Some(fixture::person(1).addresses[0].address.clone()),
        fresh_sub: Sub::from_uuid(Uuid::new_v4()),
        fresh_id: ConsentId::from_uuid(Uuid::new_v4()),
        given_at,
    };
    let mut connection = pool.acquire().await.unwrap();
    (key, consents::give(&mut connection, &shared).await.unwrap())
}

async fn addresses_kept(pool: &PgPool) -> i64 {
    let count = "SELECT count(*) FROM consents WHERE shipping_line_1 IS NOT NULL";
    sqlx::query_scalar(count).fetch_one(pool).await.unwrap()
}

#[tokio::test]
async fn a_shipping_address_is_forgotten_after_168_hours_and_nothing_sooner() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 0).await;
    assert_eq!(next_due(pool).await.unwrap(), None);
    let hour = TimeDelta::hours(1);
    let (first, sub) = ship(pool, "order-1", now()).await;
    ship(pool, "order-2", now() + hour).await;
    let due = now() + TimeDelta::hours(168);
    assert_eq!(next_due(pool).await.unwrap(), Some(due));
    let just_before = due - TimeDelta::microseconds(1);
    assert_eq!(forget_due(pool, just_before).await.unwrap(), 0);
    let shared = get_shared_details(pool, &first, sub, just_before).await.unwrap();
    assert!(shared.shipping_address.is_some());

    assert_eq!(forget_due(pool, due).await.unwrap(), 1);
    assert_eq!((addresses_kept(pool).await, next_due(pool).await.unwrap()), (1, Some(due + hour)));
    assert_eq!(forget_due(pool, due + hour).await.unwrap(), 1);
    assert_eq!((addresses_kept(pool).await, next_due(pool).await.unwrap()), (0, None));
}

#[tokio::test]
async fn tokens_and_codes_are_forgotten_long_after_they_are_of_use() {
    let database = fixture::database().await;
    let pool = database.pool();
    fixture::create_payer(pool, 1, 0).await;
    issue_customer_token(pool, fixture::payer(1), now()).await.unwrap();
    issue_personal_code(pool, fixture::payer(1), CodeVersion::V2, now()).await.unwrap();
    issue_personal_code(pool, fixture::payer(1), CodeVersion::V1, now()).await.unwrap();
    for life in [TimeDelta::minutes(15), TimeDelta::days(30)] {
        let due = now() + life + TimeDelta::hours(168);
        assert_eq!(next_due(pool).await.unwrap(), Some(due));
        assert_eq!(forget_due(pool, due).await.unwrap(), 1);
    }
    assert_eq!(next_due(pool).await.unwrap(), None);
}
