//! Whose a token is, and why it is nobody's.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::HeaderMap;
use jsonwebtoken::{Algorithm, EncodingKey, Header};
use kvitt_primitives::ClientId;
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal::reason_of;
use kvitt_runtime::{Caller, Principal, ServiceName, Verifier, channel, wall_now};
use tonic::Status;
use uuid::Uuid;

use crate::support::access::{Signer, State, claims};

fn client() -> ClientId {
    ClientId::from_uuid(Uuid::from_u128(7))
}

fn local(state: &State) -> Verifier {
    Verifier::local(state.keys.subscribe())
}

fn headers(pairs: &[(&'static str, String)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap())).collect()
}

async fn reason(verifier: &Verifier, token: &str) -> Option<Reason> {
    reason_of(&verifier.verify_principal(token).await.unwrap_err())
}

#[tokio::test]
async fn a_good_token_names_its_principal_again_and_again() {
    let state = State::new();
    let verifier = local(&state);
    let token = state.signer.client_token(client());
    for _ in 0..2 {
        let principal = verifier.verify_principal(&token).await.unwrap();
        assert_eq!(principal, Principal::Client(client()));
    }
    let token = state.signer.service_token(ServiceName::Payment);
    let principal = verifier.verify_principal(&token).await.unwrap();
    assert_eq!(principal, Principal::Service(ServiceName::Payment));
}

#[tokio::test]
async fn a_token_of_another_key_is_invalid() {
    let verifier = local(&State::new());
    let unknown_kid = Signer::new("second", 2).client_token(client());
    let stolen_kid = Signer::new("first", 2).client_token(client());
    for token in [unknown_kid, stolen_kid] {
        assert_eq!(reason(&verifier, &token).await, Some(Reason::TokenInvalid));
    }
}

#[tokio::test]
async fn a_token_of_another_algorithm_is_invalid_even_when_it_verifies() {
    let state = State::new();
    let mut header = Header::new(Algorithm::HS256);
    header.kid = Some("first".to_owned());
    let key = EncodingKey::from_secret(&state.signer.verification_key().public_key);
    let claims = claims("client", &client().to_string());
    let confused = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    assert_eq!(reason(&local(&state), &confused).await, Some(Reason::TokenInvalid));

    let header = URL_SAFE_NO_PAD.encode(r#"{"alg":"none","kid":"first"}"#);
    let payload = URL_SAFE_NO_PAD.encode(serde_json::to_vec(&claims).unwrap());
    assert_eq!(reason(&local(&state), &format!("{header}.{payload}.")).await, Some(Reason::TokenInvalid));
}

#[tokio::test]
async fn a_token_lives_until_its_last_second_and_no_longer() {
    let state = State::new();
    let verifier = local(&state);
    let mut claims = claims("client", &client().to_string());
    claims.exp = wall_now().timestamp() - 1;
    assert_eq!(reason(&verifier, &state.signer.sign(&claims)).await, Some(Reason::TokenExpired));
    claims.exp = wall_now().timestamp() + 600;
    claims.nbf = wall_now().timestamp() + 300;
    assert_eq!(reason(&verifier, &state.signer.sign(&claims)).await, Some(Reason::TokenInvalid));
}

#[tokio::test]
async fn a_remembered_token_expires_too() {
    let state = State::new();
    let verifier = local(&state);
    let mut claims = claims("client", &client().to_string());
    claims.exp = wall_now().timestamp() + 1;
    let token = state.signer.sign(&claims);
    verifier.verify_principal(&token).await.unwrap();
    let expired = async {
        while verifier.verify_principal(&token).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), expired).await.unwrap();
    assert_eq!(reason(&verifier, &token).await, Some(Reason::TokenExpired));
}

#[tokio::test]
async fn a_token_with_strange_claims_is_invalid() {
    let state = State::new();
    let verifier = local(&state);
    let good = claims("client", &client().to_string());
    let mut issuer = good.clone();
    issuer.iss = "somebody else".to_owned();
    for claims in
        [issuer, claims("payer", &good.sub), claims("client", "nobody"), claims("service", "nobody")]
    {
        assert_eq!(
            reason(&verifier, &state.signer.sign(&claims)).await,
            Some(Reason::TokenInvalid),
            "{claims:?}"
        );
    }
    for text in ["", "abc", "a.b.c", &"x".repeat(5000)] {
        assert_eq!(reason(&verifier, text).await, Some(Reason::TokenInvalid), "{text:?}");
    }
}

#[tokio::test]
async fn the_two_headers_tell_who_calls_and_through_whom() {
    let state = State::new();
    let verifier = local(&state);
    let client_token = format!("Bearer {}", state.signer.client_token(client()));
    let service_token = format!("bearer {}", state.signer.service_token(ServiceName::Gateway));
    let (gateway, by_client) = (ServiceName::Gateway, Principal::Client(client()));
    let by_gateway = Principal::Service(gateway);
    let cases = [
        (headers(&[("authorization", client_token.clone())]), Caller { principal: by_client, via: None }),
        (headers(&[("authorization", service_token.clone())]), Caller { principal: by_gateway, via: None }),
        (headers(&[("x-kvitt-service", service_token.clone())]), Caller { principal: by_gateway, via: None }),
        (
            headers(&[("authorization", client_token.clone()), ("x-kvitt-service", service_token)]),
            Caller { principal: by_client, via: Some(gateway) },
        ),
    ];
    for (headers, expected) in cases {
        assert_eq!(verifier.caller(&headers).await.unwrap(), expected);
    }
    let refused: Vec<(Status, Reason)> = vec![
        (verifier.caller(&HeaderMap::new()).await.unwrap_err(), Reason::TokenMissing),
        (
            verifier.caller(&headers(&[("authorization", client_token[7..].to_owned())])).await.unwrap_err(),
            Reason::TokenMissing,
        ),
        (
            verifier.caller(&headers(&[("x-kvitt-service", client_token)])).await.unwrap_err(),
            Reason::TokenInvalid,
        ),
    ];
    for (status, reason) in refused {
        assert_eq!(reason_of(&status), Some(reason), "{status}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_for_an_unknown_one_at_a_bounded_rate() {
    let state = State::new();
    let access = state.serve().await;
    let verifier = Verifier::remote(channel(&access.url()).unwrap());
    let token = state.signer.client_token(client());
    let other_token = state.signer.service_token(ServiceName::Wallet);
    let both = tokio::join!(verifier.verify_principal(&token), verifier.verify_principal(&other_token),);
    assert!(both.0.is_ok() && both.1.is_ok(), "{both:?}");
    assert_eq!(state.keys_asked.load(Ordering::SeqCst), 1);

    let second = Signer::new("second", 2);
    state.keys.send_replace(Arc::new([second.verification_key(), state.signer.verification_key()]));
    assert!(verifier.verify_principal(&second.client_token(client())).await.is_ok());
    assert_eq!(state.keys_asked.load(Ordering::SeqCst), 2);

    let strangers: Vec<String> =
        (0..50).map(|number| Signer::new(&format!("stranger {number}"), 9).client_token(client())).collect();
    let asking = strangers.iter().take(50).map(|token| {
        let (verifier, token) = (verifier.clone(), token.clone());
        tokio::spawn(async move { reason(&verifier, &token).await })
    });
    for asked in asking.collect::<Vec<_>>() {
        assert_eq!(asked.await.unwrap(), Some(Reason::TokenInvalid));
    }
    assert!(state.keys_asked.load(Ordering::SeqCst) <= 5, "fifty strangers cost a handful of fetches");
}

#[tokio::test]
async fn a_retired_key_verifies_nothing() {
    let state = State::new();
    let mut key = state.signer.verification_key();
    key.retires_at = wall_now();
    state.keys.send_replace(Arc::new([key]));
    assert_eq!(
        reason(&local(&state), &state.signer.client_token(client())).await,
        Some(Reason::TokenInvalid)
    );
}

#[tokio::test]
async fn without_access_nobody_can_be_verified_and_that_is_not_their_fault() {
    let verifier = Verifier::remote(channel("http://127.0.0.1:1").unwrap());
    let token = Signer::new("first", 1).client_token(client());
    assert_eq!(reason(&verifier, &token).await, Some(Reason::Unavailable));
}
