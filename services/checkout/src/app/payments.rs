//! The payment behind a session. No client's token is at hand when a payer acts, so payment is asked in this service's own
//! name; whoever opened the session was allowed to create payments for the sales unit.

use kvitt_proto::{
    error::v1::Reason,
    money,
    payment::v1::{
        self as wire, CreatePaymentRequest, Customer, GetPaymentRequest, Payment, PaymentMethodType,
        PaymentState, customer::Identity, payment_service_client::PaymentServiceClient,
    },
    refusal::reason_of,
};
use kvitt_runtime::{
    PeerChannel,
    context::{self, Context},
};

use super::Error;
use crate::{
    domain::{Interaction, Key, Method, Session, Standing, Start, UserFlow},
    encode,
};

/// What a payer shares where the merchant requires it.
const USER_INFO_SCOPE: &str = "email";

/// A client of payment.
#[derive(Debug, Clone)]
pub(crate) struct Payments {
    client: PaymentServiceClient<PeerChannel>,
}

impl Payments {
    /// Asks the service behind the channel.
    pub(crate) fn new(channel: PeerChannel) -> Self {
        Self { client: PaymentServiceClient::new(channel) }
    }

    /// The payment as it stands; `None` when there is none.
    pub(super) async fn find(&self, key: &Key) -> Result<Option<Payment>, Error> {
        let request = GetPaymentRequest {
            msn: key.msn.to_string(),
            reference: key.reference.to_string(),
            ..Default::default()
        };
        let mut client = self.client.clone();
        match in_own_name(async { client.get_payment(request).await }).await {
            Ok(answer) => answer.into_inner().payment.map(Some).ok_or(Error::PeerAnswer("a payment")),
            Err(status) if reason_of(&status) == Some(Reason::ReferenceNotFound) => Ok(None),
            Err(status) => Err(Error::Peer(status)),
        }
    }

    /// Creates the payment that was begun; answers where to send the payer. The same again for the same attempt.
    pub(super) async fn create(&self, session: &Session) -> Result<String, Error> {
        let Some(start) = &session.payer.start else { return Err(Error::NotFound) };
        let request = request(session, start);
        let mut client = self.client.clone();
        let created = in_own_name(async { client.create_payment(request).await }).await;
        Ok(created.map_err(Error::Peer)?.into_inner().redirect_url)
    }
}

/// Without the token of whoever asked this service.
async fn in_own_name<F: Future>(call: F) -> F::Output {
    context::scope(Context { token: None, ..context::current() }, call).await
}

fn request(session: &Session, start: &Start) -> CreatePaymentRequest {
    let (terms, configuration) = (&session.terms, &session.terms.configuration);
    let method = match start.choice.method {
        Method::Wallet => PaymentMethodType::Wallet,
        Method::Card => PaymentMethodType::Card,
    };
    // A card is typed in on the landing page, wherever the payer comes from.
    let user_flow = match (configuration.user_flow, start.choice.method) {
        (UserFlow::NativeRedirect, Method::Wallet) => wire::UserFlow::NativeRedirect,
        (UserFlow::NativeRedirect, Method::Card) | (UserFlow::WebRedirect, _) => wire::UserFlow::WebRedirect,
    };
    let interaction = match configuration.interaction {
        Interaction::Present => wire::CustomerInteraction::CustomerPresent,
        Interaction::NotPresent => wire::CustomerInteraction::CustomerNotPresent,
    };
    let shares = configuration.require_user_info && start.choice.method == Method::Wallet;
    let phone = session.payer.details.as_ref().map(|details| details.person.phone_number.clone());
    let phone = phone.filter(|phone| !phone.is_empty());
    CreatePaymentRequest {
        msn: session.key.msn.to_string(),
        idempotency_key: format!("checkout-{}-{}", session.id, session.starts),
        idempotency_key_minted: true,
        reference: session.key.reference.to_string(),
        amount: Some(money::to_proto(start.total)),
        payment_method_type: method.into(),
        user_flow: user_flow.into(),
        customer: phone.map(|phone| Customer { identity: Some(Identity::PhoneNumber(phone)) }),
        return_url: terms.merchant.return_url.clone(),
        payment_description: terms.description.clone(),
        customer_interaction: interaction.into(),
        profile_scope: if shares { USER_INFO_SCOPE.to_owned() } else { String::new() },
        receipt: encode::receipt(terms, start),
        terms_of_sale_url: terms.merchant.terms_url.clone(),
        ..Default::default()
    }
}

/// What a payment's state means for its session.
pub(super) fn standing(payment: &Payment) -> Result<Standing, Error> {
    match payment.state() {
        PaymentState::Created => Ok(Standing::Waiting),
        PaymentState::Authorized => Ok(Standing::Approved),
        PaymentState::Aborted | PaymentState::Expired | PaymentState::Terminated => Ok(Standing::Ended),
        PaymentState::Unspecified => Err(Error::PeerAnswer("a state")),
    }
}
