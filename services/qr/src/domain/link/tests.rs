use super::*;

const NOW: &str = "2030-01-01T12:00:00Z";

/// Socks for ten kroner.
pub(crate) fn terms() -> Terms {
    Terms {
        title: "Socks".to_owned(),
        description: String::new(),
        price: Price::Fixed(nok(1_000)),
        vat_rate: None,
        quantity: None,
        automatic_capture: false,
        expires_at: None,
        profile_scope: String::new(),
        shipping: None,
    }
}

fn nok(minor: i64) -> Money {
    Money::new(Currency::Nok, minor)
}

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

fn broken(terms: &Terms) -> Vec<String> {
    let mut found = Found::default();
    terms.check(Currency::Nok, now(), &mut found);
    found.0.into_iter().map(|(path, _)| path).collect()
}

fn open(least: Money, most: Money) -> Terms {
    Terms { price: Price::Open { least, most }, ..terms() }
}

fn fixed(amount: Money) -> Terms {
    Terms { price: Price::Fixed(amount), ..terms() }
}

#[test]
fn each_field_has_its_rule() {
    let text = |count| "é".repeat(count);
    let after = |seconds| Some(now() + chrono::TimeDelta::seconds(seconds));
    let table: Vec<(Terms, &[&str])> = vec![
        (terms(), &[]),
        (Terms { title: text(100), description: text(1000), ..terms() }, &[]),
        (Terms { title: String::new(), description: text(1001), ..terms() }, &["title", "description"]),
        (Terms { title: text(101), ..terms() }, &["title"]),
        (
            Terms { title: "a\0b".to_owned(), description: "\0".to_owned(), ..terms() },
            &["title", "description"],
        ),
        (fixed(nok(100)), &[]),
        (fixed(nok(99)), &["amount"]),
        (fixed(nok(LARGEST_AMOUNT)), &[]),
        (fixed(nok(LARGEST_AMOUNT + 1)), &["amount"]),
        (fixed(nok(i64::MIN)), &["amount"]),
        (fixed(Money::new(Currency::Dkk, 1_000)), &["amount.currency"]),
        (open(nok(100), nok(100)), &[]),
        (open(nok(200), nok(199)), &["openAmount.most"]),
        (open(nok(99), nok(LARGEST_AMOUNT + 1)), &["openAmount.least", "openAmount.most"]),
        (open(nok(100), Money::new(Currency::Eur, 100)), &["openAmount.most.currency"]),
        (Terms { vat_rate: Some(0), quantity: Some(1), ..terms() }, &[]),
        (Terms { vat_rate: Some(10_000), quantity: Some(1_000_000), ..terms() }, &[]),
        (Terms { vat_rate: Some(-1), quantity: Some(0), ..terms() }, &["vatRate", "quantity"]),
        (Terms { vat_rate: Some(10_001), quantity: Some(1_000_001), ..terms() }, &["vatRate", "quantity"]),
        (Terms { expires_at: after(1), ..terms() }, &[]),
        (Terms { expires_at: after(0), ..terms() }, &["expiresAt"]),
    ];
    for (terms, expected) in table {
        assert_eq!(broken(&terms), expected, "{terms:?}");
    }
}

#[test]
fn a_payer_shares_only_what_links_may_ask_for() {
    for (scope, valid) in [
        ("", true),
        ("name", true),
        ("name address email phoneNumber", true),
        ("nin", false),
        ("birthDate", false),
        ("Name", false),
        ("name name", false),
        ("name  email", false),
        (" ", false),
    ] {
        let terms = Terms { profile_scope: scope.to_owned(), ..terms() };
        assert_eq!(broken(&terms).is_empty(), valid, "{scope:?}");
    }
}

#[test]
fn goods_are_sent_to_an_address_by_options_that_are_named_and_never_captured_at_once() {
    let shipped = |names_options, bytes| Terms {
        shipping: Some(Shipping { names_options, given: vec![0; bytes] }),
        profile_scope: "name address".to_owned(),
        ..terms()
    };
    let table: Vec<(Terms, &[&str])> = vec![
        (shipped(true, 16 * 1024), &[]),
        (shipped(false, 0), &["shipping.fixedOptions"]),
        (shipped(true, 16 * 1024 + 1), &["shipping"]),
        (Terms { profile_scope: "name".to_owned(), ..shipped(true, 9) }, &["profileScope"]),
        (Terms { automatic_capture: true, ..shipped(true, 9) }, &["automaticCapture"]),
    ];
    for (terms, expected) in table {
        assert_eq!(broken(&terms), expected);
    }
}

#[test]
fn what_could_not_be_read_is_not_judged() {
    for field in ["amount", "openAmount.least.currency"] {
        let mut found = Found::default();
        found.check(false, field, "is required");
        fixed(nok(0)).check(Currency::Dkk, now(), &mut found);
        assert_eq!(found.0, [(field.to_owned(), "is required".to_owned())]);
    }
}

#[test]
fn a_payer_chooses_an_amount_where_it_is_open_and_nowhere_else() {
    let chosen = |price: Price, chosen| {
        let mut found = Found::default();
        let amount = price.of_payer(chosen, &mut found);
        let paths: Vec<_> = found.0.into_iter().map(|(path, _)| path).collect();
        if paths.is_empty() { Ok(amount.minor) } else { Err(paths.join(" ")) }
    };
    let (fixed, open) = (Price::Fixed(nok(500)), Price::Open { least: nok(200), most: nok(300) });
    let table = [
        (fixed, None, Ok(500)),
        (fixed, Some(nok(500)), Err("amount".to_owned())),
        (open, None, Err("amount".to_owned())),
        (open, Some(nok(200)), Ok(200)),
        (open, Some(nok(300)), Ok(300)),
        (open, Some(nok(199)), Err("amount".to_owned())),
        (open, Some(nok(301)), Err("amount".to_owned())),
        (open, Some(Money::new(Currency::Eur, 250)), Err("amount.currency".to_owned())),
    ];
    for (price, given, expected) in table {
        assert_eq!(chosen(price, given), expected, "{price:?} {given:?}");
    }
}

#[test]
fn the_tax_in_an_amount_is_rounded_to_the_nearest_minor_unit() {
    let table = [
        (1_000, 2_500, 200),
        (1_000, 0, 0),
        (1_000, 10_000, 500),
        (1, 10_000, 1),
        (99, 1_500, 13),
        (LARGEST_AMOUNT, 2_500, 13_000_000),
        (i64::MAX, 10_000, 4_611_686_018_427_387_904),
    ];
    for (amount, rate, tax) in table {
        assert_eq!(tax_in(amount, rate), tax, "{amount} {rate}");
    }
}

#[test]
fn a_short_title_is_no_description_of_a_payment() {
    for (title, description) in [("Øl", ""), ("Øl!", "Øl!")] {
        let terms = Terms { title: title.to_owned(), ..terms() };
        assert_eq!(terms.payment_description(), description);
    }
}

#[test]
fn a_link_shows_first_what_was_said_of_it_and_then_what_became_of_it() {
    let link = |screening: &Screening, deactivated, over: bool, successful| Link {
        msn: "123456".parse().expect("an MSN"),
        id: LinkId(Uuid::from_u128(1)),
        token: Code::new(crate::domain::code::Kind::Link, [7; Code::CHANCE]),
        terms: Terms { quantity: Some(2), expires_at: over.then(now), ..terms() },
        created_at: now(),
        screening: screening.clone(),
        deactivated,
        statistics: Statistics { pending: 2, successful, ..Statistics::default() },
    };
    let rejected = Screening::Rejected("no".to_owned());
    let table = [
        (&Screening::Waits, false, false, 0, State::Screening),
        (&Screening::Passed, false, false, 0, State::Active),
        (&Screening::Passed, false, false, 1, State::Active),
        (&Screening::Passed, false, false, 2, State::SoldOut),
        (&Screening::Passed, false, false, 3, State::SoldOut),
        (&Screening::Passed, false, true, 2, State::Expired),
        (&Screening::Waits, false, true, 0, State::Expired),
        (&Screening::Passed, true, true, 2, State::Deactivated),
        (&Screening::Waits, true, false, 0, State::Deactivated),
        (&rejected, true, true, 2, State::Rejected),
    ];
    for (screening, deactivated, over, successful, expected) in table {
        let link = link(screening, deactivated, over, successful);
        assert_eq!(link.state(now()), expected, "{link:?}");
        assert_eq!(link.is_shown_to_payers(), *screening == Screening::Passed);
    }
}
