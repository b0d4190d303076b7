use kvitt_egress::Loopback;
use kvitt_primitives::Currency;
use tokio::io::AsyncWriteExt as _;

use super::*;
use crate::fixture::{self, Shop};

const PATIENCE: Duration = Duration::from_millis(400);

fn shops() -> Shops {
    Shops::new(Policy { loopback: Loopback::Allowed })
}

fn key() -> Key {
    Key { msn: fixture::MSN.to_owned(), reference: "order-00001".to_owned() }
}

fn callback(url: String, style: Style) -> Callback {
    Callback { url, token: "Bearer of-the-shop".to_owned(), style }
}

async fn ask(shops: &Shops, callback: &Callback) -> Result<Groups, Error> {
    let address = &fixture::person(1).addresses[1];
    let (key, amount) = (key(), Money::new(Currency::Nok, 100));
    shops.shipping_options(&Question { callback, key: &key, amount, address, number: 1 }).await
}

async fn answered(style: Style, status: &str, body: &[u8]) -> Result<Groups, Error> {
    let shop = Shop::open().await;
    let callback = callback(shop.url.clone(), style);
    let shops = shops();
    tokio::join!(ask(&shops, &callback), shop.answer(status, body)).0
}

fn options(groups: &Groups) -> Vec<(&str, &str, i64)> {
    let groups = groups.as_slice().iter().flat_map(|group| &group.options);
    groups.map(|option| (option.id.as_str(), option.name.as_str(), option.amount.minor)).collect()
}

fn header<'a>(request: &'a str, name: &str) -> Option<&'a str> {
    let lines = request.lines().filter_map(|line| line.split_once(": "));
    lines.into_iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

#[tokio::test]
async fn a_shop_of_epayment_is_asked_in_the_spelling_that_shops_read() {
    let shop = Shop::open().await;
    let callback = callback(format!("{}/shipping?shop=1", shop.url), Style::Epayment);
    let body = br#"{"groups":[{"type":"MAILBOX","brand":"POSTEN","priority":null,"isDefault":true,"extra":{},
        "options":[{"id":"b","name":"Slow","amount":{"currency":"NOK","value":100.0},"priority":2},
        {"id":"a","name":"Fast","amount":{"currency":"NOK","value":4900},"isDefault":false,"priority":1,
         "meta":"By bike","estimatedDelivery":"Tomorrow"}]}]}"#;
    let shops = shops();
    let (groups, request) = tokio::join!(ask(&shops, &callback), shop.answer("200 OK", body));
    let groups = groups.unwrap();
    assert_eq!(options(&groups), [("a", "Fast", 4900), ("b", "Slow", 100)]);
    let fast = groups.choose(Some("a")).unwrap();
    assert_eq!((fast.meta.as_str(), fast.estimated_delivery.as_str()), ("By bike", "Tomorrow"));
    assert_eq!(fast.amount, Money::new(Currency::Nok, 4900));

    assert!(request.starts_with("POST /shipping?shop=1 HTTP/1.1\r\n"), "{request}");
    assert_eq!(header(&request, "authorization"), Some("Bearer of-the-shop"));
    assert_eq!(header(&request, "content-type"), Some("application/json;charset=UTF-8"));
    let sent: serde_json::Value = serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
    let expected = serde_json::json!({
        "reference": "order-00001",
        "addressLine1": "Dronning Eufemias gate 42",
        "addressLine2": "",
        "city": "Oslo",
        "postCode": "0154",
        "country": "NO",
    });
    assert_eq!(sent, expected);
}

#[tokio::test]
async fn a_shop_of_ecom_is_asked_under_its_prefix_and_answers_in_kroner() {
    for slash in ["", "/"] {
        let shop = Shop::open().await;
        let callback = callback(format!("{}/vipps{slash}", shop.url), Style::Ecom);
        let body = br#"{"addressId":101,"orderId":"order-00001","shippingDetails":[
            {"isDefault":"N","priority":1,"shippingCost":49.9,"shippingMethod":"Post","shippingMethodId":"p"},
            {"isDefault":"Y","priority":2,"shippingCost":0,"shippingMethod":"Shop","shippingMethodId":"s"},
            {"isDefault":"N","priority":3,"shippingCost":"99.00","shippingMethod":"Bike","shippingMethodId":"b"}]}"#;
        let shops = shops();
        let (groups, request) = tokio::join!(ask(&shops, &callback), shop.answer("200 OK", body));
        let groups = groups.unwrap();
        assert_eq!(options(&groups), [("s", "Shop", 0), ("p", "Post", 4990), ("b", "Bike", 9900)]);
        assert_eq!(groups.choose(None).unwrap().id, "s");
        let path = "POST /vipps/v2/payments/order-00001/shippingDetails HTTP/1.1\r\n";
        assert!(request.starts_with(path), "{request}");
        assert_eq!(header(&request, "authorization"), Some("Bearer of-the-shop"));
        let sent: serde_json::Value =
            serde_json::from_str(request.split_once("\r\n\r\n").unwrap().1).unwrap();
        let expected = serde_json::json!({
            "addressId": 101,
            "addressLine1": "Dronning Eufemias gate 42",
            "addressLine2": null,
            "country": "NO",
            "city": "Oslo",
            "postCode": "0154",
            "addressType": "W",
        });
        assert_eq!(sent, expected);
    }
}

#[tokio::test]
async fn a_shop_that_says_no_sends_nothing_there() {
    for style in [Style::Epayment, Style::Ecom] {
        let answer = answered(style, "400 Bad Request", b"<h1>No</h1>").await;
        assert!(matches!(answer, Err(Error::NotPossible)), "{answer:?}");
    }
}

fn epayment(option: &str) -> Vec<u8> {
    let group = format!(r#"{{"type":"OTHER","brand":"OTHER","options":[{option}]}}"#);
    format!(r#"{{"groups":[{group}]}}"#).into_bytes()
}

#[tokio::test]
async fn what_a_hostile_shop_answers_is_refused() {
    let option = |id: &str, value: &str| {
        format!(r#"{{"id":{id},"name":"n","amount":{{"currency":"NOK","value":{value}}}}}"#)
    };
    let (good, cost) = (option("\"a\"", "1"), |cost: &str| {
        let method = format!(r#"{{"shippingCost":{cost},"shippingMethod":"n","shippingMethodId":"a"}}"#);
        format!(r#"{{"shippingDetails":[{method}]}}"#).into_bytes()
    });
    let many = (0..101).map(|id| option(&format!("\"{id}\""), "1")).collect::<Vec<_>>().join(",");
    let long = format!("\"{}\"", "x".repeat(201));
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let epayments: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"null".to_vec(),
        b"[]".to_vec(),
        b"{}".to_vec(),
        br#"{"groups":{}}"#.to_vec(),
        br#"{"groups":[]}"#.to_vec(),
        br#"{"groups":[7]}"#.to_vec(),
        deep.clone().into_bytes(),
        format!(r#"{{"groups":{deep}}}"#).into_bytes(),
        b"\xff\xfe".to_vec(),
        [epayment(&good), b"x".to_vec()].concat(),
        epayment(&format!("{good},{good}")),
        epayment(&many),
        epayment(&option(&long, "1")),
        epayment(&option("7", "1")),
        epayment(&option("\"a\"", "-1")),
        epayment(&option("\"a\"", "1.5")),
        epayment(&option("\"a\"", "1e3")),
        epayment(&option("\"a\"", "9223372036854775808")),
        epayment(&option("\"a\"", "true")),
        epayment(&option("\"a\"", "null")),
        epayment(&option("\"a\"", "{}")),
        epayment(&good.replace("NOK", "SEK")),
        epayment(&good.replace("NOK", "XXX")),
        epayment(&good.replace("\"n\"", "\"a\\u0000b\"")),
        epayment(&good.replace("\"n\"", "null")),
    ];
    let ecoms = ["-1", "1.005", "1e2", "\"\"", "\"1,50\"", "null", "[1]", "650000.01"].map(cost);
    let all = epayments.into_iter().map(|body| (Style::Epayment, body));
    for (style, body) in all.chain(ecoms.map(|body| (Style::Ecom, body))) {
        let answer = answered(style, "200 OK", &body).await;
        let shown = String::from_utf8_lossy(&body[..body.len().min(200)]).into_owned();
        assert!(matches!(answer, Err(Error::Unreadable | Error::Unusable(_))), "{shown} {answer:?}");
    }
    assert!(answered(Style::Epayment, "200 OK", &epayment(&good)).await.is_ok());
}

#[tokio::test]
async fn only_a_plain_yes_is_taken_for_one_and_no_redirect_is_followed() {
    let elsewhere = Shop::open().await;
    let redirect = format!("302 Found\r\nLocation: {}", elsewhere.url);
    let good = epayment(r#"{"id":"a","name":"n","amount":{"currency":"NOK","value":1}}"#);
    for status in [redirect.as_str(), "201 Created", "204 No Content", "404 Not Found", "500 Oops"] {
        let body = if status.starts_with("204") { &[] as &[u8] } else { &good };
        let answer = answered(Style::Epayment, status, body).await;
        assert!(matches!(answer, Err(Error::Status(_))), "{status} {answer:?}");
    }
    let followed = tokio::time::timeout(Duration::from_millis(50), elsewhere.listener.accept()).await;
    assert!(followed.is_err(), "nobody was sent elsewhere");
}

#[tokio::test]
async fn a_shop_that_talks_too_much_too_slowly_or_not_at_all_is_not_waited_for() {
    let large = vec![b' '; 10 * 1024 * 1024];
    let answer = answered(Style::Epayment, "200 OK", &large).await;
    assert!(matches!(answer, Err(Error::NoAnswer(kvitt_egress::Error::AnswerTooLarge))), "{answer:?}");

    let impatient = shops().with_limit(PATIENCE);
    for drips in [true, false] {
        let shop = Shop::open().await;
        let callback = callback(shop.url.clone(), Style::Epayment);
        let server = tokio::spawn(async move {
            let (mut stream, _) = shop.read().await;
            let mut every_so_often = tokio::time::interval(Duration::from_millis(50));
            let mut bytes =
                b"HTTP/1.1 200 OK\r\nContent-Length: 999\r\n\r\n".iter().chain(std::iter::repeat(&b' '));
            while drips && stream.write_all(&[*bytes.next().unwrap()]).await.is_ok() {
                every_so_often.tick().await;
            }
            std::future::pending::<()>().await;
        });
        let answer = ask(&impatient, &callback).await;
        let late = matches!(answer, Err(Error::NoAnswer(kvitt_egress::Error::Timeout { .. })));
        assert!(late, "{drips} {answer:?}");
        server.abort();
    }

    let gone = Shop::open().await;
    let callback = callback(gone.url.clone(), Style::Epayment);
    drop(gone);
    let answer = ask(&shops(), &callback).await;
    assert!(matches!(answer, Err(Error::NoAnswer(kvitt_egress::Error::Connect(_)))), "{answer:?}");
}

#[tokio::test]
async fn no_more_shops_are_waited_for_at_a_time_than_the_bound_allows() {
    let shops = shops();
    let taken: Vec<_> = (0..).map_while(|_| Calls::begin(&shops.calls, fixture::MSN)).collect();
    let answer = ask(&shops, &callback("http://127.0.0.1:9".to_owned(), Style::Epayment)).await;
    assert!(matches!(answer, Err(Error::Busy)), "{answer:?}");
    drop(taken);
}

#[tokio::test]
async fn no_failure_shows_the_address_the_token_or_the_url() {
    let shop = Shop::open().await;
    let callback = callback(format!("{}/s3cret", shop.url), Style::Epayment);
    let body = br#"{"groups":"Dronning Eufemias gate 42"}"#;
    let shops = shops();
    let (answer, _) = tokio::join!(ask(&shops, &callback), shop.answer("200 OK", body));
    let error = answer.unwrap_err();
    for shown in [format!("{error}"), format!("{error:?}"), format!("{callback:?}")] {
        for hidden in ["Dronning", "of-the-shop", "s3cret"] {
            assert!(!shown.contains(hidden), "{shown}");
        }
    }
}
