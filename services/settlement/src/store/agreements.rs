//! `agreements`: what units have agreed to, from a date on.

use std::collections::HashMap;

use chrono::NaiveDate;
use kvitt_primitives::Msn;
use sqlx::{PgConnection, Row as _, postgres::PgRow};

use super::broken;
use crate::domain::Agreement;

/// Every statement.
#[cfg(test)]
pub(super) const STATEMENTS: &[&str] = &[IN_FORCE, OF_UNITS, PUT];

const IN_FORCE: &str = "\
SELECT msn, effective_from, product, percentage, fixed_minor, minimum_minor, reserve_minor, payout_delay_days,
    cut_off_minutes
FROM agreements WHERE msn = $1 AND effective_from <= $2 ORDER BY effective_from DESC LIMIT 1";

const OF_UNITS: &str = "\
SELECT msn, effective_from, product, percentage, fixed_minor, minimum_minor, reserve_minor, payout_delay_days,
    cut_off_minutes
FROM agreements WHERE msn = ANY ($1) ORDER BY msn, effective_from";

/// What was agreed for the same date before was never used.
const PUT: &str = "\
INSERT INTO agreements (msn, effective_from, product, percentage, fixed_minor, minimum_minor, reserve_minor,
    payout_delay_days, cut_off_minutes)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT ON CONSTRAINT agreements_pkey DO UPDATE SET product = $3, percentage = $4, fixed_minor = $5,
    minimum_minor = $6, reserve_minor = $7, payout_delay_days = $8, cut_off_minutes = $9";

/// What units have agreed to.
#[derive(Debug, Clone, Default)]
pub(crate) struct Agreements(HashMap<Msn, Vec<(NaiveDate, Agreement)>>);

impl Agreements {
    /// What a unit has agreed to for a date: the last that has begun by then.
    pub(crate) fn in_force(&self, msn: &Msn, date: NaiveDate) -> Option<&Agreement> {
        let all = self.0.get(msn)?;
        all.iter().rev().find(|(from, _)| *from <= date).map(|(_, agreement)| agreement)
    }

    /// When its dates end that begin with this one, in minutes after midnight.
    pub(crate) fn cut_off(&self, msn: &Msn, date: NaiveDate) -> u16 {
        self.in_force(msn, date).map_or(0, |agreement| agreement.cut_off_minutes)
    }
}

/// What a unit has agreed to for a date, and since when.
pub(crate) async fn in_force(
    connection: &mut PgConnection,
    msn: &Msn,
    date: NaiveDate,
) -> Result<Option<(NaiveDate, Agreement)>, sqlx::Error> {
    let row = sqlx::query(IN_FORCE).bind(msn.as_str()).bind(date).fetch_optional(connection).await?;
    row.as_ref().map(agreement).transpose()
}

/// What these units have agreed to. Agreements are made by hand, so a unit has few.
pub(crate) async fn of_units(connection: &mut PgConnection, msns: &[Msn]) -> Result<Agreements, sqlx::Error> {
    let texts: Vec<_> = msns.iter().map(Msn::as_str).collect();
    let mut agreements = Agreements::default();
    for row in sqlx::query(OF_UNITS).bind(texts).fetch_all(connection).await? {
        let msn = row.try_get::<&str, _>("msn")?.parse().map_err(|_| broken("msn"))?;
        agreements.0.entry(msn).or_default().push(agreement(&row)?);
    }
    Ok(agreements)
}

/// Stores what a unit has agreed to from a date on, which is open.
pub(crate) async fn put(
    tx: &mut PgConnection,
    (msn, effective_from): (&Msn, NaiveDate),
    agreement: &Agreement,
) -> Result<(), sqlx::Error> {
    let insert = sqlx::query(PUT)
        .bind(msn.as_str())
        .bind(effective_from)
        .bind(&agreement.product)
        .bind(agreement.percentage)
        .bind(agreement.fixed_minor)
        .bind(agreement.minimum_minor)
        .bind(agreement.reserve_minor)
        .bind(i32::from(agreement.payout_delay_days))
        .bind(i32::from(agreement.cut_off_minutes));
    insert.execute(tx).await.map(drop)
}

fn agreement(row: &PgRow) -> Result<(NaiveDate, Agreement), sqlx::Error> {
    let delay = u8::try_from(row.try_get::<i32, _>("payout_delay_days")?);
    let cut_off = u16::try_from(row.try_get::<i32, _>("cut_off_minutes")?);
    let agreement = Agreement {
        product: row.try_get("product")?,
        percentage: row.try_get("percentage")?,
        fixed_minor: row.try_get("fixed_minor")?,
        minimum_minor: row.try_get("minimum_minor")?,
        reserve_minor: row.try_get("reserve_minor")?,
        payout_delay_days: delay.map_err(|_| broken("payout_delay_days"))?,
        cut_off_minutes: cut_off.map_err(|_| broken("cut_off_minutes"))?,
    };
    Ok((row.try_get("effective_from")?, agreement))
}
