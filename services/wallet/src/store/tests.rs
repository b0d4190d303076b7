use super::*;
use crate::fixture;

#[tokio::test]
async fn every_statement_is_accepted_on_the_migrated_schema() {
    let database = fixture::database().await;
    kvitt_postgres::prepare_all(database.pool(), &STATEMENTS.concat()).await.unwrap();
}
