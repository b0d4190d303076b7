use kvitt_primitives::Currency;

use super::*;
use crate::{
    app::{find_payer::find_payer, set_addresses::set_addresses, set_payer_status::set_payer_status},
    domain::{
        payer::{Status, Who},
        person::Push,
    },
    fixture::{self, NOW},
};

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
    let stored = payers::find_registration(&mut connection, payer.person.payer.payer_id).await.unwrap();
    assert_eq!(stored, Some(payer));
}

#[tokio::test]
async fn a_taken_id_phone_number_or_card_is_refused_and_nothing_is_stored() {
    let database = fixture::database().await;
    create(database.pool(), &fixture::registration(1, 1_000)).await.unwrap();
    let mut other_name = fixture::registration(1, 1_000);
    other_name.person.payer.name = "Somebody Else".to_owned();
    let other_balance = fixture::registration(1, 999);
    let mut same_phone_number = fixture::registration(2, 1_000);
    same_phone_number.person.payer.phone_number = fixture::person(1).payer.phone_number;
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

#[tokio::test]
async fn what_a_payer_has_changed_since_does_not_make_a_repetition_another_payer() {
    let database = fixture::database().await;
    let pool = database.pool();
    let payer = fixture::registration(1, 1_000);
    create(pool, &payer).await.unwrap();
    let payer_id = payer.person.payer.payer_id;
    set_addresses(pool, payer_id, &[]).await.unwrap();
    set_payer_status(pool, payer_id, Status::Blocked, NOW.parse().unwrap()).await.unwrap();
    create(pool, &payer).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let stored = payers::find_registration(&mut connection, payer_id).await.unwrap().unwrap();
    assert_eq!((stored.person.payer.status, stored.person.addresses.len()), (Status::Blocked, 0));

    let mut other_email = payer.clone();
    other_email.person.email = None;
    let mut other_limit = payer.clone();
    other_limit.person.payer.payment_limit_minor = 1;
    let mut other_card = payer;
    other_card.cards[0].plastic.commercial = true;
    for refused in [other_email, other_limit, other_card] {
        let outcome = create(pool, &refused).await;
        assert!(matches!(outcome, Err(Error::PayerExists)), "{outcome:?}");
    }
}

#[tokio::test]
async fn the_number_of_a_payer_who_has_left_is_free_and_whoever_has_it_now_is_found() {
    let database = fixture::database().await;
    let pool = database.pool();
    let now = NOW.parse().unwrap();
    let (leaver, heir) = (fixture::payer(1), fixture::payer(2));
    create(pool, &fixture::registration(1, 1_000)).await.unwrap();
    set_payer_status(pool, leaver, Status::Deleted, now).await.unwrap();
    let number = &fixture::person(1).payer.phone_number;
    let found = find_payer(pool, number).await.unwrap().payer;
    assert_eq!((found.payer_id, found.status), (leaver, Status::Deleted));

    let mut registration = fixture::registration(2, 1_000);
    registration.person.payer.phone_number = number.clone();
    create(pool, &registration).await.unwrap();
    assert_eq!(find_payer(pool, number).await.unwrap().payer.payer_id, heir);
    let mut connection = pool.acquire().await.unwrap();
    let asked = [Who::Phone(number.clone()), Who::Id(leaver), Who::Id(heir)];
    let wallets = payers::find_wallets(&mut connection, &asked).await.unwrap();
    let found: Vec<_> = wallets.iter().flatten().map(|wallet| wallet.payer.payer_id).collect();
    assert_eq!(found, [heir, leaver, heir]);

    let back = set_payer_status(pool, leaver, Status::Active, now).await;
    assert!(matches!(back, Err(Error::PayerExists)), "{back:?}");
    set_payer_status(pool, heir, Status::Deleted, now).await.unwrap();
    set_payer_status(pool, leaver, Status::Active, now).await.unwrap();
    assert_eq!(find_payer(pool, number).await.unwrap().payer.payer_id, leaver);
}

#[tokio::test]
async fn a_wallet_says_what_paying_needs_to_know() {
    let database = fixture::database().await;
    let pool = database.pool();
    let mut registration = fixture::registration(1, 1_000);
    registration.person.payer.status = Status::Blocked;
    registration.person.payer.unidentified = true;
    registration.person.payer.payment_limit_minor = 5_000;
    registration.person.push = Push::Off;
    registration.cards[0].plastic.commercial = true;
    create(pool, &registration).await.unwrap();
    let mut connection = pool.acquire().await.unwrap();
    let wallets = payers::find_wallets(&mut connection, &[Who::Id(fixture::payer(1))]).await.unwrap();
    let wallet = wallets[0].as_ref().unwrap();
    assert_eq!(wallet.payer, registration.person.payer);
    assert!(wallet.cards[0].commercial);
    assert_eq!(find_payer(pool, &registration.person.payer.phone_number).await.unwrap(), registration.person);
}

#[tokio::test]
async fn those_who_may_not_pay_are_passed_over_for_the_first_payer_with_a_card() {
    let database = fixture::database().await;
    let pool = database.pool();
    for (number, status, unidentified) in [
        (1, Status::Blocked, false),
        (2, Status::Deleted, false),
        (3, Status::Active, true),
        (4, Status::Active, false),
    ] {
        let mut registration = fixture::registration(number, 1_000);
        registration.person.payer.status = status;
        registration.person.payer.unidentified = unidentified;
        create(pool, &registration).await.unwrap();
    }
    let mut connection = pool.acquire().await.unwrap();
    let first = payers::find_first_with_card(&mut connection, Currency::Nok).await.unwrap();
    assert_eq!(first.unwrap().payer_id, fixture::payer(4));
}
