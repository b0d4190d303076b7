//! Ask a phone number for money.

use kvitt_primitives::{IdempotencyKey, Money, Msn, PhoneNumber, Reference, UserId};
use kvitt_proto::{
    error::v1::Reason,
    merchant::v1::ProductType,
    money,
    payment::v1::{
        CreatePaymentRequest, Customer, PaymentMethodType, UserFlow, VmNumberTerms, customer::Identity,
    },
    refusal::status,
};
use kvitt_runtime::{Caller, Principal, authority::no_such_unit};

use super::{App, Error};
use crate::domain::request;

/// Who is asked for what.
#[derive(Debug, Clone)]
pub(crate) struct Wish {
    pub(crate) msn: Msn,
    pub(crate) key: IdempotencyKey,
    pub(crate) phone_number: PhoneNumber,
    pub(crate) amount: Money,
    pub(crate) message: String,
}

/// Asks; the same caller's same key is the same payment, which payment itself sees to: the reference is made of them.
pub(crate) async fn request_payment(app: &App, caller: &Caller, wish: Wish) -> Result<Reference, Error> {
    let user = user(caller)?;
    let reference = request::request_reference(user, &wish.msn, &wish.key);
    let unit = app.find_unit(&wish.msn).await?.ok_or_else(|| Error::Refused(no_such_unit()))?;
    // Who asks a number for money learns nobody's name by it.
    let vm_number = match unit.product_type() {
        ProductType::VmNumber => {
            Some(VmNumberTerms { payer_name: String::new(), message: wish.message.clone() })
        }
        _ => None,
    };
    app.payments.create(pushed(&reference, &wish, vm_number)).await?;
    Ok(reference)
}

/// Only people ask for money in person.
fn user(caller: &Caller) -> Result<UserId, Error> {
    match caller.principal {
        Principal::User(user) => Ok(user),
        Principal::Client(_) | Principal::Service(_) => {
            Err(Error::Refused(status(Reason::PermissionDenied, "only users may ask for money in person")))
        }
    }
}

/// An ordinary payment that appears in the payer's app; to a VM number it is captured when it is approved.
pub(super) fn pushed(
    reference: &Reference,
    wish: &Wish,
    vm_number: Option<VmNumberTerms>,
) -> CreatePaymentRequest {
    CreatePaymentRequest {
        msn: wish.msn.to_string(),
        idempotency_key: reference.to_string(),
        idempotency_key_minted: true,
        reference: reference.to_string(),
        amount: Some(money::to_proto(wish.amount)),
        payment_method_type: PaymentMethodType::Wallet.into(),
        user_flow: UserFlow::PushMessage.into(),
        customer: Some(Customer { identity: Some(Identity::PhoneNumber(wish.phone_number.to_string())) }),
        payment_description: request::payment_description(&wish.message).to_owned(),
        capture_on_approval: vm_number.is_some(),
        vm_number,
        ..Default::default()
    }
}
