//! The statements against the schema.

use kvitt_testing::TestDatabase;
use sqlx::{AssertSqlSafe, Row as _};

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = TestDatabase::create("qr", &crate::MIGRATIONS).await;
    kvitt_postgres::prepare_all(database.pool(), &super::statements()).await.unwrap();
}

#[tokio::test]
async fn every_code_is_found_by_an_index_and_listed_in_its_order() {
    let database = TestDatabase::create("qr", &crate::MIGRATIONS).await;
    let mut connection = database.pool().acquire().await.unwrap();
    // With hardly any rows, reading all of them is cheapest; so the planner does that only where it has no other way.
    let settings = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut *connection).await.unwrap();
    for statement in
        [super::callbacks::STATEMENTS, super::redirects::STATEMENTS, super::unit_codes::STATEMENTS].concat()
    {
        let parameters = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
        let explain = AssertSqlSafe(format!(
            "DEALLOCATE ALL; PREPARE it AS {statement}; EXPLAIN EXECUTE it ({})",
            vec!["NULL"; parameters].join(", ")
        ));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.unwrap();
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        let orderly = plan.contains("cost=") && !plan.contains("Seq Scan") && !plan.contains("Sort");
        assert!(orderly, "{statement}\n{plan}");
    }
}
