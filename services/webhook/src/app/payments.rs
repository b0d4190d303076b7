//! What the payment service is asked: what a payer shares with the merchant, which is not in the log.

use kvitt_primitives::{Msn, Reference};
use kvitt_proto::payment::v1::{
    self as wire, GetPaymentRequest, payment_service_client::PaymentServiceClient,
};
use kvitt_runtime::PeerChannel;
use tonic::{Code, Status};

use crate::domain::payload::{Address, Shared, ShippingDetails, UserDetails};

/// Asks payment; clones share the channel.
#[derive(Clone, Debug)]
pub(crate) struct Payments(PaymentServiceClient<PeerChannel>);

impl Payments {
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self(PaymentServiceClient::new(channel))
    }

    /// What the payer shares of this payment, and the name by which the unit knows them. Nothing of a payment that is not
    /// there.
    pub(crate) async fn shared(&self, msn: &Msn, reference: &Reference) -> Result<(Shared, String), Status> {
        let request = GetPaymentRequest {
            msn: msn.to_string(),
            reference: reference.to_string(),
            ..GetPaymentRequest::default()
        };
        let payment = match self.0.clone().get_payment(request).await {
            Ok(answer) => answer.into_inner().payment.unwrap_or_default(),
            Err(status) if status.code() == Code::NotFound => wire::Payment::default(),
            Err(status) => return Err(status),
        };
        let shared = Shared {
            user_details: payment.user_details.and_then(user_details),
            shipping_details: payment.shipping_details.map(shipping_details),
        };
        Ok((shared, payment.sub))
    }
}

/// None when it can no longer be read.
fn user_details(details: wire::UserDetails) -> Option<UserDetails> {
    (!details.expired).then(|| UserDetails {
        email: details.email,
        first_name: details.first_name,
        last_name: details.last_name,
        mobile_number: details.mobile_number,
        date_of_birth: details.birth_date,
        addresses: details.addresses.into_iter().map(address).collect(),
    })
}

fn shipping_details(details: wire::ShippingDetails) -> ShippingDetails {
    ShippingDetails {
        address: details.address.map(address),
        shipping_cost: details.cost.map(|cost| cost.amount_minor).unwrap_or_default(),
        shipping_option_id: details.option_id,
        shipping_option_name: details.option_name,
    }
}

fn address(address: wire::Address) -> Address {
    Address {
        address_line1: address.line_1,
        address_line2: address.line_2,
        city: address.city,
        country: address.country,
        post_code: address.post_code,
    }
}

#[cfg(test)]
mod tests;
