use chrono::DateTime;
use kvitt_runtime::{Claims, wall_now};
use kvitt_testing::TestDatabase;
use uuid::Uuid;

use super::*;
use crate::{
    domain::credentials::{ClientSecret, Credentials, SubscriptionKey, SubscriptionKeys},
    envelope::KeyEncryptionKey,
    error::Error,
    token::Token,
};

/// An app on a fresh database, as `run` would build it.
pub(crate) async fn fixture() -> (App, TestDatabase) {
    let database = TestDatabase::create("access", &crate::MIGRATIONS).await;
    (on(&database), database)
}

/// Another instance on the same database.
pub(crate) fn on(database: &TestDatabase) -> App {
    let pool = database.pool().clone();
    let key_encryption_key = KeyEncryptionKey::try_new(&"5e".repeat(32).into()).unwrap();
    let pepper = Pepper::try_new(&"pepper-of-the-tests".to_owned().into()).unwrap();
    let payment = pepper.service_secret("payment", "secret-of-payment");
    App {
        keys: Keys::new(pool.clone(), key_encryption_key),
        pool,
        pepper,
        token_life: TimeDelta::hours(1),
        service_secrets: Arc::new(HashMap::from([(ServiceName::Payment, payment)])),
    }
}

/// What a client knows.
#[derive(Clone)]
pub(super) struct Secrets {
    pub(super) client_id: Uuid,
    pub(super) client_secret: String,
    pub(super) primary: String,
    pub(super) secondary: String,
    pub(super) msn: &'static str,
}

impl Secrets {
    pub(super) fn fresh() -> Self {
        let key = || Uuid::new_v4().simple().to_string();
        Self {
            client_id: Uuid::new_v4(),
            client_secret: format!("secret/{}=", key()),
            primary: key(),
            secondary: key(),
            msn: "123456",
        }
    }

    fn credentials(&self) -> Credentials {
        let key = |text: &String| SubscriptionKey::try_new(text.clone()).unwrap();
        Credentials {
            client_id: kvitt_primitives::ClientId::from_uuid(self.client_id),
            client_secret: ClientSecret::try_new(self.client_secret.clone()).unwrap(),
            subscription_keys: SubscriptionKeys::try_new(key(&self.primary), key(&self.secondary)).unwrap(),
            msn: self.msn.parse().unwrap(),
        }
    }

    pub(super) async fn create(&self, app: &App) -> Result<(), Error> {
        create_credentials(app, &self.credentials(), wall_now()).await
    }

    async fn token(&self, app: &App) -> Result<Token, Error> {
        let given = GivenSecrets {
            client_id: self.client_id.to_string(),
            client_secret: self.client_secret.clone().into(),
            subscription_key: self.primary.clone().into(),
        };
        issue_token(app, &given, wall_now()).await
    }
}

pub(super) async fn known(app: &App) -> Secrets {
    let secrets = Secrets::fresh();
    secrets.create(app).await.unwrap();
    secrets
}

/// What a verifier would read, with the keys this app publishes.
async fn claims(app: &App, jwt: &str) -> Claims {
    let kid = jsonwebtoken::decode_header(jwt).unwrap().kid.unwrap();
    let keys = list_verification_keys(app, wall_now()).await.unwrap();
    let key = keys.into_iter().find(|key| key.kid == kid).unwrap();
    let mut validation = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    validation.set_issuer(&["kvitt"]);
    let key = jsonwebtoken::DecodingKey::from_ed_der(&key.public_key);
    jsonwebtoken::decode(jwt, &key, &validation).unwrap().claims
}

#[tokio::test]
async fn a_token_names_the_client_and_expires_when_it_says() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let before = wall_now();
    let token = secrets.token(&app).await.unwrap();
    let claims = claims(&app, &token.jwt).await;
    assert_eq!((claims.sub, claims.kind.as_str()), (secrets.client_id.to_string(), "client"));
    assert_eq!(claims.exp, token.expires_at.timestamp());
    assert_eq!((claims.nbf, claims.iat), (token.not_before_at.timestamp(), token.not_before_at.timestamp()));
    assert_eq!(token.expires_at - token.not_before_at, app.token_life);
    assert!((before - token.not_before_at).abs() < TimeDelta::seconds(5));
    assert_eq!(token.expires_at, DateTime::from_timestamp(claims.exp, 0).unwrap());
}

#[tokio::test]
async fn a_second_token_leaves_the_first_alive() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let first = secrets.token(&app).await.unwrap();
    let second = secrets.token(&app).await.unwrap();
    assert_ne!(claims(&app, &first.jwt).await.jti, claims(&app, &second.jwt).await.jti);
}

#[tokio::test]
async fn the_secondary_key_works_wherever_the_primary_does() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let owner = resolve_subscription_key(&app, &secrets.secondary.clone().into()).await.unwrap();
    assert_eq!(owner.value.as_uuid(), secrets.client_id);
    let other = Secrets { primary: secrets.secondary.clone(), ..secrets };
    other.token(&app).await.unwrap();
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_are_refused_alike() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let wrong = Secrets { client_secret: "another-secret-altogether".to_owned(), ..secrets.clone() };
    let empty = Secrets { client_secret: String::new(), ..secrets.clone() };
    let unknown = Secrets { client_id: Uuid::new_v4(), ..secrets.clone() };
    let nobody = Secrets { client_id: Uuid::nil(), ..secrets };
    for refused in [wrong, empty, unknown, nobody] {
        assert!(matches!(refused.token(&app).await, Err(Error::ClientInvalid)));
    }
}

#[tokio::test]
async fn a_client_id_that_is_no_uuid_is_refused_like_an_unknown_one() {
    let (app, _database) = fixture().await;
    let secrets = known(&app).await;
    let given = GivenSecrets {
        client_id: "not-a-uuid".to_owned(),
        client_secret: secrets.client_secret.into(),
        subscription_key: secrets.primary.into(),
    };
    assert!(matches!(issue_token(&app, &given, wall_now()).await, Err(Error::ClientInvalid)));
}

#[tokio::test]
async fn a_missing_an_unknown_and_a_foreign_subscription_key_are_told_apart() {
    let (app, _database) = fixture().await;
    let (secrets, other) = (known(&app).await, known(&app).await);
    let missing = Secrets { primary: String::new(), ..secrets.clone() };
    assert!(matches!(missing.token(&app).await, Err(Error::SubscriptionKeyMissing)));
    let unknown = Secrets { primary: "0".repeat(32), ..secrets.clone() };
    assert!(matches!(unknown.token(&app).await, Err(Error::SubscriptionKeyInvalid)));
    let foreign = Secrets { primary: other.primary.clone(), ..secrets.clone() };
    assert!(matches!(foreign.token(&app).await, Err(Error::SubscriptionKeyInvalid)));
    // Whose key it is stays hidden from whoever cannot prove to be a client.
    let guess = Secrets { client_secret: "a-guess-of-the-secret".to_owned(), ..foreign };
    assert!(matches!(guess.token(&app).await, Err(Error::ClientInvalid)));
}

#[tokio::test]
async fn a_deactivated_client_gets_no_token_and_covers_nothing() {
    let (app, database) = fixture().await;
    let secrets = known(&app).await;
    let client_id = kvitt_primitives::ClientId::from_uuid(secrets.client_id);
    let msns = get_coverage(&app, client_id).await.unwrap().value;
    assert_eq!(msns, [secrets.msn.parse().unwrap()]);
    sqlx::query("UPDATE api_clients SET active = FALSE").execute(database.pool()).await.unwrap();
    assert_eq!(get_coverage(&app, client_id).await.unwrap().value, []);
    assert!(secrets.token(&app).await.is_err());
}

#[tokio::test]
async fn an_unknown_client_covers_nothing() {
    let (app, _database) = fixture().await;
    let nobody = kvitt_primitives::ClientId::from_uuid(Uuid::new_v4());
    assert_eq!(get_coverage(&app, nobody).await.unwrap().value, []);
}

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
        Secrets { msn: "654321", ..secrets.clone() },
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
    let nothing = get_coverage(&app, kvitt_primitives::ClientId::from_uuid(thief.client_id)).await.unwrap();
    assert_eq!(nothing.value, []);
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

#[tokio::test]
async fn no_secret_stands_in_the_database() {
    let (app, database) = fixture().await;
    let secrets = known(&app).await;
    let dump: Vec<String> = sqlx::query_scalar(
        "SELECT t::text FROM api_clients AS t UNION ALL SELECT t::text FROM subscription_keys AS t",
    )
    .fetch_all(database.pool())
    .await
    .unwrap();
    let dump = dump.join("\n");
    for secret in [&secrets.client_secret, &secrets.primary, &secrets.secondary] {
        assert!(!dump.contains(secret.as_str()) && !dump.contains(&hex::encode(secret)));
    }
}

#[tokio::test]
async fn a_service_gets_a_short_token_for_its_secret_only() {
    let (app, _database) = fixture().await;
    let issue = async |service: &str, secret: &str| {
        issue_service_token(&app, service, &secret.to_owned().into(), wall_now()).await
    };
    let token = issue("payment", "secret-of-payment").await.unwrap();
    let claims = claims(&app, &token.jwt).await;
    assert_eq!((claims.sub.as_str(), claims.kind.as_str()), ("payment", "service"));
    assert_eq!(claims.exp, token.expires_at.timestamp());
    assert_eq!(token.expires_at - token.not_before_at, TimeDelta::minutes(10));
    for (service, secret) in
        [("payment", "secret-of-wallet!"), ("payment", ""), ("wallet", "secret-of-payment"), ("", "")]
    {
        assert!(matches!(issue(service, secret).await, Err(Error::ClientInvalid)), "{service} {secret}");
    }
}
