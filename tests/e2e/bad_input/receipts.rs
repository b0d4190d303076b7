//! Every rule of the receipt broken one at a time.

use kvitt_tests::Shop;
use kvitt_tests::requests::{receipt, web_redirect, with};
use serde_json::{Value, json};

use super::table::{Broken, Trouble, break_each};
use Trouble::Field;

fn to(value: Value) -> Option<Value> {
    Some(value)
}

fn line_rules() -> Vec<Broken> {
    vec![
        ("/receipt/orderLines", None, Field("receipt.orderLines")),
        ("/receipt/orderLines", to(json!([])), Field("receipt.orderLines")),
        ("/receipt/orderLines/0/name", None, Field("receipt.orderLines[0].name")),
        ("/receipt/orderLines/0/id", None, Field("receipt.orderLines[0].id")),
        ("/receipt/orderLines/0/totalAmount", None, Field("receipt.orderLines[0].totalAmount")),
        ("/receipt/orderLines/0/totalAmount", to(json!("much")), Field("receipt.orderLines[0].totalAmount")),
        (
            "/receipt/orderLines/0/totalAmountExcludingTax",
            None,
            Field("receipt.orderLines[0].totalAmountExcludingTax"),
        ),
        ("/receipt/orderLines/0/totalTaxAmount", None, Field("receipt.orderLines[0].totalTaxAmount")),
        ("/receipt/orderLines/0/taxRate", to(json!(-1)), Field("receipt.orderLines[0].taxRate")),
        ("/receipt/orderLines/0/taxRate", to(json!(10_001)), Field("receipt.orderLines[0].taxRate")),
        (
            "/receipt/orderLines/0/unitInfo/quantity",
            to(json!("two")),
            Field("receipt.orderLines[0].unitInfo.quantity"),
        ),
        (
            "/receipt/orderLines/0/unitInfo/quantity",
            to(json!("1.123456789")),
            Field("receipt.orderLines[0].unitInfo.quantity"),
        ),
        (
            "/receipt/orderLines/0/unitInfo/quantityUnit",
            to(json!("BARREL")),
            Field("receipt.orderLines[0].unitInfo.quantityUnit"),
        ),
    ]
}

fn bottom_line_rules() -> Vec<Broken> {
    vec![
        ("/receipt", to(json!("paper")), Field("receipt")),
        ("/receipt/bottomLine", None, Field("receipt.bottomLine")),
        ("/receipt/bottomLine/currency", None, Field("receipt.bottomLine.currency")),
        ("/receipt/bottomLine/currency", to(json!("XYZ")), Field("receipt.bottomLine.currency")),
        (
            "/receipt/bottomLine/barcode",
            to(json!({"format": "MORSE", "data": "1"})),
            Field("receipt.bottomLine.barcode.format"),
        ),
    ]
}

#[tokio::test]
async fn every_rule_about_order_lines_is_kept() {
    let shop = Shop::named("full").await;
    break_each(&shop, &with(&web_redirect("", "NOK", 10_000), "/receipt", receipt("NOK")), line_rules())
        .await;
}

#[tokio::test]
async fn every_rule_about_the_bottom_line_is_kept() {
    let shop = Shop::named("full").await;
    let sound = with(&web_redirect("", "NOK", 10_000), "/receipt", receipt("NOK"));
    break_each(&shop, &sound, bottom_line_rules()).await;
}

#[tokio::test]
async fn the_deprecated_fields_of_old_receipts_are_taken() {
    let shop = Shop::named("full").await;
    let bottom_line = json!({
        "currency": "NOK",
        "tipAmount": 500,
        "posId": "till-1",
        "receiptNumber": "1",
        "paymentSources": {"giftCard": 1, "card": 2, "voucher": 3, "cash": 4},
        "barcode": {"format": "EAN-13", "data": "4006381333931"},
        "giftCardAmount": 0,
        "totalAmount": 10_000,
        "totalTax": 2_000,
        "totalDiscount": 0,
        "shippingAmount": 0,
        "shippingInfo": {"amount": 0, "amountExcludingTax": 0, "taxAmount": 0, "taxPercentage": 25},
        "terminalId": "t",
    });
    let body = with(&shop.minimal(10_000), "/receipt", with(&receipt("NOK"), "/bottomLine", bottom_line));
    let line = body.pointer("/receipt/orderLines/0").unwrap();
    let line = with(&kvitt_tests::requests::without(line, "/taxRate"), "/taxPercentage", json!(25));
    shop.create(&with(&body, "/receipt/orderLines/0", line)).await.is(201);
}
