use chrono::DateTime;
use kvitt_primitives::{ClientId, MerchantId, Msn};
use kvitt_runtime::{Caller, Claims, Principal, wall_now};
use kvitt_testing::TestDatabase;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{
        credentials::{self, ClientSecret, Credentials, SubscriptionKey, SubscriptionKeys},
        owner::Owner,
    },
    envelope::KeyEncryptionKey,
    error::Error,
    personal::PersonalData,
    token::Token,
};

pub(crate) mod people;

mod grants;
mod keys;
mod secrets;
mod tables;

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
    let next = pepper.service_secret("payment", "next-secret-of-payment");
    let data = PersonalData::new(pepper.clone(), key_encryption_key.clone());
    let people = crate::app::people::People::new(data, None);
    #[cfg(feature = "sandbox")]
    let people = people.simulated();
    App {
        keys: Keys::new(pool.clone(), key_encryption_key.clone()),
        pool,
        pepper,
        key_encryption_key,
        token_life: TimeDelta::hours(1),
        people,
        service_secrets: [(ServiceName::Payment, payment), (ServiceName::Payment, next)].into(),
    }
}

/// Who seeds and inspects.
pub(crate) const OPERATOR: Caller =
    Caller { principal: Principal::Service(ServiceName::Launcher), via: None };

/// A unit that no other test has.
pub(crate) fn fresh_msn() -> Msn {
    format!("{:010}", Uuid::new_v4().as_u128() % 10_000_000_000).parse().unwrap()
}

/// What a client of a sales unit knows.
#[derive(Clone)]
pub(super) struct Secrets {
    pub(super) client_id: Uuid,
    pub(super) client_secret: String,
    pub(super) primary: String,
    pub(super) secondary: String,
    pub(super) msn: Msn,
    pub(super) merchant_id: MerchantId,
}

impl Secrets {
    pub(super) fn fresh() -> Self {
        let key = || Uuid::new_v4().simple().to_string();
        Self {
            client_id: Uuid::new_v4(),
            client_secret: format!("secret/{}=", key()),
            primary: key(),
            secondary: key(),
            msn: fresh_msn(),
            merchant_id: MerchantId::from_uuid(Uuid::new_v4()),
        }
    }

    fn credentials(&self) -> Credentials {
        let key = |text: &String| SubscriptionKey::try_new(text.clone()).unwrap();
        Credentials {
            client_id: ClientId::from_uuid(self.client_id),
            owner: Owner::SalesUnit { msn: self.msn.clone(), merchant_id: self.merchant_id },
            secrets: credentials::Secrets {
                client_secret: ClientSecret::try_new(self.client_secret.clone()).unwrap(),
                subscription_keys: Some(
                    SubscriptionKeys::try_new(key(&self.primary), key(&self.secondary)).unwrap(),
                ),
            },
        }
    }

    pub(super) async fn create(&self, app: &App) -> Result<(), Error> {
        create_credentials(app, &OPERATOR, &self.credentials(), wall_now()).await
    }

    pub(super) async fn token(&self, app: &App) -> Result<Token, Error> {
        let client = GivenClient {
            client_id: self.client_id.to_string(),
            client_secret: self.client_secret.clone().into(),
        };
        let given = GivenSecrets { client, subscription_key: self.primary.clone().into() };
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
    let client =
        GivenClient { client_id: "not-a-uuid".to_owned(), client_secret: secrets.client_secret.into() };
    let given = GivenSecrets { client, subscription_key: secrets.primary.into() };
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
    let client_id = ClientId::from_uuid(secrets.client_id);
    let covered = get_coverage(&app, client_id).await.unwrap().value.unwrap();
    assert_eq!(covered.msns, std::slice::from_ref(&secrets.msn));
    assert_eq!(covered.owner.merchant_id(), Some(secrets.merchant_id));
    sqlx::query("UPDATE api_clients SET active = FALSE").execute(database.pool()).await.unwrap();
    assert_eq!(get_coverage(&app, client_id).await.unwrap().value, None);
    assert!(secrets.token(&app).await.is_err());
}

#[tokio::test]
async fn an_unknown_client_covers_nothing() {
    let (app, _database) = fixture().await;
    let nobody = ClientId::from_uuid(Uuid::new_v4());
    assert_eq!(get_coverage(&app, nobody).await.unwrap().value, None);
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
    assert!(issue("payment", "next-secret-of-payment").await.is_ok());
    for (service, secret) in [
        ("payment", "secret-of-wallet!"),
        ("payment", ""),
        ("wallet", "secret-of-payment"),
        ("wallet", "next-secret-of-payment"),
        ("", ""),
    ] {
        assert!(matches!(issue(service, secret).await, Err(Error::ClientInvalid)), "{service} {secret}");
    }
}
