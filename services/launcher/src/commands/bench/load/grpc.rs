//! A client that speaks gRPC to payment, and to the wallet for the payer's yes.

use std::sync::Arc;

use anyhow::Context as _;
use kvitt_primitives::{Currency, Money};
use kvitt_proto::{
    money,
    payment::v1::{
        CapturePaymentRequest, CreatePaymentRequest, GetPaymentRequest, PaymentMethodType,
        RefundPaymentRequest, UserFlow, payment_service_client::PaymentServiceClient,
    },
    wallet::v1::{ForceApproveRequest, wallet_service_client::WalletServiceClient},
};
use kvitt_runtime::Channel;
use tonic::{
    Request,
    metadata::{Ascii, MetadataValue},
};
use uuid::Uuid;

use super::{
    super::plan::{MeshAt, Unit},
    Verb,
    caller::{AMOUNT_MINOR, Payment},
};

/// Clients of the two services; clones share the connections.
#[derive(Clone, Debug)]
pub(super) struct Clients {
    payments: PaymentServiceClient<Channel>,
    wallet: WalletServiceClient<Channel>,
    /// The header `authorization` of each unit.
    bearers: Arc<[MetadataValue<Ascii>]>,
}

impl Clients {
    pub(super) fn open(mesh: &MeshAt, units: &[Unit]) -> anyhow::Result<Self> {
        let channel =
            |address| kvitt_runtime::channel(&format!("http://{address}")).map_err(anyhow::Error::from_boxed);
        let bearer = |unit: &Unit| format!("Bearer {}", unit.token).parse().context("a token is not ASCII");
        let bearers: Vec<_> = units.iter().map(bearer).collect::<Result<_, _>>()?;
        Ok(Self {
            payments: PaymentServiceClient::new(channel(mesh.payment)?),
            wallet: WalletServiceClient::new(channel(mesh.wallet)?),
            bearers: bearers.into(),
        })
    }

    pub(super) async fn perform(&mut self, verb: Verb, payment: &Payment<'_>) -> anyhow::Result<()> {
        let (msn, reference) = (payment.unit.msn.clone(), payment.reference.clone());
        let amount = Some(money::to_proto(Money::new(Currency::Nok, AMOUNT_MINOR)));
        let idempotency_key = Uuid::new_v4().to_string();
        let bearer = self.bearers[payment.unit_index].clone();
        match verb {
            Verb::Create => {
                let request = CreatePaymentRequest {
                    msn,
                    idempotency_key,
                    reference,
                    amount,
                    payment_method_type: PaymentMethodType::Wallet.into(),
                    user_flow: UserFlow::WebRedirect.into(),
                    return_url: "https://shop.example/return".to_owned(),
                    ..CreatePaymentRequest::default()
                };
                self.payments.create_payment(with(bearer, request)).await.map(drop)
            }
            Verb::Approve => {
                let phone_number = payment.phone.to_owned();
                let request = ForceApproveRequest { msn, reference, phone_number, token: String::new() };
                self.wallet.force_approve(with(bearer, request)).await.map(drop)
            }
            Verb::Capture => {
                let empty = CapturePaymentRequest::default();
                let request = CapturePaymentRequest { msn, reference, amount, idempotency_key, ..empty };
                self.payments.capture_payment(with(bearer, request)).await.map(drop)
            }
            Verb::Refund => {
                let empty = RefundPaymentRequest::default();
                let request = RefundPaymentRequest { msn, reference, amount, idempotency_key, ..empty };
                self.payments.refund_payment(with(bearer, request)).await.map(drop)
            }
            Verb::Get => {
                let request = GetPaymentRequest { msn, reference, ..GetPaymentRequest::default() };
                self.payments.get_payment(with(bearer, request)).await.map(drop)
            }
        }
        .with_context(|| format!("{verb:?} of {}", payment.reference))
    }
}

fn with<T>(bearer: MetadataValue<Ascii>, message: T) -> Request<T> {
    let mut request = Request::new(message);
    request.metadata_mut().insert("authorization", bearer);
    request
}
