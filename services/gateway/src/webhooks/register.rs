//! `POST /webhooks/v1/webhooks`: events are told to a URL from now on. The body is JSON whatever its media type says, since
//! upstream's own examples send none.

use axum::{
    Extension, Json,
    extract::{Request, State},
};
use http::StatusCode;
use kvitt_proto::webhook::v1::RegisterWebhookRequest;
use tonic::Status;

use super::{auth::ForUnit, json::Registered};
use crate::{
    body::{self, Faults, Field, Tree},
    gateway::Gateway,
    problem::Refused,
};

/// The operation.
pub(crate) async fn register(
    State(gateway): State<Gateway>,
    Extension(ForUnit(msn)): Extension<ForUnit>,
    request: Request,
) -> Result<(StatusCode, Json<Registered>), Refused> {
    let request = decode(&body::collect(request.into_body()).await?, msn)?;
    let answer = gateway.webhooks().register_webhook(request).await?.into_inner();
    Ok((StatusCode::CREATED, Json(Registered { id: answer.webhook_id, secret: answer.secret })))
}

fn decode(body: &[u8], msn: String) -> Result<RegisterWebhookRequest, Status> {
    let (tree, faults) = (Tree::parse(body)?, Faults::default());
    let root = Field::root(&tree, &faults)?;
    let events = root.field("events").required().items().into_iter().map(Field::required);
    let request = RegisterWebhookRequest {
        msn,
        url: root.field("url").required().text().unwrap_or_default(),
        events: events.filter_map(|event| event.text()).collect(),
        standard_webhooks: root.field("standardWebhooks").boolean().unwrap_or_default(),
    };
    faults.finish().map(|()| request)
}

#[cfg(test)]
mod tests {
    use kvitt_proto::refusal;
    use serde_json::{Value, json};

    use super::*;

    fn read(body: &Value) -> Result<RegisterWebhookRequest, Vec<String>> {
        decode(body.to_string().as_bytes(), "123456".to_owned()).map_err(|status| {
            let broken = refusal::field_violations_of(&status).into_iter();
            broken.map(|violation| violation.field).collect()
        })
    }

    #[test]
    fn a_registration_is_read_with_and_without_our_own_field() {
        let body = json!({"url": "https://shop.example/", "events": ["a", "b"], "more": 1});
        let request = RegisterWebhookRequest {
            msn: "123456".to_owned(),
            url: "https://shop.example/".to_owned(),
            events: vec!["a".to_owned(), "b".to_owned()],
            standard_webhooks: false,
        };
        assert_eq!(read(&body), Ok(request.clone()));
        let body = json!({"url": "https://shop.example/", "events": ["a", "b"], "standardWebhooks": true});
        assert_eq!(read(&body), Ok(RegisterWebhookRequest { standard_webhooks: true, ..request }));
    }

    #[test]
    fn every_broken_field_is_named() {
        let table = [
            (json!({}), &["events", "url"] as &[&str]),
            (json!({"url": 1, "events": "all"}), &["events", "url"]),
            (json!({"url": "u", "events": [1, null]}), &["events[0]", "events[1]"]),
            (json!({"url": "u", "events": ["a"], "standardWebhooks": "yes"}), &["standardWebhooks"]),
        ];
        for (body, expected) in table {
            let mut broken = read(&body).unwrap_err();
            broken.sort();
            assert_eq!(broken, expected, "{body}");
        }
    }
}
