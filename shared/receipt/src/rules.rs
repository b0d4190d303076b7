//! The rules of form. Each violation carries the path that a REST client knows the field by.

use crate::{BottomLine, OrderLine, Receipt, UnitInfo};

/// A field's path and the rule it breaks.
pub type Violation = (String, &'static str);

/// More lines than any receipt has; without a bound a caller could make one of millions.
pub const MOST_LINES: usize = 1_000;

/// The longest text of a receipt, in characters.
pub const MOST_TEXT_CHARS: usize = 2_048;

const MOST_TAX_RATE: i32 = 10_000;
const MOST_QUANTITY_CHARS: usize = 10;
const MOST_QUANTITY_DECIMALS: usize = 8;
const QUANTITY_UNITS: [&str; 6] = ["PCS", "KG", "KM", "MINUTE", "LITRE", "KWH"];
const BARCODE_FORMATS: [&str; 3] = ["EAN-13", "CODE 39", "CODE 128"];
const PAYMENT_SOURCES: [&str; 4] = ["giftCard", "card", "voucher", "cash"];

/// The place in a request that is being judged, and what was found there.
struct Judge<'a> {
    path: &'a str,
    found: &'a mut Vec<Violation>,
}

impl Receipt {
    /// Every broken rule. `path` names the receipt within the request, for example `receipt`; it is empty where the
    /// request is the receipt.
    pub fn violations(&self, path: &str) -> Vec<Violation> {
        let below = |field: &str| if path.is_empty() { field.to_owned() } else { format!("{path}.{field}") };
        let (lines, foot) = (below("orderLines"), below("bottomLine"));
        let mut found = Vec::new();
        if self.order_lines.is_empty() {
            found.push((lines.clone(), "must have at least one line"));
        }
        if self.order_lines.len() > MOST_LINES {
            found.push((lines, "must have at most 1000 lines"));
            return found;
        }
        for (index, line) in self.order_lines.iter().enumerate() {
            line.judge(&mut Judge { path: &format!("{lines}[{index}]"), found: &mut found });
        }
        match &self.bottom_line {
            None => found.push((foot, "is required")),
            Some(bottom_line) => bottom_line.judge(&mut Judge { path: &foot, found: &mut found }),
        }
        found
    }
}

impl Receipt {
    /// Whether a text holds the character NUL, which PostgreSQL cannot keep. A receipt without violations does not.
    pub fn holds_nul(&self) -> bool {
        let units = self.order_lines.iter().filter_map(|line| line.unit_info.as_ref());
        let of_units = units.flat_map(|unit| [unit.quantity.as_ref(), unit.quantity_unit.as_ref()]);
        let of_lines = self
            .order_lines
            .iter()
            .flat_map(|line| [Some(&line.name), Some(&line.id), line.product_url.as_ref()]);
        let of_foot = self.bottom_line.iter().flat_map(|foot| {
            let texts = [&foot.pos_id, &foot.receipt_number, &foot.barcode_format, &foot.barcode_data];
            let sources = foot.payment_sources_minor.keys().map(Some);
            texts.map(Option::as_ref).into_iter().chain(sources)
        });
        of_lines.chain(of_units).chain(of_foot).flatten().any(|text| text.contains('\0'))
    }
}

impl OrderLine {
    fn judge(&self, judge: &mut Judge<'_>) {
        judge.required_text("name", &self.name);
        judge.required_text("id", &self.id);
        let in_range = |rate: i32| (0..=MOST_TAX_RATE).contains(&rate);
        judge.that(self.tax_rate.is_none_or(in_range), "taxRate", "must be between 0 and 10000");
        judge.not_negative("discount", self.discount_minor);
        judge.text("productUrl", self.product_url.as_deref());
        if let Some(unit) = &self.unit_info {
            unit.judge(judge);
        }
    }
}

impl UnitInfo {
    fn judge(&self, judge: &mut Judge<'_>) {
        judge.not_negative("unitInfo.unitPrice", self.unit_price_minor);
        let quantity = self.quantity.as_deref();
        let rule = "must be at most 10 characters that match '^\\d+([\\.]\\d{1,8})?$'";
        judge.that(quantity.is_none_or(is_quantity), "unitInfo.quantity", rule);
        let unit = self.quantity_unit.as_deref();
        let rule = "must be one of PCS, KG, KM, MINUTE, LITRE, KWH";
        judge.that(unit.is_none_or(|unit| QUANTITY_UNITS.contains(&unit)), "unitInfo.quantityUnit", rule);
    }
}

impl BottomLine {
    fn judge(&self, judge: &mut Judge<'_>) {
        judge.not_negative("tipAmount", self.tip_amount_minor);
        judge.text("posId", self.pos_id.as_deref());
        judge.text("receiptNumber", self.receipt_number.as_deref());
        let known =
            self.payment_sources_minor.keys().all(|source| PAYMENT_SOURCES.contains(&source.as_str()));
        judge.that(known, "paymentSources", "may hold giftCard, card, voucher and cash");
        let format = self.barcode_format.as_deref();
        let rule = "must be one of EAN-13, CODE 39, CODE 128";
        judge.that(format.is_none_or(|format| BARCODE_FORMATS.contains(&format)), "barcode.format", rule);
        judge.text("barcode.data", self.barcode_data.as_deref());
    }
}

impl Judge<'_> {
    fn that(&mut self, holds: bool, field: &str, rule: &'static str) {
        if !holds {
            self.found.push((format!("{}.{field}", self.path), rule));
        }
    }

    fn required_text(&mut self, field: &str, text: &str) {
        if text.is_empty() {
            self.that(false, field, "is required");
        } else {
            self.text(field, Some(text));
        }
    }

    fn text(&mut self, field: &str, text: Option<&str>) {
        let Some(text) = text else { return };
        self.that(!text.contains('\0'), field, "must not contain the character NUL");
        self.that(text.chars().count() <= MOST_TEXT_CHARS, field, "must be at most 2048 characters");
    }

    fn not_negative(&mut self, field: &str, amount_minor: Option<i64>) {
        self.that(amount_minor.is_none_or(|minor| minor >= 0), field, "must be at least 0");
    }
}

/// Digits, and at most eight decimals after a point; ten characters in all.
fn is_quantity(text: &str) -> bool {
    let digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    text.len() <= MOST_QUANTITY_CHARS
        && match text.split_once('.') {
            None => digits(text),
            Some((whole, decimals)) => {
                digits(whole) && digits(decimals) && decimals.len() <= MOST_QUANTITY_DECIMALS
            }
        }
}
