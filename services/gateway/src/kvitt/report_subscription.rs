//! `/kvitt/v1/report-subscriptions`: who is sent a sales unit's reports by e-mail, which elsewhere is set in the portal alone.
//! Sandbox only.

use axum::{
    Extension, Json,
    extract::{Path, Request, State, rejection::PathRejection},
};
use http::StatusCode;
use kvitt_primitives::Msn;
use kvitt_proto::settlement::v1::{
    CreateSubscriptionRequest, DeleteSubscriptionRequest, ListSubscriptionsRequest, Subscription as Message,
    UpdateSubscriptionRequest,
};
use tonic::Status;

use super::report_json::{INTERVALS, Subscription, Subscriptions};
use crate::{
    body,
    gateway::Gateway,
    problem::Refused,
    reports::words::{FORMATS, LANGUAGES},
};

/// `POST`: sends reports from the next one on.
pub(crate) async fn create(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    request: Request,
) -> Result<(StatusCode, Json<Subscription>), Refused> {
    let subscription = Some(decode(&body::collect(request.into_body()).await?, &msn, "")?);
    let answer = gateway.reports().create_subscription(CreateSubscriptionRequest { subscription }).await?;
    Ok((StatusCode::CREATED, Json(Subscription::from_proto(answer.into_inner().subscription)?)))
}

/// `GET`: all of a sales unit, oldest first.
pub(crate) async fn list(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
) -> Result<Json<Subscriptions>, Refused> {
    let request = ListSubscriptionsRequest { msn: msn.to_string() };
    let answer = gateway.reports().list_subscriptions(request).await?.into_inner();
    Ok(Json(Subscriptions::from_proto(answer)?))
}

/// `PUT /{subscriptionId}`: changes all of one.
pub(crate) async fn update(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: Result<Path<String>, PathRejection>,
    request: Request,
) -> Result<Json<Subscription>, Refused> {
    let id = id(path);
    let subscription = Some(decode(&body::collect(request.into_body()).await?, &msn, &id)?);
    let answer = gateway.reports().update_subscription(UpdateSubscriptionRequest { subscription }).await?;
    Ok(Json(Subscription::from_proto(answer.into_inner().subscription)?))
}

/// `DELETE /{subscriptionId}`: sends no more.
pub(crate) async fn delete(
    State(gateway): State<Gateway>,
    Extension(msn): Extension<Msn>,
    path: Result<Path<String>, PathRejection>,
) -> Result<StatusCode, Refused> {
    let request = DeleteSubscriptionRequest { msn: msn.to_string(), subscription_id: id(path) };
    gateway.reports().delete_subscription(request).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// What is no text is no id either.
fn id(path: Result<Path<String>, PathRejection>) -> String {
    path.map_or_else(|_| "?".to_owned(), |Path(id)| id)
}

fn decode(body: &[u8], msn: &Msn, id: &str) -> Result<Message, Status> {
    body::decode_bytes(body, |root, _| {
        let emails = root.field("emails").required().items();
        Message {
            subscription_id: id.to_owned(),
            msn: msn.to_string(),
            interval: root.field("interval").required().choice(&INTERVALS).unwrap_or_default().into(),
            emails: emails.iter().filter_map(|email| email.text()).collect(),
            format: root.field("format").required().choice(&FORMATS).unwrap_or_default().into(),
            language: root.field("language").choice(&LANGUAGES).unwrap_or_default().into(),
        }
    })
}

#[cfg(test)]
mod tests {
    use kvitt_proto::settlement::v1::{Language, ReportFormat, ReportInterval};

    use super::*;
    use crate::epayment::call::tests::named;

    #[test]
    fn a_subscription_is_read_whole() {
        let msn: Msn = "123456".parse().unwrap();
        let body = br#"{"interval":"WEEKLY","emails":["kari@example.com","ola@example.com"],
            "format":"SETTLEMENT_XLSX","language":"FI","more":1}"#;
        let read = decode(body, &msn, "an-id").unwrap();
        assert_eq!((read.msn.as_str(), read.subscription_id.as_str()), ("123456", "an-id"));
        assert_eq!(read.emails, ["kari@example.com", "ola@example.com"]);
        assert_eq!((read.interval(), read.language()), (ReportInterval::Weekly, Language::Fi));
        assert_eq!(read.format(), ReportFormat::SettlementXlsx);
        for (body, expected) in [
            ("{}", &["emails", "format", "interval"] as &[&str]),
            (r#"{"emails":"a","format":"x","interval":1}"#, &["emails", "format", "interval"]),
            (
                r#"{"emails":[1],"format":"CLASSIC_CSV","interval":"DAILY","language":"no"}"#,
                &["emails[0]", "language"],
            ),
        ] {
            let mut broken = named(&decode(body.as_bytes(), &msn, "").unwrap_err());
            broken.sort();
            assert_eq!(broken, expected, "{body}");
        }
    }
}
