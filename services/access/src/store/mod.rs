//! The tables of this service: SQL in, typed rows out.

pub(crate) mod accounting;
pub(crate) mod clock;
pub(crate) mod credentials;
mod key_set;
pub(crate) mod keys;
pub(crate) mod may;
pub(crate) mod memberships;
pub(crate) mod people;
pub(crate) mod revision;
pub(crate) mod sealed;
pub(crate) mod sessions;
pub(crate) mod signing_keys;
pub(crate) mod test_users;
pub(crate) mod units;
pub(crate) mod users;

#[cfg(test)]
mod tests {
    use kvitt_testing::TestDatabase;

    #[tokio::test]
    async fn every_statement_fits_the_schema() {
        let database = TestDatabase::create("access", &crate::MIGRATIONS).await;
        let statements = [
            super::accounting::STATEMENTS,
            super::clock::STATEMENTS,
            super::credentials::STATEMENTS,
            super::keys::STATEMENTS,
            super::may::STATEMENTS,
            super::memberships::STATEMENTS,
            super::people::STATEMENTS,
            super::revision::STATEMENTS,
            super::sessions::STATEMENTS,
            super::signing_keys::STATEMENTS,
            super::test_users::STATEMENTS,
            super::units::STATEMENTS,
            super::users::STATEMENTS,
        ]
        .concat();
        let sealed = super::sealed::COLUMNS.iter().flat_map(|column| [column.select, column.update]);
        let statements: Vec<_> = statements.into_iter().chain(sealed).collect();
        kvitt_postgres::prepare_all(database.pool(), &statements).await.unwrap();
    }
}
