use sqlx::PgPool;
use uuid::Uuid;

use super::*;
use crate::{
    domain::{Agreement, Company, Name, Step},
    fixture::{Fixture, a_merchant},
};

async fn violated(pool: &PgPool, id: OrderId, change: &'static str) -> Option<String> {
    let mut tx = pool.begin().await.unwrap();
    let sql = sqlx::AssertSqlSafe(format!("UPDATE orders SET {change} WHERE order_id = $1"));
    let changed = sqlx::query(sql).bind(id.as_uuid()).execute(&mut *tx).await;
    changed.err().and_then(|error| kvitt_postgres::violated_constraint(&error).map(str::to_owned))
}

/// An application of somebody for a company that is no merchant.
async fn applied(fixture: &Fixture) -> Order {
    let company = BusinessIdentifier::new(a_merchant(Market::No).organization_number);
    let name = Name::try_new("Ny AS".to_owned()).unwrap();
    let subject = Subject::Agreement(Box::new(Agreement { name, company: Company::default() }));
    let id = OrderId::from_uuid(Uuid::new_v4());
    let applicant = Some(UserId::from_uuid(Uuid::new_v4()));
    let order = Order { applicant, ..Order::made(id, company, subject, fixture.app.clock.now()) };
    let mut connection = fixture.app.pool.acquire().await.unwrap();
    assert!(insert(&mut connection, &order, None).await.unwrap());
    order
}

#[tokio::test]
async fn the_schema_refuses_what_the_domain_refuses() {
    let fixture = Fixture::start().await;
    let order = applied(&fixture).await;
    let table = [
        ("type = 'OTHER'", "orders_type_check"),
        ("kind = 'OTHER', applicant_id = NULL", "orders_kind_check"),
        ("status = 'ORDER_SUBMITTED'", "orders_status_check"),
        ("status = 'EXPIRED'", "orders_status_check"),
        ("status = 'COMPLETED'", "orders_decided_at_check"),
        ("decided_at = created_at", "orders_decided_at_check"),
        ("status = 'COMPLETED', decided_at = created_at", "orders_merchant_id_check"),
        ("status = 'REJECTED', decided_at = created_at", "orders_reason_check"),
        ("reason = 'No.'", "orders_reason_check"),
        ("applicant_id = NULL", "orders_applicant_id_check"),
        ("submitted_at = NULL", "orders_submitted_at_check"),
        ("deleted_at = created_at", "orders_deleted_at_check"),
        ("expires_at = created_at", "orders_prefill_check"),
        ("asked_msn = '100001'", "orders_asked_check"),
        ("market = 'SE'", "orders_market_check"),
        ("logo_png = ''", "orders_logo_png_check"),
    ];
    for (change, constraint) in table {
        let violated = violated(&fixture.app.pool, order.id, change).await;
        assert_eq!(violated.as_deref(), Some(constraint), "{change}");
    }
}

#[tokio::test]
async fn an_order_reads_back_as_it_was_stored_and_changed() {
    let fixture = Fixture::start().await;
    let order = applied(&fixture).await;
    let mut connection = fixture.app.pool.acquire().await.unwrap();
    assert_eq!(find(&mut connection, order.id).await.unwrap(), Some(order.clone()));
    let reason = Some(Prose::try_new("Ukjent firma.".to_owned()).unwrap());
    let now = fixture.app.clock.now();
    let rejected = order.after(Step::Reject, now).unwrap();
    let rejected = Order { reason, decided_at: Some(now), ..rejected };
    update(&mut connection, &rejected).await.unwrap();
    assert_eq!(find(&mut connection, order.id).await.unwrap(), Some(rejected));
}
