use kvitt_proto::refusal;
use serde_json::{Value, json};
use tonic::Status;

use super::*;
use crate::body::{Faults, Tree};

fn read<T>(body: &Value, build: impl FnOnce(&Field<'_>) -> T) -> Result<T, Status> {
    let (tree, faults) = (Tree::parse(body.to_string().as_bytes())?, Faults::default());
    let built = build(&Field::root(&tree, &faults)?);
    faults.finish().map(|()| built)
}

fn named(status: &Status) -> Vec<String> {
    refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

#[test]
fn a_kind_of_payment_is_taken_however_it_is_written() {
    for (word, expected) in [
        ("ECOM", PaymentType::Ecom),
        ("ecom", PaymentType::Ecom),
        ("eCom", PaymentType::Ecom),
        ("recurring", PaymentType::Recurring),
        ("epayment", PaymentType::Unspecified),
        ("", PaymentType::Unspecified),
    ] {
        let mut refused = false;
        assert_eq!(payment_type(word, |_| refused = true), i32::from(expected), "{word}");
        assert_eq!(refused, expected == PaymentType::Unspecified, "{word}");
    }
    let field = |body: Value| read(&body, |root| payment_type_field(&root.field("paymentType").required()));
    assert_eq!(field(json!({"paymentType": "Ecom"})).unwrap(), i32::from(PaymentType::Ecom));
    for body in [json!({}), json!({"paymentType": 1}), json!({"paymentType": "CARD"})] {
        assert_eq!(named(&field(body).unwrap_err()), ["paymentType"]);
    }
}

#[test]
fn a_link_is_read_by_the_names_of_its_version() {
    let v2 = json!({"category": "DELIVERY", "orderDetailsUrl": "https://a.example", "imageId": null});
    let v3 = json!({"type": "DELIVERY", "url": "https://a.example"});
    let expected = Link {
        r#type: CategoryType::Delivery.into(),
        url: "https://a.example".to_owned(),
        ..Link::default()
    };
    assert_eq!(read(&v2, |root| link(root, ("category", "orderDetailsUrl"))).unwrap(), expected);
    assert_eq!(read(&v3, |root| link(root, ("type", "url"))).unwrap(), expected);
    let refused = read(&v2, |root| link(root, ("type", "url"))).unwrap_err();
    assert_eq!(named(&refused), ["type", "url"]);
    let broken = json!({"type": "delivery", "url": 1, "imageId": {}});
    assert_eq!(
        named(&read(&broken, |root| link(root, ("type", "url"))).unwrap_err()),
        ["type", "url", "imageId"]
    );
}

#[test]
fn a_picture_is_base64_and_says_so() {
    for src in ["aGVsbG8=", "aGVsbG8"] {
        assert_eq!(read(&json!({"src": src, "type": "base64"}), picture).unwrap(), b"hello");
    }
    let table = [
        (json!({}), vec!["src", "type"]),
        (json!({"src": "aGVsbG8="}), vec!["type"]),
        (json!({"src": "aGVsbG8=", "type": "url"}), vec!["type"]),
        (json!({"src": "https://shop.example/a.png", "type": "base64"}), vec!["src"]),
        (json!({"src": 1, "type": "base64"}), vec!["src"]),
    ];
    for (body, fields) in table {
        assert_eq!(named(&read(&body, picture).unwrap_err()), fields, "{body}");
    }
}
