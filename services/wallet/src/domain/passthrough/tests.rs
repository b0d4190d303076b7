use kvitt_primitives::Money;

use super::*;
use crate::domain::{
    approval::{Method, Standing},
    card::{ExpiryMonth, Funds},
};

fn passthrough(allowed: &[CardType]) -> CardPassthrough {
    CardPassthrough {
        psp_reference: "psp-1".to_owned(),
        callback_url: "https://psp.example/card".to_owned(),
        allowed: allowed.to_vec(),
        prefers_visa_part: false,
        has_encryption_key: false,
        client_id: ClientId::from_uuid(Uuid::nil()),
    }
}

fn plastic(scheme: Scheme, commercial: bool) -> Plastic {
    Plastic {
        card_id: CardId::from_uuid(Uuid::from_u128(1)),
        scheme,
        bin: "492500".to_owned(),
        last_four: "1234".to_owned(),
        expires: ExpiryMonth::parse("2099-03").unwrap(),
        commercial,
    }
}

fn card(number: u128, scheme: Scheme, currency: Currency) -> Card {
    let card_id = CardId::from_uuid(Uuid::from_u128(number));
    let plastic = Plastic { card_id, ..plastic(scheme, false) };
    Card { plastic, funds: Funds { currency, balance_minor: 1, held_minor: 0, spent_minor: 0 } }
}

fn terms(standing: Standing) -> Terms {
    Terms {
        standing,
        amount: Money::new(Currency::Nok, 100),
        method: Method::CardPassthrough,
        expires_at: "2099-01-01T00:00:00Z".parse().unwrap(),
        only_for: None,
        minimum_age: 0,
        scopes: None,
        shipping: None,
        blocks_commercial_cards: false,
        passthrough: None,
        #[cfg(feature = "sandbox")]
        redirect_token: String::new(),
    }
}

#[test]
fn each_scheme_is_told_to_the_psp_as_its_type() {
    let of = |commercial| Scheme::ALL.map(|scheme| CardType::of(&plastic(scheme, commercial)));
    use CardType::{Dankort, ElectronDebit, MastercardCredit, MastercardDebit, VisaCredit, VisaDebit};
    let own = [Some(VisaDebit), Some(ElectronDebit), Some(MastercardDebit), None, Some(Dankort)];
    let companys = [Some(VisaCredit), Some(ElectronDebit), Some(MastercardCredit), None, Some(Dankort)];
    assert_eq!((of(false), of(true)), (own, companys));
}

#[test]
fn a_dankort_is_charged_as_a_visa_or_with_a_key() {
    use CardType::{Dankort, VisaDebit};
    let dankort = plastic(Scheme::Dankort, false);
    for (visa, key, allowed, expected) in [
        (false, false, vec![Dankort, VisaDebit], None),
        (false, true, vec![Dankort], Some(Dankort)),
        (false, true, vec![VisaDebit], None),
        (true, false, vec![VisaDebit], Some(VisaDebit)),
        (true, true, vec![Dankort], None),
    ] {
        let psp = passthrough(&allowed);
        let psp = CardPassthrough { prefers_visa_part: visa, has_encryption_key: key, ..psp };
        assert_eq!(psp.takes(&dankort), expected, "{visa} {key} {allowed:?}");
    }
}

#[test]
fn the_first_card_that_the_psp_takes_is_chosen_and_no_other() {
    let psp = passthrough(&[CardType::MastercardDebit]);
    let cards = [
        card(1, Scheme::Visa, Currency::Nok),
        card(2, Scheme::Mastercard, Currency::Dkk),
        card(3, Scheme::Mastercard, Currency::Nok),
    ];
    let id = |number| CardId::from_uuid(Uuid::from_u128(number));
    let choose = |standing, asked: Option<u128>| {
        let chosen = psp.choose(&terms(standing), &cards, asked.map(id));
        chosen.map(|card| card.plastic.card_id)
    };
    let waiting = Standing::Waiting;
    assert_eq!(choose(waiting, None), Ok(id(3)));
    assert_eq!(choose(waiting, Some(3)), Ok(id(3)));
    assert_eq!(choose(waiting, Some(1)), Err(Refusal::NoCards));
    assert_eq!(choose(waiting, Some(2)), Err(Refusal::NoCards));
    assert_eq!(choose(waiting, Some(4)), Err(Refusal::NotThePayersCard));
    assert_eq!(choose(Standing::Ended, Some(4)), Err(Refusal::CannotApprove));
}

#[test]
fn what_is_sent_is_the_same_again_for_the_same_attempt_and_no_real_number() {
    let visa = plastic(Scheme::Visa, false);
    let sent = |attempt| match CardData::simulated(CardType::VisaDebit, &visa, Uuid::from_u128(attempt)) {
        CardData::Token(token) => token,
        CardData::EncryptedNumber(_) => panic!("a Visa has a token"),
    };
    assert!(sent(1) == sent(1));
    assert_eq!(sent(1).number, sent(2).number);
    assert_ne!(sent(1).cryptogram, sent(2).cryptogram);
    assert_eq!((sent(1).expiry_month.as_str(), sent(1).expiry_year.as_str()), ("03", "2099"));
    let number = sent(1).number;
    assert!(number.len() == 16 && number.starts_with('0') && number.bytes().all(|b| b.is_ascii_digit()));
    let dankort = CardData::simulated(CardType::Dankort, &visa, Uuid::nil());
    assert!(matches!(dankort, CardData::EncryptedNumber(_)));
    assert_eq!(masked(&visa), "492500******1234");
}
