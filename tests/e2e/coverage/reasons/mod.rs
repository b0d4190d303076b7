//! Every reason of the contract is provoked from outside, or named here with the place that provokes it.

mod answers;
mod checkout;
mod creation;
mod edge;
mod mesh;
mod modification;
mod people;
mod qr;
mod settlement;

use std::collections::HashSet;

use kvitt_proto::error::v1::Reason;
use kvitt_proto::reason::{self, Info};
use kvitt_proto::refusal;
use kvitt_tests::Answer;
use tonic::Status;

/// Reasons that no client can cause at will, and where each is provoked instead.
const ELSEWHERE: [(Reason, &str); 12] = [
    (Reason::TooManyTestUsers, "tests/e2e/access/users.rs, m49, on a stack of its own"),
    (Reason::TokenExpired, "tests/e2e/epayment/auth.rs, p11, on a stack whose tokens live two seconds"),
    (Reason::RateLimited, "tests/e2e/rate_limits.rs, on a stack that limits"),
    (Reason::Overloaded, "services/gateway/src/layers/load.rs: a full house"),
    (Reason::Unavailable, "tests/e2e/journeys/outage.rs: a service behind the gateway has gone"),
    (Reason::DeadlineExceeded, "shared/runtime/tests/it/mesh.rs: a call whose time runs out"),
    (Reason::Internal, "shared/runtime/tests/it/serve.rs: a handler that panics"),
    (Reason::CancelPeriodExpired, "tests/e2e/kvitt/life.rs, where half a year passes"),
    (Reason::CapturePeriodExpired, "tests/e2e/kvitt/life.rs, where half a year passes"),
    (Reason::FundsUnavailable, "tests/e2e/journeys/lapse.rs, where a guarantee ends"),
    (Reason::DeliveryNotResendable, "tests/e2e/webhooks/deliveries.rs, where a registration has ended"),
    (Reason::CaptureTryAgain, "tests/e2e/kvitt/faults.rs, where a guarantee ends"),
];

/// A refusal as a caller saw it.
pub(crate) enum Seen {
    Rest(Box<Answer>),
    /// In the form of an API of its own, which that API's tests check.
    OwnForm(Box<Answer>),
    Grpc(Box<Status>),
}

/// A refusal, and the reason it should have.
pub(crate) struct Provoked {
    reason: Reason,
    seen: Seen,
}

impl Provoked {
    fn rest(reason: Reason, answer: Answer) -> Self {
        Self { reason, seen: Seen::Rest(Box::new(answer)) }
    }

    fn in_own_form(reason: Reason, answer: Answer) -> Self {
        Self { reason, seen: Seen::OwnForm(Box::new(answer)) }
    }

    fn grpc<T: std::fmt::Debug>(reason: Reason, answer: Result<T, Status>) -> Self {
        let status = answer.expect_err("a refusal was asked for");
        Self { reason, seen: Seen::Grpc(Box::new(status)) }
    }

    fn check(&self) {
        let info = reason::info(self.reason);
        match &self.seen {
            Seen::Rest(answer) => check_rest(info, answer),
            Seen::OwnForm(answer) => {
                assert_eq!(answer.status, info.http_status, "{}", answer.text);
                assert_eq!(answer.body["title"], info.title, "{}", answer.text);
            }
            Seen::Grpc(status) => {
                assert_eq!(refusal::reason_of(status), Some(self.reason), "{status:?}");
                assert_eq!(status.code(), info.grpc_code, "{status:?}");
                assert!(!status.message().is_empty(), "{} says nothing", info.name);
            }
        }
    }
}

fn check_rest(info: &Info, answer: &Answer) {
    assert_eq!(answer.status, info.http_status, "{}: {}", info.name, answer.text);
    answer.problem(info.http_status);
    assert_eq!(answer.code().unwrap_or_default(), info.code, "{}: {}", info.name, answer.text);
    if !info.code.is_empty() {
        assert_eq!(answer.body["title"], info.title, "{}", answer.text);
    }
    let about_fields = info.reason == Reason::FieldInvalid;
    assert_eq!(!answer.fields().is_empty(), about_fields, "{}: {}", info.name, answer.text);
}

#[tokio::test]
async fn every_reason_is_provoked() {
    let mut provoked = edge::provoke().await;
    provoked.extend(creation::provoke().await);
    provoked.extend(modification::provoke().await);
    provoked.extend(mesh::provoke().await);
    provoked.extend(people::provoke().await);
    provoked.extend(checkout::provoke().await);
    provoked.extend(answers::provoke().await);
    provoked.extend(qr::provoke().await);
    provoked.extend(settlement::provoke().await);
    for one in &provoked {
        one.check();
    }
    let mut known: HashSet<Reason> = provoked.iter().map(|one| one.reason).collect();
    for (reason, place) in ELSEWHERE {
        assert!(known.insert(reason), "{reason:?} is provoked here, not in {place}");
    }
    let missing: Vec<&str> =
        reason::all().iter().filter(|info| !known.contains(&info.reason)).map(|info| info.name).collect();
    assert!(missing.is_empty(), "nobody provokes {missing:?}");
}
