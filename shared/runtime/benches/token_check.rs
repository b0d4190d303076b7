//! What it costs to know who calls and that their keys belong together: the token, the subscription key, and what the keys
//! are for. `cached` is a token that was seen before, `fresh` one that was not, whose signature has to be verified. What
//! `access` says is at hand in both, as it is but for the first call after a change.

#![allow(missing_docs, reason = "the macros make the only public items")]

#[allow(dead_code, clippy::unwrap_used, reason = "it is made for tests, which use more of it")]
#[path = "../tests/support/mod.rs"]
mod support;

use std::hint::black_box;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use kvitt_primitives::ClientId;
use kvitt_runtime::authority::Units;
use kvitt_runtime::{Authority, Principal, ServiceName, Verifier};
use tokio::runtime::Runtime;
use uuid::Uuid;

use support::access::{State, mesh};

async fn check(verifier: &Verifier, authority: &Authority, token: &str) {
    let principal = verifier.verify_principal(token).await.expect("the token is good");
    let owner = authority.subscription_key_owner("known").await.expect("the key is known");
    assert_eq!(principal, Principal::Client(owner));
    let client = authority.client(owner).await.expect("the client is known");
    assert!(!black_box(client).msns.is_empty());
}

fn token_check(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let state = State::new();
    let client = ClientId::from_uuid(Uuid::nil());
    let (_access, verifier, authority) = runtime.block_on(async {
        let access = state.serve().await;
        let mesh = mesh(&access, ServiceName::Gateway);
        let authority = Authority::new(&mesh, Units::of_merchant(mesh.access()));
        (access, mesh.verifier(), authority)
    });
    let token = state.signer.client_token(client);
    runtime.block_on(check(&verifier, &authority, &token));
    let mut group = criterion.benchmark_group("token_check");
    group.bench_function("cached", |bencher| {
        bencher.to_async(&runtime).iter(|| check(&verifier, &authority, &token));
    });
    group.bench_function("fresh", |bencher| {
        bencher.to_async(&runtime).iter_batched(
            || state.signer.client_token(client),
            async |token| check(&verifier, &authority, &token).await,
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, token_check);
criterion_main!(benches);
