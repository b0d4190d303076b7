//! Lets units be there whose time has come.

use chrono::{DateTime, Utc};
use sqlx::PgConnection;

use super::{Pass, Work};
use crate::{
    app::{Error, units},
    store::due,
};

/// Makes every unit available that shall be by now.
pub(super) async fn pass(work: &Work) -> Result<Pass, Error> {
    let came = units::make_available(&work.app.pool, work.app.clock.now()).await?;
    Ok(Pass { worked: came > 0, failed: false })
}

/// When the next unit becomes available.
pub(super) async fn next(connection: &mut PgConnection) -> Result<Option<DateTime<Utc>>, sqlx::Error> {
    due::next_available(connection).await
}

#[cfg(all(test, feature = "sandbox"))]
mod tests {
    use std::time::Duration;

    use kvitt_primitives::{Name, OrderId};
    use uuid::Uuid;

    use super::*;
    use crate::{
        app::units::TestUnit,
        domain::{CaptureType, Features},
        fixture::{Fixture, OPERATOR},
    };

    #[tokio::test]
    async fn the_sandboxs_clock_stops_where_a_test_unit_is_there() {
        let fixture = Fixture::start().await;
        let merchant = fixture.merchant().await;
        let wanted = TestUnit {
            merchant_id: merchant.id,
            order_id: OrderId::from_uuid(Uuid::new_v4()),
            name: Name::try_new("Prøve".to_owned()).unwrap(),
            partner_id: None,
            features: Features::default(),
            capture_type: CaptureType::ReserveCapture,
        };
        let app = &fixture.app;
        let (msn, available_at) = units::create_test_sales_unit(app, &OPERATOR, &wanted).await.unwrap();
        let work = Work::new(app.clone(), fixture.mesh.access());
        assert_eq!(work.clone().settle().await.next_due_at, Some(available_at));
        app.clock.advance(Duration::from_secs(120));
        assert!(work.settle().await.worked);
        units::get_sales_unit(app, &OPERATOR, &msn).await.unwrap();
    }
}
