//! `GET /kvitt/v1/reports`: a settlement report as a file. Its head comes at once, and its bytes when it has been written; a
//! file that breaks off is to be asked for again.

use axum::{
    body::{Body, Bytes},
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use http::{HeaderValue, header};
use kvitt_proto::{
    error::v1::Reason,
    refusal,
    settlement::v1::{DownloadReportRequest, DownloadReportResponse},
};
use tokio_stream::StreamExt as _;
use tonic::Status;
use url::form_urlencoded;

use super::words::{FORMATS, LANGUAGES, find, rule};
use crate::{
    body::{Faults, renamed},
    gateway::Gateway,
    problem::Refused,
};

/// Most units that a query may name; the service behind says how many one report may have.
const MOST_UNITS: usize = 1_000;

/// The operation.
pub(crate) async fn download(
    State(gateway): State<Gateway>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refused> {
    let request = decode(query.as_deref().unwrap_or_default())?;
    let named = |status| renamed(status, &[("msns", "merchantSerialNumbers")]);
    let mut pieces = gateway.reports().download_report(request).await.map_err(named)?.into_inner();
    let first = pieces.message().await.map_err(named)?;
    let lacks = || refusal::status(Reason::Internal, "a report lacks its beginning");
    let DownloadReportResponse { piece, file_name, media_type } = first.ok_or_else(lacks)?;
    let value = |text: &str| HeaderValue::try_from(text).map_err(|_| lacks());
    let headers = [
        (header::CONTENT_TYPE, value(&media_type)?),
        (header::CONTENT_DISPOSITION, value(&format!("attachment; filename=\"{file_name}\""))?),
        (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    ];
    let rest = pieces.map(|piece| piece.map(|piece| Bytes::from(piece.piece)));
    let whole = tokio_stream::once(Ok(Bytes::from(piece))).chain(rest);
    Ok((headers, Body::from_stream(whole)).into_response())
}

/// Units may be named one by one or with commas between them. Where another name stands twice, the last one counts.
fn decode(query: &str) -> Result<DownloadReportRequest, Status> {
    let (mut request, faults) = (DownloadReportRequest::default(), Faults::default());
    for (name, value) in form_urlencoded::parse(query.as_bytes()) {
        match &*name {
            "merchantSerialNumbers" => request.msns.extend(units(&value)),
            "fromDate" => request.from_date = value.into_owned(),
            "toDate" => request.to_date = value.into_owned(),
            "format" => match find(&FORMATS, &value) {
                Some(format) => request.format = format.into(),
                None => faults.field("format", rule(&FORMATS)),
            },
            "language" => match find(&LANGUAGES, &value) {
                Some(language) => request.language = language.into(),
                None => faults.field("language", rule(&LANGUAGES)),
            },
            "personalInformation" => match &*value {
                "true" => request.personal_information = true,
                "false" => request.personal_information = false,
                _ => faults.field("personalInformation", "must be true or false"),
            },
            _ => {}
        }
    }
    if request.msns.len() > MOST_UNITS {
        faults.field("merchantSerialNumbers", format!("must be at most {MOST_UNITS} sales units"));
    }
    faults.finish().map(|()| request)
}

fn units(value: &str) -> impl Iterator<Item = String> {
    value.split(',').take(MOST_UNITS + 1).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use kvitt_proto::settlement::v1::{Language, ReportFormat};

    use super::*;
    use crate::epayment::call::tests::named;

    #[test]
    fn a_query_says_which_report_is_meant() {
        let query = "merchantSerialNumbers=123456,654321&merchantSerialNumbers=555555&fromDate=2026-11-01\
            &toDate=2026-11-22&format=CLASSIC_XML&format=PERIOD_PDF&language=NB&personalInformation=true&more=1";
        let request = decode(query).unwrap();
        assert_eq!(request.msns, ["123456", "654321", "555555"]);
        assert_eq!((request.from_date.as_str(), request.to_date.as_str()), ("2026-11-01", "2026-11-22"));
        assert_eq!((request.format(), request.language()), (ReportFormat::PeriodPdf, Language::Nb));
        assert!(request.personal_information);
        assert_eq!(decode("").unwrap(), DownloadReportRequest::default());
    }

    #[test]
    fn what_cannot_be_meant_is_named() {
        let many = format!("merchantSerialNumbers={}", "1,".repeat(2_000));
        let table = [
            ("format=pdf", &["format"] as &[&str]),
            ("format=&language=nb", &["format", "language"]),
            ("personalInformation=yes", &["personalInformation"]),
            (&many, &["merchantSerialNumbers"]),
        ];
        for (query, expected) in table {
            let mut broken = named(&decode(query).unwrap_err());
            broken.sort();
            assert_eq!(broken, expected, "{query:.40}");
        }
    }
}
