use kvitt_primitives::ClientId;
use kvitt_testing::TestDatabase;
use prost_types::Timestamp;
use tokio_util::sync::CancellationToken;
use tonic::Code;
use uuid::Uuid;

use super::*;

async fn grpc() -> (ClockGrpc, TestDatabase) {
    let database = TestDatabase::create("access", &crate::MIGRATIONS).await;
    let clock = kvitt_runtime::Clock::system();
    let keeper = Timekeeper::new(database.pool().clone(), clock, CancellationToken::new());
    (ClockGrpc { keeper }, database)
}

fn from<T>(principal: Principal, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.extensions_mut().insert(Caller { principal, via: None });
    request
}

fn client() -> Principal {
    Principal::Client(ClientId::from_uuid(Uuid::new_v4()))
}

const LAUNCHER: Principal = Principal::Service(ServiceName::Launcher);

fn by(seconds: i64, nanos: i32) -> v1::AdvanceClockRequest {
    v1::AdvanceClockRequest { target: Some(ProtoTarget::By(prost_types::Duration { seconds, nanos })) }
}

fn to(seconds: i64, nanos: i32) -> v1::AdvanceClockRequest {
    v1::AdvanceClockRequest { target: Some(ProtoTarget::To(Timestamp { seconds, nanos })) }
}

#[tokio::test]
async fn the_operator_and_any_client_may_move_time_and_no_other_service() {
    let (grpc, _database) = grpc().await;
    grpc.keeper.start().await.unwrap();
    for principal in [LAUNCHER, client()] {
        grpc.advance_clock(from(principal, by(60, 0))).await.unwrap();
    }
    let told = grpc.get_clock(from(client(), v1::GetClockRequest {})).await.unwrap().into_inner();
    let offset = told.offset.unwrap();
    assert!((120..180).contains(&offset.seconds), "{offset:?}");
    for name in [ServiceName::Payment, ServiceName::Gateway] {
        let refused = grpc.advance_clock(from(Principal::Service(name), by(60, 0))).await.unwrap_err();
        assert_eq!(refused.code(), Code::PermissionDenied);
    }
    let unproven = grpc.advance_clock(Request::new(by(60, 0))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&unproven), Some(Reason::TokenMissing));
}

#[tokio::test]
async fn a_broken_target_is_refused_with_the_field_as_rest_calls_it() {
    let (grpc, _database) = grpc().await;
    grpc.keeper.start().await.unwrap();
    let table = [
        (v1::AdvanceClockRequest { target: None }, BY),
        (by(0, 0), BY),
        (by(-1, 0), BY),
        (by(i64::MIN, 0), BY),
        (by(i64::MAX, i32::MAX), BY),
        (by(11 * 366 * 86_400, 0), BY),
        (to(0, 0), TO),
        (to(kvitt_runtime::wall_now().timestamp() - 1, 0), TO),
        (to(32_503_680_000, 0), TO),
        (to(i64::MAX, 0), TO),
        (to(1_800_000_000, -1), TO),
    ];
    for (message, field) in table {
        let refused = grpc.advance_clock(from(LAUNCHER, message)).await.unwrap_err();
        let fields: Vec<_> =
            refusal::field_violations_of(&refused).into_iter().map(|violation| violation.field).collect();
        assert_eq!(fields, [field], "{message:?}");
    }
}

#[tokio::test]
async fn before_time_is_known_nobody_is_told_one() {
    let (grpc, _database) = grpc().await;
    let unknown = grpc.get_clock(from(LAUNCHER, v1::GetClockRequest {})).await.unwrap_err();
    assert_eq!(refusal::reason_of(&unknown), Some(Reason::Unavailable));
    let unknown = grpc.advance_clock(from(LAUNCHER, by(60, 0))).await.unwrap_err();
    assert_eq!(refusal::reason_of(&unknown), Some(Reason::Unavailable));
}

#[test]
fn only_a_service_itself_follows() {
    let caller = |principal, via| Caller { principal, via };
    assert_eq!(follower(&caller(LAUNCHER, None)).unwrap(), ServiceName::Launcher);
    for via in [None, Some(ServiceName::Payment)] {
        assert_eq!(follower(&caller(client(), via)).unwrap_err().code(), Code::PermissionDenied);
    }
}

#[test]
fn an_instant_that_cannot_be_read_is_a_failure() {
    let broken = Some(Timestamp { seconds: i64::MAX, nanos: 0 });
    let answer = v1::FollowClockRequest { next_due_at: broken, ..Default::default() };
    assert_eq!(settled(&answer), Settled { worked: false, failed: true, next_due_at: None });
}
