//! Who sees what: a unit's orders are its own, and what is told of them is for keys of its payments.

use kvitt_runtime::{Caller, ServiceName};

use super::*;
use crate::fixture::{MANAGEMENT, OTHER_MSN, OTHER_SHOP, PSP, service};

/// What each rpc answers this caller about the shop's order, in the order of the contract.
async fn everything(grpc: &Grpc, caller: Caller, category_id: &str) -> Vec<Result<(), Status>> {
    let category_id = category_id.to_owned();
    let get = v1::GetCategoryRequest { msn: MSN.to_owned(), category_id: category_id.clone() };
    let delete = v1::DeleteCategoryRequest { msn: MSN.to_owned(), category_id };
    vec![
        grpc.add_image(by(caller, add_image("b.png", png(8, 167)))).await.map(drop),
        grpc.get_image(by(caller, get_image("a.png"))).await.map(drop),
        grpc.set_category(by(caller, set_category(CategoryType::Ticket))).await.map(drop),
        grpc.add_receipt(by(caller, add_receipt("shoes"))).await.map(drop),
        grpc.get_order(by(caller, get_order(ECOM))).await.map(drop),
        grpc.add_category(by(caller, add_category(CategoryType::Ticket))).await.map(drop),
        grpc.list_categories(by(caller, list_categories())).await.map(drop),
        grpc.get_category(by(caller, get)).await.map(drop),
        grpc.delete_category(by(caller, delete)).await.map(drop),
    ]
}

/// The shop's order with everything that can be told of it; answers the category's id.
async fn told(grpc: &Grpc) -> String {
    grpc.add_image(by(SHOP, add_image("a.png", png(8, 167)))).await.unwrap();
    grpc.add_receipt(by(SHOP, add_receipt("socks"))).await.unwrap();
    let set = grpc.set_category(by(SHOP, set_category(CategoryType::General))).await.unwrap();
    set.into_inner().category_id
}

#[tokio::test]
async fn a_units_orders_are_not_for_other_keys() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let category_id = told(&grpc).await;
    let refused = [
        (OTHER_SHOP, [Reason::MsnNotCovered; 9]),
        (PSP, [Reason::PermissionDenied; 9]),
        (MANAGEMENT, [Reason::PermissionDenied; 9]),
        (service(ServiceName::Payment), [Reason::PermissionDenied; 9]),
    ];
    for (caller, reasons) in refused {
        let answers = everything(&grpc, caller, &category_id).await;
        let told = answers.into_iter().map(|answer| refusal::reason_of(&answer.unwrap_err()));
        assert_eq!(told.collect::<Vec<_>>(), reasons.map(Some), "{caller:?}");
    }
    let order = grpc.get_order(by(SHOP, get_order(ECOM))).await.unwrap().into_inner();
    assert_eq!(order.receipt, Some(receipt("socks")));
    assert_eq!(order.category.unwrap().category_id, category_id);
}

#[tokio::test]
async fn who_shows_orders_to_payers_may_read_them_and_not_write() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let category_id = told(&grpc).await;
    let answers = everything(&grpc, service(ServiceName::Wallet), &category_id).await;
    let may: Vec<bool> = answers.iter().map(Result::is_ok).collect();
    assert_eq!(may, [false, true, false, false, true, false, true, true, false]);
}

#[tokio::test]
async fn the_same_names_mean_another_order_in_another_unit() {
    let Fixture { grpc, database: _database } = Fixture::start().await;
    let category_id = told(&grpc).await;
    let other = || OTHER_MSN.to_owned();
    let get_order = v1::GetOrderRequest { msn: other(), ..get_order(ECOM) };
    let get_image = v1::GetImageRequest { msn: other(), ..get_image("a.png") };
    let get = v1::GetCategoryRequest { msn: other(), category_id: category_id.clone() };
    let delete = v1::DeleteCategoryRequest { msn: other(), category_id: category_id.clone() };
    for answer in [
        grpc.get_order(by(OTHER_SHOP, get_order)).await.map(drop),
        grpc.get_image(by(OTHER_SHOP, get_image)).await.map(drop),
        grpc.get_category(by(OTHER_SHOP, get)).await.map(drop),
        grpc.delete_category(by(OTHER_SHOP, delete)).await.map(drop),
    ] {
        assert_eq!(refusal::reason_of(&answer.unwrap_err()), Some(Reason::NotFound));
    }
    let list = v1::ListCategoriesRequest { msn: other(), ..list_categories() };
    let listed = grpc.list_categories(by(OTHER_SHOP, list)).await.unwrap().into_inner();
    assert_eq!(listed.categories, []);
    let receipt = v1::AddReceiptRequest { msn: other(), ..add_receipt("shoes") };
    grpc.add_receipt(by(OTHER_SHOP, receipt)).await.unwrap();
    let image = v1::AddImageRequest { msn: other(), ..add_image("a.png", jpeg(8, 167)) };
    grpc.add_image(by(OTHER_SHOP, image)).await.unwrap();
    let get = v1::GetCategoryRequest { msn: MSN.to_owned(), category_id };
    assert!(grpc.get_category(by(SHOP, get)).await.is_ok(), "nobody has deleted it");
}
