//! One harmless call for each action that has an rpc, and what came of it.

use kvitt_proto::access::v1::{
    CheckPermissionRequest, ListAccountingGrantsRequest, ListUsersRequest, ShowKeysRequest,
    check_permission_request::On,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::merchant::v1::{
    AccountState, ChangeSettlementAccountRequest, ChangeSettlementFrequencyRequest, Company,
    CreateTestSalesUnitRequest, DeactivateSalesUnitRequest, Feature, FeatureRequest, GetSalesUnitRequest,
    RequestFeatureRequest, SettlementAccount, SettlementFrequency, UpdateCompanyRequest,
    UpdateSalesUnitRequest, feature_request::Wanted,
};
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::payment::v1::{
    CancelPaymentRequest, CapturePaymentRequest, CreatePaymentRequest, GetPaymentRequest, PaymentMethodType,
    RefundPaymentRequest, TailRequest, UserFlow,
};
use kvitt_proto::refusal;
use kvitt_proto::settlement::v1::ListPayoutsRequest;
use kvitt_proto::wallet::v1::ForceApproveRequest;
use kvitt_runtime::Action;
use kvitt_tests::Mesh;
use kvitt_tests::requests::{RETURN_URL, fresh_key, fresh_reference};
use tonic::{Response, Status};
use uuid::Uuid;

/// What came of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Outcome {
    /// It was done, or refused for another reason than who asked.
    Allowed,
    /// The caller sees the thing and may not do this with it.
    Denied,
    /// The caller is told that there is no such thing, or that their keys are not for it.
    Hidden,
}

/// What is acted upon.
#[derive(Clone, Copy, Debug)]
pub(super) struct Target<'a> {
    pub(super) merchant_id: &'a str,
    pub(super) msn: &'a str,
}

impl Outcome {
    pub(super) fn of(answer: &Result<(), Status>) -> Self {
        let Err(status) = answer else { return Self::Allowed };
        match refusal::reason_of(status) {
            Some(Reason::PermissionDenied) => Self::Denied,
            Some(
                Reason::NotFound | Reason::LedgerNotFound | Reason::MsnNotCovered | Reason::PartnerNotLinked,
            ) => Self::Hidden,
            Some(Reason::Internal | Reason::Unavailable) | None => panic!("a fault: {status:?}"),
            Some(_) => Self::Allowed,
        }
    }
}

/// What the platform says that the caller may.
pub(super) async fn asked(mesh: &Mesh, action: Action, target: Target<'_>) -> Result<bool, Status> {
    let on = Some(On::Msn(target.msn.to_owned()));
    let request = CheckPermissionRequest { action: action.to_proto().into(), on };
    mesh.users().check_permission(request).await.map(|answer| answer.into_inner().allowed)
}

fn done<T>(answer: Result<Response<T>, Status>) -> Result<(), Status> {
    answer.map(drop)
}

fn krone() -> Option<Money> {
    Some(Money { currency: Currency::Nok.into(), amount_minor: 100 })
}

/// Tries the action; `None` where no rpc does it yet.
pub(super) async fn attempt(mesh: &Mesh, action: Action, target: Target<'_>) -> Option<Result<(), Status>> {
    match action {
        Action::ReadPayment
        | Action::CancelPayment
        | Action::CapturePayment
        | Action::RefundPayment
        | Action::CreatePayment
        | Action::ForceApprove
        | Action::FollowFeed => Some(with_money(mesh, action, target.msn).await),
        Action::ReadSalesUnit
        | Action::EditSalesUnit
        | Action::EditFrequency
        | Action::ChangeSettlementAccount
        | Action::DeactivateSalesUnit => Some(with_unit(mesh, action, target.msn).await),
        Action::EditCompany
        | Action::OrderProducts
        | Action::ManageUsers
        | Action::GrantAccounting
        | Action::ManageKeys
        | Action::CreateTestData => Some(with_company(mesh, action, target).await),
        Action::DownloadReports => {
            let request = ListPayoutsRequest { msn: target.msn.to_owned(), ..Default::default() };
            Some(done(mesh.ledgers().list_payouts(request).await))
        }
        // Payment requests, QR codes and webhooks are tried with their services.
        Action::SeeAllUnits
        | Action::RequestPayment
        | Action::SetUpLogin
        | Action::UseDeveloperTools
        | Action::CreateLinks => None,
    }
}

async fn with_money(mesh: &Mesh, action: Action, msn: &str) -> Result<(), Status> {
    let (msn, reference, idempotency_key) = (msn.to_owned(), fresh_reference(), fresh_key());
    let mut payments = mesh.payments();
    match action {
        Action::CancelPayment => {
            let request = CancelPaymentRequest { msn, reference, idempotency_key, ..Default::default() };
            done(payments.cancel_payment(request).await)
        }
        Action::CapturePayment => {
            let amount = krone();
            let request =
                CapturePaymentRequest { msn, reference, idempotency_key, amount, ..Default::default() };
            done(payments.capture_payment(request).await)
        }
        Action::RefundPayment => {
            let amount = krone();
            let request =
                RefundPaymentRequest { msn, reference, idempotency_key, amount, ..Default::default() };
            done(payments.refund_payment(request).await)
        }
        Action::CreatePayment => {
            let request = CreatePaymentRequest {
                msn,
                reference,
                idempotency_key,
                amount: krone(),
                payment_method_type: PaymentMethodType::Wallet.into(),
                user_flow: UserFlow::WebRedirect.into(),
                return_url: RETURN_URL.to_owned(),
                ..Default::default()
            };
            done(payments.create_payment(request).await)
        }
        Action::ForceApprove => {
            let phone_number = "4799900001".to_owned();
            let request = ForceApproveRequest { msn, reference, phone_number, ..Default::default() };
            done(mesh.wallet().force_approve(request).await)
        }
        Action::FollowFeed => done(mesh.feed().tail(TailRequest { msn, ..Default::default() }).await),
        _ => {
            let request = GetPaymentRequest { msn, reference, ..Default::default() };
            done(payments.get_payment(request).await)
        }
    }
}

async fn with_unit(mesh: &Mesh, action: Action, msn: &str) -> Result<(), Status> {
    let msn = msn.to_owned();
    let mut merchants = mesh.merchants();
    match action {
        Action::EditSalesUnit => {
            let name = Some("Renamed by a test".to_owned());
            done(merchants.update_sales_unit(UpdateSalesUnitRequest { msn, name, location: None }).await)
        }
        Action::EditFrequency => {
            let frequency = SettlementFrequency::Daily.into();
            let request = ChangeSettlementFrequencyRequest { msn, frequency };
            done(merchants.change_settlement_frequency(request).await)
        }
        Action::ChangeSettlementAccount => {
            // The account that the merchant's other units have.
            let (scheme, id) = ("BBAN:NO".to_owned(), "15034012358".to_owned());
            let account = Some(SettlementAccount { scheme, id, state: AccountState::Unspecified.into() });
            let request = ChangeSettlementAccountRequest { msn, account };
            done(merchants.change_settlement_account(request).await)
        }
        Action::DeactivateSalesUnit => {
            done(merchants.deactivate_sales_unit(DeactivateSalesUnitRequest { msn }).await)
        }
        _ => done(merchants.get_sales_unit(GetSalesUnitRequest { msn }).await),
    }
}

async fn with_company(mesh: &Mesh, action: Action, target: Target<'_>) -> Result<(), Status> {
    let (merchant_id, msn) = (target.merchant_id.to_owned(), target.msn.to_owned());
    let fresh = || Uuid::new_v4().to_string();
    match action {
        Action::EditCompany => {
            let company = Some(Company { email: "post@example.no".to_owned(), ..Default::default() });
            done(mesh.merchants().update_company(UpdateCompanyRequest { merchant_id, company }).await)
        }
        Action::OrderProducts => {
            let request = Some(FeatureRequest {
                msn,
                wanted: Some(Wanted::Feature(Feature::PaymentLinks.into())),
                description: "A test asks for it".to_owned(),
                ..Default::default()
            });
            let request = RequestFeatureRequest { order_id: fresh(), request };
            done(mesh.orders().request_feature(request).await)
        }
        Action::GrantAccounting => {
            done(mesh.keys().list_accounting_grants(ListAccountingGrantsRequest { msn }).await)
        }
        Action::ManageKeys => done(mesh.keys().show_keys(ShowKeysRequest { msn }).await),
        Action::CreateTestData => {
            let request = CreateTestSalesUnitRequest {
                merchant_id,
                order_id: fresh(),
                name: "En testbutikk".to_owned(),
                ..Default::default()
            };
            done(mesh.merchants().create_test_sales_unit(request).await)
        }
        _ => {
            let request = ListUsersRequest { merchant_id, page_size: 1, ..Default::default() };
            done(mesh.users().list_users(request).await)
        }
    }
}

/// Whether the action is one on the merchant as a whole, whatever unit is meant.
pub(super) fn is_of_merchant(action: Action) -> bool {
    matches!(action, Action::EditCompany | Action::ManageUsers | Action::CreateTestData)
}
