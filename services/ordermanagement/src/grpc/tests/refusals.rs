//! What is broken is named, all of it at once.

use super::*;

fn named(status: &Status) -> Vec<String> {
    assert_eq!(refusal::reason_of(status), Some(Reason::FieldInvalid), "{status:?}");
    refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

#[tokio::test]
async fn empty_requests_name_every_field() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let order = ["msn", "paymentType", "orderId"];
    let told = [
        (named(&grpc.add_image(by(SHOP, Default::default())).await.unwrap_err()), vec!["msn", "imageId"]),
        (named(&grpc.get_image(by(SHOP, Default::default())).await.unwrap_err()), vec!["msn", "imageId"]),
        (
            named(&grpc.set_category(by(SHOP, Default::default())).await.unwrap_err()),
            [&order[..], &["link"]].concat(),
        ),
        (
            named(&grpc.add_category(by(SHOP, Default::default())).await.unwrap_err()),
            [&order[..], &["link"]].concat(),
        ),
        (
            named(&grpc.add_receipt(by(SHOP, Default::default())).await.unwrap_err()),
            [&order[..], &["receipt"]].concat(),
        ),
        (named(&grpc.get_order(by(SHOP, Default::default())).await.unwrap_err()), order.to_vec()),
        (
            named(&grpc.list_categories(by(SHOP, Default::default())).await.unwrap_err()),
            vec!["msn", "orderId"],
        ),
        (
            named(&grpc.get_category(by(SHOP, Default::default())).await.unwrap_err()),
            vec!["msn", "categoryId"],
        ),
        (
            named(&grpc.delete_category(by(SHOP, Default::default())).await.unwrap_err()),
            vec!["msn", "categoryId"],
        ),
    ];
    for (named, expected) in told {
        assert_eq!(named, expected);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_link_is_named() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let broken = v1::SetCategoryRequest {
        order_id: "order 1".to_owned(),
        payment_type: 7,
        link: Some(v1::Link { r#type: 9, url: "javascript:alert(1)".to_owned(), image_id: "a b".to_owned() }),
        ..set_category(CategoryType::General)
    };
    let refused = grpc.set_category(by(SHOP, broken)).await.unwrap_err();
    assert_eq!(named(&refused), ["paymentType", "orderId", "link.type", "link.url", "link.imageId"]);
    let unknown_image = v1::AddCategoryRequest {
        link: link(CategoryType::General, "never-sent"),
        ..add_category(CategoryType::General)
    };
    let refused = grpc.add_category(by(SHOP, unknown_image)).await.unwrap_err();
    assert_eq!(named(&refused), ["link.imageId"]);
}

#[tokio::test]
async fn every_broken_field_of_a_receipt_is_named() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let mut broken = receipt("");
    broken.order_lines[0].tax_rate = Some(10_001);
    broken.order_lines[0].unit_info = Some(kvitt_proto::payment::v1::UnitInfo::default());
    broken.bottom_line.as_mut().unwrap().barcode_data = "so\0cks".to_owned();
    let request = v1::AddReceiptRequest { receipt: Some(broken), ..add_receipt("") };
    let refused = grpc.add_receipt(by(SHOP, request)).await.unwrap_err();
    let expected = [
        "receipt.orderLines[0].name",
        "receipt.orderLines[0].taxRate",
        "receipt.bottomLine.barcode.data",
        "receipt.orderLines[0].unitInfo.unitPrice",
        "receipt.orderLines[0].unitInfo.quantity",
        "receipt.bottomLine.barcode.format",
    ];
    assert_eq!(named(&refused), expected);
    let mut unknown_currency = receipt("socks");
    unknown_currency.bottom_line.as_mut().unwrap().currency = 0;
    let request = v1::AddReceiptRequest { receipt: Some(unknown_currency), ..add_receipt("") };
    let refused = grpc.add_receipt(by(SHOP, request)).await.unwrap_err();
    assert_eq!(named(&refused), ["receipt.bottomLine.currency"]);
}

#[tokio::test]
async fn what_is_no_picture_is_refused_by_its_rule() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let table = [
        (b"GIF89a".to_vec(), "must be a PNG or JPEG file"),
        (Vec::new(), "must be a PNG or JPEG file"),
        (png(167, 166), "must be at least 167 pixels high"),
        (jpeg(167, 166), "must be at least 167 pixels high"),
        (vec![0; 2 * 1024 * 1024 + 1], "must be at most 2 MiB"),
    ];
    for (data, rule) in table {
        let refused = grpc.add_image(by(SHOP, add_image("a", data))).await.unwrap_err();
        assert_eq!(named(&refused), ["data"]);
        assert_eq!(refusal::field_violations_of(&refused)[0].description, rule);
    }
    let refused = grpc.get_image(by(SHOP, get_image("a"))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
}
