//! `/qr/v1/merchant-redirect`: printed codes that lead to a page of the merchant.

use kvitt_testing::eventually;
use kvitt_tests::{Answer, Shop, Stack, StackPlan};
use reqwest::Method;
use serde_json::{Value, json};

use super::{fetch, fresh_id, redirect, scan, scanned};

const BASE: &str = "/qr/v1/merchant-redirect";

fn text(answer: &Answer, name: &str) -> String {
    answer.is(200)[name].as_str().unwrap_or_else(|| panic!("{name} is no text: {}", answer.text)).to_owned()
}

async fn call(shop: &Shop, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let request = shop.request(method, path).header("Accept", "image/svg+xml");
    Answer::of(body.map_or(request.try_clone().expect("a request without a body"), |body| request.json(body)))
        .await
}

#[tokio::test]
async fn p65_a_code_is_made_once_for_an_id_and_accept_says_what_its_url_is() {
    let shop = Shop::named("full").await;
    let id = fresh_id("billboard");
    let body = json!({"id": id, "redirectUrl": "https://example.com/myProduct", "ttl": 600});
    let made = call(&shop, Method::POST, BASE, Some(&body)).await;
    assert_eq!(text(&made, "id"), id);
    assert_eq!(text(&made, "redirectUrl"), "https://example.com/myProduct");
    let left = made.body["expiresIn"].as_i64().expect("a number");
    assert!((590..=600).contains(&left), "{left}");
    let picture = fetch(&shop, &text(&made, "url")).await;
    assert_eq!(picture.headers()["content-type"], "image/svg+xml");

    let again = call(&shop, Method::POST, BASE, Some(&body)).await;
    assert_eq!(again.status, 409, "{}", again.text);
    for wrong in ["text/html", "application/json", "image/jpeg"] {
        let request = shop.request(Method::POST, BASE).header("Accept", wrong);
        let refused =
            Answer::of(request.json(&json!({"id": fresh_id("x"), "redirectUrl": "https://a.no"}))).await;
        assert_eq!(refused.status, 415, "{wrong}: {}", refused.text);
        assert!(refused.body["title"].is_string() && refused.body["detail"].is_string(), "{}", refused.text);
        assert!(refused.body["instance"].is_string(), "{}", refused.text);
    }
    // The same id of another unit is another code.
    let other = Shop::named("second").await;
    call(&other, Method::POST, BASE, Some(&body)).await.is(200);
}

#[tokio::test]
async fn p66_the_target_of_a_printed_code_changes_and_a_deleted_code_is_gone_for_ever() {
    let shop = Shop::named("full").await;
    let id = fresh_id("sticker");
    let made = redirect(&shop, &id, "https://example.com/spring").await;
    let (url, path) = (text(&made, "url"), format!("{BASE}/{id}"));
    assert_eq!(made.body["expiresIn"], -1);
    let printed = scanned(&shop, &url).await;

    let body = json!({"id": id, "redirectUrl": "https://example.com/summer"});
    let put = shop.request(Method::PUT, &path).header("Accept", "image/png").json(&body);
    let changed = Answer::of(put).await;
    assert_eq!(text(&changed, "redirectUrl"), "https://example.com/summer");
    assert_eq!(text(&changed, "url"), url);
    assert_eq!(scanned(&shop, &url).await, printed);
    let summer = async || fetch(&shop, &printed).await.headers()["location"] == "https://example.com/summer";
    eventually!(summer().await);

    let deleted = Answer::of(shop.request(Method::DELETE, &path)).await;
    assert_eq!((deleted.status, deleted.text.as_str()), (200, ""));
    assert_eq!(call(&shop, Method::GET, &path, None).await.status, 404);
    assert_eq!(Answer::of(shop.request(Method::DELETE, &path)).await.status, 404);
    // The id can be used again, but the print stays dead.
    let anew = redirect(&shop, &id, "https://example.com/autumn").await;
    assert_ne!(scanned(&shop, &text(&anew, "url")).await, printed);
    eventually!(fetch(&shop, &printed).await.status() == 404);
    assert_eq!(scan(&shop, &shop.phone, &printed).await.status, 404);
}

#[tokio::test]
async fn a_list_holds_a_units_own_codes_and_a_trailing_slash_changes_nothing() {
    let shop = Shop::named("plain").await;
    let (one, other) = (fresh_id("one"), fresh_id("other"));
    for id in [&one, &other] {
        let body = json!({"id": id, "redirectUrl": "https://example.com/"});
        call(&shop, Method::POST, &format!("{BASE}/"), Some(&body)).await.is(200);
    }
    let listed = call(&shop, Method::GET, &format!("{BASE}/?id={one}"), None).await;
    let ids: Vec<&str> =
        listed.is(200).as_array().expect("an array").iter().filter_map(|one| one["id"].as_str()).collect();
    let place =
        |id: &str| ids.iter().position(|listed| *listed == id).unwrap_or_else(|| panic!("{id}: {ids:?}"));
    assert!(place(&one) < place(&other));
    let foreign = Shop::named("second").await;
    assert!(!call(&foreign, Method::GET, BASE, None).await.text.contains(&one));
    assert_eq!(call(&foreign, Method::GET, &format!("{BASE}/{one}"), None).await.status, 404);
}

#[tokio::test]
async fn ids_take_every_odd_character_that_upstream_allows_and_no_other() {
    let shop = Shop::named("full").await;
    for odd in ["æøå ÆØÅ", "50%+_-", "a\tb", "1"] {
        let id = if odd == "1" { fresh_id("1") } else { format!("{odd}{}", fresh_id("")) };
        let made = redirect(&shop, &id, "https://example.com/").await;
        assert_eq!(text(&made, "id"), id);
        let path: String = id.bytes().map(|byte| format!("%{byte:02X}")).collect();
        let read = call(&shop, Method::GET, &format!("{BASE}/{path}"), None).await;
        assert_eq!(text(&read, "id"), id, "{path}");
    }
    let long = "x".repeat(129);
    for wrong in ["", "a/b", "a.b", "a#b", "a\0b", "é", "日", "<b>", long.as_str()] {
        let refused = redirect(&shop, wrong, "https://example.com/").await;
        assert_eq!(refused.status, 400, "{wrong:?}: {}", refused.text);
        assert_eq!(refused.body["invalidParams"][0]["name"], "id", "{}", refused.text);
    }
}

#[tokio::test]
async fn a_code_leads_only_to_an_absolute_https_url() {
    let shop = Shop::named("full").await;
    for wrong in [
        "javascript:alert(1)",
        "//evil.example/",
        "http://shop.example/",
        "https://shop.example@evil.example/",
        "https://user:secret@shop.example/",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\n",
        "https://sh\u{43e}p.example/",
        "https://shop.example\u{2044}evil.example",
        "https:shop.example",
        "https:///shop.example",
        "ftp://shop.example",
        " https://shop.example/",
        "https://shop.example:99999/",
        "",
    ] {
        let refused = redirect(&shop, &fresh_id("bad"), wrong).await;
        assert_eq!(refused.status, 400, "{wrong:?}: {}", refused.text);
        assert_eq!(refused.body["invalidParams"][0]["name"], "redirectUrl", "{wrong:?}: {}", refused.text);
    }
    for right in [
        "https://example.com",
        "https://my-shop.example:8443/a-b/c?d=e&f=%20#g!",
        "https://example.com/?mail=a@b.no",
    ] {
        let made = redirect(&shop, &fresh_id("good"), right).await;
        assert_eq!(text(&made, "redirectUrl"), right);
    }
}

#[tokio::test]
async fn sizes_and_lives_outside_the_limits_are_named() {
    let shop = Shop::named("full").await;
    for size in ["0", "99", "2001", "-1", "big", "1e3", "99999999999999999999"] {
        let request = shop.request(Method::POST, BASE).header("Accept", "image/png").header("Size", size);
        let body = json!({"id": fresh_id("size"), "redirectUrl": "https://example.com/"});
        let refused = Answer::of(request.json(&body)).await;
        assert_eq!(refused.status, 400, "{size}: {}", refused.text);
        let name = refused.body["invalidParams"][0]["name"].as_str().expect("a name");
        assert!(name.eq_ignore_ascii_case("size"), "{}", refused.text);
    }
    for ttl in [json!(299), json!(0), json!(-5), json!(2_147_483_648_i64), json!("soon"), json!(300.5)] {
        let body = json!({"id": fresh_id("ttl"), "redirectUrl": "https://example.com/", "ttl": ttl});
        let refused = call(&shop, Method::POST, BASE, Some(&body)).await;
        assert_eq!(refused.status, 400, "{ttl}: {}", refused.text);
        assert_eq!(refused.body["invalidParams"][0]["name"], "ttl", "{}", refused.text);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_with_a_life_ends_and_its_id_is_free() {
    let stack = Stack::own(StackPlan::default()).await;
    let shop = Shop::open(&stack, stack.keys("full")).await;
    let (id, path) = ("weekend", format!("{BASE}/weekend"));
    let body = json!({"id": id, "redirectUrl": "https://example.com/", "ttl": 300});
    let made = call(&shop, Method::POST, BASE, Some(&body)).await;
    let target = shop.request(Method::GET, &path).header("Accept", "text/targetUrl");
    let printed = text(&Answer::of(target).await, "url");
    assert_eq!(fetch(&shop, &printed).await.status(), 302);
    Answer::of(shop.request(Method::POST, "/kvitt/v1/clock").json(&json!({"advance": "5m"}))).await.is(200);
    assert_eq!(call(&shop, Method::GET, &path, None).await.status, 404);
    assert_eq!(call(&shop, Method::GET, BASE, None).await.is(200), &json!([]));
    eventually!(fetch(&shop, &printed).await.status() == 404);
    eventually!(fetch(&shop, &text(&made, "url")).await.status() == 404);
    call(&shop, Method::POST, BASE, Some(&body)).await.is(200);
    stack.stop().await;
}
