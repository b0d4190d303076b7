use kvitt_envelope::{
    KeyEncryptionKey,
    reseal::{Look, look},
};
use sqlx::AssertSqlSafe;

use super::{forgetting::dane, *};
use crate::{app::tests::people::unit, store::sealed::COLUMNS};

/// A test user, as it is sealed when one is made.
async fn test_user(stage: &Stage) {
    let (person, owner) = (somebody(Country::No, "Test User"), Uuid::new_v4());
    let data = &stage.app.people.data;
    let insert = "
        INSERT INTO test_users
            (test_user_id, merchant_id, country, national_id_sealed, phone_sealed, name, created_at, state)
        VALUES ($1, $2, 'NO', $3, $4, 'Test User', $5, 'ready')";
    sqlx::query(insert)
        .bind(owner)
        .bind(stage.merchant_id.as_uuid())
        .bind(data.seal_national_id(&person.national_id, owner).unwrap())
        .bind(data.seal_phone(person.phone_number.as_ref().unwrap(), owner).unwrap())
        .bind(now())
        .execute(stage.database.pool())
        .await
        .unwrap();
}

#[tokio::test]
async fn what_stands_sealed_follows_another_key_encryption_key() {
    let (stage, person) = (Stage::set().await, somebody(Country::Dk, "Jens Hansen"));
    dane(&stage, &person).await;
    unit(&stage.app).await;
    test_user(&stage).await;
    let pool = stage.database.pool();
    let mut all = 0;
    for column in COLUMNS {
        let (table, name) = column.name.split_once('.').unwrap();
        let count = AssertSqlSafe(format!("SELECT count({name}) FROM {table}"));
        let count: i64 = sqlx::query_scalar(count).fetch_one(pool).await.unwrap();
        assert!(count > 0, "{}", column.name);
        all += count.cast_unsigned();
    }
    let (old, new) = ("5e".repeat(32), "6f".repeat(32));
    let key = |digits: String| KeyEncryptionKey::try_new(&digits.into()).unwrap();
    let (both, new, old) = (key(format!("{new},{old}")), key(new), key(old));
    assert_eq!(look(pool, &new, COLUMNS).await.unwrap(), Look { resealed: 0, lost: all });
    assert_eq!(look(pool, &both, COLUMNS).await.unwrap(), Look { resealed: all, lost: 0 });
    assert_eq!(look(pool, &both, COLUMNS).await.unwrap(), Look::default());
    assert_eq!(look(pool, &new, COLUMNS).await.unwrap(), Look::default());
    assert_eq!(look(pool, &old, COLUMNS).await.unwrap(), Look { resealed: 0, lost: all });
}

#[tokio::test]
async fn every_sealed_column_is_known() {
    let (_app, database) = fixture().await;
    let sealed = "
        SELECT table_name || '.' || column_name FROM information_schema.columns
        WHERE table_schema = 'public' AND column_name LIKE '%sealed%' AND table_name <> 'signing_keys'
        ORDER BY 1";
    let sealed: Vec<String> = sqlx::query_scalar(sealed).fetch_all(database.pool()).await.unwrap();
    let mut known: Vec<_> = COLUMNS.iter().map(|column| column.name).collect();
    known.sort_unstable();
    assert_eq!(sealed, known);
}
