//! Who may do what: roles, grants, kinds of keys, partners, and what nobody may find out about others. A test whose name
//! starts with `m` and a number proves that conformance statement of the contract with upstream's merchant side.

mod isolation;
mod keys;
mod matrix;
mod partner;
mod probes;
mod secrets;
mod users;

use kvitt_primitives::{Country, NationalId};
use kvitt_proto::access::v1::{
    AddUserRequest, Membership, PersonIdentification, RegisterPersonRequest, Role, UnitGrant,
    person_identification::By,
};
use kvitt_tests::people::person;
use kvitt_tests::{Mesh, Stack, User};
use uuid::Uuid;

/// A user of one test, who has signed in.
async fn hired(stack: &Stack, merchant_id: &str, role: Role, units: Vec<UnitGrant>) -> User {
    let operator = Mesh::operator(stack).await;
    let (national_id, name) = (fresh_national_id(), format!("Hired {}", Uuid::new_v4().simple()));
    let request = RegisterPersonRequest {
        country: "NO".to_owned(),
        national_id: national_id.clone(),
        phone_number: String::new(),
        name,
    };
    operator.users().register_person(request).await.expect("a person can be registered");
    let membership = Membership { merchant_id: merchant_id.to_owned(), role: role.into(), units };
    let request = AddUserRequest {
        merchant_id: merchant_id.to_owned(),
        person: Some(norwegian(&national_id)),
        membership: Some(membership),
    };
    operator.users().add_user(request).await.expect("a person can be added");
    let session = stack.log_in("NO", &national_id).await.expect("they can sign in");
    stack.signed_in(&session).await
}

/// A Norwegian test person nobody else has.
fn fresh_national_id() -> String {
    let number = Uuid::new_v4().as_u128();
    let part = |shift: u32, most: u128| u32::try_from((number >> shift) % most).expect("it is small");
    let year = 1940 + i32::try_from(part(0, 50)).expect("it is small");
    let id = NationalId::synthetic(Country::No, year, 1 + part(8, 12), 1 + part(16, 28), part(24, 150));
    id.expect("there are that many on a day").as_str().to_owned()
}

fn norwegian(national_id: &str) -> PersonIdentification {
    PersonIdentification { country: "NO".to_owned(), by: Some(By::NationalId(national_id.to_owned())) }
}

fn grant(msn: &str, transaction_management: bool, developer: bool) -> UnitGrant {
    UnitGrant { msn: msn.to_owned(), transaction_management, developer }
}

/// The merchant of the demo user's first part.
fn merchant_of(user: &str) -> &'static str {
    person(user).parts[0].merchant.id
}
