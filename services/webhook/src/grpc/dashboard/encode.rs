//! The dashboard into the words of the wire.

use kvitt_proto::{
    time,
    webhook::v1::{CallCount, DashboardDay, ErrorSample, GetDashboardResponse, WebhookNotice},
};

use crate::{
    app::get_dashboard::Dashboard,
    domain::dashboard::{Alike, Calls, Day, Notice, Sample},
};

const MICROS: i64 = 1_000_000;

pub(super) fn dashboard(dashboard: Dashboard) -> GetDashboardResponse {
    GetDashboardResponse {
        days: dashboard.days.into_iter().map(day).collect(),
        samples: dashboard.samples.into_iter().map(sample).collect(),
        notices: dashboard.notices.into_iter().map(notice).collect(),
    }
}

fn day(day: Day) -> DashboardDay {
    DashboardDay {
        day: day.day.to_string(),
        api: day.api,
        calls: day.all.calls,
        errors: day.errors,
        by_error: day.by_error.into_iter().map(count).collect(),
        mean: Some(length(day.all.mean_us())),
        slowest: Some(length(day.all.slowest_us)),
        slowest_operation: day.all.slowest_operation,
    }
}

fn count((alike, calls): (Alike, Calls)) -> CallCount {
    CallCount {
        msn: alike.msn.to_string(),
        api: alike.api,
        day: alike.day.to_string(),
        status: alike.status.into(),
        code: alike.code,
        calls: calls.calls,
        total: Some(length(calls.total_us)),
        slowest: Some(length(calls.slowest_us)),
        slowest_operation: calls.slowest_operation,
    }
}

fn sample(sample: Sample) -> ErrorSample {
    ErrorSample {
        msn: sample.msn.to_string(),
        api: sample.api,
        at: Some(time::to_proto(sample.at)),
        operation: sample.operation,
        status: sample.status.into(),
        code: sample.code,
        trace_id: sample.trace_id,
        body: sample.body,
    }
}

fn notice(notice: Notice) -> WebhookNotice {
    WebhookNotice {
        webhook_id: notice.webhook_id.to_string(),
        url: notice.url,
        events: notice.events,
        silent_since: Some(time::to_proto(notice.silent_since)),
        ended_at: Some(time::to_proto(notice.ended_at)),
    }
}

/// Never negative: the database holds that.
fn length(micros: i64) -> prost_types::Duration {
    let nanos = i32::try_from(micros % MICROS * 1000).expect("less than a second");
    prost_types::Duration { seconds: micros / MICROS, nanos }
}
