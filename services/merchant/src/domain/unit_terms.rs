//! The words in which a sales unit's terms are stated. Each is stored under a code of its own.

use kvitt_primitives::Invalid;

/// An enumeration whose values are stored under codes.
macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$of_value:meta])* $value:ident = $code:literal),+ $(,)? })*) => {$(
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub(crate) enum $name {
            $($(#[$of_value])* $value),+
        }

        impl $name {
            pub(crate) const ALL: &'static [Self] = &[$(Self::$value),+];

            /// The name it is stored under.
            pub(crate) fn code(self) -> &'static str {
                match self {
                    $(Self::$value => $code),+
                }
            }

            pub(crate) fn from_code(code: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|value| value.code() == code)
            }
        }
    )*};
}

codes! {
    /// How a sales unit captures what was reserved.
    CaptureType {
        ReserveCapture = "RESERVE_CAPTURE",
        ReserveCaptureFull = "RESERVE_CAPTURE_FULL",
        DirectCapture = "DIRECT_CAPTURE",
    }

    /// What a sales unit must be allowed before it may use it. The order is the contract's.
    Feature {
        PushMessage = "PUSH_MESSAGE",
        LongLiving = "LONG_LIVING",
        Express = "EXPRESS",
        NinScope = "NIN_SCOPE",
        LateCapture = "LATE_CAPTURE",
        Recurring = "RECURRING",
        PaymentLinks = "PAYMENT_LINKS",
        LandingPagePhoneLocked = "LANDING_PAGE_PHONE_LOCKED",
        CreditCard = "CREDIT_CARD",
    }

    /// Test units and production units know nothing of each other.
    Environment {
        Production = "PRODUCTION",
        Test = "TEST",
    }

    /// What a merchant orders.
    ProductType {
        PaymentIntegration = "PAYMENT_INTEGRATION",
        Cashier = "CASHIER",
        Checkout = "CHECKOUT",
        /// Takes no payments.
        Login = "LOGIN",
        Donations = "DONATIONS",
        /// People pay it from their app, by its number; it has no API, and so no keys.
        VmNumber = "VM_NUMBER",
    }

    /// How often a unit is paid out.
    SettlementFrequency {
        Daily = "DAILY",
        /// Monday to Sunday.
        Weekly = "WEEKLY",
        /// By calendar month.
        Monthly = "MONTHLY",
    }

    /// Whether fees are taken from payouts.
    SettlementType {
        Net = "NET",
        Gross = "GROSS",
    }
}

impl ProductType {
    /// Passes when such a unit may capture so: nobody is there to capture what a VM number takes.
    pub(crate) fn captures(self, capture_type: CaptureType) -> Result<(), Invalid> {
        if self == Self::VmNumber && capture_type != CaptureType::DirectCapture {
            return Err(Invalid { rule: "must be DIRECT_CAPTURE for a VM number" });
        }
        Ok(())
    }

    /// How a unit captures that is opened for an order, which does not say it.
    pub(crate) fn usual_capture_type(self) -> CaptureType {
        match self {
            Self::VmNumber => CaptureType::DirectCapture,
            Self::PaymentIntegration | Self::Cashier | Self::Checkout | Self::Login | Self::Donations => {
                CaptureType::ReserveCapture
            }
        }
    }

    /// Whether such a unit is used through an API, for which it needs keys.
    pub(crate) fn has_keys(self) -> bool {
        self != Self::VmNumber
    }
}

/// Features in ascending order, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Features(Vec<Feature>);

impl Features {
    pub(crate) fn try_new(features: Vec<Feature>) -> Result<Self, Invalid> {
        if features.is_sorted_by(|one, next| one < next) {
            Ok(Self(features))
        } else {
            Err(Invalid { rule: "must be in ascending order, each once" })
        }
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = Feature> {
        self.0.iter().copied()
    }
}

/// What a merchant sells, as card schemes number it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CategoryCode(String);

impl CategoryCode {
    pub(crate) fn try_new(text: String) -> Result<Self, Invalid> {
        if text.len() == 4 && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(Invalid { rule: "must be 4 digits" })
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_stand_in_order_and_each_once() {
        assert!(Features::try_new(Feature::ALL.to_vec()).is_ok());
        assert!(Features::try_new(Vec::new()).is_ok());
        for broken in [vec![Feature::Express, Feature::LongLiving], vec![Feature::Express, Feature::Express]]
        {
            assert!(Features::try_new(broken).is_err());
        }
    }

    #[test]
    fn a_code_reads_back_as_what_it_stands_for() {
        for feature in Feature::ALL {
            assert_eq!(Feature::from_code(feature.code()), Some(*feature));
        }
        for product_type in ProductType::ALL {
            assert_eq!(ProductType::from_code(product_type.code()), Some(*product_type));
        }
        assert_eq!(CaptureType::from_code("CREDIT"), None);
    }

    #[test]
    fn a_vm_number_captures_directly_and_has_no_keys() {
        for product_type in ProductType::ALL {
            let is_vm_number = *product_type == ProductType::VmNumber;
            assert_eq!(product_type.has_keys(), !is_vm_number, "{product_type:?}");
            assert_eq!(product_type.captures(product_type.usual_capture_type()), Ok(()), "{product_type:?}");
            for capture_type in CaptureType::ALL {
                let may = !is_vm_number || *capture_type == CaptureType::DirectCapture;
                assert_eq!(product_type.captures(*capture_type).is_ok(), may, "{product_type:?}");
            }
        }
    }

    #[test]
    fn a_category_has_four_digits() {
        for (text, valid) in
            [("5812", true), ("581", false), ("58122", false), ("58a2", false), ("５812", false)]
        {
            assert_eq!(CategoryCode::try_new(text.to_owned()).is_ok(), valid, "{text}");
        }
    }
}
