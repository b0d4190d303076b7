//! What the edge counts is added up once, and shown to whom it concerns.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use kvitt_proto::{
    error::v1::Reason,
    refusal::reason_of,
    time,
    webhook::v1::{CallCount, DashboardDay, ErrorSample},
};
use kvitt_runtime::{Caller, Principal};
use uuid::Uuid;

use super::*;
use crate::fixture::{FOREIGN_MSN, Fixture, MSN, PARTNER, by, by_client, by_foreigner, by_partner, named};

const TODAY: &str = "2090-01-01";
const CAPTURE: &str = "POST /epayment/v1/payments/{reference}/capture";
const GET: &str = "GET /epayment/v1/payments/{reference}";

fn by_edge<T>(message: T) -> Request<T> {
    by(Principal::Service(ServiceName::Gateway), message)
}

fn length(millis: u64) -> Option<prost_types::Duration> {
    Some(Duration::from_millis(millis).try_into().unwrap())
}

/// Calls of [`MSN`] today.
fn count(
    (status, code): (i32, &str),
    calls: i64,
    (total, slowest, operation): (u64, u64, &str),
) -> CallCount {
    CallCount {
        msn: MSN.to_owned(),
        api: "epayment".to_owned(),
        day: TODAY.to_owned(),
        status,
        code: code.to_owned(),
        calls,
        total: length(total),
        slowest: length(slowest),
        slowest_operation: operation.to_owned(),
    }
}

fn sample(at: DateTime<Utc>, body: &str) -> ErrorSample {
    ErrorSample {
        msn: MSN.to_owned(),
        api: "epayment".to_owned(),
        at: Some(time::to_proto(at)),
        operation: CAPTURE.to_owned(),
        status: 400,
        code: "6090".to_owned(),
        trace_id: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01".to_owned(),
        body: body.to_owned(),
    }
}

fn report(counts: Vec<CallCount>, samples: Vec<ErrorSample>) -> RecordCallsRequest {
    RecordCallsRequest { report_id: Uuid::now_v7().to_string(), counts, samples }
}

async fn record(fixture: &Fixture, request: RecordCallsRequest) {
    fixture.grpc().record_calls(by_edge(request)).await.unwrap();
}

/// What the unit is shown of so many days.
async fn shown(fixture: &Fixture, days: i32) -> GetDashboardResponse {
    let request = by_client(GetDashboardRequest { msn: MSN.to_owned(), days });
    fixture.grpc().get_dashboard(request).await.unwrap().into_inner()
}

/// All calls, those that were errors, and how often each error.
fn figures(day: &DashboardDay) -> (i64, i64, Vec<(i32, &str, i64)>) {
    let errors = day.by_error.iter().map(|error| (error.status, error.code.as_str(), error.calls));
    (day.calls, day.errors, errors.collect())
}

#[tokio::test]
async fn reports_are_added_up_and_the_same_report_only_once() {
    let fixture = Fixture::start().await;
    let first = report(
        vec![
            count((200, ""), 3, (30, 20, GET)),
            count((400, "6090"), 1, (7, 7, CAPTURE)),
            count((200, ""), 1, (25, 25, CAPTURE)),
        ],
        vec![sample(fixture.now(), "{\"title\":\"Bad Request\"}")],
    );
    record(&fixture, first.clone()).await;
    record(&fixture, first).await;
    let second = vec![
        count((400, "6090"), 1, (9, 9, GET)),
        count((404, "NOT_FOUND"), 3, (3, 1, GET)),
        count((200, ""), 1, (10, 10, GET)),
    ];
    record(&fixture, report(second, vec![])).await;

    let dashboard = shown(&fixture, 1).await;
    let [day] = &dashboard.days[..] else { panic!("one day of one API: {dashboard:?}") };
    assert_eq!((day.day.as_str(), day.api.as_str()), (TODAY, "epayment"));
    assert_eq!(figures(day), (10, 5, vec![(404, "NOT_FOUND", 3), (400, "6090", 2)]));
    assert_eq!((day.slowest, day.slowest_operation.as_str()), (length(25), CAPTURE));
    assert_eq!(day.mean, Some(prost_types::Duration { seconds: 0, nanos: 8_400_000 }));
    let of_error = &day.by_error[1];
    assert_eq!((of_error.total, of_error.slowest), (length(16), length(9)));
    assert_eq!((of_error.day.as_str(), of_error.slowest_operation.as_str()), (TODAY, GET));
    assert_eq!(dashboard.samples, [sample(fixture.now(), "{\"title\":\"Bad Request\"}")]);
}

#[tokio::test(flavor = "multi_thread")]
async fn reports_of_the_same_calls_at_once_lose_nothing() {
    let fixture = Fixture::start().await;
    let codes: Vec<String> = (0..40).map(|code| format!("60{code}")).collect();
    let recording: Vec<_> = (0..16)
        .map(|turn| {
            // Each in an order of its own.
            let mut counts: Vec<_> = codes.iter().map(|code| count((400, code), 1, (2, 2, GET))).collect();
            counts.rotate_left(turn * 2);
            if turn % 2 == 0 {
                counts.reverse();
            }
            let samples = (0..10).map(|_| sample(fixture.now(), "{}")).collect();
            let (grpc, request) = (fixture.grpc(), report(counts, samples));
            tokio::spawn(async move {
                // The first is on its way twice.
                let again = grpc.record_calls(by_edge(request.clone()));
                tokio::join!(grpc.record_calls(by_edge(request)), again)
            })
        })
        .collect();
    for recorded in recording {
        let (once, again) = recorded.await.unwrap();
        once.unwrap();
        again.unwrap();
    }
    let dashboard = shown(&fixture, 0).await;
    assert_eq!((dashboard.days[0].calls, dashboard.days[0].errors), (640, 640));
    assert!(dashboard.days[0].by_error.iter().all(|error| error.calls == 16), "{dashboard:?}");
}

#[tokio::test]
async fn days_end_at_midnight_of_business_time_and_old_ones_are_not_shown() {
    let fixture = Fixture::start().await;
    for day in ["2090-01-01", "2089-12-31", "2089-12-30", "2089-12-03", "2089-12-02"] {
        let counted = CallCount { day: day.to_owned(), ..count((200, ""), 1, (1, 1, GET)) };
        let at = format!("{day}T23:59:59Z").parse().unwrap();
        record(&fixture, report(vec![counted], vec![sample(at, day)])).await;
    }
    let days = async |days| {
        let dashboard = shown(&fixture, days).await;
        let sampled: Vec<_> = dashboard.samples.into_iter().map(|sample| sample.body).collect();
        let told: Vec<_> = dashboard.days.into_iter().map(|day| day.day).collect();
        assert_eq!(told, sampled, "samples are of the same days");
        told
    };
    assert_eq!(days(1).await, ["2090-01-01"]);
    assert_eq!(days(3).await, ["2090-01-01", "2089-12-31", "2089-12-30"]);
    assert_eq!(days(30).await, ["2090-01-01", "2089-12-31", "2089-12-30", "2089-12-03"]);
    assert_eq!(days(0).await, days(30).await);
    fixture.wait(TimeDelta::days(1));
    assert_eq!(days(2).await, ["2090-01-01"]);
}

#[tokio::test]
async fn only_the_newest_samples_of_a_day_are_kept() {
    let fixture = Fixture::start().await;
    let samples = |from: i64, to: i64| -> Vec<ErrorSample> {
        (from..to)
            .map(|second| sample(fixture.now() + TimeDelta::seconds(second), &second.to_string()))
            .collect()
    };
    record(&fixture, report(vec![], samples(0, 45))).await;
    let other = ErrorSample { api: "webhooks".to_owned(), ..sample(fixture.now(), "another API") };
    record(&fixture, report(vec![], vec![other])).await;
    record(&fixture, report(vec![], samples(45, 60))).await;
    let kept: i64 = fixture.scalar("SELECT count(*) FROM error_samples WHERE api = 'epayment'").await;
    assert_eq!(kept, 50);
    let others: i64 = fixture.scalar("SELECT count(*) FROM error_samples WHERE api = 'webhooks'").await;
    assert_eq!(others, 1);
    let told: Vec<_> = shown(&fixture, 1).await.samples.into_iter().map(|sample| sample.body).collect();
    let newest: Vec<_> = (10..60).rev().map(|second: i64| second.to_string()).collect();
    assert_eq!(told, newest);
}

#[tokio::test]
async fn what_is_old_is_forgotten() {
    let fixture = Fixture::start().await;
    record(&fixture, report(vec![count((400, "6090"), 1, (1, 1, GET))], vec![sample(fixture.now(), "{}")]))
        .await;
    let left = async || {
        let mut connection = fixture.app.pool.acquire().await.unwrap();
        let (now, wall) = (fixture.now() - TimeDelta::days(31), kvitt_runtime::wall_now());
        use crate::store::dashboard as store;
        let calls = store::forget_calls(&mut connection, now, 100).await.unwrap();
        let samples = store::forget_samples(&mut connection, now, 100).await.unwrap();
        let reports = store::forget_reports(&mut connection, wall - TimeDelta::days(1), 100).await.unwrap();
        (calls, samples, reports)
    };
    fixture.wait(TimeDelta::days(31));
    assert_eq!(left().await, (0, 0, 0));
    fixture.wait(TimeDelta::days(1));
    assert_eq!(left().await, (1, 1, 0));
    assert_eq!(left().await, (0, 0, 0));
}

#[tokio::test]
async fn only_the_edge_reports_calls_and_no_client_behind_it() {
    let fixture = Fixture::start().await;
    let request = || report(vec![count((200, ""), 1, (1, 1, GET))], vec![]);
    let mut forwarded = by_client(request());
    let caller = *Caller::of(&forwarded).unwrap();
    forwarded.extensions_mut().insert(Caller { via: Some(ServiceName::Gateway), ..caller });
    let wallet = by(Principal::Service(ServiceName::Wallet), request());
    for refused in [by_client(request()), by_partner(request()), forwarded, wallet] {
        let status = fixture.grpc().record_calls(refused).await.unwrap_err();
        assert_eq!(reason_of(&status), Some(Reason::PermissionDenied));
    }
    assert!(shown(&fixture, 0).await.days.is_empty());
}

#[tokio::test]
async fn a_report_that_is_out_of_bounds_changes_nothing_and_names_its_fields() {
    let fixture = Fixture::start().await;
    let good = || count((200, ""), 1, (1, 1, GET));
    let at = fixture.now();
    let tampered = |change: fn(&mut CallCount)| {
        let mut count = good();
        change(&mut count);
        report(vec![good(), count], vec![])
    };
    let resampled = |change: fn(&mut ErrorSample)| {
        let mut sample = sample(at, "{}");
        change(&mut sample);
        report(vec![good()], vec![sample])
    };
    let table = [
        (RecordCallsRequest { report_id: "7".to_owned(), ..report(vec![good()], vec![]) }, "reportId"),
        (report(vec![good(); 5001], vec![]), "counts"),
        (report(vec![], vec![sample(at, ""); 501]), "samples"),
        (tampered(|count| count.msn.clear()), "counts[1].msn"),
        (tampered(|count| count.api.clear()), "counts[1].api"),
        (tampered(|count| count.api = "x".repeat(65)), "counts[1].api"),
        (tampered(|count| count.day = "2026-1-22".to_owned()), "counts[1].day"),
        (tampered(|count| count.day = "2026-02-30".to_owned()), "counts[1].day"),
        (tampered(|count| count.status = 99), "counts[1].status"),
        (tampered(|count| count.status = 65_736), "counts[1].status"),
        (tampered(|count| count.code = "x".repeat(65)), "counts[1].code"),
        (tampered(|count| count.calls = 0), "counts[1].calls"),
        (tampered(|count| count.calls = i64::MAX), "counts[1].calls"),
        (tampered(|count| count.total = None), "counts[1].total"),
        (tampered(|count| count.total = length(u64::MAX / 1000)), "counts[1].total"),
        (tampered(|count| count.slowest = length(2)), "counts[1].slowest"),
        (tampered(|count| count.slowest_operation.clear()), "counts[1].slowestOperation"),
        (resampled(|sample| sample.at = None), "samples[0].at"),
        (resampled(|sample| sample.status = 399), "samples[0].status"),
        (resampled(|sample| sample.operation = "x".repeat(257)), "samples[0].operation"),
        (resampled(|sample| sample.trace_id = "x".repeat(65)), "samples[0].traceId"),
        (resampled(|sample| sample.body = "x".repeat(2049)), "samples[0].body"),
        (resampled(|sample| sample.body = "\0".to_owned()), "samples[0].body"),
    ];
    for (request, field) in table {
        let status = fixture.grpc().record_calls(by_edge(request)).await.unwrap_err();
        assert_eq!(named(&status), [field]);
    }
    assert!(shown(&fixture, 0).await.days.is_empty());
}

#[tokio::test]
async fn a_unit_is_shown_its_own_and_asks_for_days_that_there_are() {
    let fixture = Fixture::start().await;
    record(&fixture, report(vec![count((200, ""), 1, (1, 1, GET))], vec![sample(fixture.now(), "{}")])).await;
    let own = GetDashboardRequest { msn: FOREIGN_MSN.to_owned(), days: 0 };
    let shown = fixture.grpc().get_dashboard(by_foreigner(own)).await.unwrap().into_inner();
    assert_eq!(shown, GetDashboardResponse::default());
    let foreign = GetDashboardRequest { msn: MSN.to_owned(), days: 0 };
    let refused = fixture.grpc().get_dashboard(by_foreigner(foreign)).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::MsnNotCovered));
    for (msn, days, field) in [("", 1, "msn"), ("x", 1, "msn"), (MSN, 31, "days"), (MSN, -1, "days")] {
        let request = by_client(GetDashboardRequest { msn: msn.to_owned(), days });
        let refused = fixture.grpc().get_dashboard(request).await.unwrap_err();
        assert_eq!(named(&refused), [field], "{msn} {days}");
    }
}

#[tokio::test]
async fn owners_are_told_of_their_own_registrations_that_ended_by_themselves() {
    let fixture = Fixture::start().await;
    let insert = "INSERT INTO registrations (webhook_id, msn, partner_id, url, events, sealed_secret, \
        standard_webhooks, registered_at, silent_since, ended_at) \
        VALUES ($1, $2, $3, $4, '{epayments.payment.captured.v1}', '', false, $5, $5, $6)";
    let (now, day) = (fixture.now(), TimeDelta::days(1));
    let table = [
        ("unit", MSN, None, Some(now - day)),
        ("unit, later", MSN, None, Some(now)),
        ("unit, still there", MSN, None, None),
        ("unit, long ago", MSN, None, Some(now - day * 31)),
        ("partner", MSN, Some(PARTNER), Some(now - day)),
        ("partner of all", "", Some(PARTNER), Some(now)),
        ("foreign", FOREIGN_MSN, None, Some(now)),
    ];
    for (url, msn, partner, ended_at) in table {
        let row = sqlx::query(insert).bind(Uuid::now_v7()).bind(msn);
        let row = row.bind(partner.map(kvitt_primitives::PartnerId::as_uuid)).bind(url);
        row.bind(now - day * 40).bind(ended_at).execute(fixture.database.pool()).await.unwrap();
    }
    let request = || GetDashboardRequest { msn: MSN.to_owned(), days: 1 };
    let told = async |request| {
        let shown = fixture.grpc().get_dashboard(request).await.unwrap().into_inner();
        let notices = shown.notices.into_iter();
        notices.map(|notice| (notice.url, notice.events.len(), notice.ended_at)).collect::<Vec<_>>()
    };
    let notice = |url: &str, at| (url.to_owned(), 1, Some(time::to_proto(at)));
    assert_eq!(told(by_client(request())).await, [notice("unit, later", now), notice("unit", now - day)]);
    let of_partner = [notice("partner of all", now), notice("partner", now - day)];
    assert_eq!(told(by_partner(request())).await, of_partner);
}
