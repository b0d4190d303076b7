//! The payer's part of a session, which only a sandbox has.

use super::{Api, Calls, Dialect, NewPerson, Operation, ToSchema, json, kinds, one_of};
use crate::{
    kvitt::{
        checkout::METHODS,
        checkout_json::{Noted, Options, Page, Started},
    },
    openapi::SANDBOX,
};

kinds! {
    /// What the payer pays with.
    MethodWord as "kvitt.CheckoutMethod" = one_of(METHODS.map(|(word, _)| word));
}

/// Who the payer is. Required are those parts that the page asks for.
#[derive(ToSchema)]
#[schema(as = kvitt::CheckoutDetails, rename_all = "camelCase")]
struct NewDetails {
    person: NewPerson,
    billing: Option<NewPerson>,
    custom_consent: Option<bool>,
}

/// What the payer chooses.
#[derive(ToSchema)]
#[schema(as = kvitt::CheckoutChoice, rename_all = "camelCase")]
struct NewChoice {
    method: MethodWord,
    #[schema(max_length = 200)]
    shipping_option_id: Option<String>,
    pickup_point: Option<NewPickupPoint>,
}

/// Where goods are picked up.
#[derive(ToSchema)]
#[schema(as = kvitt::CheckoutPickupPoint, rename_all = "camelCase")]
struct NewPickupPoint {
    #[schema(min_length = 1, max_length = 200)]
    id: String,
    #[schema(min_length = 1, max_length = 200)]
    name: String,
    #[schema(min_length = 1, max_length = 200)]
    address: String,
    #[schema(min_length = 1, max_length = 200)]
    postal_code: String,
    #[schema(min_length = 1, max_length = 200)]
    city: String,
    #[schema(min_length = 1, max_length = 200)]
    country: String,
    #[schema(max_items = 14)]
    opening_hours: Option<Vec<String>>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: SANDBOX, dialect: Dialect::Problem, calls: Calls::ForUnit };
    vec![
        api.get("/kvitt/v1/checkout/sessions/{reference}", "openSession")
            .says("What the payer of a Checkout session sees", "")
            .answers::<Page>(200, "The page.")
            .refuses(&[400, 404]),
        api.post("/kvitt/v1/checkout/sessions/{reference}/details", "submitDetails")
            .says("Say who the payer is", "A later call replaces an earlier one.")
            .takes::<NewDetails>(json!({"person": {
                "firstName": "Kari", "lastName": "Nordmann", "email": "kari@example.com",
                "phoneNumber": "4799900001", "streetAddress": "Storgata 1", "postalCode": "0155",
                "city": "Oslo", "country": "NO",
            }}))
            .answers::<Noted>(200, "It is noted.")
            .refuses(&[404, 409]),
        api.post("/kvitt/v1/checkout/sessions/{reference}/shipping-options", "listCheckoutOptions")
            .says("How the goods can be sent", "Asks the merchant's server where the options are its.")
            .answers::<Options>(200, "The options.")
            .refuses(&[400, 404, 409, 413, 502]),
        api.post("/kvitt/v1/checkout/sessions/{reference}/payment", "startPayment")
            .says("Begin the payment", "The same choice again gives the same answer.")
            .takes::<NewChoice>(json!({"method": "Wallet"}))
            .answers::<Started>(200, "The payment waits for the payer.")
            .refuses(&[403, 404, 409, 423]),
        api.post("/kvitt/v1/checkout/sessions/{reference}/cancel", "cancelSession")
            .says("Leave before paying", "")
            .answers::<Noted>(200, "The session is over.")
            .refuses(&[400, 404, 409, 413]),
    ]
}
