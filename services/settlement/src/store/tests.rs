//! The statements against the schema.

use kvitt_testing::TestDatabase;

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = TestDatabase::create("settlement", &crate::MIGRATIONS).await;
    kvitt_postgres::prepare_all(database.pool(), &super::statements()).await.unwrap();
}
