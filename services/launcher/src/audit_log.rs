//! Proves that nobody has touched the audit logs: of who may do what, at `access`, and of merchants, at `merchant`.

use std::fmt;

use kvitt_audit_log::{Broken, Verified};
use sqlx::PgPool;

/// What was walked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// Each service with what its log is like.
    pub logs: Vec<(&'static str, Verified)>,
}

impl Summary {
    /// How much is wrong.
    pub fn findings(&self) -> u64 {
        self.logs.iter().map(|(_, verified)| verified.broken.len() as u64).sum()
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (service, verified) in &self.logs {
            let Verified { entries, hash, broken } = verified;
            let findings = broken.len();
            let hash = hex::encode(hash);
            writeln!(
                f,
                "{service}: {entries} entries of the audit log checked, up to {hash}: {findings} findings"
            )?;
        }
        Ok(())
    }
}

/// Walks both logs. `found` is told of each finding, with the service that has the log.
pub async fn audit(
    access: &PgPool,
    merchant: &PgPool,
    mut found: impl FnMut(&'static str, &Broken),
) -> Result<Summary, sqlx::Error> {
    let mut logs = Vec::new();
    for (service, pool) in [("access", access), ("merchant", merchant)] {
        let mut snapshot = kvitt_postgres::snapshot(pool).await?;
        let verified = kvitt_audit_log::verify(&mut snapshot).await?;
        verified.broken.iter().for_each(|broken| found(service, broken));
        logs.push((service, verified));
    }
    Ok(Summary { logs })
}
