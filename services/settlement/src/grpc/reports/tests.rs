use kvitt_proto::{
    error::v1::Reason,
    settlement::v1::{Language, Mail, ReportFormat, ReportInterval, Subscription},
};
use tokio_stream::StreamExt as _;

use super::*;
use crate::{
    app::create_subscription::MOST_SUBSCRIPTIONS,
    fixture::{
        DK_MSN, FOREIGN_MSN, Fixture, LOGIN_MSN, MSN, TEST_MSN, VM_MSN, answered, by_accountant,
        by_assistant, by_client, by_foreigner, by_operator, by_partner, by_stranger, by_user, files::wanted,
        named, reason,
    },
};

fn report(msns: &[&str], (from, to): (&str, &str)) -> DownloadReportRequest {
    DownloadReportRequest {
        msns: msns.iter().map(|msn| (*msn).to_owned()).collect(),
        from_date: from.to_owned(),
        to_date: to.to_owned(),
        format: ReportFormat::SettlementCsv.into(),
        language: Language::En.into(),
        personal_information: false,
    }
}

fn subscription(msn: &str) -> Subscription {
    Subscription {
        subscription_id: String::new(),
        msn: msn.to_owned(),
        interval: ReportInterval::Daily.into(),
        emails: vec!["Kari@Example.com".to_owned(), "ola@example.com".to_owned()],
        format: ReportFormat::SettlementXlsx.into(),
        language: Language::Nb.into(),
    }
}

fn create(subscription: Subscription) -> CreateSubscriptionRequest {
    CreateSubscriptionRequest { subscription: Some(subscription) }
}

/// A unit that sold on Monday, which has closed.
async fn sold() -> Fixture {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-1", 10_000).await;
    fixture.pass_days(1).await;
    fixture
}

const MONDAY: (&str, &str) = ("2090-03-06", "2090-03-06");

#[tokio::test]
async fn a_report_comes_in_pieces_after_what_it_is_called() {
    let fixture = sold().await;
    let answer = fixture.grpc().download_report(by_client(report(&[MSN], MONDAY))).await;
    let pieces: Vec<DownloadReportResponse> =
        answered(answer).map(|one| one.expect("a piece")).collect().await;
    assert_eq!(pieces[0].file_name, format!("settlements-{MSN}-2090-03-06-2090-03-06.csv"));
    assert_eq!(pieces[0].media_type, "text/csv; charset=utf-8");
    assert!(pieces[1..].iter().all(|piece| piece.file_name.is_empty() && piece.media_type.is_empty()));
    assert!(pieces.iter().all(|piece| piece.piece.len() <= 64 * 1024));
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|piece| piece.piece).collect();
    let same = wanted(&[MSN], kvitt_reports::Format::SettlementCsv, MONDAY);
    assert!(bytes == fixture.report(&same).await);
}

#[tokio::test]
async fn a_report_is_for_whoever_may_read_every_unit_that_is_named() {
    let fixture = sold().await;
    fixture.capture(VM_MSN, "vm-1", 10_000).await;
    fixture.pass_days(1).await;
    fixture.grant(&[MSN]);
    let grpc = fixture.grpc();
    let one = || report(&[MSN], MONDAY);
    let both = || report(&[MSN, VM_MSN], ("2090-03-06", "2090-03-07"));
    drop(answered(grpc.download_report(by_user(both())).await));
    drop(answered(grpc.download_report(by_operator(both())).await));
    drop(answered(grpc.download_report(by_assistant(one())).await));
    drop(answered(grpc.download_report(by_accountant(one())).await));
    let hidden = [
        grpc.download_report(by_client(both())).await,
        grpc.download_report(by_assistant(both())).await,
        grpc.download_report(by_accountant(both())).await,
        grpc.download_report(by_foreigner(one())).await,
        grpc.download_report(by_partner(one())).await,
        grpc.download_report(by_stranger(one())).await,
        grpc.download_report(by_user(report(&["999999"], MONDAY))).await,
        grpc.download_report(by_user(report(&[FOREIGN_MSN], MONDAY))).await,
        grpc.download_report(by_user(report(&[TEST_MSN], MONDAY))).await,
        grpc.download_report(by_user(report(&[LOGIN_MSN], MONDAY))).await,
        // What is broken in it is not told of what is not there.
        grpc.download_report(by_user(report(&[FOREIGN_MSN], ("x", "y")))).await,
    ];
    for refused in hidden {
        assert_eq!(reason(refused), Reason::LedgerNotFound);
    }
    let foreign = report(&[MSN, FOREIGN_MSN], MONDAY);
    assert_eq!(named(grpc.download_report(by_operator(foreign)).await), ["msns"]);
}

#[tokio::test]
async fn a_range_is_in_order_not_too_long_and_closed() {
    let fixture = sold().await;
    let grpc = fixture.grpc();
    let table = [
        (("2090-03-06", "2090-03-05"), "toDate"),
        (("2089-03-06", "2090-03-07"), "toDate"),
        (("2080-03-06", "2090-03-06"), "toDate"),
        (("2090-03-06", "2090-03-07"), "toDate"),
        (("2090-03-06", "9999-12-31"), "toDate"),
        (("2090-03-06", ""), "toDate"),
        (("2090-3-06", "2090-03-06"), "fromDate"),
        (("2090-02-30", "2090-03-06"), "fromDate"),
        (("+090-03-06", "2090-03-06"), "fromDate"),
        (("06.03.2090", "2090-03-06"), "fromDate"),
        (("2090-03-06T00:00:00Z", "2090-03-06"), "fromDate"),
    ];
    for (dates, field) in table {
        assert_eq!(named(grpc.download_report(by_client(report(&[MSN], dates))).await), [field], "{dates:?}");
    }
    // 366 dates are not too long.
    drop(answered(grpc.download_report(by_client(report(&[MSN], ("2089-03-06", "2090-03-06")))).await));
    let empty = [
        grpc.download_report(by_client(report(&[MSN], ("2090-03-01", "2090-03-05")))).await,
        grpc.download_report(by_user(report(&[DK_MSN], MONDAY))).await,
        grpc.download_report(by_client(report(&[MSN], ("0001-01-01", "0001-01-01")))).await,
    ];
    for refused in empty {
        assert_eq!(reason(refused), Reason::ReportEmpty);
    }
}

#[tokio::test]
async fn every_broken_field_of_a_report_is_named() {
    let fixture = sold().await;
    let grpc = fixture.grpc();
    let broken = DownloadReportRequest {
        from_date: "soon".to_owned(),
        to_date: "later".to_owned(),
        format: 0,
        language: 99,
        ..report(&[MSN], MONDAY)
    };
    let named_fields = named(grpc.download_report(by_client(broken)).await);
    assert_eq!(named_fields, ["fromDate", "toDate", "format", "language"]);
    let many: Vec<String> = (0..101).map(|at| format!("{}", 100_000 + at)).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table: [(&[&str], &str); 4] =
        [(&[], "msns"), (&many, "msns"), (&[MSN, MSN], "msns[1]"), (&[MSN, "12a456"], "msns[1]")];
    for (msns, field) in table {
        assert_eq!(named(grpc.download_report(by_client(report(msns, MONDAY))).await), [field], "{msns:.2?}");
    }
}

#[tokio::test]
async fn more_reports_than_there_is_room_for_are_refused() {
    let fixture = sold().await;
    let grpc = fixture.grpc();
    let mut places = Vec::new();
    while let Ok(place) = fixture.app.room.take() {
        places.push(place);
    }
    let refused = grpc.download_report(by_client(report(&[MSN], MONDAY))).await;
    assert_eq!(reason(refused), Reason::Overloaded);
    places.pop();
    let read: Vec<_> =
        answered(grpc.download_report(by_client(report(&[MSN], MONDAY))).await).collect().await;
    assert!(read.iter().all(Result::is_ok));
    places.clear();
}

#[tokio::test]
async fn a_subscription_is_made_changed_listed_and_ended() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let made = answered(grpc.create_subscription(by_user(create(subscription(MSN)))).await);
    let made = made.subscription.expect("a subscription");
    assert_eq!(made.emails, ["kari@example.com", "ola@example.com"]);
    let list = ListSubscriptionsRequest { msn: MSN.to_owned() };
    let listed = answered(grpc.list_subscriptions(by_user(list.clone())).await).subscriptions;
    assert_eq!(listed, std::slice::from_ref(&made));
    let change = Subscription {
        interval: ReportInterval::Monthly.into(),
        emails: vec!["per@example.com".to_owned()],
        format: ReportFormat::ClassicPdf.into(),
        language: Language::Unspecified.into(),
        ..made.clone()
    };
    let update = UpdateSubscriptionRequest { subscription: Some(change.clone()) };
    let changed = answered(grpc.update_subscription(by_user(update)).await).subscription;
    let changed = changed.expect("a subscription");
    assert_eq!(changed, Subscription { language: Language::En.into(), ..change });
    assert_eq!(answered(grpc.list_subscriptions(by_user(list.clone())).await).subscriptions, [changed]);
    let delete =
        DeleteSubscriptionRequest { msn: MSN.to_owned(), subscription_id: made.subscription_id.clone() };
    answered(grpc.delete_subscription(by_user(delete.clone())).await);
    assert_eq!(answered(grpc.list_subscriptions(by_user(list)).await).subscriptions, []);
    assert_eq!(reason(grpc.delete_subscription(by_user(delete)).await), Reason::NotFound);
    let update = UpdateSubscriptionRequest { subscription: Some(made) };
    assert_eq!(reason(grpc.update_subscription(by_user(update)).await), Reason::NotFound);
}

#[tokio::test]
async fn a_subscription_of_another_unit_is_not_there() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let made = answered(grpc.create_subscription(by_user(create(subscription(MSN)))).await);
    let made = made.subscription.expect("a subscription");
    let other = Subscription { msn: VM_MSN.to_owned(), ..made.clone() };
    let update = UpdateSubscriptionRequest { subscription: Some(other) };
    assert_eq!(reason(grpc.update_subscription(by_user(update)).await), Reason::NotFound);
    let delete =
        DeleteSubscriptionRequest { msn: VM_MSN.to_owned(), subscription_id: made.subscription_id.clone() };
    assert_eq!(reason(grpc.delete_subscription(by_user(delete)).await), Reason::NotFound);
    for msn in ["999999", TEST_MSN, LOGIN_MSN] {
        let refused = grpc.create_subscription(by_operator(create(subscription(msn)))).await;
        assert_eq!(reason(refused), Reason::NotFound, "{msn}");
    }
}

#[tokio::test]
async fn subscriptions_are_for_those_who_set_the_frequency_and_in_the_sandbox_for_clients_too() {
    let fixture = Fixture::start().await;
    let (grpc, production) = (fixture.grpc(), fixture.grpc_in_production());
    answered(grpc.create_subscription(by_client(create(subscription(MSN)))).await);
    answered(production.create_subscription(by_user(create(subscription(MSN)))).await);
    answered(production.create_subscription(by_operator(create(subscription(MSN)))).await);
    let list = || ListSubscriptionsRequest { msn: MSN.to_owned() };
    let mails = || ListMailsRequest { msn: MSN.to_owned(), ..Default::default() };
    assert_eq!(
        reason(production.create_subscription(by_client(create(subscription(MSN)))).await),
        Reason::PermissionDenied
    );
    assert_eq!(reason(production.list_subscriptions(by_client(list())).await), Reason::PermissionDenied);
    assert_eq!(reason(production.list_mails(by_client(mails())).await), Reason::PermissionDenied);
    assert_eq!(reason(grpc.list_subscriptions(by_assistant(list())).await), Reason::PermissionDenied);
    assert_eq!(reason(grpc.list_mails(by_assistant(mails())).await), Reason::PermissionDenied);
    assert_eq!(reason(grpc.list_subscriptions(by_partner(list())).await), Reason::PermissionDenied);
    assert_eq!(reason(grpc.list_subscriptions(by_stranger(list())).await), Reason::NotFound);
    assert_eq!(reason(grpc.list_subscriptions(by_foreigner(list())).await), Reason::MsnNotCovered);
}

#[tokio::test]
async fn every_broken_field_of_a_subscription_is_named() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let emails = |emails: &[&str]| Subscription {
        emails: emails.iter().map(|email| (*email).to_owned()).collect(),
        ..subscription(MSN)
    };
    let many: Vec<String> = (0..21).map(|at| format!("a{at}@example.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    let table: [(Subscription, &[&str]); 9] = [
        (emails(&[]), &["emails"]),
        (emails(&many), &["emails"]),
        (emails(&["kari@example.com", "KARI@example.com"]), &["emails[1]"]),
        (emails(&["kari@example.com\r\nBcc: ola@example.com", "kari"]), &["emails[0]", "emails[1]"]),
        (emails(&[&format!("{}@example.com", "a".repeat(250))]), &["emails[0]"]),
        (Subscription { interval: 0, ..subscription(MSN) }, &["interval"]),
        (Subscription { format: ReportFormat::ClassicXmlZip.into(), ..subscription(MSN) }, &["format"]),
        (Subscription { format: 99, language: -1, ..subscription(MSN) }, &["format", "language"]),
        (Subscription { msn: "x".to_owned(), ..subscription(MSN) }, &["msn"]),
    ];
    for (broken, fields) in table {
        assert_eq!(
            named(grpc.create_subscription(by_user(create(broken.clone()))).await),
            fields,
            "{broken:.3?}"
        );
    }
    for id in ["", "x", "01234567-8901-2345-6789-01234567890g"] {
        let delete = DeleteSubscriptionRequest { msn: MSN.to_owned(), subscription_id: id.to_owned() };
        assert_eq!(named(grpc.delete_subscription(by_user(delete)).await), ["subscriptionId"], "{id}");
    }
}

#[tokio::test]
async fn a_unit_has_so_many_subscriptions_however_many_are_made_at_once() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    for _ in 3..MOST_SUBSCRIPTIONS {
        answered(grpc.create_subscription(by_user(create(subscription(MSN)))).await);
    }
    let mut made = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let grpc = grpc.clone();
        made.spawn(async move { grpc.create_subscription(by_user(create(subscription(MSN)))).await });
    }
    let (made, refused): (Vec<_>, Vec<_>) = made.join_all().await.into_iter().partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (3, 5));
    for refused in refused {
        assert_eq!(named(refused), ["msn"]);
    }
    answered(grpc.create_subscription(by_user(create(subscription(VM_MSN)))).await);
}

#[tokio::test]
async fn mails_are_listed_newest_first_by_pages_with_what_was_sent() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let made = answered(grpc.create_subscription(by_user(create(subscription(MSN)))).await);
    let made = made.subscription.expect("a subscription");
    for day in 0..5 {
        fixture.capture(MSN, &format!("order-{day}"), 1_000).await;
        fixture.pass_days(1).await;
    }
    let page = |page_token: String| ListMailsRequest { msn: MSN.to_owned(), page_size: 2, page_token };
    let (mut mails, mut token): (Vec<Mail>, _) = (Vec::new(), String::new());
    loop {
        let listed = answered(grpc.list_mails(by_client(page(token))).await);
        assert!(listed.mails.len() <= 2);
        mails.extend(listed.mails);
        token = listed.next_page_token;
        if token.is_empty() {
            break;
        }
    }
    let dates: Vec<_> = mails.iter().map(|mail| mail.to_date.as_str()).collect();
    assert_eq!(dates, ["2090-03-10", "2090-03-09", "2090-03-08", "2090-03-07", "2090-03-06"]);
    assert!(mails.iter().all(|mail| mail.sent && mail.subscription_id == made.subscription_id));
    assert!(mails.iter().all(|mail| mail.message.starts_with(b"Message-ID: <")), "{:?}", mails[0]);
    let other = answered(fixture.grpc_in_production().list_mails(by_user(page(String::new()))).await);
    assert!(other.mails.iter().all(|mail| mail.message.is_empty()), "they are not told outside the sandbox");
    for token in ["x", "!", "AAAA"] {
        assert_eq!(named(grpc.list_mails(by_client(page(token.to_owned()))).await), ["pageToken"]);
    }
    let sizes = ListMailsRequest { page_size: 101, ..page(String::new()) };
    assert_eq!(named(grpc.list_mails(by_client(sizes)).await), ["pageSize"]);
}

#[tokio::test]
async fn what_waits_for_an_ended_subscription_is_not_sent() {
    let fixture = Fixture::start().await;
    let grpc = fixture.grpc();
    let made = answered(grpc.create_subscription(by_user(create(subscription(MSN)))).await);
    let made = made.subscription.expect("a subscription");
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.wait(chrono::TimeDelta::days(1));
    fixture.app.close_dates(fixture.now()).await.expect("closed");
    fixture.app.make_mails().await.expect("made");
    let delete = DeleteSubscriptionRequest { msn: MSN.to_owned(), subscription_id: made.subscription_id };
    answered(grpc.delete_subscription(by_user(delete)).await);
    fixture.pass().await;
    let request = ListMailsRequest { msn: MSN.to_owned(), ..Default::default() };
    let listed = answered(grpc.list_mails(by_user(request)).await).mails;
    assert_eq!((listed.len(), listed[0].sent, listed[0].attempts), (1, false, 0));
    assert_eq!(listed[0].failure, "the subscription was ended");
}
