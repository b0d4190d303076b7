use super::*;

type Reader = fn(&Field<'_>) -> Option<()>;

/// Reads field `f` of a body and says what came of it.
fn read<T>(body: &str, read: impl Fn(&Field<'_>) -> Option<T>) -> Result<Option<T>, Status> {
    let tree = Tree::parse(body.as_bytes())?;
    let faults = Faults::default();
    let value = read(&Field::root(&tree, &faults)?.field("f"));
    faults.finish().map(|()| value)
}

fn named(status: &Status) -> Vec<String> {
    refusal::field_violations_of(status).into_iter().map(|violation| violation.field).collect()
}

#[test]
fn integers_are_taken_in_every_form_that_clients_send() {
    let bodies = [
        (r#"{"f":100}"#, Some(100)),
        (r#"{"f":100.0}"#, Some(100)),
        (r#"{"f":1e2}"#, Some(100)),
        (r#"{"f":"100"}"#, Some(100)),
        (r#"{"f":"100.0"}"#, Some(100)),
        (r#"{"f":-5}"#, Some(-5)),
        (r#"{"f":9223372036854775807}"#, Some(i64::MAX)),
        (r#"{"f":null}"#, None),
        ("{}", None),
        ("null", None),
        ("", None),
    ];
    for (body, expected) in bodies {
        assert_eq!(read(body, |f| f.integer()).unwrap(), expected, "{body}");
        assert_eq!(read(body, |f| f.minor_units()).unwrap(), expected, "{body}");
    }
}

#[test]
fn a_fraction_or_a_huge_number_is_no_amount() {
    for number in ["100.5", "\"100.5\"", "9223372036854775808", "1e30", "-1e30", "18446744073709551616"] {
        let refused = read(&format!(r#"{{"f":{number}}}"#), |f| f.minor_units()).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::InvalidAmount), "{number}");
        let refused = read(&format!(r#"{{"f":{number}}}"#), |f| f.integer()).unwrap_err();
        assert_eq!(named(&refused), ["f"], "{number}");
    }
}

#[test]
fn a_number_with_decimals_is_read_to_the_hundredth() {
    let table = [
        ("499.00", Some(49_900)),
        ("499", Some(49_900)),
        ("0.1", Some(10)),
        ("0.29", Some(29)),
        ("1.15", Some(115)),
        ("1e2", Some(10_000)),
        ("\"49.90\"", Some(4_990)),
        ("\"49.900\"", Some(4_990)),
        ("-0.5", Some(-50)),
        ("0", Some(0)),
        ("null", None),
    ];
    for (number, expected) in table {
        let told = read(&format!(r#"{{"f":{number}}}"#), |f| f.hundredths()).unwrap();
        assert_eq!(told, expected, "{number}");
    }
    let broken = [
        "0.001",
        "1e30",
        "1e-9",
        "123456789012345678901",
        "true",
        "[]",
        r#""""#,
        r#""1,5""#,
        r#""1.""#,
        r#"".5""#,
    ];
    for number in broken {
        let refused = read(&format!(r#"{{"f":{number}}}"#), |f| f.hundredths()).unwrap_err();
        assert_eq!(named(&refused), ["f"], "{number}");
    }
}

#[test]
fn a_value_of_the_wrong_type_names_the_field() {
    let readers: [(&str, Reader); 8] = [
        ("string", |f| f.text().map(drop)),
        ("string or integer", |f| f.text_or_integer().map(drop)),
        ("string or scalar", |f| f.text_or_scalar().map(drop)),
        ("integer", |f| f.integer().map(drop)),
        ("minor units", |f| f.minor_units().map(drop)),
        ("boolean", |f| f.boolean().map(drop)),
        ("instant", |f| f.instant().map(drop)),
        ("object", |f| f.field("inner").text().map(drop)),
    ];
    for (what, reader) in readers {
        for value in ["[]", "[1]"] {
            let refused = read(&format!(r#"{{"f":{value}}}"#), reader).unwrap_err();
            assert_eq!(named(&refused), ["f"], "{value} as {what}");
        }
    }
    for (value, reader) in [
        ("1", readers[0].1),
        ("1.5", readers[1].1),
        ("{}", readers[2].1),
        ("\"abc\"", readers[3].1),
        ("\"\"", readers[3].1),
        ("\" 1\"", readers[3].1),
        ("true", readers[4].1),
        ("\"true\"", readers[5].1),
        ("1", readers[5].1),
        ("\"tomorrow\"", readers[6].1),
        ("\"text\"", readers[7].1),
        ("\"a\\u0000b\"", readers[0].1),
    ] {
        let refused = read(&format!(r#"{{"f":{value}}}"#), reader).unwrap_err();
        assert_eq!(named(&refused), ["f"], "{value}");
    }
}

#[test]
fn scalars_become_text_where_clients_send_them() {
    assert_eq!(read(r#"{"f":4712345678}"#, |f| f.text_or_integer()).unwrap().unwrap(), "4712345678");
    assert_eq!(read(r#"{"f":"x"}"#, |f| f.text_or_integer()).unwrap().unwrap(), "x");
    assert_eq!(read(r#"{"f":1.5}"#, |f| f.text_or_scalar()).unwrap().unwrap(), "1.5");
    assert_eq!(read(r#"{"f":true}"#, |f| f.text_or_scalar()).unwrap().unwrap(), "true");
}

#[test]
fn every_fault_is_named_with_its_path_and_only_once() {
    let tree = Tree::parse(br#"{"a":{"b":[{"c":"x"},{"c":1},7]},"d":"?"}"#).unwrap();
    let faults = Faults::default();
    let root = Field::root(&tree, &faults).unwrap();
    for item in root.field("a").field("b").items() {
        item.field("c").integer();
        item.field("missing").required();
    }
    root.field("d").choice(&[("yes", true)]);
    root.field("e").required().field("f").required();
    let refused = faults.finish().unwrap_err();
    assert_eq!(named(&refused), ["a.b[0].c", "a.b[0].missing", "a.b[1].missing", "a.b[2]", "d", "e"]);
}

#[test]
fn the_body_must_be_an_object() {
    for body in ["[]", "1", "\"a\"", "true"] {
        let refused = read(body, |f| f.text()).unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::BodyMalformed));
    }
}
