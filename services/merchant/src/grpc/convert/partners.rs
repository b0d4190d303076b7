//! Partners and price packages.

use kvitt_primitives::{Msn, Name, PartnerId};
use kvitt_proto::merchant::v1;

use super::{Violations, absent, check, check_given, one, terms};
use crate::domain::{BasisPoints, Partner, PricePackage};

pub(in crate::grpc) fn partner(message: Option<v1::Partner>) -> Result<Partner, Violations> {
    let message = message.ok_or_else(|| absent("partner"))?;
    let mut broken = Vec::new();
    let id = check(&mut broken, "partner.partnerId", message.partner_id.parse());
    let name = check(&mut broken, "partner.name", Name::try_new(message.name));
    match (id, name) {
        (Some(id), Some(name)) => Ok(Partner { id, name }),
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn partner_to_proto(partner: &Partner) -> v1::Partner {
    v1::Partner { partner_id: partner.id.to_string(), name: partner.name.as_str().to_owned() }
}

pub(in crate::grpc) fn partner_id(text: &str) -> Result<PartnerId, Violations> {
    one("partnerId", text.parse())
}

pub(in crate::grpc) fn link(
    request: &v1::LinkPartnerRequest,
) -> Result<(Msn, Option<PartnerId>), Violations> {
    let mut broken = Vec::new();
    let msn = check(&mut broken, "msn", request.msn.parse());
    let partner = check_given(&mut broken, "partnerId", &request.partner_id, str::parse);
    match msn {
        Some(msn) if broken.is_empty() => Ok((msn, partner)),
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn price_package(message: Option<v1::PricePackage>) -> Result<PricePackage, Violations> {
    let message = message.ok_or_else(|| absent("pricePackage"))?;
    let mut broken = Vec::new();
    let of = |field| format!("pricePackage.{field}");
    let id = check(&mut broken, &of("pricePackageId"), message.price_package_id.parse());
    let name = check(&mut broken, &of("name"), Name::try_new(message.name));
    let description = check(&mut broken, &of("description"), Name::try_new(message.description));
    let product_type = check(&mut broken, &of("productType"), terms::product_type(message.product_type));
    let market = check(&mut broken, &of("market"), terms::market(message.market));
    let commission = BasisPoints::try_new(message.commission_basis_points);
    let commission = check(&mut broken, &of("commissionBasisPoints"), commission);
    let partner_id = check_given(&mut broken, &of("partnerId"), &message.partner_id, str::parse);
    match (id, name, description, product_type, market, commission) {
        (Some(id), Some(name), Some(description), Some(product_type), Some(market), Some(commission))
            if broken.is_empty() =>
        {
            let visible_in_signup_form = message.visible_in_signup_form;
            Ok(PricePackage {
                id,
                name,
                description,
                visible_in_signup_form,
                product_type,
                market,
                commission,
                partner_id,
            })
        }
        _ => Err(broken),
    }
}

pub(in crate::grpc) fn price_package_to_proto(package: &PricePackage) -> v1::PricePackage {
    v1::PricePackage {
        price_package_id: package.id.to_string(),
        name: package.name.as_str().to_owned(),
        description: package.description.as_str().to_owned(),
        visible_in_signup_form: package.visible_in_signup_form,
        product_type: terms::product_type_to_proto(package.product_type).into(),
        market: terms::market_to_proto(package.market).into(),
        commission_basis_points: package.commission.as_i32(),
        partner_id: package.partner_id.map(|id| id.to_string()).unwrap_or_default(),
    }
}
