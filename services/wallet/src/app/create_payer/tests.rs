use super::*;
use crate::fixture::{self, NOW};

async fn create(pool: &PgPool, registration: &Registration) -> Result<(), Error> {
    create_payer(pool, registration, NOW.parse().unwrap()).await
}

#[tokio::test]
async fn the_same_payer_again_is_harmless() {
    let database = fixture::database().await;
    let payer = fixture::registration(1, 1_000);
    create(database.pool(), &payer).await.unwrap();
    create(database.pool(), &payer).await.unwrap();
    let mut connection = database.pool().acquire().await.unwrap();
    let stored = payers::find_registration(&mut connection, payer.payer.payer_id).await.unwrap();
    assert_eq!(stored, Some(payer));
}

#[tokio::test]
async fn a_taken_id_phone_number_or_card_is_refused_and_nothing_is_stored() {
    let database = fixture::database().await;
    create(database.pool(), &fixture::registration(1, 1_000)).await.unwrap();
    let mut other_name = fixture::registration(1, 1_000);
    other_name.payer.name = "Somebody Else".to_owned();
    let other_balance = fixture::registration(1, 999);
    let mut same_phone_number = fixture::registration(2, 1_000);
    same_phone_number.payer.phone_number = fixture::registration(1, 1_000).payer.phone_number;
    let mut same_card = fixture::registration(3, 1_000);
    same_card.cards[0].plastic.card_id = fixture::card(1);
    for refused in [other_name, other_balance, same_phone_number, same_card] {
        let outcome = create(database.pool(), &refused).await;
        assert!(matches!(outcome, Err(Error::PayerExists)), "{outcome:?}");
    }
    let payers: i64 =
        sqlx::query_scalar("SELECT count(*) FROM payers").fetch_one(database.pool()).await.unwrap();
    assert_eq!(payers, 1);
}
