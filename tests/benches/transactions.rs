//! How long a search for payments takes among three million of one sales unit. The rows are put into the database
//! directly; the pages are asked for over gRPC, as a portal would.

#![allow(missing_docs, reason = "the macros make the only public items")]

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use kvitt_proto::payment::v1::{SearchPaymentsRequest, TransactionFilter, TransactionStatus};
use kvitt_testing::TestServer;
use kvitt_tests::{Mesh, Stack, StackPlan};
use secrecy::ExposeSecret as _;
use sqlx::Executor as _;
use tokio::runtime::Runtime;

/// One every ten seconds. One in a thousand was rejected; every reference begins in one of two ways.
const PAYMENTS: &str = "
    INSERT INTO transactions (msn, payment_id, reference, number, version, created_at, changed_at, status, origin,
        currency, amount, authorized, captured, cancelled, refunded, description)
    SELECT '300001', md5(n::text)::uuid,
        CASE WHEN n % 1000 = 0 THEN 'rare-' ELSE 'order-' END || lpad(n::text, 9, '0'), 1000000000 + n, 3,
        TIMESTAMPTZ '2026-01-01' + n * interval '10 seconds', TIMESTAMPTZ '2026-01-01' + n * interval '10 seconds',
        CASE WHEN n % 1000 = 0 THEN 2 WHEN n % 4 = 0 THEN 7 ELSE 6 END, 1, 'NOK', 10000 + n % 5000, 10000, 10000, 0, 0,
        'Two coffees'
    FROM generate_series(1, 3000000) AS n";

fn transactions(criterion: &mut Criterion) {
    let runtime = Runtime::new().expect("a runtime can be made");
    let (_server, _stack, mesh) = runtime.block_on(async {
        let server = TestServer::throwaway().await;
        let url = server.url("postgres").expose_secret().to_owned();
        let stack = Stack::own(StackPlan { database_url: Some(url), ..StackPlan::default() }).await;
        let pool = kvitt_postgres::connect(&server.url("kvitt_payment"), 1).expect("the URL is ours");
        for statement in [PAYMENTS, "VACUUM ANALYZE transactions"] {
            pool.execute(statement).await.expect("rows can be made");
        }
        pool.close().await;
        let mesh = stack.user("administrator").await.mesh;
        (server, stack, mesh)
    });
    let all = TransactionFilter { msns: vec!["300001".to_owned()], ..TransactionFilter::default() };
    let query = |text: &str| TransactionFilter { query: text.to_owned(), ..all.clone() };
    let rejected = vec![TransactionStatus::Rejected.into()];
    let filters = [
        ("page", all.clone()),
        ("rare_status", TransactionFilter { statuses: rejected, ..all.clone() }),
        ("reference", query("order-001234567")),
        ("common_beginning", query("order-00")),
        ("rare_beginning", query("rare-0012")),
        ("number", query("1001234567")),
        ("amount", query("123,45")),
        ("nothing", query("nothing-like-it")),
    ];
    let mut group = criterion.benchmark_group("transactions");
    for (what, filter) in filters {
        let mesh = &mesh;
        group.bench_function(what, |bencher| {
            bencher.to_async(&runtime).iter(|| page(mesh, filter.clone()));
        });
    }
    group.finish();
}

async fn page(mesh: &Mesh, filter: TransactionFilter) {
    let request = SearchPaymentsRequest { filter: Some(filter), ..SearchPaymentsRequest::default() };
    black_box(mesh.transactions().search_payments(request).await.expect("a page of payments"));
}

criterion_group! {
    name = benches;
    config = Criterion::default().sample_size(50);
    targets = transactions
}
criterion_main!(benches);
