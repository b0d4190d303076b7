//! Access tokens: Ed25519 JWTs that prove who a caller is, and nothing about what the caller may do.

use chrono::{DateTime, SubsecRound as _, TimeDelta, Utc};
use jsonwebtoken::{Algorithm, Header};
use uuid::Uuid;

use kvitt_primitives::{ClientId, UserId};
use kvitt_runtime::{
    Claims, ServiceName,
    verifier::{ISSUER, KIND_CLIENT, KIND_SERVICE, KIND_USER},
};

use crate::{error::Error, keys::KeyRing};

/// Whom a token is about.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Subject {
    Client(ClientId),
    User(UserId),
    Service(ServiceName),
}

impl Subject {
    fn kind(self) -> &'static str {
        match self {
            Self::Client(_) => KIND_CLIENT,
            Self::User(_) => KIND_USER,
            Self::Service(_) => KIND_SERVICE,
        }
    }

    fn name(self) -> String {
        match self {
            Self::Client(id) => id.to_string(),
            Self::User(id) => id.to_string(),
            Self::Service(name) => name.to_string(),
        }
    }
}

/// A signed token and its life, in whole seconds of wall-clock time as the JWT says it.
#[derive(Debug, Clone)]
pub(crate) struct Token {
    pub(crate) jwt: String,
    pub(crate) not_before_at: DateTime<Utc>,
    pub(crate) expires_at: DateTime<Utc>,
}

/// Signs a token that lives from `now`, cut to the second, for `life`.
pub(crate) fn sign(
    ring: &KeyRing,
    subject: Subject,
    life: TimeDelta,
    now: DateTime<Utc>,
) -> Result<Token, Error> {
    let key = ring.signer(now).ok_or(Error::NoSigningKey)?;
    let not_before_at = now.trunc_subsecs(0);
    let expires_at = not_before_at + life;
    let header = Header { kid: Some(key.kid.clone()), ..Header::new(Algorithm::EdDSA) };
    let claims = Claims {
        iss: ISSUER.to_owned(),
        sub: subject.name(),
        kind: subject.kind().to_owned(),
        iat: not_before_at.timestamp(),
        nbf: not_before_at.timestamp(),
        exp: expires_at.timestamp(),
        jti: Uuid::new_v4(),
    };
    let jwt = jsonwebtoken::encode(&header, &claims, &key.private)?;
    Ok(Token { jwt, not_before_at, expires_at })
}
