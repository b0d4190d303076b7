//! The tables of this service: SQL in, typed rows out.

pub(crate) mod clock;
pub(crate) mod credentials;
pub(crate) mod revision;
pub(crate) mod signing_keys;

#[cfg(test)]
mod tests {
    use kvitt_testing::TestDatabase;

    #[tokio::test]
    async fn every_statement_fits_the_schema() {
        let database = TestDatabase::create("access", &crate::MIGRATIONS).await;
        let statements = [
            super::clock::STATEMENTS,
            super::credentials::STATEMENTS,
            super::revision::STATEMENTS,
            super::signing_keys::STATEMENTS,
        ]
        .concat();
        kvitt_postgres::prepare_all(database.pool(), &statements).await.unwrap();
    }
}
