//! Payment links, and what a payer does with one, which only a sandbox plays.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::ToSchema;

use super::{
    callers::Calls,
    epayment::{NewAmount, Shipping},
    operation::{Api, Operation},
    refusals::Dialect,
    words::{Id, Instant, kinds, one_of, text},
};
use crate::payment_links::json::{PaymentLink, PaymentLinks, STATES};

pub(super) const NAME: &str = "Payment links";

kinds! {
    /// How far a link has come.
    StateWord as "kvitt.PaymentLinkState" = one_of(STATES.map(|(word, _)| word));
    /// Words of what payers share: `name`, `address`, `email`, `phoneNumber`.
    LinkScope as "kvitt.PaymentLinkScope" =
        text().pattern(Some("^((name|address|email|phoneNumber)( |$))*$"));
}

/// A link to make, with `amount`, or `openAmount` where payers choose.
#[derive(ToSchema)]
#[schema(as = kvitt::NewPaymentLink, rename_all = "camelCase")]
struct NewPaymentLink {
    /// Chosen by the caller, so that a repetition is recognised; without one every call makes a link.
    payment_link_id: Option<Id>,
    #[schema(min_length = 1, max_length = 100)]
    title: String,
    #[schema(max_length = 1000)]
    description: Option<String>,
    amount: Option<NewAmount>,
    open_amount: Option<NewOpenAmount>,
    /// Value added tax in the price, in hundredths of a percent.
    #[schema(minimum = 0, maximum = 10000)]
    vat_rate: Option<i32>,
    /// How many payments there may be; without limit unless said.
    #[schema(minimum = 1, maximum = 1_000_000)]
    quantity: Option<i32>,
    /// Captured when the payer approves.
    automatic_capture: Option<bool>,
    /// When it ends; never unless said.
    expires_at: Option<Instant>,
    profile_scope: Option<LinkScope>,
    /// How the goods can be sent, by options that are named here. `profileScope` then holds `address`.
    shipping: Option<Shipping>,
}

/// What a payer may choose.
#[derive(ToSchema)]
#[schema(as = kvitt::NewOpenAmount)]
struct NewOpenAmount {
    least: NewAmount,
    most: NewAmount,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnit };
    let size = text().pattern(Some("^([1-9][0-9]?|100)$"));
    vec![
        api.post("/kvitt/v1/payment-links", "createPaymentLink")
            .says(
                "Make a link by which anybody can pay",
                "It can be paid when it has been screened. The same id again with the same content is the same link.",
            )
            .takes::<NewPaymentLink>(json!({
                "title": "One pair of socks", "amount": {"currency": "NOK", "value": 49900}, "vatRate": 2500,
            }))
            .answers::<PaymentLink>(201, "The link.")
            .refuses(&[409]),
        api.get("/kvitt/v1/payment-links", "listPaymentLinks")
            .says("A sales unit's links", "Newest first.")
            .query("pageSize", size, "1 to 100, which it is unless it is said.")
            .query("pageToken", text(), "The `nextPageToken` of the page before.")
            .answers::<PaymentLinks>(200, "A page."),
        api.get("/kvitt/v1/payment-links/{paymentLinkId}", "getPaymentLink")
            .says("A link with what came of it", "Payments are told of moments after they have happened.")
            .answers::<PaymentLink>(200, "The link.")
            .refuses(&[400, 404]),
        api.post("/kvitt/v1/payment-links/{paymentLinkId}/deactivate", "deactivatePaymentLink")
            .says("Take no more payments", "Those that were begun go on.")
            .answers::<PaymentLink>(200, "The link.")
            .refuses(&[400, 404, 409]),
    ]
}

#[cfg(feature = "sandbox")]
pub(super) use sandbox::operations as of_sandbox;

#[cfg(feature = "sandbox")]
mod sandbox {
    use super::{Api, Calls, Dialect, NewAmount, Operation, ToSchema, json};
    use crate::{
        kvitt::link::{Begun, Opened},
        openapi::{
            SANDBOX,
            parameters::idempotency_key_if_any,
            words::{Msisdn, ReturnUrl},
        },
    };

    /// How much, by whom, and where to go afterwards.
    #[derive(ToSchema)]
    #[schema(as = kvitt::PayLink, rename_all = "camelCase")]
    struct PayLink {
        /// Only for links whose payers choose, and needed there.
        amount: Option<NewAmount>,
        phone_number: Option<Msisdn>,
        return_url: Option<ReturnUrl>,
    }

    pub(in crate::openapi) fn operations() -> Vec<Operation> {
        let api = Api { name: SANDBOX, dialect: Dialect::Problem, calls: Calls::ForUnit };
        vec![
            api.get("/kvitt/v1/links/{token}", "openPaymentLink")
                .says("What a payer sees of a payment link", "")
                .answers::<Opened>(200, "The link.")
                .refuses(&[400, 404]),
            api.post("/kvitt/v1/links/{token}/payments", "payPaymentLink")
                .says("Begin a payment by a payment link", "It is answered like any other payment.")
                .parameter(idempotency_key_if_any())
                .may_take::<PayLink>(json!({"phoneNumber": "4799900001"}))
                .answers::<Begun>(200, "The payment waits for the payer.")
                .refuses(&[404, 409, 423]),
        ]
    }
}
