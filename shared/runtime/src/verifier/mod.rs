//! Proves who calls: verifies access tokens, which are JWTs signed by `access` with Ed25519.
//!
//! A token says who, never what they may do; that is [`crate::Authority`]'s. The algorithm is pinned, the key is
//! named by `kid`, the issuer is `kvitt`, and there is no leeway: a token lives until its `exp` on this machine's
//! wall clock.

use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use http::HeaderMap;
use jsonwebtoken::errors::ErrorKind;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use kvitt_primitives::{ClientId, UserId};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal;
use moka::future::Cache;
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tonic::Status;
use uuid::Uuid;

use crate::caller::{Caller, Principal, ServiceName};
use crate::clock::wall_now;
use crate::mesh::Channel;

pub mod bearer;
mod keys;

use keys::Keys;

/// `iss` of every token.
pub const ISSUER: &str = "kvitt";

/// `kind` of an API client's token.
pub const KIND_CLIENT: &str = "client";

/// `kind` of a portal user's token.
pub const KIND_USER: &str = "user";

/// `kind` of a mesh service's token.
pub const KIND_SERVICE: &str = "service";

/// How many verified tokens are remembered.
const VERIFIED_LIMIT: u64 = 65_536;

/// A longer token is none of ours and is not even hashed.
const TOKEN_LENGTH_LIMIT: usize = 4096;

/// One Ed25519 public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerificationKey {
    /// Key id, as in the header of the tokens it verifies.
    pub kid: String,
    /// The raw public key.
    pub public_key: [u8; 32],
    /// From when on no living token can carry this key.
    pub retires_at: DateTime<Utc>,
}

/// What a token says. `access` signs it, a [`Verifier`] reads it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// Always [`ISSUER`].
    pub iss: String,
    /// The client id, the user id, or the service's name.
    pub sub: String,
    /// [`KIND_CLIENT`], [`KIND_USER`] or [`KIND_SERVICE`].
    pub kind: String,
    /// When it was issued, in seconds since 1970 like the two below.
    pub iat: i64,
    /// First second of its life.
    pub nbf: i64,
    /// Last second of its life.
    pub exp: i64,
    /// Makes every token unique.
    pub jti: Uuid,
}

/// Verifies access tokens; clones share their keys and what they remember.
#[derive(Clone, Debug)]
pub struct Verifier {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    keys: Keys,
    /// Whose a token is, by its hash, until it expires.
    verified: Cache<[u8; 32], Verified>,
    validation: Validation,
}

#[derive(Clone, Copy, Debug)]
struct Verified {
    principal: Principal,
    exp: i64,
}

impl Verifier {
    /// Verifies with the keys that `access` publishes: fetched when a token carries an unknown one, at a bounded
    /// rate.
    pub fn remote(access: Channel) -> Self {
        Self::with_keys(Keys::remote(access))
    }

    /// Verifies with keys at hand; this is how `access` itself does it.
    pub fn local(keys: watch::Receiver<Arc<[VerificationKey]>>) -> Self {
        Self::with_keys(Keys::Local(keys))
    }

    fn with_keys(keys: Keys) -> Self {
        let mut validation = Validation::new(Algorithm::EdDSA);
        validation.leeway = 0;
        validation.validate_nbf = true;
        validation.validate_aud = false;
        validation.set_issuer(&[ISSUER]);
        validation.set_required_spec_claims(&["iss", "sub", "exp", "nbf"]);
        let verified = Cache::builder().max_capacity(VERIFIED_LIMIT).expire_after(UntilExp).build();
        Self { inner: Arc::new(Inner { keys, verified, validation }) }
    }

    /// Whose token this is; `bearer` is the token without the scheme word.
    pub async fn verify_principal(&self, bearer: &str) -> Result<Principal, Status> {
        if bearer.len() > TOKEN_LENGTH_LIMIT {
            return Err(invalid("it is too long"));
        }
        let hash: [u8; 32] = Sha256::digest(bearer).into();
        if let Some(verified) = self.inner.verified.get(&hash).await {
            return if wall_now().timestamp() <= verified.exp {
                Ok(verified.principal)
            } else {
                Err(expired())
            };
        }
        let claims = self.read(bearer).await?;
        let principal = principal(&claims)?;
        self.inner.verified.insert(hash, Verified { principal, exp: claims.exp }).await;
        Ok(principal)
    }

    /// Who makes the request with these headers. A service's token alone, in either place, is a direct call; a
    /// token in `authorization` beside one in `x-kvitt-service` is a call on behalf of the former.
    pub async fn caller(&self, headers: &HeaderMap) -> Result<Caller, Status> {
        let via = match bearer::find(headers, &bearer::SERVICE)? {
            None => None,
            Some(token) => match self.verify_principal(token).await? {
                Principal::Service(name) => Some(name),
                Principal::Client(_) | Principal::User(_) => {
                    return Err(invalid("x-kvitt-service takes the token of a service"));
                }
            },
        };
        match (bearer::find(headers, &bearer::AUTHORIZATION)?, via) {
            (Some(token), via) => {
                let principal = self.verify_principal(token).await?;
                Ok(Caller { principal, via })
            }
            (None, Some(name)) => Ok(Caller { principal: Principal::Service(name), via: None }),
            (None, None) => Err(refusal::status(Reason::TokenMissing, "the request carries no access token")),
        }
    }

    /// The claims of a token whose signature and life are good.
    async fn read(&self, token: &str) -> Result<Claims, Status> {
        let header = jsonwebtoken::decode_header(token).map_err(|_| invalid("it is not a JWT"))?;
        let kid = header.kid.ok_or_else(|| invalid("it does not name its key"))?;
        if header.alg != Algorithm::EdDSA {
            return Err(invalid("its algorithm is not EdDSA"));
        }
        let key = self.inner.keys.find(&kid).await?.ok_or_else(|| invalid("its key is unknown"))?;
        jsonwebtoken::decode::<Claims>(token, &DecodingKey::from_ed_der(&key), &self.inner.validation)
            .map(|token| token.claims)
            .map_err(|refused| match refused.kind() {
                ErrorKind::ExpiredSignature => expired(),
                ErrorKind::InvalidSignature => invalid("its signature is wrong"),
                ErrorKind::ImmatureSignature => invalid("its life has not begun"),
                ErrorKind::InvalidIssuer => invalid("its issuer is not this platform"),
                _ => invalid("it is not one of this platform's"),
            })
    }
}

fn principal(claims: &Claims) -> Result<Principal, Status> {
    match claims.kind.as_str() {
        KIND_CLIENT => claims.sub.parse::<ClientId>().map(Principal::Client).ok(),
        KIND_USER => claims.sub.parse::<UserId>().map(Principal::User).ok(),
        KIND_SERVICE => claims.sub.parse::<ServiceName>().map(Principal::Service).ok(),
        _ => None,
    }
    .ok_or_else(|| invalid("it names nobody"))
}

fn invalid(why: &str) -> Status {
    refusal::status(Reason::TokenInvalid, format!("the access token is not valid: {why}"))
}

fn expired() -> Status {
    refusal::status(Reason::TokenExpired, "the access token has expired")
}

/// Forgets a verified token when its life ends.
struct UntilExp;

impl moka::Expiry<[u8; 32], Verified> for UntilExp {
    fn expire_after_create(&self, _hash: &[u8; 32], verified: &Verified, _now: Instant) -> Option<Duration> {
        let left = verified.exp.saturating_sub(wall_now().timestamp()).saturating_add(1);
        Some(Duration::from_secs(u64::try_from(left).unwrap_or(0)))
    }
}
