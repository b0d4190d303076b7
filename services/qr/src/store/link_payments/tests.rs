use kvitt_testing::TestDatabase;
use sqlx::AssertSqlSafe;

use super::*;
use crate::store::payment_links;

#[tokio::test]
async fn links_and_their_payments_are_found_by_an_index() {
    let database = TestDatabase::create("qr", &crate::MIGRATIONS).await;
    let mut connection = database.pool().acquire().await.expect("a connection");
    // With hardly any rows, reading all of them is cheapest; so the planner does that only where it has no other way.
    let settings = "SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan";
    sqlx::raw_sql(settings).execute(&mut *connection).await.expect("settings");
    for statement in [STATEMENTS, payment_links::STATEMENTS].concat() {
        let parameters = (1..).take_while(|number| statement.contains(&format!("${number}"))).count();
        // One without parameters is executed without parentheses.
        let given = if parameters == 0 {
            String::new()
        } else {
            format!("({})", vec!["NULL"; parameters].join(", "))
        };
        let explain = AssertSqlSafe(format!(
            "DEALLOCATE ALL; PREPARE it AS {statement}; EXPLAIN EXECUTE it {given}; DEALLOCATE ALL"
        ));
        let rows = sqlx::raw_sql(explain).fetch_all(&mut *connection).await.expect("a plan");
        let plan: Vec<String> = rows.iter().map(|row| row.get(0)).collect();
        let plan = plan.join("\n");
        assert!(!plan.contains("Seq Scan"), "{statement}\n{plan}");
    }
}
