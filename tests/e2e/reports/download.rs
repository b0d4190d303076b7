//! `GET /kvitt/v1/reports`.

use kvitt_tests::{Shop, Stack};
use reqwest::{Method, header};

use super::{own, sell_and_close};

const FORMATS: [(&str, &str, &str); 8] = [
    ("SETTLEMENT_XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("SETTLEMENT_CSV", "csv", "text/csv; charset=utf-8"),
    ("PERIOD_PDF", "pdf", "application/pdf"),
    ("CLASSIC_XLSX", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("CLASSIC_CSV", "csv", "text/csv; charset=utf-8"),
    ("CLASSIC_XML", "xml", "application/xml"),
    ("CLASSIC_XML_ZIP", "xml.zip", "application/zip"),
    ("CLASSIC_PDF", "pdf", "application/pdf"),
];

fn path(shop: &Shop, (from, to): (&str, &str), format: &str) -> String {
    let msn = &shop.keys.msn;
    format!("/kvitt/v1/reports?merchantSerialNumbers={msn}&fromDate={from}&toDate={to}&format={format}")
}

/// The file, what it is called and what it is.
async fn file(shop: &Shop, path: &str) -> (Vec<u8>, String, String) {
    let answer = shop.request(Method::GET, path).send().await.expect("an answer");
    assert_eq!(answer.status(), 200, "{path}");
    let header = |name| answer.headers()[&name].to_str().expect("text").to_owned();
    let (name, media_type) = (header(header::CONTENT_DISPOSITION), header(header::CONTENT_TYPE));
    (answer.bytes().await.expect("a whole file").to_vec(), name, media_type)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_date_is_a_file_in_every_format_and_the_same_again() {
    let (stack, shop) = own().await;
    let (reference, date) = sell_and_close(&stack, &shop).await;
    let mut files = Vec::new();
    for (format, extension, media_type) in FORMATS {
        let path = path(&shop, (&date, &date), format);
        let (bytes, name, told) = file(&shop, &path).await;
        assert!(!bytes.is_empty(), "{format}");
        assert_eq!(told, media_type);
        assert!(
            name.starts_with("attachment; filename=\"") && name.ends_with(&format!(".{extension}\"")),
            "{name}"
        );
        if ["SETTLEMENT_CSV", "CLASSIC_CSV", "CLASSIC_XML"].contains(&format) {
            assert!(String::from_utf8_lossy(&bytes).contains(&reference), "{format}");
        }
        files.push((path, bytes));
    }
    sell_and_close(&stack, &shop).await;
    for (path, before) in files {
        assert!(file(&shop, &path).await.0 == before, "{path} is another file now");
    }
    stack.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn dates_that_are_open_and_dates_without_a_payout_have_no_report() {
    let (stack, shop) = own().await;
    let (_, date) = sell_and_close(&stack, &shop).await;
    let open = shop.get(&path(&shop, (&date, "9999-12-31"), "CLASSIC_XML")).await;
    assert_eq!(open.problem(400)["extraDetails"][0]["name"], "toDate", "{}", open.text);
    let never = shop.get(&path(&shop, ("2020-01-01", "2020-01-31"), "CLASSIC_XML")).await;
    assert_eq!(never.problem(404)["detail"], "there is no settlement on these dates", "{}", never.text);
    stack.stop().await;
}

#[tokio::test]
async fn a_report_of_a_unit_that_the_keys_do_not_cover_is_not_there() {
    let shop = Shop::named("full").await;
    let foreign = &Stack::shared().keys("second").msn;
    for msn in [foreign.as_str(), "999999"] {
        let path = format!(
            "/kvitt/v1/reports?merchantSerialNumbers={msn}&fromDate=2026-01-01&toDate=2026-01-31&format=CLASSIC_XML"
        );
        assert_eq!(shop.get(&path).await.problem(404)["detail"], "No such ledgerId", "{msn}");
    }
}

#[tokio::test]
async fn every_broken_part_of_the_query_is_named() {
    let shop = Shop::named("full").await;
    let msn = &shop.keys.msn;
    let dates = "fromDate=2026-01-01&toDate=2026-01-31";
    let table = [
        (format!("{dates}&format=CLASSIC_XML"), "merchantSerialNumbers"),
        (format!("merchantSerialNumbers={msn},{msn}&{dates}&format=CLASSIC_XML"), "merchantSerialNumbers[1]"),
        (format!("merchantSerialNumbers={msn}&{dates}"), "format"),
        (format!("merchantSerialNumbers={msn}&{dates}&format=DOC"), "format"),
        (format!("merchantSerialNumbers={msn}&{dates}&format=CLASSIC_XML&language=xx"), "language"),
        (
            format!("merchantSerialNumbers={msn}&fromDate=2026-02-01&toDate=2026-01-31&format=CLASSIC_XML"),
            "toDate",
        ),
        (
            format!("merchantSerialNumbers={msn}&fromDate=2016-01-01&toDate=2026-01-31&format=CLASSIC_XML"),
            "toDate",
        ),
        (format!("merchantSerialNumbers={msn}&toDate=2026-01-31&format=CLASSIC_XML"), "fromDate"),
    ];
    for (query, field) in table {
        let answer = shop.get(&format!("/kvitt/v1/reports?{query}")).await;
        assert_eq!(answer.problem(400)["extraDetails"][0]["name"], field, "{query}: {}", answer.text);
    }
}
