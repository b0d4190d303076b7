use chrono::{DateTime, Utc};
use kvitt_testing::TestDatabase;

use super::*;
use crate::{
    domain::Environment,
    fixture::{Fixture, a_unit},
};

#[tokio::test]
async fn every_statement_fits_the_schema() {
    let database = TestDatabase::create("merchant", &crate::MIGRATIONS).await;
    kvitt_postgres::prepare_all(database.pool(), &statements()).await.unwrap();
}

#[tokio::test]
async fn the_schema_refuses_features_out_of_order_doubled_or_unknown() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    for features in [vec!["EXPRESS", "LONG_LIVING"], vec!["EXPRESS", "EXPRESS"], vec!["CREDIT"]] {
        let refused = sqlx::query("UPDATE sales_units SET features = $1")
            .bind(features)
            .execute(fixture.database.pool())
            .await
            .unwrap_err();
        assert_eq!(kvitt_postgres::violated_constraint(&refused), Some("sales_units_features_check"));
    }
}

#[tokio::test]
async fn the_schema_refuses_what_the_domain_refuses() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    let table = [
        ("settlement_account_scheme = 'BBAN:NO'", "sales_units_settlement_account_check"),
        (
            "settlement_account_scheme = 'BBAN:DK', settlement_account_id = '123412345',
             settlement_account_state = 'VERIFIED'",
            "sales_units_settlement_account_scheme_check",
        ),
        ("settlement_account_decide_at = created_at", "sales_units_settlement_account_decide_at_check"),
        ("market = 'DK', settlement_frequency = 'WEEKLY'", "sales_units_settlement_frequency_check"),
        ("merchant_category_code = '12'", "sales_units_merchant_category_code_check"),
        ("environment = 'PROD'", "sales_units_environment_check"),
        ("keys_state = 'lost'", "sales_units_keys_state_check"),
        ("product_type = 'VM_NUMBER', capture_type = 'RESERVE_CAPTURE'", "sales_units_vm_number_check"),
        (
            "product_type = 'VM_NUMBER', capture_type = 'DIRECT_CAPTURE', keys_client_id = gen_random_uuid()",
            "sales_units_vm_number_check",
        ),
        ("partner_id = gen_random_uuid()", "sales_units_partner_id_fkey"),
    ];
    for (change, constraint) in table {
        let statement = sqlx::AssertSqlSafe(format!("UPDATE sales_units SET {change}"));
        let refused = sqlx::query(statement).execute(fixture.database.pool()).await.unwrap_err();
        assert_eq!(kvitt_postgres::violated_constraint(&refused), Some(constraint), "{change}");
    }
}

#[tokio::test]
async fn a_new_number_is_one_that_no_unit_has() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    for msn in ["900001", "900002", "100000"] {
        fixture.unit(&merchant, msn, |_| {}).await;
    }
    let mut tx = fixture.database.pool().begin().await.unwrap();
    for (environment, expected) in [
        (Environment::Test, "900000"),
        (Environment::Test, "900003"),
        (Environment::Test, "900004"),
        (Environment::Production, "100001"),
    ] {
        assert_eq!(msn::take(&mut tx, environment).await.unwrap().as_str(), expected);
    }
}

#[tokio::test]
async fn a_new_number_is_found_behind_many_that_are_taken_and_none_has_more_than_ten_digits() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    fixture.unit(&merchant, "1000", |_| {}).await;
    let many = "
        INSERT INTO sales_units (msn, merchant_id, name, search_name, market, active, capture_type, features,
                                 created_at, available_at)
        SELECT number::text, merchant_id, name, search_name, market, active, capture_type, features, created_at,
               available_at
        FROM sales_units, generate_series(900000, 902499) AS number";
    sqlx::query(many).execute(fixture.database.pool()).await.unwrap();
    let mut tx = fixture.database.pool().begin().await.unwrap();
    assert_eq!(msn::take(&mut tx, Environment::Test).await.unwrap().as_str(), "902500");
    sqlx::query("UPDATE msn_counter SET next = 9999999999").execute(&mut *tx).await.unwrap();
    assert_eq!(msn::take(&mut tx, Environment::Test).await.unwrap().as_str(), "9999999999");
    assert!(msn::take(&mut tx, Environment::Test).await.is_err());
}

#[tokio::test]
async fn what_was_stored_before_reads_as_the_contract_says_of_what_is_not_given() {
    let fixture = Fixture::start().await;
    let merchant = fixture.merchant().await;
    let before = "
        INSERT INTO sales_units (msn, merchant_id, name, search_name, market, active, capture_type, features,
                                 created_at, available_at)
        VALUES ('1000', $1, 'Nettbutikk', 'nettbutikk', 'NO', TRUE, 'RESERVE_CAPTURE', '{PUSH_MESSAGE,EXPRESS}', $2, $2)";
    let at = DateTime::<Utc>::UNIX_EPOCH;
    sqlx::query(before).bind(merchant.id.as_uuid()).bind(at).execute(fixture.database.pool()).await.unwrap();
    let mut connection = fixture.database.pool().acquire().await.unwrap();
    let read = sales_units::find(&mut connection, &"1000".parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(read.value, crate::domain::SalesUnit { created_at: at, ..a_unit(&merchant, "1000") });
}
