//! What a merchant opens a session with, and the rules for it.

use std::{fmt, ops::RangeInclusive};

use kvitt_primitives::{Money, Reference};
use serde::{Deserialize, Serialize};
use url::Url;

use super::{Found, Logistics, OrderSummary, Person, chars, is_country};

/// The largest amount of one payment, minor units.
pub(crate) const LARGEST_AMOUNT: i64 = 65_000_000;

const LONGEST_URL: usize = 2500;
const MOST_COUNTRIES: usize = 300;
const MOST_EXTERNAL: usize = 10;
/// References of payments may be longer, and those of some shorter.
const REFERENCE_LENGTHS: RangeInclusive<usize> = 8..=50;
/// What a merchant is told whose reference is none of Checkout's.
pub(crate) const REFERENCE_RULE: &str = "must match the regular expression '^[-a-zA-Z0-9]{8,50}$'";
/// Schemes that a browser would run or read locally, or that are not encrypted.
const BAD_SCHEMES: [&str; 6] = ["http", "javascript", "data", "file", "vbscript", "blob"];

/// Everything that the merchant said. It holds personal data and the merchant's token, and is erased with them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Terms {
    pub(crate) merchant: MerchantInfo,
    /// Without shipping.
    pub(crate) amount: Money,
    pub(crate) description: String,
    pub(crate) summary: Option<OrderSummary>,
    pub(crate) logistics: Option<Logistics>,
    pub(crate) prefill: Person,
    pub(crate) configuration: Configuration,
}

/// How the merchant is reached.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct MerchantInfo {
    pub(crate) callback_url: String,
    pub(crate) return_url: String,
    /// A secret between the merchant and us.
    pub(crate) callback_token: String,
    pub(crate) terms_url: String,
}

impl fmt::Debug for MerchantInfo {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("MerchantInfo(..)")
    }
}

/// What the page asks for, and how it looks.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Configuration {
    pub(crate) interaction: Interaction,
    pub(crate) elements: Elements,
    pub(crate) countries: Vec<String>,
    pub(crate) user_flow: UserFlow,
    pub(crate) require_user_info: bool,
    pub(crate) consent: Option<Consent>,
    pub(crate) show_summary: bool,
    pub(crate) external: Vec<External>,
}

/// Whether the payer stands before the merchant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Interaction {
    Present,
    #[default]
    NotPresent,
}

/// What the page asks the payer for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Elements {
    #[default]
    Full,
    PaymentAndContactInfo,
    PaymentOnly,
}

/// Where the payer comes from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum UserFlow {
    #[default]
    WebRedirect,
    NativeRedirect,
}

/// A box to tick.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Consent {
    pub(crate) text: String,
    pub(crate) required: bool,
}

/// Another way to pay, which so far is Klarna.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct External {
    pub(crate) redirect_url: String,
}

impl Terms {
    /// Every broken rule. `refused` says why the platform would not call a URL, if it would not.
    pub(crate) fn check(
        &self,
        reference: &Reference,
        refused: &dyn Fn(&str) -> Option<String>,
        found: &mut Found,
    ) {
        self.merchant.check(refused, found);
        let fits = REFERENCE_LENGTHS.contains(&reference.as_str().len());
        found.check(fits, "transaction.reference", REFERENCE_RULE);
        if let Some(rule) = amount_violation(self.amount) {
            found.check(false, "transaction.amount.value", rule);
        }
        check_description(&self.description, found);
        self.prefill.check_prefill("prefillCustomer", found);
        self.configuration.check(found);
        self.check_goods(refused, found);
    }

    /// What may be changed later, and has to be right together.
    pub(crate) fn check_goods(&self, refused: &dyn Fn(&str) -> Option<String>, found: &mut Found) {
        let currency = self.amount.currency;
        if let Some(summary) = &self.summary {
            summary.check(currency, found);
        }
        let Some(logistics) = &self.logistics else { return };
        logistics.check(currency, found);
        let url = &logistics.callback_url;
        let path = "logistics.dynamicOptionsCallback";
        if let Some(rule) = Some(url).filter(|url| !url.is_empty()).and_then(|url| refused(url)) {
            found.check(false, path, rule);
        }
        let addressed = self.configuration.elements == Elements::Full;
        found.check(addressed || url.is_empty(), path, "needs configuration.elements to be Full");
    }

    /// Whether the payer chooses how the goods are sent.
    pub(crate) fn has_logistics(&self) -> bool {
        let addressed = self.configuration.elements == Elements::Full;
        addressed && self.logistics.as_ref().is_some_and(Logistics::offers)
    }
}

impl MerchantInfo {
    fn check(&self, refused: &dyn Fn(&str) -> Option<String>, found: &mut Found) {
        if let Some(rule) = refused(&self.callback_url) {
            found.check(false, "merchantInfo.callbackUrl", rule);
        }
        let rule = "must be a URL with https, or with the scheme of an app, of at most 2500 characters";
        found.check(is_return_url(&self.return_url), "merchantInfo.returnUrl", rule);
        let token = &self.callback_token;
        // It travels in a header.
        let visible = token.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ');
        let trimmed = token.trim() == token;
        let rule = "must be 1 to 1000 visible ASCII characters";
        let path = "merchantInfo.callbackAuthorizationToken";
        found.check((1..=1000).contains(&token.len()) && visible && trimmed, path, rule);
        let terms = self.terms_url.is_empty() || is_https_url(&self.terms_url);
        let rule = "must be a URL with https of at most 2500 characters";
        found.check(terms, "merchantInfo.termsAndConditionsUrl", rule);
    }
}

impl Configuration {
    fn check(&self, found: &mut Found) {
        let path = "configuration.countries.supported";
        let coded =
            self.countries.len() <= MOST_COUNTRIES && self.countries.iter().all(|code| is_country(code));
        found.check(coded, path, "must be country codes such as NO");
        if let Some(consent) = &self.consent {
            let path = "configuration.customConsent.text";
            found.check(chars(&consent.text, 1, 1000), path, "must be 1 to 1000 characters");
            let linked = consent.text.matches("](").count() <= 1;
            found.check(linked, path, "must not have more than one link");
        }
        let path = "configuration.externalPaymentMethods";
        found.check(self.external.len() <= MOST_EXTERNAL, path, "must be at most 10 methods");
        for (index, external) in self.external.iter().enumerate().take(MOST_EXTERNAL) {
            let rule = "must be a URL with https of at most 2500 characters";
            found.check(is_https_url(&external.redirect_url), format!("{path}[{index}].redirectUrl"), rule);
        }
    }
}

/// What is wrong with an amount to pay, if anything is.
pub(crate) fn amount_violation(amount: Money) -> Option<String> {
    let within = (0..=LARGEST_AMOUNT).contains(&amount.minor);
    (!within).then(|| format!("must be between 0 and {LARGEST_AMOUNT}"))
}

/// The words that the payer sees.
pub(crate) fn check_description(text: &str, found: &mut Found) {
    found.check(chars(text, 3, 100), "transaction.paymentDescription", "must be 3 to 100 characters");
}

fn is_https_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| url.scheme() == "https")
}

/// https, or the scheme of an app.
fn is_return_url(text: &str) -> bool {
    parse_url(text).is_some_and(|url| !BAD_SCHEMES.contains(&url.scheme()))
}

/// A browser forgives white space and a third slash; what is stored goes into headers as it is, so here they are refused.
fn parse_url(text: &str) -> Option<Url> {
    let rest = text.split_once("://")?.1;
    if text.len() > LONGEST_URL || text.contains(|c: char| c.is_control() || c.is_whitespace()) {
        return None;
    }
    Url::parse(text).ok().filter(|url| url.scheme() != "https" || !rest.starts_with('/'))
}

#[cfg(test)]
pub(crate) mod tests;
