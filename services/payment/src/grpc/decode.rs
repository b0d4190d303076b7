//! From the wire into the domain's words. Broken fields are gathered and refused together.

mod receipt;
mod shipping;

use kvitt_primitives::{CardId, IdempotencyKey, Invalid, Money, Msn, OperationId, PayerId, Reference};
use kvitt_proto::{
    money,
    payment::v1::{self as wire, ApprovePaymentRequest, CreatePaymentRequest, customer::Identity},
    refusal::{self, FieldViolation},
    time,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    app::approve::Wanted,
    domain::{
        Agreed, Airline, Approval, CallbackToken, Callbacks, CardPassthrough, Customer, EcomTerms,
        Interaction, Method, Origin, Qr, QrFormat, Request, Source, UserFlow, VmNumberTerms,
    },
};

/// The longest name of a payer: it is a UUID, but the wallet's to make.
const LONGEST_SUB: usize = 64;
/// The longest text of a merchant about a change.
const LONGEST_TEXT: usize = 100;

/// Gathers violations; a decoder answers `None` for what it could not read.
#[derive(Debug, Default)]
pub(super) struct Fields(Vec<FieldViolation>);

impl Fields {
    /// The value, if no field was broken; otherwise all violations at once.
    pub(super) fn all<T>(self, value: Option<T>) -> Result<T, Status> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            Some(_) | None => Err(refusal::fields(self.0)),
        }
    }

    pub(super) fn reference(&mut self, text: &str) -> Option<Reference> {
        self.parsed("reference", text.parse())
    }

    pub(super) fn key(&mut self, text: &str) -> Option<IdempotencyKey> {
        self.parsed("Idempotency-Key", text.parse())
    }

    /// At least one minor unit, or nothing for all that is left.
    pub(super) fn modification_amount(&mut self, amount: Option<money::v1::Money>) -> Option<Option<Money>> {
        if amount.is_none() {
            return Some(None);
        }
        let amount = self.read(money::from_proto(amount, "modificationAmount"))?;
        self.check(amount.minor > 0, "modificationAmount.value", "must be at least 1")?;
        Some(Some(amount))
    }

    /// What the merchant says about a change; followers store it.
    pub(super) fn text(&mut self, text: &str) -> Option<Option<String>> {
        let holds = text.chars().count() <= LONGEST_TEXT && !text.contains('\0');
        self.check(holds, "text", "must be at most 100 characters, without the character NUL")?;
        Some(given(text.to_owned()))
    }

    /// A UUID, or nothing.
    fn uuid_if_given(&mut self, field: &str, text: &str) -> Option<Option<Uuid>> {
        if text.is_empty() {
            return Some(None);
        }
        self.parsed(field, Uuid::try_parse(text).map_err(|_| Invalid { rule: "must be a UUID" })).map(Some)
    }

    pub(super) fn page_size(&mut self, asked: i32, most: i32) -> Option<i32> {
        self.check(
            (0..=most).contains(&asked),
            "pageSize",
            "must not be negative, nor above the page's limit",
        )?;
        Some(if asked == 0 { most } else { asked })
    }

    /// The version after which the page starts.
    pub(super) fn page_token(&mut self, token: &str) -> Option<i32> {
        if token.is_empty() {
            return Some(0);
        }
        self.parsed(
            "pageToken",
            token.parse().map_err(|_| Invalid { rule: "must be the token of the page before" }),
        )
    }

    pub(super) fn parsed<T>(&mut self, field: &str, value: Result<T, Invalid>) -> Option<T> {
        self.read(value.map_err(|invalid| FieldViolation::new(field, invalid.rule)))
    }

    pub(super) fn read<T>(&mut self, value: Result<T, FieldViolation>) -> Option<T> {
        value.map_err(|violation| self.0.push(violation)).ok()
    }

    pub(super) fn check(&mut self, holds: bool, field: &str, rule: &str) -> Option<()> {
        if !holds {
            self.0.push(FieldViolation::new(field, rule));
        }
        holds.then_some(())
    }

    /// A value that must be one of an enum's, other than its zero.
    pub(super) fn one_of<T>(&mut self, field: &str, value: Option<T>) -> Option<T> {
        self.check(value.is_some(), field, "must be one of the documented values")?;
        value
    }
}

/// The MSN, whose form is judged before anything else.
pub(super) fn msn(text: &str) -> Result<Msn, Status> {
    text.parse().map_err(|invalid: Invalid| refusal::fields(vec![FieldViolation::new("msn", invalid.rule)]))
}

/// A request to pay.
pub(super) fn create(
    request: CreatePaymentRequest,
    msn: Msn,
    callbacks: Callbacks,
    fields: &mut Fields,
) -> Option<Request> {
    let rule = if request.ecom.is_some() { Reference::ECOM_RULE } else { Reference::EPAYMENT_RULE };
    let reference = fields.parsed("reference", request.reference.parse().map_err(|_| Invalid { rule }));
    let amount = fields.read(money::from_proto(request.amount, "amount"));
    let method = fields.one_of("paymentMethod.type", method(request.payment_method_type()));
    let user_flow = fields.one_of("userFlow", user_flow(request.user_flow()));
    let commercial = i32::from(wire::BlockedSource::CommercialCards);
    let sources = request.blocked_sources.iter().all(|source| *source == commercial);
    let sources = fields.check(sources, "paymentMethod.blockedSources", "may hold COMMERCIAL_CARDS");
    let expires_at = request.expires_at.map(|at| fields.read(time::from_proto(at, "expiresAt")));
    let age = request.minimum_user_age.map(i16::try_from).transpose().ok();
    let age_rule = "must be between 0 and 100";
    fields.check(age.is_some(), "minimumUserAge", age_rule);
    let interaction = interaction(request.customer_interaction());
    let blocks_commercial_cards = !request.blocked_sources.is_empty();
    let receipt = request.receipt.map(|receipt| receipt::receipt(receipt, fields));
    let shipping = request.shipping.map(|shipping| shipping::shipping(shipping, fields));
    let payment_link = fields.uuid_if_given("paymentLinkId", &request.payment_link_id);
    let decoded = Request {
        msn,
        reference: reference?,
        amount: amount?,
        method: method?,
        blocks_commercial_cards: sources.map(|()| blocks_commercial_cards)?,
        user_flow: user_flow?,
        customer: request.customer.and_then(|customer| customer.identity).map(customer),
        return_url: given(request.return_url),
        description: given(request.payment_description),
        metadata: request.metadata,
        expires_at: expires_at.map_or(Some(None), |at| at.map(Some))?,
        minimum_user_age: age?,
        interaction,
        scope: given(request.profile_scope),
        qr: request.qr_options.map(qr),
        receipt: receipt.map_or(Some(None), |receipt| receipt.map(Some))?,
        receipt_url: given(request.receipt_url),
        airline: request.airline_data.map(airline),
        terms_of_sale_url: given(request.terms_of_sale_url),
        privacy_policy_url: given(request.privacy_policy_url),
        shipping: shipping.map_or(Some(None), |shipping| shipping.map(Some))?,
        card_passthrough: request.card_passthrough.map(card_passthrough),
        ecom: request.ecom.map(ecom),
        payment_link: payment_link?,
        capture_on_approval: request.capture_on_approval,
        vm_number: request.vm_number.map(vm_number),
        external_id: given(request.external_id),
    };
    let violations = decoded.violations(callbacks).into_iter();
    fields.0.extend(violations.map(|(field, rule)| FieldViolation::new(field, rule)));
    Some(decoded)
}

/// A payer's yes.
pub(super) fn approval(request: &ApprovePaymentRequest, fields: &mut Fields) -> Option<Wanted> {
    let payer: Option<PayerId> = fields.parsed("payerId", request.payer_id.parse());
    let card: Option<CardId> = fields.parsed("cardId", request.card_id.parse());
    let currency = Some(request.card_currency.as_str()).filter(|code| !code.is_empty());
    let currency = currency.map(|code| fields.parsed("cardCurrency", code.parse()));
    let phone = fields.parsed("phoneNumber", request.phone_number.parse());
    let born = request.birth_date.parse().map_err(|_| Invalid { rule: "must be a date, YYYY-MM-DD" });
    let born = fields.parsed("birthDate", born);
    let sub = &request.sub;
    let named = sub.len() <= LONGEST_SUB && sub.bytes().all(|byte| byte.is_ascii_graphic());
    let named = fields.check(named, "sub", "must be at most 64 visible ASCII characters");
    let shipping = request.shipping.clone();
    let shipping = shipping.map(|option| shipping::option(option, "shipping", fields));
    let approval = Approval {
        operation: OperationId::from_uuid(Uuid::now_v7()),
        payer: payer?,
        card: card?,
        card_currency: currency.map_or(Some(None), |currency| currency.map(Some))?,
        source: source(request.source()),
        commercial_card: request.commercial_card,
        phone: phone?,
        born: born?,
        agreed: Agreed { shipping: None, sub: named.and_then(|()| given(sub.clone())) },
    };
    Some(Wanted { approval, shipping: shipping.map_or(Some(None), |option| option.map(Some))? })
}

/// Which payments to find; all where nothing is said.
pub(super) fn origin(origin: wire::Origin) -> Option<Origin> {
    match origin {
        wire::Origin::Unspecified => None,
        wire::Origin::Epayment => Some(Origin::Epayment),
        wire::Origin::Ecom => Some(Origin::Ecom),
    }
}

fn source(source: wire::PaymentSource) -> Source {
    match source {
        wire::PaymentSource::Unspecified | wire::PaymentSource::WalletCard => Source::WalletCard,
        wire::PaymentSource::TypedCard => Source::TypedCard,
        wire::PaymentSource::PassedThrough => Source::PassedThrough,
    }
}

fn card_passthrough(passthrough: wire::CardPassthrough) -> CardPassthrough {
    CardPassthrough {
        psp_reference: passthrough.psp_reference,
        card_callback_url: passthrough.card_callback_url,
        allowed_card_types: passthrough.allowed_card_types,
        prefer_visa_part_of_visa_dankort: passthrough.prefer_visa_part_of_visa_dankort,
        public_encryption_key_id: given(passthrough.public_encryption_key_id),
        client: passthrough.client_id.parse().ok(),
    }
}

fn ecom(terms: wire::EcomTerms) -> EcomTerms {
    EcomTerms {
        callback_prefix: terms.callback_prefix,
        token: given(terms.auth_token).map(CallbackToken::new),
        consent_removal_prefix: given(terms.consent_removal_prefix),
    }
}

fn vm_number(terms: wire::VmNumberTerms) -> VmNumberTerms {
    VmNumberTerms { payer_name: terms.payer_name, message: terms.message }
}

fn given(text: String) -> Option<String> {
    (!text.is_empty()).then_some(text)
}

fn method(method: wire::PaymentMethodType) -> Option<Method> {
    match method {
        wire::PaymentMethodType::Wallet => Some(Method::Wallet),
        wire::PaymentMethodType::Card => Some(Method::Card),
        wire::PaymentMethodType::CardPassthrough => Some(Method::CardPassthrough),
        wire::PaymentMethodType::Unspecified => None,
    }
}

fn user_flow(flow: wire::UserFlow) -> Option<UserFlow> {
    match flow {
        wire::UserFlow::WebRedirect => Some(UserFlow::WebRedirect),
        wire::UserFlow::NativeRedirect => Some(UserFlow::NativeRedirect),
        wire::UserFlow::PushMessage => Some(UserFlow::PushMessage),
        wire::UserFlow::Qr => Some(UserFlow::Qr),
        wire::UserFlow::Unspecified => None,
    }
}

fn interaction(interaction: wire::CustomerInteraction) -> Interaction {
    match interaction {
        wire::CustomerInteraction::CustomerPresent => Interaction::Present,
        wire::CustomerInteraction::CustomerNotPresent | wire::CustomerInteraction::Unspecified => {
            Interaction::NotPresent
        }
    }
}

fn customer(identity: Identity) -> Customer {
    match identity {
        Identity::PhoneNumber(phone) => Customer::Phone(phone),
        Identity::PersonalQr(qr) => Customer::PersonalQr(qr),
        Identity::CustomerToken(token) => Customer::Token(token),
    }
}

fn qr(options: wire::QrOptions) -> Qr {
    let format = match options.format() {
        wire::QrFormat::ImageSvg | wire::QrFormat::Unspecified => QrFormat::Svg,
        wire::QrFormat::ImagePng => QrFormat::Png,
        wire::QrFormat::TextTargetUrl => QrFormat::TargetUrl,
    };
    Qr { format, size: options.size }
}

fn airline(data: wire::AirlineData) -> Airline {
    Airline {
        agency_invoice_number: data.agency_invoice_number,
        airline_code: data.airline_code,
        airline_designator_code: data.airline_designator_code,
        passenger_name: data.passenger_name,
        ticket_number: given(data.ticket_number),
    }
}
