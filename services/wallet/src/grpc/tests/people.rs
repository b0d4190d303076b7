use kvitt_primitives::{ConsentId, Sub};
use kvitt_proto::{
    payment::v1::{Customer, customer::Identity},
    wallet::v1::{
        GetSharedDetailsRequest, GetUserinfoRequest, IssueCustomerTokenRequest, IssuePersonalCodeRequest,
        ListConsentsRequest, PayerAddress, PersonalCodeVersion, ResolveCustomerRequest, RevokeConsentRequest,
        SetAddressesRequest, SetPayerStatusRequest, SetPushDeliveryRequest,
        payer_service_server::PayerService as _, userinfo_service_server::UserinfoService as _,
    },
};

use super::*;
use crate::{
    domain::{
        consent::{Scopes, Shared},
        inbox::Key,
    },
    store::consents,
};

pub(super) fn address(number: u128) -> PayerAddress {
    PayerAddress {
        address_id: Uuid::from_u128(number).to_string(),
        kind: "HOME".to_owned(),
        line_1: "Markveien 12".to_owned(),
        line_2: "H0301".to_owned(),
        post_code: "0554".to_owned(),
        city: "Oslo".to_owned(),
        country: "NO".to_owned(),
    }
}

async fn people() -> (Bench, PayerGrpc) {
    let bench = bench(false).await;
    let people = PayerGrpc { app: bench.wallet.app.clone() };
    (bench, people)
}

fn by_payment<T>(message: T) -> Request<T> {
    by(Principal::Service(ServiceName::Payment), message)
}

fn payer_id() -> String {
    fixture::payer(1).to_string()
}

fn resolve(reference: &str, identity: Identity) -> ResolveCustomerRequest {
    ResolveCustomerRequest {
        msn: fixture::MSN.to_owned(),
        reference: reference.to_owned(),
        customer: Some(Customer { identity: Some(identity) }),
    }
}

fn phone(number: &str) -> Identity {
    Identity::PhoneNumber(number.to_owned())
}

fn fields<T: std::fmt::Debug>(answer: Result<T, Status>) -> Vec<String> {
    field_violations_of(&answer.unwrap_err()).into_iter().map(|broken| broken.field).collect()
}

#[tokio::test]
async fn outside_the_sandbox_nobody_plays_payers() {
    let (_bench, people) = people().await;
    let denied = Some(Reason::PermissionDenied);
    let gateway = Principal::Service(ServiceName::Gateway);
    let client = Principal::Client(ClientId::from_uuid(Uuid::nil()));
    macro_rules! denied {
        ($($rpc:ident $request:ident by $($who:expr),+;)*) => {$($(
            let answer = people.$rpc(by($who, $request::default())).await;
            assert_eq!(refused(answer), denied, stringify!($rpc));
        )+)*};
    }
    denied! {
        set_payer_status SetPayerStatusRequest by client, gateway;
        set_push_delivery SetPushDeliveryRequest by client, gateway;
        revoke_consent RevokeConsentRequest by client, gateway;
        issue_customer_token IssueCustomerTokenRequest by client, gateway;
        issue_personal_code IssuePersonalCodeRequest by client, gateway;
    }
}

#[tokio::test]
async fn a_client_of_another_unit_reads_no_userinfo() {
    let (bench, _) = people().await;
    let userinfo = UserinfoGrpc { app: bench.wallet.app.clone() };
    let request = |sub: &str| GetUserinfoRequest { msn: fixture::MSN.to_owned(), sub: sub.to_owned() };
    let gateway = by(Principal::Service(ServiceName::Gateway), request(""));
    assert_eq!(refused(userinfo.get_userinfo(gateway).await), Some(Reason::PermissionDenied));
    for sub in ["", "nobody", &Uuid::nil().to_string()] {
        let answer = userinfo.get_userinfo(by_operator(request(sub))).await;
        assert_eq!(refused(answer), Some(Reason::NotFound), "{sub:?}");
    }
    let no_unit = GetUserinfoRequest { msn: "1".to_owned(), ..request("") };
    assert_eq!(fields(userinfo.get_userinfo(by_operator(no_unit)).await), ["msn"]);
}

#[tokio::test]
async fn what_was_consented_to_is_read_as_it_is_and_then_as_expired() {
    let clock = Clock::system();
    let bench = bench_with(false, clock.clone()).await;
    let userinfo = UserinfoGrpc { app: bench.wallet.app.clone() };
    let people = PayerGrpc { app: bench.wallet.app.clone() };
    let person = fixture::person(1);
    let shared = Shared {
        key: Key { msn: fixture::MSN.to_owned(), reference: "order-00001".to_owned() },
        payer_id: fixture::payer(1),
        attempt: "attempt".to_owned(),
        scopes: Scopes::among("name address nin"),
        shipping_address: Some(person.addresses[1].address.clone()),
        fresh_sub: Sub::from_uuid(Uuid::from_u128(11)),
        fresh_id: ConsentId::from_uuid(Uuid::from_u128(12)),
        given_at: clock.now(),
    };
    let mut connection = bench.database.pool().acquire().await.unwrap();
    let sub = consents::give(&mut connection, &shared).await.unwrap().to_string();
    let request = || GetUserinfoRequest { msn: fixture::MSN.to_owned(), sub: sub.clone() };
    let answer = userinfo.get_userinfo(by_operator(request())).await.unwrap().into_inner();
    assert_eq!((answer.sub.as_str(), answer.sid), (sub.as_str(), shared.fresh_id.to_string()));
    assert_eq!(answer.scopes, ["name", "address", "nin"]);
    let details = answer.user_details.unwrap();
    assert_eq!((details.first_name.as_str(), details.last_name.as_str()), ("Kari", "Nordmann"));
    assert_eq!((details.national_id.as_str(), details.email.as_str()), ("31019012345", ""));
    let kinds: Vec<_> = details.addresses.iter().map(|address| address.kind.as_str()).collect();
    assert_eq!(kinds, ["HOME", "WORK"]);

    let get = || GetSharedDetailsRequest {
        msn: fixture::MSN.to_owned(),
        reference: "order-00001".to_owned(),
        sub: sub.clone(),
    };
    let given = people.get_shared_details(by_payment(get())).await.unwrap().into_inner();
    assert_eq!(given.user_details, Some(details));
    assert_eq!(given.shipping_address.unwrap().line_1, person.addresses[1].address.line_1);
    let broken = GetSharedDetailsRequest { sub: "1".to_owned(), ..GetSharedDetailsRequest::default() };
    let broken = fields(people.get_shared_details(by_payment(broken)).await);
    assert_eq!(broken, ["sub", "msn", "reference"]);

    clock.advance(std::time::Duration::from_secs(168 * 3600));
    let expired = userinfo.get_userinfo(by_operator(request())).await.unwrap().into_inner();
    let nothing = kvitt_proto::payment::v1::UserDetails { expired: true, ..Default::default() };
    assert_eq!((expired.user_details, expired.scopes), (Some(nothing), answer.scopes));
    let over = people.get_shared_details(by_payment(get())).await;
    assert_eq!(refused(over), Some(Reason::NotFound));

    let list = ListConsentsRequest { payer_id: payer_id() };
    let listed = people.list_consents(by_operator(list)).await.unwrap().into_inner().consents;
    assert_eq!(listed.len(), 1);
    assert_eq!(
        (listed[0].sub.as_str(), listed[0].given_at),
        (sub.as_str(), Some(time::to_proto(shared.given_at)))
    );
    let revoke = RevokeConsentRequest { payer_id: payer_id(), msn: fixture::MSN.to_owned() };
    people.revoke_consent(by_operator(revoke)).await.unwrap();
    assert_eq!(refused(userinfo.get_userinfo(by_operator(request())).await), Some(Reason::NotFound));
}

#[tokio::test]
async fn everybody_who_is_no_customer_is_refused_in_the_same_bytes() {
    let (_bench, people) = people().await;
    let ask = |identity| people.resolve_customer(by_payment(resolve("order-00001", identity)));
    let token = IssueCustomerTokenRequest { payer_id: payer_id() };
    let token = people.issue_customer_token(by_operator(token)).await.unwrap().into_inner();
    let code = IssuePersonalCodeRequest { payer_id: payer_id(), version: 0 };
    let code = people.issue_personal_code(by_operator(code)).await.unwrap().into_inner().personal_qr;
    let block = SetPayerStatusRequest { payer_id: payer_id(), status: PayerStatus::Blocked.into() };
    people.set_payer_status(by_operator(block)).await.unwrap();
    let nobody = ask(phone("4700000000")).await.unwrap_err();
    assert_eq!(reason_of(&nobody), Some(Reason::CustomerNotFound));
    for identity in [
        phone(&fixture::phone_number(1)),
        Identity::CustomerToken(token.customer_token),
        Identity::PersonalQr(code),
    ] {
        let blocked = ask(identity.clone()).await.unwrap_err();
        assert_eq!(
            (blocked.code(), blocked.message(), blocked.details()),
            (nobody.code(), nobody.message(), nobody.details()),
            "{identity:?}"
        );
    }
}

#[tokio::test]
async fn a_customer_is_named_in_each_of_the_ways_and_by_no_other_text() {
    let (_bench, people) = people().await;
    let ask = |identity| people.resolve_customer(by_payment(resolve("order-00001", identity)));
    for version in [PersonalCodeVersion::PersonalCodeVersion10, PersonalCodeVersion::PersonalCodeVersion20] {
        let code = IssuePersonalCodeRequest { payer_id: payer_id(), version: version.into() };
        let code = people.issue_personal_code(by_operator(code)).await.unwrap().into_inner().personal_qr;
        let customer = ask(Identity::PersonalQr(code)).await.unwrap().into_inner();
        assert_eq!((customer.payer_id.clone(), customer.personal_code_version()), (payer_id(), version));
        assert_eq!(
            (customer.phone_number, customer.birth_date.as_str()),
            (fixture::phone_number(1), "1990-01-31")
        );
    }
    for (identity, reason) in [
        (phone("+4740000001"), Reason::InvalidPhoneNumber),
        (phone(""), Reason::InvalidPhoneNumber),
        (
            Identity::PersonalQr("https://qr.vipps.no/28/2/01/031/4740000001".to_owned()),
            Reason::InvalidPersonalQr,
        ),
        (Identity::PersonalQr(String::new()), Reason::InvalidPersonalQr),
        (Identity::CustomerToken("token".to_owned()), Reason::InvalidCustomerToken),
        (Identity::CustomerToken("A".repeat(43)), Reason::InvalidCustomerToken),
        (Identity::CustomerToken("\0".to_owned()), Reason::InvalidCustomerToken),
    ] {
        assert_eq!(refused(ask(identity.clone()).await), Some(reason), "{identity:?}");
    }
    let nothing = people.resolve_customer(by_payment(ResolveCustomerRequest::default())).await;
    assert_eq!(fields(nothing), ["msn", "reference", "customer"]);
}

#[tokio::test]
async fn every_broken_field_of_an_address_is_named() {
    let (_bench, people) = people().await;
    let set = |addresses| SetAddressesRequest { payer_id: payer_id(), addresses };
    let long = |length: usize| "ø".repeat(length);
    let whole = || address(1);
    let table: Vec<(PayerAddress, &str)> = vec![
        (PayerAddress { address_id: "1".to_owned(), ..whole() }, "addressId"),
        (PayerAddress { kind: "home".to_owned(), ..whole() }, "kind"),
        (PayerAddress { line_1: String::new(), ..whole() }, "line1"),
        (PayerAddress { line_1: long(101), ..whole() }, "line1"),
        (PayerAddress { line_2: long(101), ..whole() }, "line2"),
        (PayerAddress { line_2: "\0".to_owned(), ..whole() }, "line2"),
        (PayerAddress { post_code: long(17), ..whole() }, "postCode"),
        (PayerAddress { post_code: " ".to_owned(), ..whole() }, "postCode"),
        (PayerAddress { city: String::new(), ..whole() }, "city"),
        (PayerAddress { country: "no".to_owned(), ..whole() }, "country"),
        (PayerAddress { country: "NOR".to_owned(), ..whole() }, "country"),
        (PayerAddress { country: "Ø".to_owned(), ..whole() }, "country"),
    ];
    for (broken, field) in table {
        let named = fields(people.set_addresses(by_operator(set(vec![address(2), broken.clone()]))).await);
        assert_eq!(named, [format!("addresses[1].{field}")], "{broken:?}");
    }
    let twice = people.set_addresses(by_operator(set(vec![address(2), address(2)]))).await;
    assert_eq!(fields(twice), ["addresses[1].addressId"]);
    let many = people.set_addresses(by_operator(set((0..6).map(address).collect()))).await;
    assert_eq!(fields(many), ["addresses"]);
    let longest = PayerAddress { line_1: long(100), line_2: String::new(), city: long(100), ..whole() };
    people.set_addresses(by_operator(set(vec![longest]))).await.unwrap();
    let nobody = SetAddressesRequest { payer_id: Uuid::nil().to_string(), addresses: Vec::new() };
    assert_eq!(refused(people.set_addresses(by_operator(nobody)).await), Some(Reason::NotFound));
}

#[tokio::test]
async fn what_a_payer_changes_shows_when_they_are_found() {
    let (bench, people) = people().await;
    let find = || FindPayerRequest { phone_number: fixture::phone_number(1) };
    let set = SetAddressesRequest { payer_id: payer_id(), addresses: vec![address(7), address(3)] };
    people.set_addresses(by_operator(set)).await.unwrap();
    let push = SetPushDeliveryRequest { payer_id: payer_id(), push_off: true };
    people.set_push_delivery(by_operator(push)).await.unwrap();
    let leave = SetPayerStatusRequest { payer_id: payer_id(), status: PayerStatus::Deleted.into() };
    people.set_payer_status(by_operator(leave)).await.unwrap();
    let found = bench.wallet.find_payer(by_operator(find())).await.unwrap().into_inner().payer.unwrap();
    assert_eq!(found.addresses, [address(7), address(3)]);
    assert_eq!(
        (found.push_off, found.status(), found.national_id.as_str()),
        (true, PayerStatus::Deleted, "")
    );

    let unknown = SetPayerStatusRequest { payer_id: "1".to_owned(), status: 9 };
    assert_eq!(fields(people.set_payer_status(by_operator(unknown)).await), ["payerId", "status"]);
    let unknown = IssuePersonalCodeRequest { payer_id: String::new(), version: 9 };
    assert_eq!(fields(people.issue_personal_code(by_operator(unknown)).await), ["payerId", "version"]);
    let nobody = IssueCustomerTokenRequest { payer_id: Uuid::nil().to_string() };
    assert_eq!(refused(people.issue_customer_token(by_operator(nobody)).await), Some(Reason::NotFound));
}
