//! `GET /management/v1/sales-units/{msn}`: a sales unit in use, with what it is allowed.

use axum::extract::{Path, State, rejection::PathRejection};
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::{GetMerchantRequest, GetSalesUnitRequest},
    refusal,
};
use kvitt_runtime::authority::no_such_unit;
use tonic::Status;

use super::json::{Reading, SalesUnit};
use crate::{gateway::Gateway, problem::Refused};

/// The operation. A unit that is out of use, another's, and one that is nowhere are all the same.
pub(crate) async fn get_sales_unit(
    State(gateway): State<Gateway>,
    msn: Result<Path<String>, PathRejection>,
) -> Result<Reading<SalesUnit>, Refused> {
    // What is no text is no number either.
    let msn = msn.map_or_else(|_| "?".to_owned(), |Path(msn)| msn);
    let found = gateway.merchants().get_sales_unit(GetSalesUnitRequest { msn }).await;
    let found = found.map_err(hidden)?.into_inner().sales_unit;
    let unit = found.filter(|unit| unit.active).ok_or_else(no_such_unit)?;
    let request = GetMerchantRequest { merchant_id: unit.merchant_id.clone(), ..Default::default() };
    let owner = gateway.merchants().get_merchant(request).await?.into_inner().merchant;
    Ok(Reading(SalesUnit::from_proto(unit, owner)?))
}

/// Keys of a sales unit hear elsewhere that they do not cover another one; a list of units is no place for that.
fn hidden(status: Status) -> Status {
    match refusal::reason_of(&status) {
        Some(Reason::MsnNotCovered | Reason::PartnerNotLinked) => no_such_unit(),
        _ => status,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_unit_of_others_is_refused_in_the_very_words_of_one_that_is_nowhere() {
        for reason in [Reason::MsnNotCovered, Reason::PartnerNotLinked, Reason::NotFound] {
            let told = hidden(refusal::status(reason, "there is no such sales unit"));
            let absent = no_such_unit();
            assert_eq!((told.code(), told.message()), (absent.code(), absent.message()), "{reason:?}");
            assert_eq!(told.details(), absent.details(), "{reason:?}");
        }
        let other = hidden(refusal::status(Reason::Unavailable, ""));
        assert_eq!(refusal::reason_of(&other), Some(Reason::Unavailable));
    }
}
