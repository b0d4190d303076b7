//! The enumerations of the contract. Where it says what an unspecified value means, a request may leave it out.

use kvitt_primitives::{Invalid, Market};
use kvitt_proto::merchant::v1;

use crate::domain::{
    AccountState, CaptureType, Environment, Feature, MerchantStatus, ProductType, SettlementFrequency,
    SettlementType,
};

/// The two ways between an enumeration of the contract and one of the domain. What an unspecified or unknown value means
/// comes first: `Err` with the rule, or a value for the unspecified one and the rule for the others.
macro_rules! both_ways {
    ($($from:ident, $to:ident: $wire:ident, $domain:ident, [$($value:ident),+], $unspecified:expr, $rule:literal;)*) => {$(
        pub(in crate::grpc) fn $from(message: i32) -> Result<$domain, Invalid> {
            match v1::$wire::try_from(message) {
                $(Ok(v1::$wire::$value) => Ok($domain::$value),)+
                Ok(v1::$wire::Unspecified) => {
                    let unspecified: Option<$domain> = $unspecified;
                    unspecified.ok_or(Invalid { rule: $rule })
                }
                Err(_) => Err(Invalid { rule: $rule }),
            }
        }

        pub(in crate::grpc) fn $to(value: $domain) -> v1::$wire {
            match value {
                $($domain::$value => v1::$wire::$value),+
            }
        }
    )*};
}

both_ways! {
    market, market_to_proto: Market, Market, [No, Dk, Fi], None, "must be one of NO, DK, FI";
    capture_type, capture_type_to_proto: CaptureType, CaptureType,
        [ReserveCapture, ReserveCaptureFull, DirectCapture], None,
        "must be one of RESERVE_CAPTURE, RESERVE_CAPTURE_FULL, DIRECT_CAPTURE";
    feature, feature_to_proto: Feature, Feature,
        [PushMessage, LongLiving, Express, NinScope, LateCapture, Recurring, PaymentLinks, LandingPagePhoneLocked,
         CreditCard], None, "must be a feature";
    merchant_status, merchant_status_to_proto: MerchantStatus, MerchantStatus, [Active, Deactivated],
        Some(MerchantStatus::Active), "must be one of ACTIVE, DEACTIVATED";
    environment, environment_to_proto: Environment, Environment, [Production, Test],
        Some(Environment::Production), "must be one of PRODUCTION, TEST";
    product_type, product_type_to_proto: ProductType, ProductType,
        [PaymentIntegration, Cashier, Checkout, Login, Donations, VmNumber], Some(ProductType::PaymentIntegration),
        "must be one of PAYMENT_INTEGRATION, CASHIER, CHECKOUT, LOGIN, DONATIONS, VM_NUMBER";
    account_state, account_state_to_proto: AccountState, AccountState, [Verified, Unverified, Rejected],
        Some(AccountState::Verified), "must be one of VERIFIED, UNVERIFIED, REJECTED";
    frequency, frequency_to_proto: SettlementFrequency, SettlementFrequency, [Daily, Weekly, Monthly],
        Some(SettlementFrequency::Daily), "must be one of DAILY, WEEKLY, MONTHLY";
    settlement_type, settlement_type_to_proto: SettlementType, SettlementType, [Net, Gross],
        Some(SettlementType::Net), "must be one of NET, GROSS";
}
