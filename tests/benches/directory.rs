//! How long a page of a list or a search takes where there is much to list: one merchant with 10,000 sales units and
//! 100,000 users. The rows are put into the databases directly; the pages are asked for over gRPC, as a portal would.

#![allow(missing_docs, reason = "the macros make the only public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kvitt_launcher::demo::MERCHANTS;
use kvitt_proto::access::v1::ListUsersRequest;
use kvitt_proto::merchant::v1::ListSalesUnitsRequest;
use kvitt_testing::TestServer;
use kvitt_tests::{Mesh, Stack, StackPlan};
use secrecy::ExposeSecret as _;
use sqlx::Executor as _;
use tokio::runtime::Runtime;

const UNITS: &str = "
    INSERT INTO sales_units
        (msn, merchant_id, name, search_name, market, active, capture_type, features, created_at, available_at)
    SELECT (8000000 + n)::text, 'a0000000-0000-4000-8000-000000000001', 'Butikk ' || n, 'butikk ' || n, 'NO', TRUE,
           'RESERVE_CAPTURE', '{}', TIMESTAMPTZ '2026-01-01', TIMESTAMPTZ '2026-01-01'
    FROM generate_series(1, 10000) AS n";

const USERS: &str = "
    INSERT INTO users (user_id, country, name, national_id_sealed, national_id_index, created_at)
    SELECT md5(n::text)::uuid, 'NO', 'Person ' || n, '\\x00', sha256(n::text::bytea), TIMESTAMPTZ '2026-01-01'
    FROM generate_series(1, 100000) AS n";

const MEMBERSHIPS: &str = "
    INSERT INTO memberships (merchant_id, user_id, role, name_key)
    SELECT 'a0000000-0000-4000-8000-000000000001', user_id, 'ADMINISTRATOR', lower(name) FROM users
    WHERE name LIKE 'Person %'";

fn directory(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let (_server, _stack, mesh) = runtime.block_on(async {
        let server = TestServer::throwaway().await;
        let url = server.url("postgres").expose_secret().to_owned();
        let stack = Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await;
        for (database, statements) in
            [("kvitt_merchant", &[UNITS, "ANALYZE"][..]), ("kvitt_access", &[USERS, MEMBERSHIPS, "ANALYZE"])]
        {
            let pool = kvitt_postgres::connect(&server.url(database), 1).expect("the URL is ours");
            for statement in statements {
                pool.execute(*statement).await.expect("rows can be made");
            }
            pool.close().await;
        }
        let mesh = stack.user("administrator").await.mesh;
        (server, stack, mesh)
    });
    let merchant_id = MERCHANTS[0].id;
    let mut group = criterion.benchmark_group("directory");
    for (what, search) in
        [("page", ""), ("search", "9999"), ("search_without_a_hit", "nobody is called this")]
    {
        let (mesh, search) = (&mesh, search.to_owned());
        group.bench_function(format!("units_{what}"), |bencher| {
            bencher.to_async(&runtime).iter(|| units(mesh, merchant_id, &search));
        });
        group.bench_function(format!("users_{what}"), |bencher| {
            bencher.to_async(&runtime).iter(|| users(mesh, merchant_id, &search));
        });
    }
    group.finish();
}

async fn units(mesh: &Mesh, merchant_id: &str, search: &str) {
    let request = ListSalesUnitsRequest {
        merchant_id: merchant_id.to_owned(),
        search: search.to_owned(),
        ..Default::default()
    };
    black_box(mesh.merchants().list_sales_units(request).await.expect("a page of units"));
}

async fn users(mesh: &Mesh, merchant_id: &str, search: &str) {
    let request = ListUsersRequest {
        merchant_id: merchant_id.to_owned(),
        search: search.to_owned(),
        ..Default::default()
    };
    black_box(mesh.users().list_users(request).await.expect("a page of users"));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = directory
}
criterion_main!(benches);
