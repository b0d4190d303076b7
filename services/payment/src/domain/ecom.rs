//! What only payments through eCom v2 have (contract 9.1).

use serde::{Deserialize, Serialize};

use super::{
    callback::{CallbackToken, Callbacks, TOKEN_RULE},
    receipt::Violation,
};

const LONGEST_TOKEN: usize = 255;

/// Where the merchant hears of the payment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct EcomTerms {
    pub(crate) callback_prefix: String,
    pub(crate) token: Option<CallbackToken>,
    pub(crate) consent_removal_prefix: Option<String>,
}

impl EcomTerms {
    /// Every broken rule of form.
    pub(super) fn violations(&self, callbacks: Callbacks, found: &mut Vec<Violation>) {
        let rule = "must be a URL with https, at most 255 characters";
        if self.callback_prefix.is_empty() {
            found.push(("merchantInfo.callbackPrefix".to_owned(), "is required"));
        } else if !callbacks.permits_prefix(&self.callback_prefix) {
            found.push(("merchantInfo.callbackPrefix".to_owned(), rule));
        }
        let removal = self.consent_removal_prefix.as_deref();
        if removal.is_some_and(|prefix| !callbacks.permits_prefix(prefix)) {
            found.push(("merchantInfo.consentRemovalPrefix".to_owned(), rule));
        }
        if self.token.as_ref().is_some_and(|token| !token.fits(LONGEST_TOKEN)) {
            found.push(("merchantInfo.authToken".to_owned(), TOKEN_RULE));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_broken_field_of_ecom_is_named() {
        let terms = |prefix: &str, token: &str, removal: Option<&str>| EcomTerms {
            callback_prefix: prefix.into(),
            token: Some(CallbackToken::new(token.into())),
            consent_removal_prefix: removal.map(str::to_owned),
        };
        let (good, long) = ("https://shop.example/vipps/", "x".repeat(256));
        let table: [(EcomTerms, &[&str]); 6] = [
            (terms(good, "token", Some(good)), &[]),
            (terms("", "", None), &["callbackPrefix"]),
            (terms("http://shop.example", "", None), &["callbackPrefix"]),
            (terms(&format!("{good}{long}"), "", None), &["callbackPrefix"]),
            (terms(good, &long, None), &["authToken"]),
            (terms(good, "", Some("ftp://shop.example")), &["consentRemovalPrefix"]),
        ];
        for (terms, expected) in table {
            let mut found = Vec::new();
            terms.violations(Callbacks::Https, &mut found);
            let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
            let expected: Vec<_> = expected.iter().map(|field| format!("merchantInfo.{field}")).collect();
            assert_eq!(fields, expected, "{terms:?}");
        }
    }
}
