//! Asks `access` for what approvals have promised: an Administrator for a new merchant, and keys for new units; and tells it
//! whose the units are that have none. Asking
//! again is harmless, so it is done until access has answered: a question without an answer is no failure of the worker,
//! since its next attempt is planned.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;
use tokio::task::JoinSet;
use tonic::{Code, Status};

use kvitt_proto::access::v1::{
    GrantAdministratorRequest, IssueKeysRequest, KeyKind, KeyOwner, RegisterSalesUnitRequest,
    credential_service_client::CredentialServiceClient, key_service_client::KeyServiceClient,
};
use kvitt_runtime::PeerChannel;

use super::{Pass, Work};
use crate::store::orders::due::{self, Claim, Told, WantedAdministrator, WantedUnit};

/// Calls made at once.
const BATCH: i64 = 32;
/// The pause before access is asked again, in seconds: the first, and the longest that doubling leads to.
const FIRST_PAUSE_SECS: f64 = 2.0;
/// A year that is moved through in one go must not stop at every few minutes for what cannot be.
const LONGEST_PAUSE_SECS: f64 = 6.0 * 3600.0;

pub(super) async fn pass(work: &Work) -> Result<Pass, sqlx::Error> {
    let administrators = administrators(work).await?;
    let units = units(work).await?;
    Ok(Pass { worked: administrators || units, failed: false })
}

pub(super) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    due::next_to_provision(connection).await
}

/// What is claimed here is asked for again after the pause when this process stops in between.
fn claim(work: &Work) -> Claim {
    Claim {
        now: work.app.clock.now(),
        limit: BATCH,
        first_pause_secs: FIRST_PAUSE_SECS,
        longest_pause_secs: LONGEST_PAUSE_SECS,
    }
}

/// Whether there was anything to ask for.
async fn administrators(work: &Work) -> Result<bool, sqlx::Error> {
    let mut worked = false;
    loop {
        let mut connection = work.app.pool.acquire().await?;
        let wanted = due::claim_administrators(&mut connection, claim(work)).await?;
        drop(connection);
        if wanted.is_empty() {
            return Ok(worked);
        }
        worked = true;
        let mut calls = JoinSet::new();
        for wanted in wanted {
            let access = work.access.clone();
            calls.spawn(async move { (wanted, grant(access, wanted).await) });
        }
        for (wanted, answer) in calls.join_all().await {
            match answer {
                Ok(told) => {
                    let mut connection = work.app.pool.acquire().await?;
                    due::settle_administrator(&mut connection, wanted.merchant_id, told).await?;
                }
                Err(status) => {
                    tracing::warn!(merchant_id = %wanted.merchant_id, %status, "a merchant waits for its Administrator");
                }
            }
        }
    }
}

async fn grant(access: PeerChannel, wanted: WantedAdministrator) -> Result<Told, Status> {
    let WantedAdministrator { merchant_id, user_id } = wanted;
    let request =
        GrantAdministratorRequest { merchant_id: merchant_id.to_string(), user_id: user_id.to_string() };
    match CredentialServiceClient::new(access).grant_administrator(request).await {
        Ok(_) => Ok(Told::Granted),
        Err(status) if status.code() == Code::NotFound => {
            tracing::warn!(%merchant_id, "a merchant has no Administrator: who applied has been removed");
            Ok(Told::Gone)
        }
        Err(status) => Err(status),
    }
}

/// Whether there was anything to ask for.
async fn units(work: &Work) -> Result<bool, sqlx::Error> {
    let mut worked = false;
    loop {
        let mut connection = work.app.pool.acquire().await?;
        let wanted = due::claim_units(&mut connection, claim(work)).await?;
        drop(connection);
        if wanted.is_empty() {
            return Ok(worked);
        }
        worked = true;
        let mut calls = JoinSet::new();
        for wanted in wanted {
            let access = work.access.clone();
            calls.spawn(async move { (make_known(access, &wanted).await, wanted.msn) });
        }
        for (answer, msn) in calls.join_all().await {
            match answer {
                Ok(()) => {
                    let mut connection = work.app.pool.acquire().await?;
                    due::unit_is_known(&mut connection, &msn).await?;
                }
                Err(status) => {
                    tracing::warn!(%msn, %status, "a sales unit waits until access knows it");
                }
            }
        }
    }
}

/// The secrets in the answer are for nobody here: the merchant's people ask access for them.
async fn make_known(access: PeerChannel, wanted: &WantedUnit) -> Result<(), Status> {
    let (msn, merchant_id) = (wanted.msn.to_string(), wanted.merchant_id.to_string());
    let Some(client_id) = wanted.client_id else {
        let request = RegisterSalesUnitRequest { msn, merchant_id };
        return CredentialServiceClient::new(access).register_sales_unit(request).await.map(|_| ());
    };
    let owner = KeyOwner { msn, merchant_id, ..Default::default() };
    let (client_id, kind) = (client_id.to_string(), KeyKind::SalesUnit.into());
    let request = IssueKeysRequest { client_id, kind, owner: Some(owner) };
    KeyServiceClient::new(access).issue_keys(request).await.map(|_| ())
}
