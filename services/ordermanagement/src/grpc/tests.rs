//! The rpcs as their callers see them, on a real database.

mod isolation;
mod refusals;

use kvitt_proto::ordermanagement::v1::{CategoryType, PaymentType};

use super::*;
use crate::{
    domain::pictures::{jpeg, png},
    fixture::{Fixture, MSN, SHOP, by, receipt},
};

const ECOM: i32 = PaymentType::Ecom as i32;
const RECURRING: i32 = PaymentType::Recurring as i32;

fn link(category_type: CategoryType, image_id: &str) -> Option<v1::Link> {
    let url = "https://shop.example/orders/1".to_owned();
    Some(v1::Link { r#type: category_type.into(), url, image_id: image_id.to_owned() })
}

fn set_category(category_type: CategoryType) -> v1::SetCategoryRequest {
    v1::SetCategoryRequest {
        msn: MSN.to_owned(),
        payment_type: ECOM,
        order_id: "order-1".to_owned(),
        link: link(category_type, ""),
    }
}

fn add_category(category_type: CategoryType) -> v1::AddCategoryRequest {
    let v1::SetCategoryRequest { msn, payment_type, order_id, link } = set_category(category_type);
    v1::AddCategoryRequest { msn, payment_type, order_id, link }
}

fn add_receipt(name: &str) -> v1::AddReceiptRequest {
    v1::AddReceiptRequest {
        msn: MSN.to_owned(),
        payment_type: ECOM,
        order_id: "order-1".to_owned(),
        receipt: Some(receipt(name)),
    }
}

fn get_order(payment_type: i32) -> v1::GetOrderRequest {
    v1::GetOrderRequest { msn: MSN.to_owned(), payment_type, order_id: "order-1".to_owned() }
}

fn add_image(image_id: &str, data: Vec<u8>) -> v1::AddImageRequest {
    v1::AddImageRequest { msn: MSN.to_owned(), image_id: image_id.to_owned(), data }
}

fn list_categories() -> v1::ListCategoriesRequest {
    v1::ListCategoriesRequest { msn: MSN.to_owned(), order_id: "order-1".to_owned() }
}

fn get_image(image_id: &str) -> v1::GetImageRequest {
    v1::GetImageRequest { msn: MSN.to_owned(), image_id: image_id.to_owned() }
}

#[tokio::test]
async fn an_order_shows_its_latest_category_and_its_receipt() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let refused = grpc.get_order(by(SHOP, get_order(ECOM))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    grpc.add_receipt(by(SHOP, add_receipt("socks"))).await.unwrap();
    grpc.set_category(by(SHOP, set_category(CategoryType::Ticket))).await.unwrap();
    let added = grpc.add_category(by(SHOP, add_category(CategoryType::Delivery))).await.unwrap();
    let told = grpc.get_order(by(SHOP, get_order(ECOM))).await.unwrap().into_inner();
    assert_eq!(told.receipt, Some(receipt("socks")));
    let shown = told.category.unwrap();
    assert_eq!(shown.category_id, added.into_inner().category_id);
    assert_eq!((shown.payment_type, shown.order_id.as_str()), (ECOM, "order-1"));
    assert_eq!(shown.link, link(CategoryType::Delivery, ""));
    let refused = grpc.get_order(by(SHOP, get_order(RECURRING))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound), "another kind is another order");
}

#[tokio::test]
async fn a_receipt_is_written_once() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    grpc.add_receipt(by(SHOP, add_receipt("socks"))).await.unwrap();
    for name in ["socks", "shoes"] {
        let refused = grpc.add_receipt(by(SHOP, add_receipt(name))).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists), "{name}");
    }
    let of_another_kind = v1::AddReceiptRequest { payment_type: RECURRING, ..add_receipt("shoes") };
    grpc.add_receipt(by(SHOP, of_another_kind)).await.unwrap();
    let told = grpc.get_order(by(SHOP, get_order(ECOM))).await.unwrap().into_inner();
    assert_eq!((told.receipt, told.category), (Some(receipt("socks")), None));
}

#[tokio::test]
async fn categories_are_set_added_read_and_deleted() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let first = grpc.set_category(by(SHOP, set_category(CategoryType::General))).await.unwrap();
    let second = grpc.set_category(by(SHOP, set_category(CategoryType::Booking))).await.unwrap();
    assert_ne!(first.into_inner().category_id, second.get_ref().category_id);
    let added = grpc.add_category(by(SHOP, add_category(CategoryType::Receipt))).await.unwrap().into_inner();
    let listed = grpc.list_categories(by(SHOP, list_categories())).await.unwrap().into_inner().categories;
    let ids: Vec<_> = listed.iter().map(|category| &category.category_id).collect();
    assert_eq!(ids, [&second.get_ref().category_id, &added.category_id]);
    let get = v1::GetCategoryRequest { msn: MSN.to_owned(), category_id: added.category_id.clone() };
    let got = grpc.get_category(by(SHOP, get.clone())).await.unwrap().into_inner();
    assert_eq!(got.category.as_ref(), Some(&listed[1]));
    let delete = v1::DeleteCategoryRequest { msn: MSN.to_owned(), category_id: added.category_id };
    grpc.delete_category(by(SHOP, delete.clone())).await.unwrap();
    for refused in [
        grpc.delete_category(by(SHOP, delete)).await.unwrap_err(),
        grpc.get_category(by(SHOP, get)).await.unwrap_err(),
    ] {
        assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound));
    }
    let listed = grpc.list_categories(by(SHOP, list_categories())).await.unwrap().into_inner().categories;
    assert_eq!(listed.len(), 1);
}

#[tokio::test]
async fn an_image_is_kept_byte_by_byte_and_never_replaced() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let (png, jpeg) = (png(200, 200), jpeg(200, 200));
    for (image_id, data, media_type) in [("a.png", &png, "image/png"), ("a.jpg", &jpeg, "image/jpeg")] {
        grpc.add_image(by(SHOP, add_image(image_id, data.clone()))).await.unwrap();
        // What is there is not looked at again, and what is no picture does not replace it either.
        for again in [data.clone(), jpeg.clone(), b"nothing".to_vec()] {
            let refused = grpc.add_image(by(SHOP, add_image(image_id, again))).await.unwrap_err();
            assert_eq!(refusal::reason_of(&refused), Some(Reason::AlreadyExists));
        }
        let got = grpc.get_image(by(SHOP, get_image(image_id))).await.unwrap().into_inner();
        assert_eq!((&got.data, got.media_type.as_str()), (data, media_type));
    }
    let refused = grpc.get_image(by(SHOP, get_image("A.PNG"))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&refused), Some(Reason::NotFound), "case counts");
    let with_image = v1::SetCategoryRequest {
        link: link(CategoryType::Ticket, "a.png"),
        ..set_category(CategoryType::Ticket)
    };
    grpc.set_category(by(SHOP, with_image)).await.unwrap();
    let told = grpc.get_order(by(SHOP, get_order(ECOM))).await.unwrap().into_inner();
    assert_eq!(told.category.unwrap().link.unwrap().image_id, "a.png");
}
