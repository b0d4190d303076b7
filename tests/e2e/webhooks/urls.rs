//! URLs that nobody must be made to call. How they are read is the business of `shared/egress`, whose tests hold the long
//! list; here stands that a registration asks it.

use kvitt_tests::Answer;
use reqwest::Method;
use serde_json::json;

use super::registrations::{CAPTURED, own_shop, register};

/// Ways to write a place of ours, none of them this machine's loopback, which the sandbox allows.
const DISGUISES: [&str; 46] = [
    "http://10.0.0.1/",
    "https://10.0.0.1/",
    "https://0xa000001/",
    "https://167772161/",
    "https://012.0.0.1/",
    "https://10.1/",
    "https://172.16.0.1/",
    "https://2886729729/",
    "https://192.168.1/",
    "https://0xc0a80001/",
    "https://0300.0250.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "https://169.254.169.254/latest/meta-data/",
    "https://2852039166/latest/meta-data/",
    "https://0xa9fea9fe/",
    "https://0251.0376.0251.0376/",
    "https://0xa9.254.0251.254/",
    "https://169.254.43518/",
    "https://169.16689662/",
    "https://100.64.0.1/",
    "https://168.63.129.16/",
    "https://0/",
    "https://0.0.0.0/",
    "https://255.255.255.255/",
    "https://169.254.\u{200b}169.254/",
    "https://169\u{3002}254\u{3002}169\u{3002}254/",
    "https://\u{ff11}0.0.0.1/",
    "https://%31%30.0.0.1/",
    "https://[::]/",
    "https://[::ffff:169.254.169.254]/",
    "https://[0:0:0:0:0:ffff:a9fe:a9fe]/",
    "https://[::a9fe:a9fe]/",
    "https://[64:ff9b::a9fe:a9fe]/",
    "https://[2002:a9fe:a9fe::1]/",
    "https://[fe80::1]/",
    "https://[fe80::1%25eth0]/",
    "https://[fd00:ec2::254]/",
    "https://[ff02::1]/",
    "https://shop.example.com@10.0.0.1/",
    "https://@shop.example.com/",
    "https://shop.example.com\\@10.0.0.1/",
    "https://shop.example.com#@10.0.0.1/",
    "\thttps://10.0.0.1/",
    "//10.0.0.1/",
    "file:///etc/passwd",
    "gopher://shop.example.com:6379/_SET",
];

#[tokio::test]
async fn a_url_that_leads_to_a_place_of_ours_is_refused_however_it_is_written() {
    let shop = own_shop().await;
    for url in DISGUISES {
        let answer = register(&shop, &json!({"url": url, "events": [CAPTURED]})).await;
        answer.names_field("url");
        assert_eq!(answer.fields(), ["url"], "{url}: {}", answer.text);
    }
    let listed = Answer::of(shop.request(Method::GET, "/webhooks/v1/webhooks")).await;
    assert_eq!(listed.is(200), &json!({"webhooks": []}));
}

#[tokio::test]
async fn honest_urls_and_in_the_sandbox_those_of_this_machine_are_taken() {
    let shop = own_shop().await;
    for url in [
        "https://shop.example.com",
        "https://shop.example.com:8443/a/b%20c?x=1&y=%2F",
        "https://blåbær.example.no/ordre",
        "http://127.0.0.1:3000/hook",
        "http://localhost:3000/hook",
    ] {
        let answer = register(&shop, &json!({"url": url, "events": [CAPTURED]})).await;
        answer.is(201);
    }
}

#[tokio::test]
async fn a_url_has_a_longest_length() {
    let shop = own_shop().await;
    let url = |length: usize| format!("https://shop.example/{}", "a".repeat(length - 21));
    register(&shop, &json!({"url": url(2500), "events": [CAPTURED]})).await.is(201);
    for length in [2501, 4000, 60_000] {
        register(&shop, &json!({"url": url(length), "events": [CAPTURED]})).await.names_field("url");
    }
    let too_large = register(&shop, &json!({"url": url(70_000), "events": [CAPTURED]})).await;
    too_large.problem(413);
}
