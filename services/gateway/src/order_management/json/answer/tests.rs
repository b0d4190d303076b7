use std::collections::BTreeMap;

use kvitt_proto::{money::v1::Currency, payment::v1 as payment};
use serde_json::{json, to_value};

use super::*;

fn category(image_id: &str) -> v1::Category {
    let url = "https://shop.example/orders/1".to_owned();
    let link = v1::Link { r#type: CategoryType::Ticket.into(), url, image_id: image_id.to_owned() };
    v1::Category {
        category_id: "337f5e5d-288b-40d5-be14-901cc3acacc0".to_owned(),
        payment_type: PaymentType::Recurring.into(),
        order_id: "order-1".to_owned(),
        link: Some(link),
    }
}

fn receipt() -> payment::Receipt {
    let line = payment::OrderLine {
        name: "Socks".to_owned(),
        id: "1".to_owned(),
        total_amount_minor: 1_000,
        total_amount_excluding_tax_minor: 800,
        total_tax_amount_minor: 200,
        tax_rate: Some(2_500),
        unit_info: Some(payment::UnitInfo {
            unit_price_minor: Some(400),
            quantity: "2.5".to_owned(),
            quantity_unit: String::new(),
        }),
        discount_minor: Some(0),
        product_url: "https://shop.example/socks".to_owned(),
        is_return: false,
        is_shipping: true,
    };
    let foot = payment::BottomLine {
        currency: Currency::Nok.into(),
        tip_amount_minor: Some(0),
        pos_id: "till-1".to_owned(),
        receipt_number: "0527013501".to_owned(),
        payment_sources_minor: BTreeMap::from([("giftCard".to_owned(), 5)]),
        barcode_format: "CODE 39".to_owned(),
        barcode_data: "SC0527013501 ".to_owned(),
    };
    payment::Receipt { order_lines: vec![line], bottom_line: Some(foot) }
}

#[test]
fn an_order_is_told_in_upstreams_words() {
    let told = GetOrderResponse { category: Some(category("socks")), receipt: Some(receipt()) };
    let expected = json!({
        "category": {
            "category": "TICKET",
            "orderDetailsUrl": "https://shop.example/orders/1",
            "imageId": "socks",
        },
        "receipt": {
            "orderLines": [{
                "name": "Socks",
                "id": "1",
                "totalAmount": 1000,
                "totalAmountExcludingTax": 800,
                "totalTaxAmount": 200,
                "taxRate": 2500,
                "taxPercentage": 25,
                "unitInfo": {"unitPrice": 400, "quantity": "2.5", "quantityUnit": "PCS"},
                "discount": 0,
                "productUrl": "https://shop.example/socks",
                "isReturn": false,
                "isShipping": true,
            }],
            "bottomLine": {
                "currency": "NOK",
                "tipAmount": 0,
                "posId": "till-1",
                "paymentSources": {"giftCard": 5},
                "barcode": {"format": "CODE 39", "data": "SC0527013501 "},
                "receiptNumber": "0527013501",
            },
        },
    });
    assert_eq!(to_value(ToldOrder::from_proto(told).unwrap()).unwrap(), expected);
}

#[test]
fn what_was_not_told_is_left_out() {
    let nothing = ToldOrder::from_proto(GetOrderResponse::default()).unwrap();
    assert_eq!(to_value(nothing).unwrap(), json!({}));
    let mut least = receipt();
    least.order_lines[0] = payment::OrderLine {
        name: "Socks".to_owned(),
        id: "1".to_owned(),
        // A rate that is no whole percent has no place in the old field.
        tax_rate: Some(1_250),
        ..payment::OrderLine::default()
    };
    least.bottom_line =
        Some(payment::BottomLine { currency: Currency::Eur.into(), ..payment::BottomLine::default() });
    let told = GetOrderResponse { category: None, receipt: Some(least) };
    let expected = json!({"receipt": {
        "orderLines": [{
            "name": "Socks",
            "id": "1",
            "totalAmount": 0,
            "totalAmountExcludingTax": 0,
            "totalTaxAmount": 0,
            "taxRate": 1250,
            "isReturn": false,
            "isShipping": false,
        }],
        "bottomLine": {"currency": "EUR"},
    }});
    assert_eq!(to_value(ToldOrder::from_proto(told).unwrap()).unwrap(), expected);
}

#[test]
fn a_category_is_told_in_upstreams_words() {
    let told = Categories::from_proto(vec![category(""), category("socks")]).unwrap();
    let plain = json!({
        "categoryId": "337f5e5d-288b-40d5-be14-901cc3acacc0",
        "orderId": "order-1",
        "paymentType": "RECURRING",
        "type": "TICKET",
        "url": "https://shop.example/orders/1",
    });
    let mut with_image = plain.clone();
    with_image["imageId"] = json!("socks");
    assert_eq!(to_value(told).unwrap(), json!({"categories": [plain, with_image]}));
}

#[test]
fn an_answer_that_cannot_be_read_is_a_fault_of_the_platform() {
    let unknown = v1::Category { payment_type: 9, ..category("") };
    for category in [None, Some(unknown), Some(v1::Category { link: None, ..category("") })] {
        let refused = Category::from_proto(category).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
    }
    let footless = GetOrderResponse {
        category: None,
        receipt: Some(payment::Receipt { bottom_line: None, ..receipt() }),
    };
    assert!(ToldOrder::from_proto(footless).is_err());
}
