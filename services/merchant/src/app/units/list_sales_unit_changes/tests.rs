use super::*;
use crate::{
    app::units::create_sales_unit,
    fixture::{Fixture, OPERATOR, a_unit},
    store,
};

async fn changes(fixture: &Fixture, after: i64) -> AsOf<Changed> {
    list_sales_unit_changes(&fixture.app, after).await.unwrap()
}

/// The revision, when these have changed and no others.
async fn only(fixture: &Fixture, after: i64, msns: &[&str]) -> i64 {
    let AsOf { value, revision } = changes(fixture, after).await;
    assert_eq!(value, Changed::These(msns.iter().map(|msn| msn.parse().unwrap()).collect()));
    revision
}

#[tokio::test]
async fn a_new_unit_is_told_to_whoever_knows_an_earlier_revision() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    assert_eq!(only(&fixture, 0, &[]).await, 0);
    for msn in ["1000", "2000"] {
        fixture.unit(&merchant, msn, |_| {}).await;
    }
    assert_eq!(only(&fixture, 0, &["1000", "2000"]).await, 2);
    assert_eq!(only(&fixture, 1, &["2000"]).await, 2);
    assert_eq!(only(&fixture, 2, &[]).await, 2);
}

#[tokio::test]
async fn the_same_unit_again_and_a_refused_one_change_nothing() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    let revision = only(&fixture, 0, &["1000"]).await;
    create_sales_unit(&fixture.app, &OPERATOR, &unit).await.unwrap();
    let other = fixture.merchant().await;
    create_sales_unit(&fixture.app, &OPERATOR, &a_unit(&other, "1000")).await.unwrap_err();
    only(&fixture, revision, &[]).await;
}

#[tokio::test]
async fn what_is_read_says_up_to_which_change_it_holds() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let unit = fixture.unit(&merchant, "1000", |_| {}).await;
    fixture.unit(&merchant, "2000", |_| {}).await;
    // By hand, as the comment of the migration says.
    let by_hand = "
        WITH counted AS (UPDATE revision SET value = value + 1 RETURNING value)
        UPDATE sales_units SET active = FALSE, changed_revision = counted.value FROM counted WHERE msn = '1000'";
    sqlx::query(by_hand).execute(fixture.database.pool()).await.unwrap();
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let read = store::sales_units::find(&mut connection, &unit.msn).await.unwrap().unwrap();
    assert_eq!((read.value.active, read.revision), (false, 3));
    assert_eq!(only(&fixture, 2, &["1000"]).await, 3);
    assert_eq!(only(&fixture, 0, &["2000", "1000"]).await, 3);
}

#[tokio::test]
async fn too_many_changes_and_a_revision_that_never_was_are_told_as_all() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    assert_eq!(changes(&fixture, 2).await, AsOf { value: Changed::All, revision: 1 });
    let many = "
        WITH counted AS (UPDATE revision SET value = 1001)
        INSERT INTO sales_units (msn, merchant_id, name, search_name, market, active, capture_type, features,
                                 created_at, available_at, changed_revision)
        SELECT (1000 + n)::text, merchant_id, name, search_name, market, active, capture_type, features, created_at,
               available_at, n
        FROM sales_units, generate_series(2, 1001) AS n";
    sqlx::query(many).execute(fixture.database.pool()).await.unwrap();
    assert_eq!(changes(&fixture, 0).await, AsOf { value: Changed::All, revision: 1001 });
    assert!(matches!(changes(&fixture, 1).await.value, Changed::These(most) if most.len() == MOST_CHANGES));
}

#[tokio::test]
async fn changes_are_committed_in_the_order_of_their_revisions() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let mut tx = fixture.database.pool().begin().await.unwrap();
    assert_eq!(store::revision::advance(&mut tx).await.unwrap(), 1);
    let creating = {
        let (app, unit) = (fixture.app.clone(), a_unit(&merchant, "1000"));
        tokio::spawn(async move { create_sales_unit(&app, &OPERATOR, &unit).await })
    };
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    kvitt_testing::eventually!(
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(fixture.database.pool()).await.unwrap() > 0
    );
    assert_eq!(only(&fixture, 0, &[]).await, 0);
    tx.commit().await.unwrap();
    creating.await.unwrap().unwrap();
    assert_eq!(only(&fixture, 1, &["1000"]).await, 2);
}
