//! Who paid: told of VM numbers only, and only to those who ask for it.

use kvitt_testing::eventually;
use kvitt_tests::requests::fresh_key;
use kvitt_tests::{PayerPlan, Shop, Stack};
use serde_json::{Value, json};

use super::{Books, Reader, grant, items, text};

const PERSONAL: [&str; 3] = ["message", "name", "maskedPhoneNo"];

fn is_anonymous(entry: &Value) -> bool {
    PERSONAL.iter().all(|name| entry.get(*name).is_none())
}

#[tokio::test]
async fn m21_the_payers_of_a_vm_number_are_told_only_where_the_request_asks_for_them() {
    let (stack, shop) = (Stack::shared(), Shop::named("full").await);
    let msn = stack.open_vm_number().await;
    grant(stack, &msn, true).await;
    let payer = stack.open_payer(PayerPlan::default()).await;
    let path = format!("/kvitt/v1/payers/{}/vm-number-payments", payer.phone);
    let amount = json!({"currency": "NOK", "value": 12_500});
    let body = json!({"merchantSerialNumber": msn, "amount": amount, "message": "For the raffle"});
    shop.post(&path, &fresh_key(), &body).await.is(200);

    let accountant = Reader::specialised(stack, "accounting").await;
    let handle = format!("NO:{msn}");
    let listed = async || {
        let query = format!("/settlement/v1/ledgers?settlesForRecipientHandles={handle}");
        items(accountant.get(&query).await.is(200))
    };
    eventually!(listed().await.len() == 1);
    let ledger = listed().await.remove(0);
    assert_eq!(ledger["settlesForRecipientHandles"], json!([handle]));
    let ledger = text(&ledger, "ledgerId");
    let read = async |query: &str| items(&accountant.feed_page(&ledger, "funds", query).await);
    eventually!(!read("").await.is_empty());

    let asked = read("includeGDPRSensitiveData=true").await;
    assert_eq!((&asked[0]["entryType"], &asked[0]["amount"]), (&json!("capture"), &json!(12_500)));
    assert_eq!(asked[0]["recipientHandle"], handle.as_str());
    assert_eq!(
        (&asked[0]["name"], &asked[0]["message"]),
        (&json!("A payer of one test"), &json!("For the raffle"))
    );
    let masked = format!("+47 xxxx {}", &payer.phone[payer.phone.len() - 4..]);
    assert_eq!(asked[0]["maskedPhoneNo"], masked.as_str(), "{}", payer.phone);
    for query in ["", "includeGDPRSensitiveData=false", "includeGDPRSensitiveData="] {
        assert!(is_anonymous(&read(query).await[0]), "{query}");
    }
    // The other columns are the same either way.
    let mut known = asked[0].clone();
    for name in PERSONAL {
        known.as_object_mut().expect("an entry is an object").remove(name);
    }
    assert_eq!(read("").await[0], known);
}

#[tokio::test]
async fn m21_the_payers_of_other_units_are_never_told() {
    let books = Books::open(Stack::shared(), "full").await;
    books.agree(&json!({"fixedMinor": 50})).await;
    books.sell(1_000).await;
    books.entries("fees", 1).await;
    for topic in ["funds", "fees"] {
        let page = books.reader.feed_page(&books.ledger, topic, "includeGDPRSensitiveData=true").await;
        assert!(items(&page).iter().all(is_anonymous), "{page}");
    }
}
