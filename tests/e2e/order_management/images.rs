//! Pictures, which are never replaced.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use kvitt_proto::ordermanagement::v1::GetImageRequest;
use kvitt_proto::ordermanagement::v1::order_management_service_client::OrderManagementServiceClient;
use kvitt_tests::requests::fresh_reference;
use kvitt_tests::{Mesh, Stack};
use serde_json::json;

use super::{JPEG, LOW_PNG, Orders, PNG, image, invalid, problem};

#[tokio::test]
async fn m59_an_image_that_is_sent_again_does_not_overwrite_the_first() {
    let (orders, image_id) = (Orders::of("full").await, fresh_reference());
    let answer = orders.post("/v1/images", &image(&image_id, PNG)).await;
    assert_eq!(*answer.is(200), json!({"imageId": image_id}));
    for src in [PNG, JPEG] {
        problem(&orders.post("/v1/images", &image(&image_id, src)).await, 409);
    }
    let mesh = Mesh::with_token(Stack::shared(), &orders.shop.token);
    let request = GetImageRequest { msn: orders.shop.keys.msn.clone(), image_id };
    let mut client = OrderManagementServiceClient::new(mesh.order_management());
    let kept = client.get_image(request).await.expect("it is answered").into_inner();
    assert_eq!(
        (kept.data, kept.media_type.as_str()),
        (STANDARD.decode(PNG).expect("it is there"), "image/png")
    );
}

#[tokio::test]
async fn a_jpeg_is_a_picture_too() {
    let (orders, image_id) = (Orders::of("full").await, fresh_reference());
    orders.post("/v1/images", &image(&image_id, JPEG)).await.is(200);
}

#[tokio::test]
async fn what_is_no_picture_names_its_field() {
    let (orders, image_id) = (Orders::of("full").await, fresh_reference());
    let large = "A".repeat(2_900_000);
    for src in [LOW_PNG, "aGVsbG8=", "", "no base64", "https://shop.example/a.png", &large] {
        let refused = orders.post("/v1/images", &image(&image_id, src)).await;
        assert_eq!(invalid(&refused), ["src"], "{}", &src[..src.len().min(20)]);
    }
    let too_large = image(&image_id, &"A".repeat(3 * 1024 * 1024));
    problem(&orders.post("/v1/images", &too_large).await, 413);
    for body in [json!({}), json!({"imageId": "a/b", "src": "", "type": "url"})] {
        let refused = orders.post("/v1/images", &body).await;
        assert!(invalid(&refused).contains(&"type"), "{}", refused.text);
    }
    let refused = orders.post("/v1/images", &image("a/b", PNG)).await;
    assert_eq!(invalid(&refused), ["imageId"]);
}

#[tokio::test]
async fn other_operations_take_no_more_than_everything_else_takes() {
    let orders = Orders::of("full").await;
    let mut body = super::receipt("socks");
    body["orderLines"][0]["name"] = json!("s".repeat(70_000));
    problem(&orders.post(&format!("/v2/ecom/receipts/{}", fresh_reference()), &body).await, 413);
}
