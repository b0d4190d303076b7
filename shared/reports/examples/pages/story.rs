//! Shops that sold something, for the example and for the tests: a small ledger that pays out each day.

use std::{
    io::{self, Write},
    sync::{Arc, Mutex},
};

use chrono::{Days, NaiveDate, TimeDelta};
use kvitt_primitives::Market;
use kvitt_reports::{Format, Head, Kind, Language, Personal, Row, Settlement, Unit, open};

/// A whole report, ready to be told.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) head: Head,
    pub(crate) shops: Vec<Shop>,
}

/// A unit with what happened there.
#[derive(Debug, Clone)]
pub(crate) struct Shop {
    pub(crate) unit: Unit,
    pub(crate) settled: Vec<(Settlement, Vec<Row>)>,
    pub(crate) unsettled: Vec<Row>,
}

/// Where a report is kept while it is written.
#[derive(Debug, Clone, Default)]
pub(crate) struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.0.lock().expect("nobody panicked with it").clone()
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("nobody panicked with it").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Story {
    /// The file.
    pub(crate) fn written(&self, format: Format) -> Vec<u8> {
        let kept = Kept::default();
        let mut report = open(format, self.head.clone(), Box::new(kept.clone())).expect("the report begins");
        for shop in &self.shops {
            report.unit(&shop.unit).expect("a unit is taken");
            for (settlement, rows) in &shop.settled {
                report.settlement(settlement).expect("a settlement is taken");
                for row in rows {
                    report.row(row).expect("a row is taken");
                }
            }
            report.unsettled().expect("the rest is taken");
            for row in &shop.unsettled {
                report.row(row).expect("a row is taken");
            }
        }
        report.finish().expect("the report ends");
        kept.bytes()
    }

    /// Two Norwegian shops in September.
    pub(crate) fn september(language: Language) -> Self {
        let from = date(2026, 9, 1);
        let mut bakery = Shop::new(unit("310001", "Fjordens Bakeri", Market::No));
        bakery.sell(from, 30, 7);
        let mut boats = Shop::new(unit("310002", "Båtutleie på brygga", Market::No));
        boats.sell(from, 12, 11);
        Self { head: head(from, 30, language), shops: vec![bakery, boats] }
    }

    /// What somebody hostile would have typed.
    pub(crate) fn hostile(language: Language) -> Self {
        let from = date(2026, 10, 20);
        let names = [
            "=cmd|' /C calc'!A0",
            "+1+1; =2+2",
            "@SUM(1+1)*cmd|' /C calc'!A0",
            "<b>&amp; ]]> \"'\u{1b}[31m\0\u{ffff}",
            "\u{202e}txt.exe שלום محمد\u{2066}",
            "👩‍👩‍👧‍👦 Kiosk ❤️ 🇳🇴 _x0041_",
        ];
        let mut shops = Vec::new();
        for (msn, name) in (400_001_u32..).zip(names) {
            let market = Market::ALL[msn as usize % 3];
            let mut unit = unit(&msn.to_string(), name, market);
            unit.gross = msn % 2 == 0;
            unit.organization_name = name.repeat(12);
            unit.address = name.to_owned();
            let mut shop = Shop::new(unit);
            shop.sell(from, 9, u64::from(msn));
            shop.disturb(name);
            shops.push(shop);
        }
        let mut head = head(from, 9, language);
        head.organization_name = names[0].repeat(20);
        head.personal = true;
        Self { head, shops }
    }
}

impl Shop {
    pub(crate) fn new(unit: Unit) -> Self {
        Self { unit, settled: Vec::new(), unsettled: Vec::new() }
    }

    /// Sells for so many days, and is paid out at the end of each but the last.
    pub(crate) fn sell(&mut self, from: NaiveDate, days: u64, mut seed: u64) {
        let mut number = 2_000_001;
        let mut id = self.unit.msn.parse::<i64>().expect("a number") * 100_000_000;
        let mut balance = 0;
        for day in 0..days {
            let date = from + Days::new(day);
            let mut rows = Vec::new();
            let mut fees = 0;
            for _ in 0..3 + chance(&mut seed, 5) {
                let mut row = self.row(date, chance(&mut seed, 80_000), &mut id);
                if !rows.is_empty() && chance(&mut seed, 7) == 0 {
                    row.kind = Kind::Refund;
                    row.amount_minor = -(i64::try_from(chance(&mut seed, 9_000)).expect("small") + 100);
                } else {
                    row.amount_minor = i64::try_from(chance(&mut seed, 180_000)).expect("small") + 990;
                    row.fee_minor = (row.amount_minor * 275 + 5_000) / 10_000;
                    fees += row.fee_minor;
                }
                rows.push(row);
            }
            rows.sort_by_key(|row| row.time);
            if !self.unit.gross {
                let mut row = self.row(date, 86_400, &mut id);
                row.kind = Kind::FeesRetained;
                row.psp_reference = format!("{}-{}", self.unit.ledger_id, date.format("%Y%m%d"));
                row.reference = String::new();
                row.amount_minor = -fees;
                rows.push(row);
            }
            for row in &mut rows {
                balance += row.amount_minor;
                row.balance_after_minor = balance;
            }
            if day + 1 == days || balance <= 0 {
                self.unsettled.append(&mut rows);
                continue;
            }
            let mut row = self.row(date, 86_400, &mut id);
            row.kind = Kind::PayoutScheduled;
            row.psp_reference = format!("{}-{number}", self.unit.ledger_id);
            row.reference = format!("Utb. {number} Vippsnr {}", self.unit.msn);
            row.amount_minor = -balance;
            row.payout_number = Some(number);
            let covered: Vec<Row> = self.unsettled.drain(..).chain(rows).chain([row]).collect();
            self.settle(number, date, covered);
            number += 1;
            balance = 0;
        }
    }

    /// A settlement of these rows, the last of which is its payout.
    pub(crate) fn settle(&mut self, number: i64, date: NaiveDate, rows: Vec<Row>) {
        let sum = |kind: Kind| rows.iter().filter(|row| row.kind == kind).map(|row| row.amount_minor).sum();
        let settlement = Settlement {
            number,
            from: rows.first().map_or(date, |row| row.ledger_date),
            to: date,
            value_date: date + Days::new(2),
            account_id: self.unit.account_id.clone(),
            text: format!("Utb. {number} Vippsnr {}", self.unit.msn),
            captures_minor: sum(Kind::Capture),
            refunds_minor: sum(Kind::Refund),
            fees_minor: rows.iter().map(|row| row.fee_minor).sum(),
            payout_minor: -rows.last().expect("a payout").amount_minor,
            transactions: rows
                .iter()
                .filter(|row| matches!(row.kind, Kind::Capture | Kind::Refund))
                .count()
                .try_into()
                .expect("few"),
        };
        self.settled.push((settlement, rows));
    }

    /// Puts the words into all that a merchant or a payer can type, and makes the payouts uneven.
    pub(crate) fn disturb(&mut self, words: &str) {
        for (settlement, rows) in &mut self.settled {
            for row in rows.iter_mut().filter(|row| row.kind == Kind::Capture) {
                row.reference = words.to_owned();
                row.personal = Some(Personal {
                    name: format!("{words} Nordmann"),
                    masked_phone_no: "+47 xxxx 8586".to_owned(),
                    message: words.repeat(3),
                });
            }
            let kinds = [
                Kind::Correction,
                Kind::TopUp,
                Kind::CreditNote,
                Kind::PayoutAborted,
                Kind::RetainedDisputedCapture,
                Kind::ReturnedDisputedCapture,
            ];
            let mut more = rows[0].clone();
            more.kind = kinds[usize::try_from(settlement.number % 6).expect("small")];
            more.amount_minor = 12_345 - settlement.number % 5 * 5_000;
            more.fee_minor = 0;
            more.reference = words.to_owned();
            more.personal = None;
            settlement.payout_minor += more.amount_minor;
            if let Some(payout) = rows.last_mut() {
                payout.amount_minor -= more.amount_minor;
            }
            rows.insert(1, more);
        }
    }

    fn row(&self, date: NaiveDate, second: u64, id: &mut i64) -> Row {
        *id += 1;
        let midnight = date.and_hms_opt(0, 0, 0).expect("midnight").and_utc() - TimeDelta::hours(2);
        Row {
            kind: Kind::Capture,
            time: midnight + TimeDelta::milliseconds(i64::try_from(second * 1_000 + 7).expect("a day")),
            ledger_date: date,
            psp_reference: format!("{:08x}-0000-4000-8000-{id:012}", id.unsigned_abs() % 0xffff_ffff),
            reference: format!("order-{}", *id % 100_000_000),
            transaction_id: *id,
            amount_minor: 0,
            balance_after_minor: 0,
            fee_minor: 0,
            payout_number: None,
            personal: None,
        }
    }
}

pub(crate) fn head(from: NaiveDate, days: u64, language: Language) -> Head {
    Head {
        organization_name: "Fjordens Bakeri og Båtutleie AS".to_owned(),
        organization_number: "918713867".to_owned(),
        from,
        to: from + Days::new(days - 1),
        language,
        personal: false,
    }
}

pub(crate) fn unit(msn: &str, name: &str, market: Market) -> Unit {
    Unit {
        msn: msn.to_owned(),
        ledger_id: format!("{msn}01"),
        name: name.to_owned(),
        product: "Vipps Netthandel".to_owned(),
        market,
        currency: market.currency(),
        gross: false,
        account_id: "15039794613".to_owned(),
        organization_name: "Fjordens Bakeri og Båtutleie AS".to_owned(),
        organization_number: "918713867".to_owned(),
        address: "Bryggen 3".to_owned(),
        post_code: "5003".to_owned(),
        city: "Bergen".to_owned(),
        country_code: market.code().to_owned(),
    }
}

pub(crate) fn date(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).expect("a date")
}

/// A number below `end`, the same for the same seed.
fn chance(seed: &mut u64, end: u64) -> u64 {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    (*seed >> 33) % end
}
