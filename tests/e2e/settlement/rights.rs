//! Who reads which ledger, and that of the others nobody learns anything.

use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{Environment, ProductType, SalesUnit};
use kvitt_proto::refusal;
use kvitt_proto::settlement::v1::{ListLedgersRequest, ListPayoutsRequest};
use kvitt_testing::eventually;
use kvitt_tests::{Answer, Mesh, Shop, Stack};
use reqwest::Method;
use serde_json::{Value, json};

use super::{Books, Reader, grant, open, problem, text};

/// Every path by which a ledger is read.
fn paths(ledger: &str) -> [String; 5] {
    [
        format!("/report/v2/ledgers/{ledger}/funds/feed"),
        format!("/report/v2/ledgers/{ledger}/fees/feed?includeGDPRSensitiveData=true"),
        format!("/report/v2/ledgers/{ledger}/funds/dates/2026-01-01"),
        format!("/report/v2/ledgers/{ledger}/fees/dates/2026-01-01?cursor=x"),
        format!("/report/v1/ledgertransactions?ledgerId={ledger}"),
    ]
}

/// That for the reader there is no such ledger, in the words for one that is nowhere.
async fn hidden(reader: &Reader, ledger: &str) {
    for (path, absent) in paths(ledger).iter().zip(paths("99999999901")) {
        let (answer, absent) = (reader.get(path).await, reader.get(&absent).await);
        let body = problem(&answer, 404);
        assert_eq!(
            (&body["title"], &body["detail"]),
            (&json!("No such ledgerId"), &json!("No such ledgerId"))
        );
        assert_eq!(answer.text.replace(ledger, ""), absent.text.replace("99999999901", ""), "{path}");
    }
}

async fn names(reader: &Reader) -> Vec<String> {
    reader.ledgers().await.iter().map(|ledger| text(ledger, "ledgerId")).collect()
}

#[tokio::test]
async fn m22_a_ledger_of_others_is_404_and_never_403_like_one_that_is_nowhere() {
    let stack = Stack::shared();
    let (books, other) = (Books::open(stack, "full").await, Books::open(stack, "second").await);
    for path in paths(&books.ledger) {
        let status = books.reader.get(&path).await.status;
        assert_eq!(status, if path.contains("cursor=x") { 400 } else { 200 }, "{path}");
    }
    hidden(&other.reader, &books.ledger).await;
    let beside = Books::open(stack, "full").await;
    hidden(&beside.reader, &books.ledger).await;
    for odd in
        ["0", "x", "01", "%00", "%ff", "æ", "123", "-30000101", "99999999999999999999", &"9".repeat(500)]
    {
        let path = format!("/report/v2/ledgers/{odd}/funds/feed");
        let answer = books.reader.get(&path).await;
        problem(&answer, 404);
    }
    let query = "/report/v1/ledgertransactions?ledgerId=%00";
    problem(&books.reader.get(query).await, 404);
}

#[tokio::test]
async fn m23_accounting_keys_see_a_ledger_while_the_grant_stands_and_partner_keys_never() {
    let stack = Stack::shared();
    let books = Books::open(stack, "full").await;
    let accountant = Reader::specialised(stack, "accounting").await;
    hidden(&accountant, &books.ledger).await;
    assert!(!names(&accountant).await.contains(&books.ledger));

    books.sell(1_000).await;
    books.entries("funds", 1).await;
    grant(stack, &books.shop.keys.msn, true).await;
    eventually!(names(&accountant).await.contains(&books.ledger));
    // With what was before it.
    assert_eq!(accountant.feed(&books.ledger, "funds").await, books.feed("funds").await);
    assert_eq!(accountant.date(&books.ledger, "funds", "2026-01-01").await.status, 200);

    grant(stack, &books.shop.keys.msn, false).await;
    eventually!(!names(&accountant).await.contains(&books.ledger));
    hidden(&accountant, &books.ledger).await;

    // The partner is linked to the unit `full`.
    let linked = format!("{}01", stack.keys("full").msn);
    let partner = Reader::standard(stack, stack.keys("partner")).await;
    let managers = [
        Reader::specialised(stack, "partner_management").await,
        Reader::specialised(stack, "merchant_management").await,
    ];
    for reader in managers.iter().chain([&partner]) {
        assert_eq!(reader.get("/settlement/v1/ledgers").await.is(200), &json!({"cursor": "", "items": []}));
        let query =
            format!("/settlement/v1/ledgers?settlesForRecipientHandles=api:{}", stack.keys("full").msn);
        assert_eq!(reader.get(&query).await.is(200)["items"], json!([]));
        hidden(reader, &linked).await;
    }
}

#[tokio::test]
async fn m24_the_list_of_ledgers_is_walked_page_by_page_to_an_empty_cursor() {
    let stack = Stack::shared();
    let books = [Books::open(stack, "full").await, Books::open(stack, "full").await];
    for one in &books {
        grant(stack, &one.shop.keys.msn, true).await;
    }
    let accountant = Reader::specialised(stack, "accounting").await;
    eventually!(
        names(&accountant).await.iter().filter(|id| books.iter().any(|one| one.ledger == **id)).count() == 2
    );
    assert_eq!(accountant.get("/settlement/v1/ledgers").await.is(200)["cursor"], "");

    // Over gRPC a page may be as small as one likes.
    let mut ledgers = Mesh::with_token(stack, &accountant.token).ledgers();
    let (mut walked, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListLedgersRequest { page_size: 1, page_token, ..Default::default() };
        let page = ledgers.list_ledgers(request).await.expect("a page").into_inner();
        assert!(page.ledgers.len() <= 1, "{page:?}");
        walked.extend(page.ledgers.into_iter().map(|ledger| ledger.msn));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    assert!(walked.is_sorted(), "{walked:?}");
    for one in &books {
        assert_eq!(walked.iter().filter(|msn| **msn == one.shop.keys.msn).count(), 1, "{walked:?}");
    }
    let refused = accountant.get("/settlement/v1/ledgers?cursor=nonsense").await;
    assert!(problem(&refused, 400)["detail"].as_str().is_some_and(|text| text.contains("Cursor")));
    let request = ListLedgersRequest { page_size: 1001, ..Default::default() };
    let refused = ledgers.list_ledgers(request).await.expect_err("it is too much");
    assert_eq!(refusal::reason_of(&refused), Some(Reason::FieldInvalid));
}

#[tokio::test]
async fn m25_units_that_only_log_payers_in_and_test_units_have_no_ledger() {
    let stack = Stack::shared();
    let login = open(stack, |unit| SalesUnit { product_type: ProductType::Login.into(), ..unit }).await;
    let test = open(stack, |unit| SalesUnit { environment: Environment::Test.into(), ..unit }).await;
    let ordinary = open(stack, |unit| unit).await;
    for keys in [&login, &test] {
        let reader = Reader::standard(stack, keys).await;
        assert_eq!(reader.get("/settlement/v1/ledgers").await.is(200), &json!({"cursor": "", "items": []}));
        hidden(&reader, &format!("{}01", keys.msn)).await;
        let shop = Shop::open(stack, keys).await;
        shop.get("/kvitt/v1/payouts").await.problem(404);
        shop.get("/kvitt/v1/agreements").await.problem(404);
    }
    // The Administrator of their merchant sees the ledgers of the other units, in use or not, and of no other merchant.
    let administrator = stack.user("administrator").await.mesh;
    let (mut seen, mut page_token) = (Vec::new(), String::new());
    loop {
        let request = ListLedgersRequest { page_token, ..Default::default() };
        let page = administrator.ledgers().list_ledgers(request).await.expect("a page").into_inner();
        seen.extend(page.ledgers.into_iter().map(|ledger| ledger.msn));
        page_token = page.next_page_token;
        if page_token.is_empty() {
            break;
        }
    }
    let sees = |msn: &str| seen.iter().any(|one| one == msn);
    assert!(sees(&ordinary.msn) && sees("300001") && sees("300004") && sees("400001"), "{seen:?}");
    assert!(!sees(&login.msn) && !sees(&test.msn) && !sees("500001"), "{seen:?}");
}

#[tokio::test]
async fn a_ledger_is_listed_with_its_owner_its_account_and_what_settles_into_it() {
    let stack = Stack::shared();
    let expected = [
        ("full", "NOK", ("BBAN:NO", "15034012358"), ("business:NO:ORG", "987654325")),
        ("danish", "DKK", ("BBAN:DK", "12345678901234"), ("business:DK:CVR", "12345674")),
        ("finnish", "EUR", ("BBAN:FI", "12345600000785"), ("business:FI:Y-tunnus", "1234567-1")),
    ];
    for (unit, currency, account, owner) in expected {
        let books = Books::open(stack, unit).await;
        let handle = format!("api:{}", books.shop.keys.msn);
        let ledger: Value = json!({
            "ledgerId": books.ledger, "currency": currency,
            "payoutBankAccount": {"scheme": account.0, "id": account.1},
            "owner": {"scheme": owner.0, "id": owner.1},
            "settlesForRecipientHandles": [handle],
            "salesUnits": [{"name": "A unit of one test", "recipientHandle": handle}],
        });
        assert_eq!(books.reader.ledgers().await, [ledger]);
        assert!(books.ledger.bytes().all(|byte| byte.is_ascii_digit()));
        let ask = async |handle: &str| {
            let query = format!("/settlement/v1/ledgers?settlesForRecipientHandles={handle}");
            books.reader.get(&query).await.is(200)["items"].as_array().map_or(0, Vec::len)
        };
        assert_eq!(ask(&handle).await, 1);
        for other in ["api:300001", "NO:300001", "nonsense", "api:", "%00", &handle.replace("api", "NO")] {
            assert_eq!(ask(other).await, 0, "{other}");
        }
    }
}

#[tokio::test]
async fn payouts_are_for_whoever_may_download_reports() {
    let stack = Stack::shared();
    let books = Books::open(stack, "full").await;
    assert_eq!(books.shop.get("/kvitt/v1/payouts").await.is(200), &json!({"payouts": []}));
    let request = books.shop.bare(Method::GET, "/kvitt/v1/payouts");
    assert_eq!(Answer::of(request).await.status, 401);
    for (query, field) in [("pageSize=0", "pageSize"), ("pageToken=x", "pageToken")] {
        books.shop.get(&format!("/kvitt/v1/payouts?{query}")).await.names_field(field);
    }
    let ask = ListPayoutsRequest { msn: stack.keys("full").msn.clone(), ..Default::default() };
    for name in ["administrator", "manager", "assistant"] {
        let mesh = stack.user(name).await.mesh;
        mesh.ledgers().list_payouts(ask.clone()).await.expect("they may download reports");
    }
    let neighbour = stack.user("neighbour").await.mesh;
    let refused = neighbour.ledgers().list_payouts(ask.clone()).await.expect_err("a refusal");
    assert_eq!(refusal::reason_of(&refused), Some(Reason::LedgerNotFound));
    let operator = Mesh::operator(stack).await;
    operator.ledgers().list_payouts(ask).await.expect("the operator looks at everything");
}
