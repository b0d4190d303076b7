//! Links on the wire.

use chrono::{DateTime, Utc};
use kvitt_primitives::Money;
use kvitt_proto::{
    money,
    payment::v1::Shipping,
    qr::v1::{
        OpenAmount, PaymentLink, PaymentLinkState, PaymentLinkStatistics, PaymentLinkTerms,
        payment_link_terms,
    },
    time,
};
use prost::Message as _;

use crate::{
    app::{Error, list_payment_links::Place},
    domain::{
        Image, Links, Screening,
        link::{Link, Price, State, Terms},
    },
};

/// A link as its merchant sees it.
pub(super) fn link(links: &Links, link: Link, now: DateTime<Utc>) -> Result<PaymentLink, Error> {
    let currency = link.terms.price.currency();
    let sum = |minor| Some(money::to_proto(Money::new(currency, minor)));
    let (state, counts, url) = (state(link.state(now)), link.statistics, links.content(&link.token));
    Ok(PaymentLink {
        payment_link_id: link.id.to_string(),
        msn: link.msn.to_string(),
        terms: Some(terms(link.terms)?),
        state: state.into(),
        rejection_reason: match link.screening {
            Screening::Rejected(reason) => reason,
            Screening::Waits | Screening::Passed => String::new(),
        },
        qr_image_url: links.shown(link.token.as_str(), &url, Image::Svg),
        url,
        created_at: Some(time::to_proto(link.created_at)),
        statistics: Some(PaymentLinkStatistics {
            pending: counts.pending,
            successful: counts.successful,
            failed: counts.failed,
            captured: sum(counts.captured_minor),
            refunded: sum(counts.refunded_minor),
        }),
    })
}

/// What a link asks for, as it was made.
pub(super) fn terms(terms: Terms) -> Result<PaymentLinkTerms, Error> {
    let shipping = terms.shipping.map(|shipping| Shipping::decode(shipping.given.as_slice())).transpose();
    let price = match terms.price {
        Price::Fixed(amount) => payment_link_terms::Price::Amount(money::to_proto(amount)),
        Price::Open { least, most } => payment_link_terms::Price::OpenAmount(OpenAmount {
            least: Some(money::to_proto(least)),
            most: Some(money::to_proto(most)),
        }),
    };
    Ok(PaymentLinkTerms {
        title: terms.title,
        description: terms.description,
        price: Some(price),
        vat_rate: terms.vat_rate,
        quantity: terms.quantity,
        automatic_capture: terms.automatic_capture,
        expires_at: terms.expires_at.map(time::to_proto),
        profile_scope: terms.profile_scope,
        shipping: shipping.map_err(|error| sqlx::Error::Decode(error.into()))?,
    })
}

/// How far a link has come.
pub(super) fn state(state: State) -> PaymentLinkState {
    match state {
        State::Screening => PaymentLinkState::Screening,
        State::Active => PaymentLinkState::Active,
        State::Rejected => PaymentLinkState::Rejected,
        State::Deactivated => PaymentLinkState::Deactivated,
        State::Expired => PaymentLinkState::Expired,
        State::SoldOut => PaymentLinkState::SoldOut,
    }
}

/// Leads to what follows a link.
pub(super) fn page_token((created_at, id): Place) -> String {
    format!("{}.{id}", created_at.timestamp_micros())
}
