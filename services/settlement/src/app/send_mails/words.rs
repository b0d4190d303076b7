//! What mails say, in the language of their subscription.

use chrono::NaiveDate;
use kvitt_primitives::Msn;
use kvitt_reports::Language;

/// The most that is said of a unit's name.
const MOST_OF_NAME: usize = 80;

/// What a mail is called. A name says nothing but itself: whatever breaks lines in it is a space.
pub(super) fn subject(
    language: Language,
    (name, msn): (&str, &Msn),
    (from, to): (NaiveDate, NaiveDate),
) -> String {
    let kind = match language {
        Language::English => "Settlement report",
        Language::Norwegian => "Oppgjørsrapport",
        Language::Danish => "Afregningsrapport",
        Language::Finnish => "Tilitysraportti",
        Language::Swedish => "Avräkningsrapport",
    };
    let plain = |one: char| if breaks(one) { ' ' } else { one };
    let name: String = name.chars().take(MOST_OF_NAME).map(plain).collect();
    let dates = if from == to { from.to_string() } else { format!("{from} – {to}") };
    format!("{kind} {dates}: {} ({msn})", name.trim())
}

/// Control characters, what ends lines, and what turns the direction of everything behind it.
fn breaks(one: char) -> bool {
    one.is_control()
        || matches!(one, '\u{2028}' | '\u{2029}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Whether the report comes along.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Report {
    Attached,
    /// It is too large for a mail.
    TooLarge,
}

/// What a mail says: what it is called, and where the report is.
pub(super) fn text(language: Language, subject: &str, report: Report) -> String {
    let (where_it_is, why) = match language {
        Language::English => (
            match report {
                Report::Attached => "The report is attached.",
                Report::TooLarge => {
                    "The report is too large for an e-mail. You find it in the business portal, under Reports."
                }
            },
            "You get this because your address is in one of the sales unit's report subscriptions. They can be changed \
             in the business portal, under Reports.",
        ),
        Language::Norwegian => (
            match report {
                Report::Attached => "Rapporten er vedlagt.",
                Report::TooLarge => {
                    "Rapporten er for stor for en e-post. Du finner den i bedriftsportalen, under Rapporter."
                }
            },
            "Du får denne e-posten fordi adressen din står i et av salgsstedets rapportabonnementer. De kan endres i \
             bedriftsportalen, under Rapporter.",
        ),
        Language::Danish => (
            match report {
                Report::Attached => "Rapporten er vedhæftet.",
                Report::TooLarge => {
                    "Rapporten er for stor til en e-mail. Du finder den i virksomhedsportalen under Rapporter."
                }
            },
            "Du får denne e-mail, fordi din adresse står i et af salgsstedets rapportabonnementer. De kan ændres i \
             virksomhedsportalen under Rapporter.",
        ),
        Language::Finnish => (
            match report {
                Report::Attached => "Raportti on liitteenä.",
                Report::TooLarge => {
                    "Raportti on liian suuri sähköpostiin. Löydät sen yritysportaalista kohdasta Raportit."
                }
            },
            "Saat tämän viestin, koska osoitteesi on myyntipisteen raporttitilauksessa. Tilauksia voi muuttaa \
             yritysportaalissa kohdassa Raportit.",
        ),
        Language::Swedish => (
            match report {
                Report::Attached => "Rapporten är bifogad.",
                Report::TooLarge => {
                    "Rapporten är för stor för ett e-postmeddelande. Du hittar den i företagsportalen, under Rapporter."
                }
            },
            "Du får det här meddelandet eftersom din adress finns i någon av säljställets rapportprenumerationer. De kan \
             ändras i företagsportalen, under Rapporter.",
        ),
    };
    format!("{subject}\n\n{where_it_is}\n\n{why}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_subject_is_one_line_whatever_the_unit_is_called() {
        let date = |text: &str| text.parse().expect("a date");
        let msn = "123456".parse().expect("an MSN");
        let dates = (date("2026-11-16"), date("2026-11-22"));
        let said = subject(Language::Norwegian, ("Fisk & Vilt\r\nBcc: ola@example.com\u{202e}", &msn), dates);
        assert_eq!(
            said,
            "Oppgjørsrapport 2026-11-16 – 2026-11-22: Fisk & Vilt  Bcc: ola@example.com (123456)"
        );
        let long = subject(Language::English, (&"æ".repeat(500), &msn), (dates.1, dates.1));
        assert_eq!(long, format!("Settlement report 2026-11-22: {} (123456)", "æ".repeat(80)));
    }

    #[test]
    fn every_language_says_everything_in_its_own_words() {
        let languages =
            [Language::English, Language::Norwegian, Language::Danish, Language::Finnish, Language::Swedish];
        let said: std::collections::BTreeSet<String> = languages
            .into_iter()
            .flat_map(|language| {
                [Report::Attached, Report::TooLarge].map(|report| text(language, "It", report))
            })
            .collect();
        assert_eq!(said.len(), 10);
    }
}
