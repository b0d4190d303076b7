//! Users as they stand in the tables, for tests of what they may do.

use kvitt_primitives::UserId;
use kvitt_runtime::authority::matrix::{Grants, Role};

use super::*;

pub(crate) const NOTHING: Grants = Grants { transaction_management: false, developer: false };
pub(crate) const DEVELOPER: Grants = Grants { transaction_management: false, developer: true };
pub(crate) const MANAGES: Grants = Grants { transaction_management: true, developer: false };

/// A merchant's unit with keys.
pub(crate) struct Unit {
    pub(crate) msn: Msn,
    pub(crate) merchant_id: MerchantId,
    pub(crate) client_id: ClientId,
}

/// A unit of a new merchant, with issued keys.
pub(crate) async fn unit(app: &App) -> Unit {
    unit_of(app, MerchantId::from_uuid(Uuid::new_v4())).await
}

/// One more unit of a merchant.
pub(crate) async fn unit_of(app: &App, merchant_id: MerchantId) -> Unit {
    let (msn, client_id) = (fresh_msn(), ClientId::from_uuid(Uuid::new_v4()));
    let owner = Owner::SalesUnit { msn: msn.clone(), merchant_id };
    issue_keys(app, &OPERATOR, client_id, owner, wall_now()).await.unwrap();
    Unit { msn, merchant_id, client_id }
}

/// A user with a part in a merchant, as a caller.
pub(crate) async fn user(app: &App, merchant_id: MerchantId, role: Role, units: &[(&Msn, Grants)]) -> Caller {
    let user_id = UserId::from_uuid(Uuid::new_v4());
    let role = match role {
        Role::Administrator => "ADMINISTRATOR",
        Role::SalesUnitManager => "SALES_UNIT_MANAGER",
        Role::Assistant => "ASSISTANT",
    };
    let statements = [
        "INSERT INTO users (user_id, created_at) VALUES ($1, $2)",
        "INSERT INTO memberships (merchant_id, user_id, role, name_key) VALUES ($1, $2, $3, 'kari')",
        "INSERT INTO membership_units (user_id, merchant_id, msn, transaction_management, developer)
         VALUES ($1, $2, $3, $4, $5)",
    ];
    let insert = sqlx::query(statements[0]).bind(user_id.as_uuid()).bind(wall_now());
    insert.execute(&app.pool).await.unwrap();
    let insert = sqlx::query(statements[1]).bind(merchant_id.as_uuid()).bind(user_id.as_uuid()).bind(role);
    insert.execute(&app.pool).await.unwrap();
    for (msn, grants) in units {
        let insert = sqlx::query(statements[2])
            .bind(user_id.as_uuid())
            .bind(merchant_id.as_uuid())
            .bind(msn.as_str())
            .bind(grants.transaction_management)
            .bind(grants.developer);
        insert.execute(&app.pool).await.unwrap();
    }
    Caller { principal: Principal::User(user_id), via: None }
}

/// An Administrator of the unit's merchant.
pub(crate) async fn administrator(app: &App, unit: &Unit) -> Caller {
    user(app, unit.merchant_id, Role::Administrator, &[]).await
}

/// An Assistant of the unit, with these grants there.
pub(crate) async fn assistant(app: &App, unit: &Unit, grants: Grants) -> Caller {
    user(app, unit.merchant_id, Role::Assistant, &[(&unit.msn, grants)]).await
}

/// What the audit log holds, oldest first: action, subject, and what was before and after.
pub(crate) async fn audited(app: &App) -> Vec<(String, String, Option<String>, Option<String>)> {
    let select = "SELECT action, subject, before, after FROM audit_log ORDER BY sequence";
    sqlx::query_as(select).fetch_all(&app.pool).await.unwrap()
}

/// The actions that the audit log holds of a subject, oldest first.
pub(crate) async fn audited_of(app: &App, subject: String) -> Vec<String> {
    let entries = audited(app).await.into_iter();
    entries.filter(|entry| entry.1 == subject).map(|entry| entry.0).collect()
}
