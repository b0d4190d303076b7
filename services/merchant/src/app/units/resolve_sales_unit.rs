//! Whose a unit is: what callers' rights are decided by.

use sqlx::PgPool;
use tonic::Status;

use kvitt_primitives::Msn;
use kvitt_runtime::authority::{KnowsUnits, Unit};

use crate::{
    app::{App, Error},
    store::{
        revision::AsOf,
        sales_units::{Owner, find_owner},
    },
};

/// Whose the unit is, and of none, as of when.
pub(crate) async fn resolve_sales_unit(app: &App, msn: &Msn) -> Result<AsOf<Option<Owner>>, Error> {
    let mut connection = app.pool.acquire().await?;
    Ok(find_owner(&mut connection, msn).await?)
}

/// The units of this very service, for its own [`kvitt_runtime::Authority`].
#[derive(Debug)]
pub(crate) struct OwnUnits(pub(crate) PgPool);

#[tonic::async_trait]
impl KnowsUnits for OwnUnits {
    async fn unit(&self, msn: &Msn) -> Result<Option<Unit>, Status> {
        let owner = async {
            let mut connection = self.0.acquire().await?;
            find_owner(&mut connection, msn).await
        };
        let AsOf { value, .. } = owner.await.map_err(Error::Database)?;
        Ok(value.map(|Owner { merchant_id, partner_id, .. }| Unit { merchant_id, partner_id }))
    }
}
