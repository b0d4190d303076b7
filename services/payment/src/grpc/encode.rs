//! From the domain's words onto the wire.

mod payer_terms;
mod receipt;

use kvitt_primitives::{Currency, Money};
use kvitt_proto::{money::to_proto, payment::v1 as wire, time};

pub(super) use payer_terms::payer_terms;

use crate::{
    app::{get::Read, reject::Rejected},
    domain::{Chosen, Method, Origin, Payment, State, Sums, Terms, UserFlow, VmNumberTerms},
    store::{Kind, Record},
};

/// A payment as it stands.
pub(super) fn payment(read: Read) -> wire::Payment {
    let Read { payment, terms, redirect_url, agreed, shared } = read;
    let currency = payment.amount.currency;
    let (user_details, address) =
        shared.map_or((None, None), |shared| (Some(shared.user_details), shared.address));
    let origin = origin(terms.request.origin());
    wire::Payment {
        msn: payment.msn.to_string(),
        reference: payment.reference.to_string(),
        psp_reference: payment.id.to_string(),
        state: state(payment.state).into(),
        amount: Some(to_proto(payment.amount)),
        aggregate: Some(aggregate(payment.amount.currency, payment.sums)),
        payment_method_type: method(terms.request.method).into(),
        card_bin: payment.card_bin.unwrap_or_default(),
        redirect_url: redirect_url.unwrap_or_default(),
        metadata: terms.request.metadata,
        user_flow: user_flow(terms.request.user_flow).into(),
        created_at: Some(time::to_proto(payment.created_at)),
        expires_at: Some(time::to_proto(payment.expires_at)),
        capture_guaranteed_until: payment.guaranteed_until.map(time::to_proto),
        sub: agreed.sub.unwrap_or_default(),
        shipping_details: agreed.shipping.map(|chosen| shipping_details(chosen, currency, address)),
        user_details,
        origin: origin.into(),
        direct_capture: terms.direct_capture,
        payment_description: terms.request.description.unwrap_or_default(),
        express: terms.request.shipping.is_some(),
    }
}

fn shipping_details(
    chosen: Chosen,
    currency: Currency,
    address: Option<wire::Address>,
) -> wire::ShippingDetails {
    wire::ShippingDetails {
        cost: Some(to_proto(Money::new(currency, chosen.cost))),
        option_id: chosen.id,
        option_name: chosen.name,
        address,
    }
}

pub(super) fn origin(origin: Origin) -> wire::Origin {
    match origin {
        Origin::Epayment => wire::Origin::Epayment,
        Origin::Ecom => wire::Origin::Ecom,
    }
}

/// The payment as a row of its log left it.
pub(super) fn modification(record: &Record) -> wire::Modification {
    wire::Modification {
        reference: record.reference.to_string(),
        psp_reference: record.payment_id.to_string(),
        amount: Some(to_proto(record.payment_amount)),
        state: state(record.state).into(),
        aggregate: Some(aggregate(record.payment_amount.currency, record.sums)),
    }
}

/// A rejection, now or before.
pub(super) fn rejected(rejected: &Rejected) -> wire::Modification {
    match rejected {
        Rejected::Now(record) => modification(record),
        Rejected::Before(payment) => standing(payment),
    }
}

fn standing(payment: &Payment) -> wire::Modification {
    wire::Modification {
        reference: payment.reference.to_string(),
        psp_reference: payment.id.to_string(),
        amount: Some(to_proto(payment.amount)),
        state: state(payment.state).into(),
        aggregate: Some(aggregate(payment.amount.currency, payment.sums)),
    }
}

/// A public event.
pub(super) fn event(record: &Record) -> wire::PaymentEvent {
    let (name, success) = event_name(record.kind);
    let currency = record.payment_amount.currency;
    let agreed = record.reserved.as_ref().map(|reserved| reserved.agreed.clone()).unwrap_or_default();
    wire::PaymentEvent {
        msn: record.msn.to_string(),
        reference: record.reference.to_string(),
        psp_reference: record.event_id.to_string(),
        name: name.into(),
        amount: Some(to_proto(Money::new(currency, record.amount))),
        occurred_at: Some(time::to_proto(record.at)),
        idempotency_key: record.shown.as_ref().map(ToString::to_string).unwrap_or_default(),
        success,
        capture_guaranteed_until: record
            .reserved
            .as_ref()
            .map(|reserved| time::to_proto(reserved.guaranteed_until)),
        sub: agreed.sub.unwrap_or_default(),
        shipping_details: agreed.shipping.map(|chosen| shipping_details(chosen, currency, None)),
        text: record.text.clone().unwrap_or_default(),
        decline_reason: record.decline.as_ref().map(|decline| decline.reason.clone()).unwrap_or_default(),
    }
}

/// An event for a follower; `details` for those who act for the payer.
pub(super) fn feed_event(record: &Record, details: bool) -> wire::FeedEvent {
    let created = record.terms.as_ref().filter(|_| details).map(|terms| wire::CreatedDetails {
        phone_number: terms.customer_phone().map(|phone| phone.to_string()).unwrap_or_default(),
        description: terms.request.description.clone().unwrap_or_default(),
        expires_at: Some(time::to_proto(terms.expires_at)),
        redirect_token: redirect_token(terms),
        minimum_user_age: terms.request.minimum_user_age.unwrap_or_default().into(),
        amount: Some(to_proto(terms.request.amount)),
        receipt: terms.request.receipt.clone().map(receipt::receipt),
        ecom: ecom(terms),
        payment_link_id: terms.request.payment_link.map(|id| id.to_string()).unwrap_or_default(),
        vm_number: terms.request.vm_number.as_ref().map(vm_number),
        external_id: terms.request.external_id.clone().unwrap_or_default(),
    });
    wire::FeedEvent { event: Some(event(record)), created }
}

/// Who pays a VM number, and what for.
fn vm_number(terms: &VmNumberTerms) -> wire::VmNumberTerms {
    wire::VmNumberTerms { payer_name: terms.payer_name.clone(), message: terms.message.clone() }
}

/// How the merchant of an eCom payment is told of it.
fn ecom(terms: &Terms) -> Option<wire::EcomDetails> {
    let ecom = terms.request.ecom.as_ref()?;
    let rules = terms.rules();
    Some(wire::EcomDetails {
        terms: Some(wire::EcomTerms {
            callback_prefix: ecom.callback_prefix.clone(),
            auth_token: ecom.token.as_ref().map(|token| token.expose().to_owned()).unwrap_or_default(),
            consent_removal_prefix: ecom.consent_removal_prefix.clone().unwrap_or_default(),
        }),
        express: rules.ships,
        direct_capture: rules.direct_capture,
    })
}

/// A push message finds its payer, so its token is nobody's.
fn redirect_token(terms: &Terms) -> String {
    match terms.request.user_flow {
        UserFlow::PushMessage => String::new(),
        UserFlow::WebRedirect | UserFlow::NativeRedirect | UserFlow::Qr => terms.redirect_token.clone(),
    }
}

/// Upstream's name of an event, and whether what it names succeeded. Notes of the service itself never get here; they
/// have no name.
fn event_name(kind: Kind) -> (wire::PaymentEventName, bool) {
    match kind {
        Kind::Created => (wire::PaymentEventName::Created, true),
        Kind::Aborted => (wire::PaymentEventName::Aborted, true),
        Kind::Expired => (wire::PaymentEventName::Expired, true),
        Kind::Cancelled => (wire::PaymentEventName::Cancelled, true),
        Kind::Captured => (wire::PaymentEventName::Captured, true),
        Kind::Refunded => (wire::PaymentEventName::Refunded, true),
        Kind::Authorized => (wire::PaymentEventName::Authorized, true),
        Kind::Terminated => (wire::PaymentEventName::Terminated, true),
        Kind::ReserveDeclined => (wire::PaymentEventName::Authorized, false),
        Kind::RefundDeclined => (wire::PaymentEventName::Refunded, false),
        Kind::Refused
        | Kind::ReserveRequested
        | Kind::CaptureRequested
        | Kind::CaptureDeclined
        | Kind::RefundRequested => (wire::PaymentEventName::Unspecified, false),
    }
}

pub(super) fn aggregate(currency: Currency, sums: Sums) -> wire::Aggregate {
    let money = |minor| Some(to_proto(Money::new(currency, minor)));
    wire::Aggregate {
        authorized: money(sums.authorized),
        captured: money(sums.captured),
        cancelled: money(sums.cancelled),
        refunded: money(sums.refunded),
    }
}

fn state(state: State) -> wire::PaymentState {
    match state {
        State::Created => wire::PaymentState::Created,
        State::Aborted => wire::PaymentState::Aborted,
        State::Expired => wire::PaymentState::Expired,
        State::Authorized => wire::PaymentState::Authorized,
        State::Terminated => wire::PaymentState::Terminated,
    }
}

fn method(method: Method) -> wire::PaymentMethodType {
    match method {
        Method::Wallet => wire::PaymentMethodType::Wallet,
        Method::Card => wire::PaymentMethodType::Card,
        Method::CardPassthrough => wire::PaymentMethodType::CardPassthrough,
    }
}

fn user_flow(flow: UserFlow) -> wire::UserFlow {
    match flow {
        UserFlow::WebRedirect => wire::UserFlow::WebRedirect,
        UserFlow::NativeRedirect => wire::UserFlow::NativeRedirect,
        UserFlow::PushMessage => wire::UserFlow::PushMessage,
        UserFlow::Qr => wire::UserFlow::Qr,
    }
}
