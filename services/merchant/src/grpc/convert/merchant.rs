//! Merchants.

use chrono::{DateTime, Utc};

use kvitt_primitives::{BusinessIdentifier, Invalid, MerchantId};
use kvitt_proto::{merchant::v1, refusal::FieldViolation, time};

use super::{Violations, absent, address, address_to_proto, check, check_given, one, terms};
use crate::{
    app::merchants::Which,
    domain::{Company, Merchant, Name, OrganizationNumber, Website},
};

/// A merchant that is registered now.
pub(in crate::grpc) fn merchant(
    message: Option<v1::Merchant>,
    now: DateTime<Utc>,
) -> Result<Merchant, Violations> {
    let message = message.ok_or_else(|| absent("merchant"))?;
    let mut broken = Vec::new();
    let id = check(&mut broken, "merchant.merchantId", message.merchant_id.parse());
    let name = check(&mut broken, "merchant.name", Name::try_new(message.name));
    let market = check(&mut broken, "merchant.market", terms::market(message.market));
    // Its form depends on the market, so without one only the market is named.
    let number = market.and_then(|market| {
        let number = OrganizationNumber::try_new(market, message.organization_number);
        check(&mut broken, "merchant.organizationNumber", number)
    });
    let status = check(&mut broken, "merchant.status", terms::merchant_status(message.status));
    let company = company_parts(&mut broken, "merchant.company", message.company.unwrap_or_default());
    match (id, name, market, number, status) {
        (Some(id), Some(name), Some(market), Some(organization_number), Some(status))
            if broken.is_empty() =>
        {
            let (created_at, updated_at) = (now, now);
            Ok(Merchant { id, name, market, organization_number, status, company, created_at, updated_at })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn merchant_to_proto(merchant: &Merchant) -> v1::Merchant {
    v1::Merchant {
        merchant_id: merchant.id.to_string(),
        name: merchant.name.as_str().to_owned(),
        market: terms::market_to_proto(merchant.market).into(),
        organization_number: merchant.organization_number.as_str().to_owned(),
        status: terms::merchant_status_to_proto(merchant.status).into(),
        company: Some(company_to_proto(&merchant.company)),
        created_at: Some(time::to_proto(merchant.created_at)),
        updated_at: Some(time::to_proto(merchant.updated_at)),
    }
}

/// A merchant is named in one of two ways.
pub(in crate::grpc) fn which(request: &v1::GetMerchantRequest) -> Result<Which, Violations> {
    let number = (request.business_scheme.as_str(), request.business_id.as_str());
    match (request.merchant_id.as_str(), number) {
        ("", ("", "")) => Err(absent("merchantId")),
        ("", (scheme, id)) => {
            let business = BusinessIdentifier::try_new(scheme, id).map_err(|error| {
                let (part, rule) = error.field_and_rule();
                let field = if part == "scheme" { "businessScheme" } else { "businessId" };
                vec![FieldViolation::new(field, rule)]
            })?;
            Ok(Which::Number(business.number().clone()))
        }
        (id, ("", "")) => one("merchantId", id.parse()).map(Which::Id),
        (_, _) => one("businessScheme", Err(Invalid { rule: "must be empty beside merchantId" })),
    }
}

pub(in crate::grpc) fn company_update(
    request: v1::UpdateCompanyRequest,
) -> Result<(MerchantId, Company), Violations> {
    let mut broken = Vec::new();
    let id = check(&mut broken, "merchantId", request.merchant_id.parse());
    let company = match request.company {
        Some(message) => Some(company_parts(&mut broken, "company", message)),
        None => {
            broken.extend(absent("company"));
            None
        }
    };
    match (id, company) {
        (Some(id), Some(company)) if broken.is_empty() => Ok((id, company)),
        _ => Err(broken),
    }
}

/// A company profile; what is broken is noted and left out.
pub(in crate::grpc) fn company_parts(broken: &mut Violations, field: &str, message: v1::Company) -> Company {
    let of = |part| format!("{field}.{part}");
    Company {
        business_address: address(broken, &of("businessAddress"), message.business_address),
        postal_address: address(broken, &of("postalAddress"), message.postal_address),
        email: check_given(broken, &of("email"), &message.email, str::parse),
        phone_number: check_given(broken, &of("phoneNumber"), &message.phone_number, str::parse),
        website: check_given(broken, &of("website"), &message.website, |text| {
            Website::try_new(text.to_owned())
        }),
    }
}

pub(in crate::grpc) fn company_to_proto(company: &Company) -> v1::Company {
    let text = |part: Option<String>| part.unwrap_or_default();
    v1::Company {
        business_address: company.business_address.as_ref().map(address_to_proto),
        postal_address: company.postal_address.as_ref().map(address_to_proto),
        email: text(company.email.as_ref().map(ToString::to_string)),
        phone_number: text(company.phone_number.as_ref().map(ToString::to_string)),
        website: text(company.website.as_ref().map(ToString::to_string)),
    }
}
