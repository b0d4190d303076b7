//! Order Management.

#![expect(dead_code, reason = "types of requests are there for their schemas alone")]

use serde_json::json;
use utoipa::{
    ToSchema,
    openapi::{
        Required,
        path::{ParameterBuilder, ParameterIn},
    },
};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    receipt::Receipt,
    refusals::Dialect,
    words::{Id, kinds, one_of, text},
};
use crate::order_management::json::{
    AddedCategory, AddedImage, CATEGORY_TYPES, Categories, Category, DeletedCategory, PAYMENT_TYPES,
    ToldOrder,
};

pub(super) const NAME: &str = "Order Management";

kinds! {
    /// What an order is paid through.
    PaymentKind as "ordermanagement.PaymentType" = one_of(PAYMENT_TYPES.map(|(word, _)| word));
    /// What a link leads to.
    CategoryKind as "ordermanagement.CategoryType" = one_of(CATEGORY_TYPES.map(|(word, _)| word));
    /// The merchant's name of an order.
    OrderName as "ordermanagement.OrderId" = text().pattern(Some(ORDER_ID));
    /// The merchant's name of a picture.
    ImageName as "ordermanagement.ImageId" = text().pattern(Some("^[0-9A-Za-z_.-]{1,128}$"));
    /// How a picture is written.
    Encoding as "ordermanagement.Encoding" = one_of(["base64"]);
    /// A page, which opens in the payer's browser.
    PageUrl as "ordermanagement.PageUrl" =
        text().pattern(Some("^https?://[a-z0-9.-]*[a-z0-9]/[A-Za-z0-9/_.-]*$")).max_length(Some(2048));
    /// A PNG or JPEG file in base64: at least 167 pixels high, at most 16 million pixels and 2 MiB.
    Picture as "ordermanagement.Picture" = text().content_encoding("base64").min_length(Some(1));
}

const ORDER_ID: &str = "^[0-9A-Za-z_.-]{1,64}$";

/// A picture to keep.
#[derive(ToSchema)]
#[schema(as = ordermanagement::AddImage, rename_all = "camelCase")]
struct AddImage {
    image_id: ImageName,
    src: Picture,
    r#type: Encoding,
}

/// The category that an order is to have.
#[derive(ToSchema)]
#[schema(as = ordermanagement::SetCategory, rename_all = "camelCase")]
struct SetCategory {
    category: CategoryKind,
    order_details_url: PageUrl,
    image_id: Option<ImageName>,
}

/// A category to add.
#[derive(ToSchema)]
#[schema(as = ordermanagement::AddCategory, rename_all = "camelCase")]
struct AddCategory {
    order_id: OrderName,
    payment_type: PaymentKind,
    r#type: CategoryKind,
    url: PageUrl,
    image_id: Option<ImageName>,
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::InvalidParams, calls: Calls::ForUnit };
    let mut operations = of_version_2(api);
    operations.extend(of_version_3(api));
    operations.push(
        api.post("/order-management/v1/images", "addImage")
            .says(
                "Keep a picture for the links of any number of orders",
                "A picture is never replaced. The body may be 3 MiB.",
            )
            .takes::<AddImage>(
                json!({"imageId": "socks-orange-123", "src": "iVBORw0KGgo=", "type": "base64"}),
            )
            .answers::<AddedImage>(200, "It is kept.")
            .refuses(&[409]),
    );
    operations
}

fn of_version_2(api: Api) -> Vec<Operation> {
    vec![
        api.put("/order-management/v2/{paymentType}/categories/{orderId}", "setCategory")
            .says(
                "Give an order its category",
                "In place of the one that it was given so before. The order need not be paid, or exist at all.",
            )
            .takes::<SetCategory>(json!({"category": "GENERAL", "orderDetailsUrl": "https://shop.example/orders/1"}))
            .answers::<Id>(200, "The category's id."),
        api.post("/order-management/v2/{paymentType}/receipts/{orderId}", "addReceipt")
            .says(
                "Keep an order's receipt",
                "Once: a receipt is never replaced, also one that came with the payment. The order need not be paid, or \
                    exist at all.",
            )
            .takes::<Receipt>(json!({
                "orderLines": [{
                    "name": "Socks",
                    "id": "line_item_1",
                    "totalAmount": 1000,
                    "totalAmountExcludingTax": 800,
                    "totalTaxAmount": 200,
                    "taxRate": 2500,
                }],
                "bottomLine": {"currency": "NOK", "receiptNumber": "0527013501"},
            }))
            .answers::<Id>(201, "The receipt's id.")
            .refuses(&[409]),
        api.get("/order-management/v2/{paymentType}/{orderId}", "getOrder")
            .says(
                "What was told of an order",
                "Its latest category and its receipt. A payment's own receipt is here moments after the payment was \
                    created.",
            )
            .answers::<ToldOrder>(200, "The order.")
            .refuses(&[400, 404]),
    ]
}

fn of_version_3(api: Api) -> Vec<Operation> {
    let order = ParameterBuilder::new().name("orderId").parameter_in(ParameterIn::Query);
    let order = order.required(Required::True).schema(Some(text().pattern(Some(ORDER_ID))));
    vec![
        api.post("/order-management/v3/categories", "addCategory")
            .says("Add a category to those that an order has", "An order has 50 at most.")
            .takes::<AddCategory>(json!({
                "orderId": "order-1",
                "paymentType": "ECOM",
                "type": "RECEIPT",
                "url": "https://shop.example/orders/1",
            }))
            .answers::<AddedCategory>(201, "The category's id."),
        api.get("/order-management/v3/categories", "listCategories")
            .says("The categories of an order, oldest first", "Of orders of both kinds with this name.")
            .parameter(order.description(Some("The merchant's name of the order.")).build())
            .answers::<Categories>(200, "The categories.")
            .refuses(&[400]),
        api.get("/order-management/v3/categories/{categoryId}", "getCategory")
            .says("A category", "")
            .answers::<Category>(200, "The category.")
            .refuses(&[400, 404]),
        api.delete("/order-management/v3/categories/{categoryId}", "deleteCategory")
            .says("Take a category away", "")
            .answers::<DeletedCategory>(200, "It is gone.")
            .refuses(&[400, 404]),
    ]
}
