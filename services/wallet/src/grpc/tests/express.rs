//! Express: where the goods go, how, and what it costs.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use kvitt_proto::{
    payment::v1::{DynamicOptions, FixedOptions, Shipping, ShippingGroup, ShippingOption, shipping},
    wallet::v1::{ListShippingOptionsRequest, SetAddressesRequest, payer_service_server::PayerService as _},
};

use super::{
    answers::{agreed, later, yes},
    *,
};
use crate::fixture::Shop;

fn option(id: &str, amount_minor: i64) -> ShippingOption {
    ShippingOption {
        id: id.to_owned(),
        name: format!("Option {id}"),
        amount: Some(Money { currency: Currency::Nok.into(), amount_minor }),
        priority: Some(2),
        meta: "By bike".to_owned(),
        estimated_delivery: "Tomorrow".to_owned(),
        is_default: id == "b",
    }
}

fn express(payment: &mut PayerTerms, options: shipping::Options) {
    payment.profile_scope = "address name".to_owned();
    payment.shipping = Some(Shipping { options: Some(options), allowed_countries: Vec::new() });
}

fn fixed() -> shipping::Options {
    let group = ShippingGroup {
        r#type: "MAILBOX".to_owned(),
        brand: "POSTEN".to_owned(),
        options: vec![option("a", 100), option("b", 4900)],
        ..ShippingGroup::default()
    };
    shipping::Options::Fixed(FixedOptions { groups: vec![group] })
}

fn dynamic(callback_url: &str) -> shipping::Options {
    let callback_url = callback_url.to_owned();
    shipping::Options::Dynamic(DynamicOptions { callback_url, ..DynamicOptions::default() })
}

fn list(address: u128) -> ListShippingOptionsRequest {
    ListShippingOptionsRequest {
        payer_id: fixture::payer(1).to_string(),
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        address_id: Uuid::from_u128(address).to_string(),
        ..ListShippingOptionsRequest::default()
    }
}

impl Bench {
    async fn listed(&self, list: ListShippingOptionsRequest) -> Result<Vec<String>, Status> {
        let answer = self.wallet.list_shipping_options(by_operator(list)).await?.into_inner();
        let options = answer.groups.into_iter().flat_map(|group| group.options);
        Ok(options.map(|option| option.id).collect())
    }
}

/// A shop that names one option at a price that rises by one with every question, and counts them.
async fn dear_and_dearer() -> (String, Arc<AtomicUsize>) {
    let shop = Shop::open().await;
    let (url, asked) = (shop.url.clone(), Arc::new(AtomicUsize::new(0)));
    let counter = Arc::clone(&asked);
    tokio::spawn(async move {
        loop {
            let price = 1 + counter.load(Ordering::SeqCst);
            let option = format!(r#"{{"id":"x","name":"n","amount":{{"currency":"NOK","value":{price}}}}}"#);
            let body = format!(r#"{{"groups":[{{"type":"OTHER","brand":"OTHER","options":[{option}]}}]}}"#);
            shop.answer("200 OK", body.as_bytes()).await;
            counter.fetch_add(1, Ordering::SeqCst);
        }
    });
    (url, asked)
}

#[tokio::test]
async fn fixed_options_are_listed_and_chosen_as_the_merchant_made_them() {
    let bench = bench(false).await;
    express(bench.peers.script().payment(), fixed());
    assert_eq!(bench.listed(list(2)).await.unwrap(), ["b", "a"]);
    assert_eq!(bench.challenge_of(agreed("default")).await, "");
    let chosen = ApprovePaymentRequestRequest {
        shipping_option_id: "a".to_owned(),
        address_id: Uuid::from_u128(2).to_string(),
        ..agreed("chosen")
    };
    assert_eq!(bench.challenge_of(chosen).await, "");
    let approvals = bench.peers.script().approvals.clone();
    assert_eq!(approvals[0].shipping, Some(option("b", 4900)));
    assert_eq!(approvals[1].shipping, Some(option("a", 100)));
    assert!(approvals.iter().all(|approval| !approval.sub.is_empty()));
    let sent = "SELECT count(*) FROM consents WHERE shipping_line_1 = 'Dronning Eufemias gate 42'";
    assert_eq!(bench.count(sent).await, 1);
}

#[tokio::test]
async fn what_is_missing_or_wrong_in_an_express_answer_is_refused() {
    let bench = bench(false).await;
    express(bench.peers.script().payment(), fixed());
    assert_eq!(bench.refusal_of(yes("silent")).await, Some(Reason::ApprovalIncomplete));
    let option = ApprovePaymentRequestRequest { shipping_option_id: "x".to_owned(), ..agreed("option") };
    assert_eq!(bench.refusal_of(option).await, Some(Reason::FieldInvalid));
    let address = Uuid::from_u128(9).to_string();
    let address = ApprovePaymentRequestRequest { address_id: address, ..agreed("address") };
    assert_eq!(bench.refusal_of(address).await, Some(Reason::FieldInvalid));
    bench.execute("UPDATE payers SET payment_limit_minor = 4999").await;
    assert_eq!(bench.refusal_of(agreed("dear")).await, Some(Reason::ApproveLimitExceeded));
    bench.execute("UPDATE addresses SET country = 'SE'").await;
    assert_eq!(bench.refusal_of(agreed("abroad")).await, Some(Reason::ShippingNotPossible));
    assert_eq!(refused(bench.listed(list(1)).await), Some(Reason::ShippingNotPossible));
    bench.execute("DELETE FROM addresses").await;
    assert_eq!(bench.refusal_of(agreed("homeless")).await, Some(Reason::ApprovalIncomplete));
    assert!(bench.peers.script().approvals.is_empty());
}

#[tokio::test]
async fn the_payer_pays_what_they_were_shown_until_the_offer_is_too_old() {
    let clock = fixture::clock();
    let bench = bench_with(false, clock.clone()).await;
    let (url, asked) = dear_and_dearer().await;
    express(bench.peers.script().payment(), dynamic(&url));
    let prices = || {
        let script = bench.peers.script();
        let options = script.approvals.iter().filter_map(|approval| approval.shipping.clone());
        options.map(|option| option.amount.unwrap().amount_minor).collect::<Vec<_>>()
    };
    // Without an offer the merchant is asked, and what they say holds for the next attempt too.
    assert_eq!(bench.challenge_of(agreed("first")).await, "");
    assert_eq!(bench.challenge_of(agreed("second")).await, "");
    assert_eq!((prices(), asked.load(Ordering::SeqCst)), (vec![1, 1], 1));
    // A list is always asked for anew.
    assert_eq!(bench.listed(list(1)).await.unwrap(), ["x"]);
    assert_eq!(bench.challenge_of(agreed("third")).await, "");
    assert_eq!((prices(), asked.load(Ordering::SeqCst)), (vec![1, 1, 2], 2));
    later(&clock, 600);
    assert_eq!(bench.challenge_of(agreed("fourth")).await, "");
    assert_eq!((prices(), asked.load(Ordering::SeqCst)), (vec![1, 1, 2, 3], 3));
    // Another address is another offer.
    let elsewhere =
        ApprovePaymentRequestRequest { address_id: Uuid::from_u128(2).to_string(), ..agreed("5") };
    assert_eq!(bench.challenge_of(elsewhere).await, "");
    assert_eq!(asked.load(Ordering::SeqCst), 4);
}

#[tokio::test]
async fn old_offers_are_forgotten_as_new_ones_come() {
    let clock = fixture::clock();
    let bench = bench_with(false, clock.clone()).await;
    let (url, _) = dear_and_dearer().await;
    express(bench.peers.script().payment(), dynamic(&url));
    for address in [1, 2] {
        bench.listed(list(address)).await.unwrap();
    }
    assert_eq!(bench.count("SELECT count(*) FROM shipping_quotes").await, 2);
    later(&clock, 600);
    bench.listed(list(1)).await.unwrap();
    assert_eq!(bench.count("SELECT count(*) FROM shipping_quotes").await, 1);
}

#[tokio::test]
async fn what_was_offered_for_an_address_does_not_hold_for_what_takes_its_place() {
    let bench = bench(false).await;
    let (url, asked) = dear_and_dearer().await;
    express(bench.peers.script().payment(), dynamic(&url));
    assert_eq!(bench.listed(list(1)).await.unwrap(), ["x"]);
    let people = PayerGrpc { app: bench.wallet.app.clone() };
    let moved = SetAddressesRequest { payer_id: fixture::payer(1).to_string(), addresses: vec![address(1)] };
    people.set_addresses(by_operator(moved)).await.unwrap();
    assert_eq!(bench.count("SELECT count(*) FROM shipping_quotes").await, 0);
    assert_eq!(bench.challenge_of(agreed("moved")).await, "");
    assert_eq!(asked.load(Ordering::SeqCst), 2);
    let price = bench.peers.script().approvals[0].shipping.clone().and_then(|option| option.amount);
    assert_eq!(price.map(|price| price.amount_minor), Some(2));
}

#[tokio::test]
async fn an_offer_that_comes_after_the_payer_has_moved_is_not_kept() {
    let bench = bench(false).await;
    let shop = Shop::open().await;
    express(bench.peers.script().payment(), dynamic(&shop.url));
    let people = PayerGrpc { app: bench.wallet.app.clone() };
    let moved = SetAddressesRequest { payer_id: fixture::payer(1).to_string(), addresses: vec![address(1)] };
    let answer = async {
        let (mut stream, _) = shop.read().await;
        people.set_addresses(by_operator(moved)).await.unwrap();
        let option = r#"{"id":"x","name":"n","amount":{"currency":"NOK","value":1}}"#;
        let body = format!(r#"{{"groups":[{{"type":"OTHER","brand":"OTHER","options":[{option}]}}]}}"#);
        let text = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        tokio::io::AsyncWriteExt::write_all(&mut stream, text.as_bytes()).await.unwrap();
        stream
    };
    let (listed, _stream) = tokio::join!(bench.listed(list(1)), answer);
    assert_eq!(listed.unwrap(), ["x"]);
    assert_eq!(bench.count("SELECT count(*) FROM shipping_quotes").await, 0);
}

#[tokio::test]
async fn the_merchants_no_and_the_merchants_silence_are_told_apart() {
    let bench = bench(false).await;
    let shop = Shop::open().await;
    express(bench.peers.script().payment(), dynamic(&shop.url));
    let (answer, _) = tokio::join!(bench.listed(list(1)), shop.answer("400 Bad Request", b""));
    assert_eq!(refused(answer), Some(Reason::ShippingNotPossible));
    let (answer, _) = tokio::join!(bench.refusal_of(agreed("attempt")), shop.answer("200 OK", b"{}"));
    assert_eq!(answer, Some(Reason::ShippingNotAnswered));
    drop(shop);
    assert_eq!(refused(bench.listed(list(1)).await), Some(Reason::ShippingNotAnswered));
}

#[tokio::test]
async fn no_server_hears_of_a_payer_who_could_not_pay_or_of_a_payment_that_does_not_wait() {
    let bench = bench(false).await;
    let (url, asked) = dear_and_dearer().await;
    express(bench.peers.script().payment(), dynamic(&url));
    bench.execute("UPDATE cards SET currency = 'DKK'").await;
    assert_eq!(bench.refusal_of(agreed("poor")).await, Some(Reason::ApproveNoCards));
    bench.execute("UPDATE payers SET unidentified = true").await;
    let answer = bench.listed(list(1)).await;
    assert_eq!(refused(answer), Some(Reason::ApproveIdentificationRequired));
    for (state, reason) in
        [(PaymentState::Authorized, Reason::AlreadyReserved), (PaymentState::Expired, Reason::CannotApprove)]
    {
        bench.peers.script().payment().state = state.into();
        assert_eq!(refused(bench.listed(list(1)).await), Some(reason));
    }
    assert_eq!(asked.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn a_payment_that_sends_nothing_has_no_options() {
    let bench = bench(false).await;
    assert_eq!(bench.listed(list(1)).await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn express_is_approved_by_force_only_where_the_switch_for_it_is_on() {
    let mut bench = bench(true).await;
    express(bench.peers.script().payment(), fixed());
    let force = || by_operator(force_approve(&fixture::phone_number(1), ""));
    assert_eq!(refused(bench.wallet.force_approve(force()).await), Some(Reason::ApproveNotSupported));
    bench.wallet.app.force_approve_express = true;
    bench.wallet.force_approve(force()).await.unwrap();
    let approval = bench.peers.script().approvals.last().cloned().unwrap();
    assert_eq!(approval.shipping, Some(option("b", 4900)));
    let home = "SELECT count(*) FROM consents WHERE shipping_line_1 = 'Robert Levins gate 5'";
    assert_eq!(bench.count(home).await, 1);
}
