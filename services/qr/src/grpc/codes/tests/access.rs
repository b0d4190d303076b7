//! Who may do what with a unit's codes.

use kvitt_proto::{
    error::v1::Reason,
    qr::v1::{
        CreateOneTimeQrRequest, DeleteMerchantCallbackRequest, DeleteMerchantRedirectRequest,
        ExchangeCustomerRequest, ExchangeQrRequest, GetMerchantCallbackRequest, GetMerchantRedirectRequest,
        GetUnitQrRequest, ListMerchantCallbacksRequest, ListMerchantRedirectsRequest,
        UpdateMerchantRedirectRequest, qr_service_server::QrService as _,
    },
};
use kvitt_runtime::ServiceName;
use tonic::Request;

use super::{beacon, callback, redirect};
use crate::{
    fixture::{
        FOREIGN_MSN, Fixture, MSN, answered, by_client, by_foreigner, by_partner, by_service, by_user, named,
        reason,
    },
    grpc::Grpc,
};

/// Why each rpc refuses a caller; the fields are those of nothing.
async fn refusals(grpc: Grpc, msn: &str, caller: Callers) -> Vec<Reason> {
    macro_rules! refused {
        ($($rpc:ident $message:ident),* $(,)?) => {
            vec![$({
                let message = $message { msn: msn.to_owned(), ..Default::default() };
                reason(grpc.$rpc(caller.call(message)).await)
            }),*]
        };
    }
    use kvitt_proto::qr::v1::{
        CreateMerchantRedirectRequest, ImportBeaconRequest, PutMerchantCallbackRequest,
    };
    refused![
        create_one_time_qr CreateOneTimeQrRequest,
        create_merchant_redirect CreateMerchantRedirectRequest,
        get_merchant_redirect GetMerchantRedirectRequest,
        list_merchant_redirects ListMerchantRedirectsRequest,
        update_merchant_redirect UpdateMerchantRedirectRequest,
        delete_merchant_redirect DeleteMerchantRedirectRequest,
        put_merchant_callback PutMerchantCallbackRequest,
        get_merchant_callback GetMerchantCallbackRequest,
        list_merchant_callbacks ListMerchantCallbacksRequest,
        delete_merchant_callback DeleteMerchantCallbackRequest,
        import_beacon ImportBeaconRequest,
        get_unit_qr GetUnitQrRequest,
        exchange_qr ExchangeQrRequest,
        exchange_customer ExchangeCustomerRequest,
    ]
}

#[derive(Clone, Copy)]
enum Callers {
    Nobody,
    Unit,
    Foreigner,
    Partner,
    Wallet,
}

impl Callers {
    fn call<T>(self, message: T) -> Request<T> {
        match self {
            Self::Nobody => Request::new(message),
            Self::Unit => by_client(message),
            Self::Foreigner => by_foreigner(message),
            Self::Partner => by_partner(message),
            Self::Wallet => by_service(ServiceName::Wallet, message),
        }
    }
}

#[tokio::test]
async fn whoever_may_not_act_for_a_unit_is_told_so_before_anything_else() {
    let fixture = Fixture::start().await;
    for (msn, caller, expected) in [
        (MSN, Callers::Nobody, Reason::TokenMissing),
        (MSN, Callers::Foreigner, Reason::MsnNotCovered),
        ("999999", Callers::Unit, Reason::MsnNotCovered),
        (FOREIGN_MSN, Callers::Partner, Reason::PartnerNotLinked),
        (MSN, Callers::Wallet, Reason::PermissionDenied),
        ("12x", Callers::Unit, Reason::FieldInvalid),
    ] {
        for found in refusals(fixture.grpc(), msn, caller).await {
            assert_eq!(found, expected, "{msn}");
        }
    }
    let refused = fixture.grpc().get_unit_qr(by_client(GetUnitQrRequest::default())).await;
    assert_eq!(named(refused), ["msn"]);
}

#[tokio::test]
async fn partners_and_people_of_the_merchant_make_codes_too() {
    let fixture = Fixture::start().await;
    answered(fixture.grpc().create_merchant_redirect(by_partner(redirect("1"))).await);
    answered(fixture.grpc().create_merchant_redirect(by_user(redirect("2"))).await);
    answered(fixture.grpc().put_merchant_callback(by_partner(callback(MSN, "1"))).await);
    answered(fixture.grpc().import_beacon(by_user(beacon(MSN, "B"))).await);
    let list = ListMerchantRedirectsRequest { msn: MSN.to_owned(), ..Default::default() };
    let listed = answered(fixture.grpc().list_merchant_redirects(by_client(list)).await);
    assert_eq!(listed.merchant_redirects.len(), 2);
}
