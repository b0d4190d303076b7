//! The table of who may do what, tried cell by cell. The expectation is the table itself; what is proven is that every
//! service asks it, for the right action and the right unit.

use kvitt_proto::access::v1::{KeyKind, Role};
use kvitt_runtime::Action;
use kvitt_runtime::authority::matrix::{self, Grants, key_permits, permits};
use kvitt_tests::requests::{fresh_key, fresh_reference};
use kvitt_tests::{Answer, Keys, Mesh, Shop, Stack, UnitPlan, User};

use super::probes::{Outcome, Target, asked, attempt, is_of_merchant};
use super::{grant, hired, merchant_of};
use crate::epayment::operations;

/// Role and grants, as the columns of contract-merchant section 8.2.
const COLUMNS: [(matrix::Role, bool, bool); 7] = [
    (matrix::Role::Administrator, false, false),
    (matrix::Role::SalesUnitManager, false, false),
    (matrix::Role::Assistant, false, false),
    (matrix::Role::SalesUnitManager, true, false),
    (matrix::Role::Assistant, true, false),
    (matrix::Role::SalesUnitManager, false, true),
    (matrix::Role::Assistant, false, true),
];

/// Where a cell is tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// The unit that the user was given.
    Given,
    /// Another unit of the merchant.
    NotGiven,
    /// Another merchant's unit.
    Foreign,
    /// A unit that is not there.
    Absent,
}

struct Ground {
    given: String,
    not_given: String,
}

impl Ground {
    fn target(&self, place: Place) -> Target<'_> {
        let (own, other) = (merchant_of("administrator"), merchant_of("neighbour"));
        match place {
            Place::Given => Target { merchant_id: own, msn: &self.given },
            Place::NotGiven => Target { merchant_id: own, msn: &self.not_given },
            Place::Foreign => Target { merchant_id: other, msn: "400001" },
            Place::Absent => {
                Target { merchant_id: "a0000000-0000-4000-8000-0000000000ff", msn: "1999999999" }
            }
        }
    }
}

fn expected(role: matrix::Role, grants: Grants, action: Action, place: Place) -> Outcome {
    let administrator = role == matrix::Role::Administrator;
    let seen = match place {
        Place::Given => true,
        // A user of the merchant sees it as such, through whichever unit they were given.
        Place::NotGiven => administrator || is_of_merchant(action),
        Place::Foreign | Place::Absent => false,
    };
    match (seen, permits(role, grants, action)) {
        (false, _) => Outcome::Hidden,
        (true, true) => Outcome::Allowed,
        (true, false) => Outcome::Denied,
    }
}

async fn column(
    stack: &Stack,
    ground: &Ground,
    (role, transactions, developer): (matrix::Role, bool, bool),
) -> User {
    let units = match role {
        matrix::Role::Administrator => Vec::new(),
        _ => vec![grant(&ground.given, transactions, developer)],
    };
    let role = Role::try_from(i32::from(role.to_proto())).expect("it is a role");
    hired(stack, merchant_of("administrator"), role, units).await
}

#[tokio::test]
async fn every_cell_of_the_matrix_holds_for_every_place() {
    let stack = Stack::own(kvitt_tests::StackPlan::default()).await;
    let open = async || stack.open_unit(UnitPlan::default()).await.msn;
    let ground = Ground { given: open().await, not_given: open().await };
    let (mut cells, mut calls, mut leaks) = (0, 0, Vec::new());
    for of in COLUMNS {
        let (role, transaction_management, developer) = of;
        let grants = Grants { transaction_management, developer };
        let user = column(&stack, &ground, of).await;
        for action in Action::ALL {
            for place in [Place::Given, Place::NotGiven, Place::Foreign, Place::Absent] {
                cells += 1;
                let target = ground.target(place);
                let expected = expected(role, grants, *action, place);
                let said = asked(&user.mesh, *action, target).await;
                let visible = place == Place::Given
                    || (place == Place::NotGiven && role == matrix::Role::Administrator);
                let said = said.map_err(|status| Outcome::of(&Err(status)));
                let wanted = if visible { Ok(permits(role, grants, *action)) } else { Err(Outcome::Hidden) };
                if said != wanted {
                    leaks.push(format!("{role:?} {grants:?} {action:?} {place:?}: told {said:?}"));
                }
                let Some(answer) = attempt(&user.mesh, *action, target).await else { continue };
                calls += 1;
                let found = Outcome::of(&answer);
                if found != expected {
                    leaks.push(format!(
                        "{role:?} {grants:?} {action:?} {place:?}: {found:?} instead of {expected:?}: {answer:?}"
                    ));
                }
            }
        }
    }
    println!("matrix: {cells} cells asked, {calls} of them tried by a call, {} leaks", leaks.len());
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    stack.stop().await;
}

#[tokio::test]
async fn every_kind_of_keys_does_what_its_kind_may_and_only_for_its_units() {
    let stack = Stack::own(kvitt_tests::StackPlan::default()).await;
    let kinds = [
        ("full", KeyKind::SalesUnit),
        ("partner", KeyKind::Partner),
        ("partner_management", KeyKind::Management),
        ("merchant_management", KeyKind::Management),
        ("accounting", KeyKind::Accounting),
    ];
    let (mut cells, mut leaks) = (0, Vec::new());
    for (name, kind) in kinds {
        let token = token(&stack, name).await;
        let mesh = Mesh::with_token(&stack, &token);
        let kind = matrix::KeyKind::from_proto(kind.into()).expect("it is a kind");
        for action in Action::ALL {
            for (msn, own) in [("300001", true), ("500001", false), ("1999999999", false)] {
                // What a merchant's people do is not for keys, and some of it asks for the merchant.
                let target = Target { merchant_id: merchant_of("administrator"), msn };
                let Some(answer) = attempt(&mesh, *action, target).await else { continue };
                cells += 1;
                let found = Outcome::of(&answer);
                let allowed = own && key_permits(kind, *action);
                if allowed != (found == Outcome::Allowed) {
                    leaks.push(format!("{name} {action:?} {msn}: {found:?}: {answer:?}"));
                }
            }
        }
    }
    println!("key matrix: {cells} cells tried, {} leaks", leaks.len());
    assert!(leaks.is_empty(), "{}", leaks.join("\n"));
    stack.stop().await;
}

/// The same where there are routes: every operation of ePayment is one that unit and partner keys may do, and no other kind.
#[tokio::test]
async fn every_kind_of_keys_does_over_rest_what_its_kind_may_and_only_for_its_units() {
    let stack = Stack::shared();
    let mut cells = 0;
    for name in ["full", "partner", "partner_management", "merchant_management", "accounting"] {
        let may = matches!(name, "full" | "partner");
        let token = token(stack, name).await;
        for (msn, own) in [("300001", true), ("500001", false), ("599999", false)] {
            let keys = Keys { msn: msn.to_owned(), ..stack.keys(name).clone() };
            let shop = Shop { token: token.clone(), keys, ..Shop::named("full").await };
            for (method, path, body) in operations(&shop, &fresh_reference()) {
                if !path.starts_with("/epayment") {
                    continue;
                }
                let request = shop.request(method.clone(), &path).header("Idempotency-Key", fresh_key());
                let request = match &body {
                    Some(body) => request.json(body),
                    None => request,
                };
                let answer = Answer::of(request).await;
                let refused = [401, 403].contains(&answer.status);
                assert_eq!(refused, !(may && own), "{name} {method} {path} for {msn}: {}", answer.text);
                cells += 1;
            }
        }
    }
    println!("key matrix over REST: {cells} cells tried, 0 leaks");
    assert!(cells >= 100);
}

/// A token of the demo keys, by the road that their kind takes.
pub(super) async fn token(stack: &Stack, name: &str) -> String {
    let keys = stack.keys(name);
    if matches!(name, "accounting" | "partner_management" | "merchant_management") {
        let request = kvitt_proto::access::v1::IssueSpecialisedTokenRequest {
            client_id: keys.client_id.clone(),
            client_secret: keys.client_secret.clone(),
        };
        let issued = Mesh::nobody(stack).tokens().issue_specialised_token(request).await;
        return issued.expect("the keys are good").into_inner().access_token;
    }
    Shop::open(stack, keys).await.token
}
