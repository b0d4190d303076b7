//! The codes of payments.

use chrono::TimeDelta;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::{PayerTerms, PaymentState, QrFormat, UserFlow},
    qr::v1::{CreateOneTimeQrRequest, CreateOneTimeQrResponse, QrImage, qr_service_server::QrService as _},
    time,
};
use tonic::{Response, Status};

use super::image;
use crate::fixture::{FOREIGN_MSN, Fixture, MSN, answered, by_client, by_foreigner, named, reason};

const TOKEN: &str = "AZkT0ken-_of48charactersAZkT0ken-_of48characters";

impl Fixture {
    /// A payment that waits for ten minutes.
    pub(crate) fn waiting(&self) -> PayerTerms {
        PayerTerms {
            msn: MSN.to_owned(),
            reference: "order-123".to_owned(),
            state: PaymentState::Created.into(),
            user_flow: UserFlow::WebRedirect.into(),
            expires_at: Some(time::to_proto(self.now() + TimeDelta::minutes(10))),
            redirect_token: TOKEN.to_owned(),
            landing_url: format!("https://landing.example/?token={TOKEN}"),
            ..PayerTerms::default()
        }
    }

    fn know(&self, terms: PayerTerms) {
        self.peers.script().terms.insert(terms.redirect_token.clone(), terms);
    }

    async fn one_time(
        &self,
        url: &str,
        image: Option<QrImage>,
    ) -> Result<Response<CreateOneTimeQrResponse>, Status> {
        let request = CreateOneTimeQrRequest { msn: MSN.to_owned(), url: url.to_owned(), image };
        self.grpc().create_one_time_qr(by_client(request)).await
    }
}

#[tokio::test]
async fn a_payment_has_a_code_as_long_as_it_waits() {
    let fixture = Fixture::start().await;
    fixture.know(fixture.waiting());
    let web = format!("https://landing.example/?token={TOKEN}");
    let app = format!("vippsMT://?token={TOKEN}");
    let (svg, png) = (format!("{TOKEN}.svg"), format!("{TOKEN}.png?size=1024&border=8"));
    let file = |name: &str| format!("https://api.example/qr-images/v1/one-time/{name}");
    for (url, asked, expected) in [
        (&web, None, file(&svg)),
        (&app, None, file(&svg)),
        (&web, image(QrFormat::ImagePng, None, None), file(&png)),
        (&app, image(QrFormat::TextTargetUrl, None, None), web.clone()),
    ] {
        let made = answered(fixture.one_time(url, asked).await);
        assert_eq!((made.url, made.expires_in_seconds), (expected, 600));
    }
    fixture.wait(TimeDelta::seconds(599));
    assert_eq!(answered(fixture.one_time(&web, None).await).expires_in_seconds, 1);
    fixture.wait(TimeDelta::seconds(1));
    assert_eq!(reason(fixture.one_time(&web, None).await), Reason::QrOrderTimeout);
    assert!(!fixture.peers.script().client_seen);
}

#[tokio::test]
async fn a_payment_that_waits_no_more_has_no_code() {
    let fixture = Fixture::start().await;
    let waiting = fixture.waiting();
    let url = waiting.landing_url.clone();
    let states = [
        PaymentState::Aborted,
        PaymentState::Expired,
        PaymentState::Authorized,
        PaymentState::Terminated,
        PaymentState::Unspecified,
    ];
    for state in states {
        fixture.know(PayerTerms { state: state.into(), ..waiting.clone() });
        assert_eq!(reason(fixture.one_time(&url, None).await), Reason::QrOrderTimeout, "{state:?}");
    }
    let pushed = UserFlow::PushMessage.into();
    fixture.know(PayerTerms { user_flow: pushed, landing_url: String::new(), ..waiting });
    assert_eq!(reason(fixture.one_time(&url, None).await), Reason::QrOrderTimeout);
}

#[tokio::test]
async fn a_url_of_no_payment_or_of_another_units_is_refused_in_the_same_words() {
    let fixture = Fixture::start().await;
    fixture.know(fixture.waiting());
    let url = fixture.waiting().landing_url;
    let foreign = CreateOneTimeQrRequest { msn: FOREIGN_MSN.to_owned(), url, image: None };
    let foreign = fixture.grpc().create_one_time_qr(by_foreigner(foreign)).await.unwrap_err();
    let unknown = fixture.one_time("https://landing.example/?token=unknown", None).await.unwrap_err();
    assert_eq!((foreign.message(), foreign.details()), (unknown.message(), unknown.details()));
    assert_eq!(named::<()>(Err(foreign)), ["url"]);
    for url in [
        "",
        "x",
        "https://landing.example/",
        "https://landing.example/?token=",
        "https://landing.example/?token=%00",
        &format!("https://landing.example/#token={TOKEN}"),
        &format!("landing.example/?token={TOKEN}"),
        &format!("https://landing.example/?token={}", "A".repeat(100_000)),
    ] {
        assert_eq!(named(fixture.one_time(url, None).await), ["url"], "{url:.60}");
    }
}

#[tokio::test]
async fn a_picture_of_a_payment_that_cannot_be_is_refused() {
    let fixture = Fixture::start().await;
    fixture.know(fixture.waiting());
    let url = fixture.waiting().landing_url;
    let asked = image(QrFormat::ImagePng, Some(150), Some(30));
    assert_eq!(named(fixture.one_time(&url, asked).await), ["whiteBorder"]);
    fixture.peers.script().away = true;
    assert_eq!(reason(fixture.one_time(&url, None).await), Reason::Unavailable);
}
