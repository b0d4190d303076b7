use base64::{Engine as _, engine::general_purpose::STANDARD};
use kvitt_primitives::Msn;
use kvitt_reports::{Format, Language};
use secrecy::SecretString;

use super::*;
use crate::{
    DEFAULT_MAIL_FROM,
    app::{create_subscription::create_subscription, list_mails},
    domain::mail::{Interval, LONGEST},
    fixture::{Fixture, MSN, VM_MSN, files::wanted, msn, smtp::Sink},
    mailer::Mailer,
    store::{mails::Shown, subscriptions::Subscription},
};

async fn subscribe(fixture: &Fixture, of: &str, interval: Interval, format: Format) -> Subscription {
    let subscription = Subscription {
        msn: msn(of),
        id: Uuid::new_v4(),
        interval,
        emails: ["kari@example.com", "ola@example.com"].map(|one| one.parse().expect("an address")).to_vec(),
        format,
        language: Language::Norwegian,
    };
    create_subscription(&fixture.app, subscription).await.expect("a subscription")
}

/// The mails of a unit, oldest first, with what was sent.
async fn mails(fixture: &Fixture, of: &str) -> Vec<(Shown, String)> {
    let of: Msn = msn(of);
    let list = list_mails::List { size: 100, after: None };
    let listed = list_mails::list_mails(&fixture.app, &of, list).await.expect("a page");
    let text = |(mail, message): (Shown, Vec<u8>)| (mail, String::from_utf8(message).expect("ASCII"));
    listed.mails.into_iter().rev().map(text).collect()
}

/// The same platform with a mail server.
async fn with_server(mut fixture: Fixture) -> (Fixture, Sink) {
    let (sink, url) = Sink::start().await;
    let mailer = Mailer::try_new(Some(&SecretString::from(url)), DEFAULT_MAIL_FROM).expect("a mailer");
    fixture.app = App { mailer, ..fixture.app };
    (fixture, sink)
}

/// What is attached to a message.
fn attached(message: &str) -> Vec<u8> {
    let part = message.split("Content-Disposition: attachment").nth(1).expect("an attachment");
    let body = part.split("\r\n\r\n").nth(1).expect("a body").split("\r\n--").next().expect("an end");
    STANDARD.decode(body.replace("\r\n", "")).expect("base64")
}

/// A header of a message, unfolded.
fn header<'a>(message: &'a str, name: &str) -> Vec<&'a str> {
    let head = message.split("\r\n\r\n").next().unwrap_or_default();
    head.lines().filter_map(|line| line.strip_prefix(name)?.strip_prefix(": ")).collect()
}

#[tokio::test]
async fn m29_reports_by_mail_never_name_payers() {
    let fixture = Fixture::start().await;
    let formats = Format::ALL.into_iter().filter(|format| *format != Format::ClassicXmlZip);
    for format in formats.clone() {
        subscribe(&fixture, VM_MSN, Interval::Daily, format).await;
    }
    fixture.follow(&[fixture.created("vm-1", ("Kari Nordmann", "4791238586", "Takk for maten"))]).await;
    fixture.capture(VM_MSN, "vm-1", 20_000).await;
    fixture.pass_days(1).await;
    let sent = mails(&fixture, VM_MSN).await;
    assert_eq!(sent.len(), formats.clone().count());
    for format in formats {
        let wanted = Wanted {
            language: Language::Norwegian,
            ..wanted(&[VM_MSN], format, ("2090-03-06", "2090-03-06"))
        };
        let report = fixture.report(&wanted).await;
        assert!(sent.iter().any(|(_, message)| attached(message) == report), "{format:?} was not sent");
    }
    for (_, message) in &sent {
        for told in ["Nordmann", "8586", "Takk for maten", "Melding"] {
            assert!(!message.contains(told), "{told}");
            assert!(!String::from_utf8_lossy(&attached(message)).contains(told), "{told}");
        }
    }
}

#[tokio::test]
async fn there_is_one_mail_for_each_period_that_has_a_settlement() {
    let fixture = Fixture::start().await;
    let daily = subscribe(&fixture, MSN, Interval::Daily, Format::SettlementCsv).await;
    let weekly = subscribe(&fixture, MSN, Interval::Weekly, Format::ClassicXml).await;
    let monthly = subscribe(&fixture, MSN, Interval::Monthly, Format::PeriodPdf).await;
    for day in 0..9 {
        // Nothing on Thursday, which is the fourth day.
        if day != 3 {
            fixture.capture(MSN, &format!("order-{day}"), 1_000).await;
        }
        fixture.pass_days(1).await;
    }
    fixture.pass_days(17).await;
    let sent = mails(&fixture, MSN).await;
    let of = |id: Uuid| {
        let own = sent.iter().filter(move |(mail, _)| mail.subscription_id == id);
        own.map(|(mail, _)| (mail.from.to_string(), mail.to.to_string())).collect::<Vec<_>>()
    };
    let dates = |day: u32| (format!("2090-03-{day:02}"), format!("2090-03-{day:02}"));
    assert_eq!(of(daily.id), [6, 7, 8, 10, 11, 12, 13, 14].map(dates));
    let week = |from: &str, to: &str| (format!("2090-03-{from}"), format!("2090-03-{to}"));
    assert_eq!(of(weekly.id), [week("06", "12"), week("13", "19")]);
    assert_eq!(of(monthly.id), [week("01", "31")]);
    assert!(sent.iter().all(|(mail, _)| mail.sent && mail.attempts == 1 && mail.failure.is_empty()));
}

#[tokio::test]
async fn what_was_closed_before_is_not_sent_and_what_is_made_again_is_not_made_twice() {
    let fixture = Fixture::start().await;
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.pass_days(1).await;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicPdf).await;
    fixture.pass_days(1).await;
    assert_eq!(mails(&fixture, MSN).await, []);
    fixture.capture(MSN, "order-2", 1_000).await;
    fixture.pass_days(1).await;
    assert_eq!(mails(&fixture, MSN).await.len(), 1);
    fixture.execute("UPDATE subscriptions SET reported_through = reported_through - 1").await;
    let (one, other) = tokio::join!(fixture.app.make_mails(), fixture.app.make_mails());
    assert_eq!(one.expect("made") + other.expect("made"), 1);
    assert_eq!(mails(&fixture, MSN).await.len(), 1);
}

#[tokio::test]
async fn a_mail_goes_through_a_real_server_whole() {
    let (fixture, sink) = with_server(Fixture::start().await).await;
    subscribe(&fixture, MSN, Interval::Daily, Format::SettlementXlsx).await;
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.pass_days(1).await;
    let received = sink.script().received.clone();
    assert_eq!(received.len(), 1);
    let mail = &received[0];
    assert_eq!(mail.from, "no-reply@kvitt.localhost");
    assert_eq!(mail.to, ["kari@example.com", "ola@example.com"]);
    let (shown, kept) = mails(&fixture, MSN).await.remove(0);
    assert_eq!(mail.message.trim_end(), kept.trim_end());
    assert!(shown.sent);
    assert_eq!(shown.subject, format!("Oppgjørsrapport 2090-03-06: Shop {MSN} ({MSN})"));
    let id = format!("<{}@kvitt.localhost>", shown.mail_id);
    assert_eq!(header(&mail.message, "Message-ID"), [id.as_str()]);
    assert_eq!(header(&mail.message, "Auto-Submitted"), ["auto-generated"]);
    assert!(mail.message.contains(&format!("settlements-{MSN}-2090-03-06-2090-03-06.xlsx")));
    let wanted = Wanted {
        language: Language::Norwegian,
        ..wanted(&[MSN], Format::SettlementXlsx, ("2090-03-06", "2090-03-06"))
    };
    assert!(attached(&mail.message) == fixture.report(&wanted).await);
}

#[tokio::test]
async fn a_mail_that_was_not_taken_is_sent_again_as_it_was() {
    let (fixture, sink) = with_server(Fixture::start().await).await;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicXml).await;
    fixture.capture(MSN, "order-1", 1_000).await;
    sink.script().hangs_up = 1;
    // For all of them, and then for each.
    sink.script().busy = 3;
    fixture.pass_until(fixture.now() + TimeDelta::hours(12)).await;
    let (waiting, _) = mails(&fixture, MSN).await.remove(0);
    assert_eq!((waiting.sent, waiting.attempts), (false, 1));
    assert_eq!(waiting.failure, "the mail server answered 451 4.3.2 come back later");
    fixture.pass_until(fixture.now() + TimeDelta::minutes(1)).await;
    let (waiting, message) = mails(&fixture, MSN).await.remove(0);
    assert_eq!((waiting.sent, waiting.attempts, message.as_str()), (false, 2, ""));
    assert_eq!(waiting.failure, "the mail server could not be reached");
    assert_eq!(sink.script().received, []);
    fixture.pass_until(fixture.now() + TimeDelta::minutes(5)).await;
    let (sent, _) = mails(&fixture, MSN).await.remove(0);
    assert_eq!((sent.sent, sent.attempts, sent.failure.as_str()), (true, 3, ""));
    assert_eq!(sink.script().received.len(), 1);
}

#[tokio::test]
async fn an_address_that_nobody_has_is_in_nobody_elses_way() {
    let (fixture, sink) = with_server(Fixture::start().await).await;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicPdf).await;
    fixture.capture(MSN, "order-1", 1_000).await;
    sink.script().unknown.insert("kari@example.com".to_owned());
    fixture.pass_days(1).await;
    let (mail, _) = mails(&fixture, MSN).await.remove(0);
    assert_eq!((mail.sent, mail.attempts), (true, 1));
    assert_eq!(mail.failure, "kari@example.com: the mail server answered 550 5.1.1 nobody is called that");
    let to: Vec<_> = sink.script().received.iter().flat_map(|mail| mail.to.clone()).collect();
    assert_eq!(to, ["ola@example.com"]);
}

#[tokio::test]
async fn a_mail_that_nobody_takes_is_given_up_after_three_days_and_forgotten_after_30() {
    let (fixture, sink) = with_server(Fixture::start().await).await;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicPdf).await;
    fixture.capture(MSN, "order-1", 1_000).await;
    sink.script().busy = usize::MAX;
    fixture.pass_days(1).await;
    let made_at = mails(&fixture, MSN).await[0].0.made_at;
    fixture.pass_until(made_at + LONGEST + TimeDelta::hours(1)).await;
    let (given_up, _) = mails(&fixture, MSN).await.remove(0);
    assert!(!given_up.sent && given_up.attempts > 12, "{given_up:?}");
    let next: Option<DateTime<Utc>> = fixture.scalar("SELECT MAX(try_at) FROM mails").await;
    assert_eq!(next, None);
    sink.script().busy = 0;
    fixture.pass_until(made_at + KEPT - TimeDelta::seconds(1)).await;
    assert_eq!(mails(&fixture, MSN).await.len(), 1);
    fixture.pass_until(made_at + KEPT).await;
    assert_eq!(mails(&fixture, MSN).await, []);
    assert_eq!(sink.script().received, []);
}

#[tokio::test]
async fn two_instances_send_a_mail_once() {
    let (fixture, sink) = with_server(Fixture::start().await).await;
    for _ in 0..10 {
        subscribe(&fixture, MSN, Interval::Daily, Format::ClassicPdf).await;
    }
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.wait(TimeDelta::days(1));
    fixture.app.close_dates(fixture.now()).await.expect("closed");
    let (one, other) = (fixture.app.clone(), App { room: Default::default(), ..fixture.app.clone() });
    let (made, again) = tokio::join!(one.make_mails(), other.make_mails());
    assert_eq!(made.expect("made") + again.expect("made"), 10);
    let (sent, again) = tokio::join!(one.send_mails(), other.send_mails());
    assert_eq!(sent.expect("sent") + again.expect("sent"), 10);
    assert_eq!(sink.script().received.len(), 10);
}

#[tokio::test]
async fn without_a_mail_server_mails_wait_outside_the_sandbox() {
    let mut fixture = Fixture::start().await;
    fixture.app.sandbox = false;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicPdf).await;
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.pass_days(1).await;
    let (waiting, message) = mails(&fixture, MSN).await.remove(0);
    assert_eq!((waiting.sent, waiting.attempts, message.as_str()), (false, 0, ""));
    let next = fixture.app.next_mail_at().await.expect("an instant");
    assert_eq!(next, Some(waiting.made_at + KEPT));
}

#[tokio::test]
async fn a_name_says_nothing_but_itself_in_a_mail() {
    let fixture = Fixture::start().await;
    subscribe(&fixture, MSN, Interval::Daily, Format::ClassicCsv).await;
    fixture.change_unit(MSN, |unit| unit.name = "Kafé\r\nBcc: eve@example.com\r\n\r\n<b>".to_owned());
    fixture.capture(MSN, "order-1", 1_000).await;
    fixture.pass_days(1).await;
    let (mail, message) = mails(&fixture, MSN).await.remove(0);
    assert!(!mail.subject.contains(['\r', '\n']));
    assert_eq!(header(&message, "Bcc"), [""; 0]);
    assert_eq!(header(&message, "To"), ["kari@example.com, ola@example.com"]);
}
