use reqwest::RequestBuilder;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use serde_json::Value;

/// What the gateway answered, and the questions tests ask about it.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub text: String,
    /// The body as JSON; null when it is none.
    pub body: Value,
}

impl Answer {
    /// Sends the request. A 5xx fails the test at once: nothing a client does may cause one.
    pub async fn of(request: RequestBuilder) -> Self {
        let answer = Self::try_of(request).await.expect("the gateway answers");
        assert!(answer.status < 500, "a server fault: {} {}", answer.status, answer.text);
        answer
    }

    /// Sends the request; None when the connection broke. For tests in which the platform may be down.
    pub async fn try_of(request: RequestBuilder) -> Option<Self> {
        let response = request.send().await.ok()?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let text = response.text().await.ok()?;
        let body = serde_json::from_str(&text).unwrap_or(Value::Null);
        Some(Self { status, headers, text, body })
    }

    /// The media type without its parameters.
    pub fn media_type(&self) -> &str {
        let whole = self.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        whole.split(';').next().unwrap_or_default().trim()
    }

    /// The body of a success with this status; every 2xx is `application/json`.
    #[track_caller]
    pub fn is(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.media_type(), "application/json", "{}", self.text);
        &self.body
    }

    /// The body of a refusal in problem+json, its form checked to the letter.
    #[track_caller]
    pub fn problem(&self, status: u16) -> &Value {
        assert_eq!(self.status, status, "{}", self.text);
        assert_eq!(self.media_type(), "application/problem+json", "{}", self.text);
        let body = &self.body;
        assert_eq!(body["type"], format!("https://httpstatuses.io/{status}"), "{}", self.text);
        assert_eq!(body["status"], status, "{}", self.text);
        assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()), "{}", self.text);
        assert!(body["instance"].as_str().is_some_and(|path| path.starts_with('/')), "{}", self.text);
        assert!(is_trace_parent(body["traceId"].as_str().unwrap_or_default()), "{}", self.text);
        assert!(body["extraDetails"].is_array() || body["extraDetails"].is_null(), "{}", self.text);
        body
    }

    /// Checks a refusal with one of upstream's error codes.
    #[track_caller]
    pub fn refused(&self, status: u16, code: &str) -> &Value {
        let body = self.problem(status);
        assert_eq!(self.code(), Some(code), "{}", self.text);
        body
    }

    /// Checks a refusal that names this field and has no error code.
    #[track_caller]
    pub fn names_field(&self, field: &str) {
        self.problem(400);
        assert_eq!(self.code(), None, "a broken field has no error code: {}", self.text);
        assert!(self.fields().contains(&field), "{field} is not named: {}", self.text);
        assert_eq!(self.body["title"], "Bad Request");
        assert_eq!(self.body["detail"], "See extraDetails for further details");
    }

    /// The `ErrorCode` of `extraDetails`.
    pub fn code(&self) -> Option<&str> {
        let details = self.body["extraDetails"].as_array()?;
        details.iter().find(|detail| detail["name"] == "ErrorCode")?["reason"].as_str()
    }

    /// The fields that `extraDetails` names.
    pub fn fields(&self) -> Vec<&str> {
        let details = self.body["extraDetails"].as_array().map(Vec::as_slice).unwrap_or_default();
        details
            .iter()
            .filter_map(|detail| detail["name"].as_str())
            .filter(|name| *name != "ErrorCode")
            .collect()
    }

    /// Every byte of the body but those of the trace id.
    pub fn text_without_trace_id(&self) -> String {
        let trace_id = self.body["traceId"].as_str().expect("a problem has a trace id");
        assert_eq!(self.text.matches(trace_id).count(), 1, "the trace id stands once: {}", self.text);
        self.text.replace(trace_id, "")
    }
}

/// Whether the text is a W3C traceparent: `00-<32 hex>-<16 hex>-01`.
fn is_trace_parent(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    let hex = |part: &str, len: usize| {
        part.len() == len && part.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
    };
    matches!(parts[..], ["00", trace, span, "01"] if hex(trace, 32) && hex(span, 16))
}
