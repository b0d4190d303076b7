//! How a table of broken requests is run.

use kvitt_tests::requests::{fresh_reference, with, without};
use kvitt_tests::{Answer, Shop};
use serde_json::{Value, json};

/// How upstream names the trouble.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Trouble {
    /// An entry of `extraDetails` with this field, no error code.
    Field(&'static str),
    /// One of upstream's error codes.
    Code(&'static str),
}

/// One rule broken: where, with what (None removes the member), and what must be answered.
pub(crate) type Broken = (&'static str, Option<Value>, Trouble);

/// Breaks each rule alone, on a fresh reference each time, and sees that nothing was stored.
pub(crate) async fn break_each(shop: &Shop, sound: &Value, rules: Vec<Broken>) {
    sound_body_is_taken(shop, sound).await;
    for (pointer, value, trouble) in rules {
        let reference = fresh_reference();
        let body = with(sound, "/reference", json!(reference));
        let broken = match &value {
            Some(value) => with(&body, pointer, value.clone()),
            None => without(&body, pointer),
        };
        let answer = shop.create(&broken).await;
        assert_trouble(&answer, trouble, &format!("{pointer} = {value:?}"));
        if pointer != "/reference" {
            shop.payment(&reference).await.refused(404, "5090");
        }
    }
}

async fn sound_body_is_taken(shop: &Shop, sound: &Value) {
    shop.create(&with(sound, "/reference", json!(fresh_reference()))).await.is(201);
}

fn assert_trouble(answer: &Answer, trouble: Trouble, what: &str) {
    assert!((400..500).contains(&answer.status), "{what}: {} {}", answer.status, answer.text);
    match trouble {
        Trouble::Code(code) => assert_eq!(answer.code(), Some(code), "{what}: {}", answer.text),
        Trouble::Field(field) => {
            assert_eq!((answer.status, answer.code()), (400, None), "{what}: {}", answer.text);
            assert!(answer.fields().contains(&field), "{what}: {field} is not named: {}", answer.text);
            answer.problem(400);
        }
    }
}
