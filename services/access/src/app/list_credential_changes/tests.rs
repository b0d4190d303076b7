use kvitt_primitives::ClientId;
use sqlx::PgPool;

use super::*;
use crate::app::{
    get_coverage, resolve_subscription_key,
    tests::{Secrets, fixture, known},
};

fn client(secrets: &Secrets) -> ClientId {
    ClientId::from_uuid(secrets.client_id)
}

async fn changes(app: &App, after: i64) -> AsOf<Changed> {
    list_credential_changes(app, after).await.unwrap()
}

/// The revision, when these have changed and no others.
async fn only(app: &App, after: i64, clients: &[ClientId]) -> i64 {
    let AsOf { value, revision } = changes(app, after).await;
    assert_eq!(value, Changed::These(ChangedHolders { clients: clients.to_vec(), users: Vec::new() }));
    revision
}

/// What somebody does by hand who keeps to the comment of the migration.
async fn deactivate_by_hand(pool: &PgPool) {
    let by_hand = "
        WITH counted AS (UPDATE revision SET value = value + 1 RETURNING value)
        UPDATE api_clients SET active = FALSE, changed_revision = counted.value FROM counted";
    sqlx::query(by_hand).execute(pool).await.unwrap();
}

#[tokio::test]
async fn a_new_client_is_told_to_whoever_knows_an_earlier_revision() {
    let (app, _database) = fixture().await;
    assert_eq!(only(&app, 0, &[]).await, 0);
    let (first, second) = (known(&app).await, known(&app).await);
    assert_eq!(only(&app, 0, &[client(&first), client(&second)]).await, 2);
    assert_eq!(only(&app, 1, &[client(&second)]).await, 2);
    assert_eq!(only(&app, 2, &[]).await, 2);
}

#[tokio::test]
async fn the_same_credentials_again_and_refused_ones_change_nothing() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let revision = only(&app, 0, &[client(&secrets)]).await;
    secrets.create(&app).await.unwrap();
    let other = Secrets { primary: Secrets::fresh().primary, ..secrets.clone() };
    other.create(&app).await.unwrap_err();
    let thief = Secrets { primary: secrets.primary.clone(), ..Secrets::fresh() };
    thief.create(&app).await.unwrap_err();
    only(&app, revision, &[]).await;
}

#[tokio::test]
async fn what_is_read_says_up_to_which_change_it_holds() {
    let (app, database) = fixture().await;
    let secrets = known(&app).await;
    known(&app).await;
    let key = secrets.primary.clone().into();
    assert_eq!(resolve_subscription_key(&app, &key).await.unwrap().revision, 2);
    assert_eq!(get_coverage(&app, client(&secrets)).await.unwrap().revision, 2);
    deactivate_by_hand(database.pool()).await;
    let covered = get_coverage(&app, client(&secrets)).await.unwrap();
    assert_eq!(covered, AsOf { value: None, revision: 3 });
    assert_eq!(changes(&app, 2).await.revision, 3);
    assert!(matches!(changes(&app, 2).await.value, Changed::These(two) if two.clients.len() == 2));
}

#[tokio::test]
async fn too_many_changes_and_a_revision_that_never_was_are_told_as_all() {
    let (app, database) = fixture().await;
    known(&app).await;
    assert_eq!(changes(&app, 2).await, AsOf { value: Changed::All, revision: 1 });
    let many = "
        WITH counted AS (UPDATE revision SET value = 1001)
        INSERT INTO api_clients (client_id, kind, secret_hash, msn, active, created_at, changed_revision)
        SELECT gen_random_uuid(), kind, secret_hash, msn, TRUE, created_at, n
        FROM api_clients, generate_series(2, 1001) AS n";
    sqlx::query(many).execute(database.pool()).await.unwrap();
    assert_eq!(changes(&app, 0).await, AsOf { value: Changed::All, revision: 1001 });
    assert!(
        matches!(changes(&app, 1).await.value, Changed::These(most) if most.clients.len() == MOST_CHANGES)
    );
}

#[tokio::test]
async fn changes_are_committed_in_the_order_of_their_revisions() {
    let (app, database) = fixture().await;
    let mut tx = database.pool().begin().await.unwrap();
    assert_eq!(store::advance(&mut tx).await.unwrap(), 1);
    let secrets = Secrets::fresh();
    let create = {
        let (app, secrets) = (app.clone(), secrets.clone());
        tokio::spawn(async move { secrets.create(&app).await })
    };
    let waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted";
    kvitt_testing::eventually!(
        sqlx::query_scalar::<_, i64>(waiting).fetch_one(database.pool()).await.unwrap() > 0
    );
    assert_eq!(only(&app, 0, &[]).await, 0);
    tx.commit().await.unwrap();
    create.await.unwrap().unwrap();
    assert_eq!(only(&app, 1, &[client(&secrets)]).await, 2);
}
