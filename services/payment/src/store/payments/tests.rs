use kvitt_primitives::Currency;
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    domain::{Command, Request, SalesUnit},
    engine::Answer,
    fixture,
};

#[test]
fn every_combination_of_rules_is_read_as_it_was_stored() {
    for number in 0..64 {
        match rules(number) {
            Ok(rules) => assert_eq!(rules_number(rules), number),
            Err(_) => assert_eq!(number & 3, 3, "{number}"),
        }
    }
    assert_eq!(rules(0).unwrap(), Rules::default());
    for number in [64, -1, i16::MIN, i16::MAX] {
        assert!(rules(number).is_err(), "{number}");
    }
}

#[tokio::test]
async fn payments_from_before_the_rules_get_them_from_what_they_were_created_with() {
    let database = TestDatabase::create("payment", &crate::MIGRATIONS).await;
    let app = fixture::app(&database, &fixture::Access::default()).await;
    let (nok, scope) = (fixture::request(), Some(" name".to_owned()));
    let blocks =
        Request { blocks_commercial_cards: true, description: Some("\\u0000".into()), ..nok.clone() };
    let made = [
        nok.clone(),
        Request { method: Method::Card, scope: scope.clone(), ..nok.clone() },
        Request { scope: Some(" ".to_owned()), ..nok.clone() },
        Request { amount: Money::new(Currency::Dkk, 100), scope, ..blocks },
    ];
    for (number, request) in made.into_iter().enumerate() {
        let reference = format!("reference-{number}");
        let unit = SalesUnit { currency: request.amount.currency, ..fixture::unit() };
        let request = Request { reference: reference.parse().unwrap(), ..request };
        let create = Command::Create(Box::new(fixture::create_of(request, unit)));
        let answer = app.engine.submit(fixture::submission(&reference, create, None)).await;
        assert!(matches!(answer, Answer::Done(_)), "{answer:?}");
    }
    let rules = async || -> Vec<i16> {
        let sql = "SELECT rules FROM payments ORDER BY reference";
        sqlx::query_scalar(sql).fetch_all(database.pool()).await.unwrap()
    };
    assert_eq!(rules().await, [0, 9, 0, 12]);
    sqlx::query("UPDATE payments SET rules = 0").execute(database.pool()).await.unwrap();
    let (_, backfill) =
        include_str!("../../../migrations/0003_payer_terms.sql").split_once("UPDATE").unwrap();
    let backfill = format!("UPDATE{backfill}");
    sqlx::raw_sql(sqlx::AssertSqlSafe(backfill)).execute(database.pool()).await.unwrap();
    assert_eq!(rules().await, [0, 9, 0, 12]);
}
