//! What only payments to a VM number have (contract-merchant section 11), and what they share with links that capture by
//! themselves.

use serde::{Deserialize, Serialize};

use super::{
    passthrough::Method,
    receipt::Violation,
    request::{Request, chars},
};

const LONGEST_NAME: usize = 200;
const LONGEST_MESSAGE: usize = 100;

/// Who pays, by their name, and what for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct VmNumberTerms {
    /// Empty where the merchant asked and nobody has answered.
    pub(crate) payer_name: String,
    /// May be empty.
    pub(crate) message: String,
}

impl VmNumberTerms {
    /// Every broken rule of form. Both are kept as texts in PostgreSQL, which cannot hold NUL.
    pub(super) fn violations(&self, found: &mut Vec<Violation>) {
        let fits = |text: &str, most| chars(text, 0, most) && !text.contains('\0');
        if !fits(&self.payer_name, LONGEST_NAME) {
            let rule = "must be at most 200 characters, without the character NUL";
            found.push(("vmNumber.payerName".to_owned(), rule));
        }
        if !fits(&self.message, LONGEST_MESSAGE) {
            let rule = "must be at most 100 characters, without the character NUL";
            found.push(("vmNumber.message".to_owned(), rule));
        }
    }
}

/// Every broken rule about capturing on approval: nobody is there to capture what a VM number takes, and what still has to
/// be sent, or is charged by a PSP, is not captured at once.
pub(super) fn capture_violations(request: &Request, found: &mut Vec<Violation>) {
    let field = || "captureOnApproval".to_owned();
    if request.vm_number.is_some() && !request.capture_on_approval {
        found.push((field(), "must be set for a VM number"));
    }
    let possible = request.method != Method::CardPassthrough && request.shipping.is_none();
    if request.capture_on_approval && !possible {
        found.push((field(), "must not be set for CARD_PASSTHROUGH, nor when there is shipping"));
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use kvitt_primitives::Currency;

    use super::*;
    use crate::{
        domain::{Callbacks, Customer, Refusal, SalesUnit, Terms, UserFlow},
        fixture::{create_of, ecom, request, shipping, unit},
    };

    fn person(payer_name: &str, message: &str) -> Option<VmNumberTerms> {
        Some(VmNumberTerms { payer_name: payer_name.to_owned(), message: message.to_owned() })
    }

    /// A payment that the payer began at the number.
    fn paid() -> Request {
        Request {
            user_flow: UserFlow::PushMessage,
            customer: Some(Customer::Phone("4712345678".to_owned())),
            capture_on_approval: true,
            vm_number: person("Kari Nordmann", "Two waffles"),
            ..request()
        }
    }

    fn number() -> SalesUnit {
        SalesUnit { vm_number: true, direct_capture: true, ..unit() }
    }

    fn decided(request: Request, unit: SalesUnit) -> Result<Terms, Refusal> {
        create_of(request, unit).decide(DateTime::<Utc>::UNIX_EPOCH)
    }

    #[test]
    fn every_broken_field_of_a_payment_that_captures_itself_is_named() {
        let (name, message) = ("n".repeat(200), "æ".repeat(100));
        let capturing = || Request { capture_on_approval: true, ..request() };
        let ships = || Request {
            shipping: Some(shipping(Currency::Nok)),
            scope: Some("address".into()),
            ..request()
        };
        let table: [(Request, &[&str]); 12] = [
            (paid(), &[]),
            (Request { vm_number: person("", ""), ..paid() }, &[]),
            (Request { vm_number: person(&name, &message), ..paid() }, &[]),
            (Request { vm_number: person(&format!("{name}n"), ""), ..paid() }, &["vmNumber.payerName"]),
            (Request { vm_number: person("Kari\0", ""), ..paid() }, &["vmNumber.payerName"]),
            (Request { vm_number: person("", &format!("{message}æ")), ..paid() }, &["vmNumber.message"]),
            (Request { vm_number: person("", "\0"), ..paid() }, &["vmNumber.message"]),
            (Request { capture_on_approval: false, ..paid() }, &["captureOnApproval"]),
            (capturing(), &[]),
            (Request { method: Method::Card, ..capturing() }, &[]),
            (Request { method: Method::CardPassthrough, ..capturing() }, &["captureOnApproval"]),
            (Request { capture_on_approval: true, ..ships() }, &["captureOnApproval"]),
        ];
        for (request, expected) in table {
            let found = request.violations(Callbacks::Https);
            let fields: Vec<_> = found.iter().map(|(field, _)| field.as_str()).collect();
            assert_eq!(fields, expected, "{request:?}");
        }
    }

    #[test]
    fn a_vm_number_takes_payments_to_it_and_no_other_unit_does() {
        let table = [
            (paid(), number(), true),
            (request(), number(), false),
            (Request { ecom: Some(ecom()), ..request() }, number(), false),
            (paid(), SalesUnit { push_message: true, ..unit() }, false),
            (paid(), SalesUnit { active: false, ..number() }, false),
        ];
        for (request, unit, taken) in table {
            let refusal = decided(request.clone(), unit).err();
            assert_eq!(refusal, (!taken).then_some(Refusal::CannotBeCreated), "{request:?}");
        }
    }

    #[test]
    fn a_vm_number_pushes_without_being_allowed_to() {
        let pushed = Request { vm_number: None, ..paid() };
        assert_eq!(decided(pushed, unit()).err(), Some(Refusal::PushMessageNotAllowed));
        assert!(decided(paid(), SalesUnit { push_message: false, ..number() }).is_ok());
    }

    #[test]
    fn a_payment_captures_itself_where_its_unit_does_in_ecom_or_it_says_so() {
        for (in_ecom, by_unit, by_request, expected) in [
            (false, false, false, false),
            (false, true, false, false),
            (false, false, true, true),
            (true, false, false, false),
            (true, true, false, true),
        ] {
            let ecom = in_ecom.then(ecom);
            let asked = Request { ecom, capture_on_approval: by_request, ..request() };
            let terms = decided(asked, SalesUnit { direct_capture: by_unit, ..unit() }).unwrap();
            assert_eq!(terms.rules().direct_capture, expected, "{in_ecom} {by_unit} {by_request}");
        }
    }

    #[test]
    fn what_a_payment_to_a_vm_number_was_created_with_reads_back() {
        let terms = decided(paid(), number()).unwrap();
        let stored = serde_json::to_string(&terms).unwrap();
        assert_eq!(serde_json::from_str::<Terms>(&stored).unwrap(), terms);
    }
}
