//! Money on the wire and in the code.

use kvitt_primitives::{Currency, Money};

use crate::{generated::money::v1, refusal::FieldViolation};

/// The wire's form of an amount.
pub fn to_proto(money: Money) -> v1::Money {
    v1::Money { currency: currency_to_proto(money.currency).into(), amount_minor: money.minor }
}

/// The code's form of an amount that must be given; `field` is its path for the violation.
pub fn from_proto(money: Option<v1::Money>, field: &str) -> Result<Money, FieldViolation> {
    let money = money.ok_or_else(|| FieldViolation::new(field, "is required"))?;
    let currency = currency_from_proto(money.currency, &format!("{field}.currency"))?;
    Ok(Money::new(currency, money.amount_minor))
}

/// The wire's form of a currency.
pub fn currency_to_proto(currency: Currency) -> v1::Currency {
    match currency {
        Currency::Nok => v1::Currency::Nok,
        Currency::Dkk => v1::Currency::Dkk,
        Currency::Eur => v1::Currency::Eur,
        Currency::Sek => v1::Currency::Sek,
        Currency::Usd => v1::Currency::Usd,
        Currency::Gbp => v1::Currency::Gbp,
    }
}

/// The code's form of a currency; `field` is its path for the violation.
pub fn currency_from_proto(currency: i32, field: &str) -> Result<Currency, FieldViolation> {
    match v1::Currency::try_from(currency) {
        Ok(v1::Currency::Nok) => Ok(Currency::Nok),
        Ok(v1::Currency::Dkk) => Ok(Currency::Dkk),
        Ok(v1::Currency::Eur) => Ok(Currency::Eur),
        Ok(v1::Currency::Sek) => Ok(Currency::Sek),
        Ok(v1::Currency::Usd) => Ok(Currency::Usd),
        Ok(v1::Currency::Gbp) => Ok(Currency::Gbp),
        Ok(v1::Currency::Unspecified) | Err(_) => {
            Err(FieldViolation::new(field, "must be one of NOK, DKK, EUR, SEK, USD, GBP"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_goes_over_the_wire_and_back() {
        for currency in Currency::ALL {
            let money = Money::new(currency, 49_900);
            assert_eq!(from_proto(Some(to_proto(money)), "amount"), Ok(money));
        }
    }

    #[test]
    fn an_absent_amount_or_currency_is_named() {
        assert_eq!(from_proto(None, "amount").unwrap_err().field, "amount");
        let without = v1::Money { currency: 0, amount_minor: 1 };
        assert_eq!(from_proto(Some(without), "amount").unwrap_err().field, "amount.currency");
    }
}
