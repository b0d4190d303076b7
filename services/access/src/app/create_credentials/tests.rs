use kvitt_primitives::ClientId;
use uuid::Uuid;

use super::*;
use crate::app::{
    get_coverage,
    tests::{Secrets, fixture, fresh_msn, known},
};

#[tokio::test]
async fn the_same_credentials_again_are_answered_alike() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    secrets.create(&app).await.unwrap();
    secrets.token(&app).await.unwrap();
}

#[tokio::test]
async fn other_credentials_for_a_known_client_are_a_conflict() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let fresh = Secrets::fresh();
    let conflicts = [
        Secrets { client_secret: fresh.client_secret, ..secrets.clone() },
        Secrets { primary: fresh.primary, ..secrets.clone() },
        Secrets { secondary: fresh.secondary, ..secrets.clone() },
        Secrets { primary: secrets.secondary.clone(), secondary: secrets.primary.clone(), ..secrets.clone() },
        Secrets { msn: fresh_msn(), ..secrets.clone() },
        Secrets { merchant_id: fresh.merchant_id, ..secrets.clone() },
    ];
    for conflict in conflicts {
        assert!(matches!(conflict.create(&app).await, Err(Error::CredentialsExist)));
    }
    secrets.token(&app).await.unwrap();
}

#[tokio::test]
async fn a_subscription_key_belongs_to_one_client() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let thief = Secrets { secondary: secrets.primary.clone(), ..Secrets::fresh() };
    assert!(matches!(thief.create(&app).await, Err(Error::SubscriptionKeyTaken)));
    // Nothing of the refused client stays.
    let nothing = get_coverage(&app, ClientId::from_uuid(thief.client_id)).await.unwrap();
    assert_eq!(nothing.value, None);
}

#[tokio::test]
async fn many_creates_of_the_same_credentials_at_once_all_succeed() {
    let (app, _database) = fixture().await;
    let secrets = Secrets::fresh();
    let mut creates = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let (app, secrets) = (app.clone(), secrets.clone());
        creates.spawn(async move { secrets.create(&app).await });
    }
    for outcome in creates.join_all().await {
        outcome.unwrap();
    }
    secrets.token(&app).await.unwrap();
}

#[tokio::test]
async fn of_many_different_creates_for_one_client_at_once_one_wins() {
    let (app, _database) = fixture().await;
    let client_id = Uuid::new_v4();
    let mut creates = tokio::task::JoinSet::new();
    for _ in 0..16 {
        let app = app.clone();
        let secrets = Secrets { client_id, ..Secrets::fresh() };
        creates.spawn(async move { secrets.create(&app).await });
    }
    let outcomes = creates.join_all().await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1);
    let conflict = |outcome: &&Result<(), Error>| matches!(outcome, Err(Error::CredentialsExist));
    assert_eq!(outcomes.iter().filter(conflict).count(), 15);
}
