//! Reads `shipping` and `cardPassthrough`. What the words and numbers may be is the payment service's to judge.

use kvitt_proto::payment::v1::{
    CardPassthrough, DynamicOptions, FixedOptions, Shipping, ShippingCallbackStyle, ShippingGroup,
    ShippingOption, shipping::Options,
};

use super::read;
use crate::body::Field;

/// `shipping`: Express, with fixed or dynamic options.
pub(crate) fn shipping(field: &Field<'_>) -> Option<Shipping> {
    let (fixed, dynamic) = (field.field("fixedOptions"), field.field("dynamicOptions"));
    let options = if fixed.is_given() && dynamic.is_given() {
        field.refuse("must have only one of fixedOptions and dynamicOptions");
        None
    } else if dynamic.is_given() {
        Some(Options::Dynamic(dynamic_options(&dynamic)))
    } else {
        let groups = groups(&fixed);
        fixed.is_given().then_some(Options::Fixed(FixedOptions { groups }))
    };
    let countries = field.field("allowedCountries").items().into_iter().map(Field::required);
    let allowed_countries = countries.filter_map(|country| country.text()).collect();
    field.is_given().then_some(Shipping { options, allowed_countries })
}

fn dynamic_options(field: &Field<'_>) -> DynamicOptions {
    DynamicOptions {
        callback_url: field.field("callbackUrl").required().text().unwrap_or_default(),
        callback_authorization_token: field.field("callbackAuthorizationToken").text().unwrap_or_default(),
        style: ShippingCallbackStyle::Epayment.into(),
    }
}

/// A list of groups; each has a type, a brand and options.
fn groups(field: &Field<'_>) -> Vec<ShippingGroup> {
    let groups = field.items().into_iter().map(Field::required);
    groups
        .map(|group| ShippingGroup {
            r#type: group.field("type").required().text().unwrap_or_default(),
            brand: group.field("brand").required().text().unwrap_or_default(),
            options: options(&group.field("options").required()),
            is_default: group.field("isDefault").boolean().unwrap_or_default(),
            priority: group.field("priority").small_integer(),
        })
        .collect()
}

fn options(field: &Field<'_>) -> Vec<ShippingOption> {
    field.items().into_iter().map(Field::required).map(|field| option(&field)).collect()
}

fn option(field: &Field<'_>) -> ShippingOption {
    ShippingOption {
        id: field.field("id").required().text_or_integer().unwrap_or_default(),
        name: field.field("name").required().text().unwrap_or_default(),
        amount: read::amount(&field.field("amount").required()),
        is_default: field.field("isDefault").boolean().unwrap_or_default(),
        priority: field.field("priority").small_integer(),
        meta: field.field("meta").text().unwrap_or_default(),
        estimated_delivery: field.field("estimatedDelivery").text().unwrap_or_default(),
    }
}

/// `cardPassthrough`: what a PSP adds.
pub(crate) fn card_passthrough(field: &Field<'_>) -> Option<CardPassthrough> {
    let required = |name| field.field(name).required().text().unwrap_or_default();
    let types = field.field("allowedCardTypes").required();
    let passthrough = CardPassthrough {
        psp_reference: required("pspReference"),
        card_callback_url: required("cardCallbackUrl"),
        allowed_card_types: types
            .items()
            .into_iter()
            .map(Field::required)
            .filter_map(|word| word.text())
            .collect(),
        prefer_visa_part_of_visa_dankort: field
            .field("preferVisaPartOfVisaDankort")
            .boolean()
            .unwrap_or_default(),
        public_encryption_key_id: field.field("publicEncryptionKeyId").text().unwrap_or_default(),
        client_id: String::new(),
    };
    field.is_given().then_some(passthrough)
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal;

    use super::*;
    use crate::body::{Faults, Tree};

    fn shipping_of(body: &str) -> Result<Option<Shipping>, Vec<String>> {
        let (tree, faults) = (Tree::parse(body.as_bytes()).unwrap(), Faults::default());
        let read = shipping(&Field::root(&tree, &faults).unwrap().field("shipping"));
        let fields = |status| {
            refusal::field_violations_of(&status).into_iter().map(|violation| violation.field).collect()
        };
        faults.finish().map(|()| read).map_err(fields)
    }

    const GROUP: &str = concat!(
        r#"{"type":"MAILBOX","brand":"POSTEN","isDefault":true,"priority":1,"options":[{"id":"a","name":"A","#,
        r#""amount":{"currency":"NOK","value":3900},"isDefault":true,"priority":0,"meta":"m","estimatedDelivery":"e"}]}"#,
    );

    #[test]
    fn fixed_and_dynamic_options_are_read() {
        assert_eq!(shipping_of("{}"), Ok(None));
        let body = format!(r#"{{"shipping":{{"fixedOptions":[{GROUP}],"allowedCountries":["NO","SE"]}}}}"#);
        let read = shipping_of(&body).unwrap().unwrap();
        assert_eq!(read.allowed_countries, ["NO", "SE"]);
        let Some(Options::Fixed(FixedOptions { groups })) = read.options else { panic!("fixed options") };
        assert_eq!((groups[0].r#type.as_str(), groups[0].brand.as_str()), ("MAILBOX", "POSTEN"));
        let option = &groups[0].options[0];
        assert_eq!(option.amount.unwrap().amount_minor, 3900);
        assert_eq!((option.meta.as_str(), option.estimated_delivery.as_str()), ("m", "e"));

        let body = r#"{"shipping":{"dynamicOptions":{"callbackUrl":"https://shop.example/x","callbackAuthorizationToken":"t"}}}"#;
        let Some(Options::Dynamic(dynamic)) = shipping_of(body).unwrap().unwrap().options else {
            panic!("dynamic options")
        };
        assert_eq!(dynamic.callback_authorization_token, "t");
        assert_eq!(dynamic.style(), ShippingCallbackStyle::Epayment);
    }

    #[test]
    fn every_fault_is_named_with_its_path() {
        let both = format!(
            r#"{{"shipping":{{"fixedOptions":[{GROUP}],"dynamicOptions":{{"callbackUrl":"https://x"}}}}}}"#
        );
        assert_eq!(shipping_of(&both).unwrap_err(), ["shipping"]);
        let body = r#"{"shipping":{"fixedOptions":[{"brand":1,"options":[{"name":"A","amount":{"currency":"XXX"}},null]}]}}"#;
        let option = "shipping.fixedOptions[0].options[0]";
        assert_eq!(
            shipping_of(body).unwrap_err(),
            [
                "shipping.fixedOptions[0].type".to_owned(),
                "shipping.fixedOptions[0].brand".to_owned(),
                format!("{option}.id"),
                format!("{option}.amount.currency"),
                format!("{option}.amount.value"),
                "shipping.fixedOptions[0].options[1]".to_owned(),
            ]
        );
        let body = r#"{"shipping":{"dynamicOptions":{}}}"#;
        assert_eq!(shipping_of(body).unwrap_err(), ["shipping.dynamicOptions.callbackUrl"]);
        assert_eq!(shipping_of(r#"{"shipping":[]}"#).unwrap_err(), ["shipping"]);
    }

    #[test]
    fn a_psp_names_its_payment_its_url_and_its_cards() {
        let body = r#"{"c":{"pspReference":"p","cardCallbackUrl":"https://psp.example","allowedCardTypes":["DANKORT"],"preferVisaPartOfVisaDankort":true}}"#;
        let (tree, faults) = (Tree::parse(body.as_bytes()).unwrap(), Faults::default());
        let read = card_passthrough(&Field::root(&tree, &faults).unwrap().field("c")).unwrap();
        assert_eq!(read.allowed_card_types, ["DANKORT"]);
        assert!(read.prefer_visa_part_of_visa_dankort && faults.finish().is_ok());

        let (tree, faults) = (Tree::parse(br#"{"c":{}}"#).unwrap(), Faults::default());
        card_passthrough(&Field::root(&tree, &faults).unwrap().field("c"));
        let violations = refusal::field_violations_of(&faults.finish().unwrap_err());
        let fields: Vec<_> = violations.iter().map(|violation| violation.field.as_str()).collect();
        assert_eq!(fields, ["c.allowedCardTypes", "c.pspReference", "c.cardCallbackUrl"]);
    }
}
