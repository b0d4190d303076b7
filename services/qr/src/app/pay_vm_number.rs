//! Pay a VM number.

use kvitt_primitives::Reference;
use kvitt_proto::{merchant::v1::ProductType, payment::v1::VmNumberTerms};

use super::{
    App, Error,
    request_payment::{Wish, pushed},
};
use crate::domain::request;

/// Begins the payment of a payer with this name; the same payer's same key is the same payment.
pub(crate) async fn pay_vm_number(app: &App, payer_name: String, wish: Wish) -> Result<Reference, Error> {
    let unit = app.find_unit(&wish.msn).await?.ok_or(Error::UnitNotFound)?;
    if unit.product_type() != ProductType::VmNumber {
        return Err(Error::UnitNotFound);
    }
    let reference = request::vm_reference(&wish.phone_number, &wish.msn, &wish.key);
    // What was begun before the unit was taken out of use is still the payer's.
    if !unit.active && app.payments.find(wish.msn.as_str(), reference.as_str()).await?.is_none() {
        return Err(Error::UnitNotFound);
    }
    let terms = VmNumberTerms { payer_name, message: wish.message.clone() };
    app.payments.create(pushed(&reference, &wish, Some(terms))).await?;
    Ok(reference)
}
