//! `/qr-images/v1`: pictures of codes, which need no credentials and cannot be guessed.

use kvitt_tests::Shop;

use super::{fetch, fresh_id, read, redirect};

#[tokio::test]
async fn a_picture_is_readable_in_every_size_and_may_be_kept() {
    let shop = Shop::named("full").await;
    let made = redirect(&shop, &fresh_id("poster"), "https://example.com/").await;
    let url = made.is(200)["url"].as_str().expect("a text").split('?').next().expect("an address").to_owned();
    let mut texts = Vec::new();
    for query in ["", "?size=300", "?size=2000", "?size=640&border=0", "?size=640&border=100"] {
        let picture = fetch(&shop, &format!("{url}{query}")).await;
        assert_eq!(picture.status(), 200, "{query}");
        assert!(picture.headers()["cache-control"].to_str().expect("a text").contains("max-age="), "{query}");
        let bytes = picture.bytes().await.expect("it is answered");
        texts.push(read(&bytes));
    }
    texts.dedup();
    assert_eq!(texts.len(), 1, "{texts:?}");

    let first = fetch(&shop, &url).await;
    let tag = first.headers()["etag"].clone();
    let path = reqwest::Url::parse(&url).expect("an address").path().to_owned();
    let again = shop.http.get(format!("{}{path}", shop.base)).header("If-None-Match", tag.clone());
    assert_eq!(again.send().await.expect("it is answered").status(), 304);
    let other = fetch(&shop, &format!("{url}?size=300")).await;
    assert_ne!(other.headers()["etag"], tag);
}

#[tokio::test]
async fn what_is_no_picture_is_not_found_or_told_apart() {
    let shop = Shop::named("full").await;
    let made = redirect(&shop, &fresh_id("poster"), "https://example.com/").await;
    let url = made.is(200)["url"].as_str().expect("a text").split('?').next().expect("an address").to_owned();
    for query in
        ["?size=99", "?size=2001", "?size=-1", "?size=x", "?border=101", "?border=-1", "?size=100&border=100"]
    {
        assert_eq!(fetch(&shop, &format!("{url}{query}")).await.status(), 400, "{query}");
    }
    let stem = url.trim_end_matches(".png");
    let other = format!("{}{}", &stem[..stem.len() - 1], if stem.ends_with('A') { 'Q' } else { 'A' });
    for wrong in [format!("{other}.png"), format!("{stem}.gif"), stem.to_owned(), format!("{stem}x.svg")] {
        assert_eq!(fetch(&shop, &wrong).await.status(), 404, "{wrong}");
    }
    for path in ["/q/", "/q/r", "/q/%00", "/q/rAAAAAAAAAAAAAAAAAAAAAA", "/q/..%2f"] {
        assert_eq!(fetch(&shop, &format!("{}{path}", shop.base)).await.status(), 404, "{path}");
    }
}
