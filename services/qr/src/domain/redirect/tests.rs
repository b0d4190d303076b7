use super::*;

fn takes_id(text: &str) -> bool {
    text.parse::<RedirectId>().is_ok()
}

fn takes_url(text: &str) -> bool {
    text.parse::<RedirectUrl>().is_ok()
}

#[test]
fn an_id_is_what_the_contracts_pattern_takes() {
    let (longest, too_long) = ("å".repeat(128), "å".repeat(129));
    let table = [
        ("1", true),
        ("Table_7-b", true),
        ("100 %+æøåÆØÅ", true),
        (" ", true),
        ("a\tb\r\nc", true),
        ("a\u{a0}b\u{2028}c\u{feff}d", true),
        (&*longest, true),
        (&*too_long, false),
        ("", false),
        // NEL is white space, but not in ECMAScript.
        ("a\u{85}b", false),
        // A letter and a ring are two characters, of which the ring is none of the pattern's.
        ("a\u{30a}", false),
        ("ä", false),
        ("é", false),
        ("１", false),
        ("а", false),
        ("a/b", false),
        ("a.b", false),
        ("a?b", false),
        ("a\0b", false),
        ("a\u{200b}b", false),
        ("<script>", false),
        ("💰", false),
    ];
    for (text, good) in table {
        assert_eq!(takes_id(text), good, "{text:?}");
    }
}

#[test]
fn a_page_is_an_ordinary_https_url() {
    let longest = format!("https://shop.example/{}", "a".repeat(2000 - 21));
    for text in [
        "https://example.com/myStore",
        "https://shop.example",
        "https://shop.example/",
        "https://SHOP.example/a/b?c=d&e=%20#f!:+-_@g",
        "https://my-shop.example:8443/x",
        "https://xn--bl-wia.example/",
        "https://127.0.0.1/",
        "https://localhost/",
        "https://shop.example./",
        "https://shop.example?next=https://other.example/",
        "https://shop.example/@user",
        &longest,
    ] {
        assert!(takes_url(text), "{text}");
        assert_eq!(text.parse::<RedirectUrl>().unwrap().as_str(), text);
    }
}

#[test]
fn a_page_that_is_not_what_it_looks_like_is_refused() {
    let too_long = format!("https://shop.example/{}", "a".repeat(2000 - 20));
    for text in [
        "",
        "https://",
        "https:///shop.example",
        "https:shop.example",
        "http://shop.example",
        "HTTPS://shop.example",
        " https://shop.example",
        "https://shop.example ",
        "https://shop.example/\r\nSet-Cookie: a=b",
        "https://shop.example/\n",
        "https://shop.example/\0",
        "//shop.example",
        "shop.example",
        "javascript:alert(1)",
        "javascript://shop.example/%0aalert(1)",
        "data:text/html,x",
        // What stands before `@` is no host.
        "https://good.example@evil.example",
        "https://good.example:443@evil.example/",
        "https://good.example:pass@evil.example/",
        "https://@evil.example/",
        // A browser reads another slash.
        "https://good.example\\@evil.example",
        "https://good.example\\.evil.example",
        // Letters that look like others.
        "https://shоp.example/",
        "https://shop。example/",
        "https://shop.example/ø",
        "https://ｓhop.example/",
        // A browser reads other hosts than stand there.
        "https://e%76il.example/",
        "https://2130706433/",
        "https://0x7f.1/",
        "https://127.1/",
        "https://[::1]/",
        "https://...",
        "https://.shop.example",
        "https://shop..example",
        "https://shop.example:99999/",
        "https://shop.example:x/",
        "https://xn--/",
        "https://shop.example/{id}",
        "https://shop.example/<script>",
        &too_long,
    ] {
        assert!(!takes_url(text), "{text:?}");
    }
}

#[test]
fn what_is_too_long_or_no_form_is_said_so() {
    let rule = |text: &str| text.parse::<RedirectUrl>().unwrap_err().rule;
    assert!(rule("http://shop.example").contains("regular expression"));
    assert!(rule(&format!("https://shop.example/{}", "a".repeat(2000))).contains("2000 characters"));
    assert!(rule("https://good.example@evil.example").contains("user information"));
}

#[test]
fn a_life_is_five_minutes_to_68_years() {
    let table = [
        (300, true),
        (2_147_483_647, true),
        (299, false),
        (0, false),
        (-1, false),
        (2_147_483_648, false),
        (i64::MIN, false),
        (i64::MAX, false),
    ];
    for (seconds, good) in table {
        assert_eq!(Ttl::try_new(seconds).is_ok(), good, "{seconds}");
    }
    let now: DateTime<Utc> = "2090-01-01T00:00:00Z".parse().unwrap();
    assert_eq!(Ttl::try_new(300).unwrap().end(now), "2090-01-01T00:05:00Z".parse::<DateTime<Utc>>().unwrap());
}
