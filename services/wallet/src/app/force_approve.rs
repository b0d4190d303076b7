//! Approves in a payer's place, where the sandbox switch is on.

use kvitt_primitives::{IdempotencyKey, Msn, PhoneNumber};
use kvitt_runtime::{Action, Caller};
use uuid::Uuid;

use super::{App, payments::Approval};
use crate::{
    domain::{
        approval::{Payment, Refusal},
        inbox::Key,
        payer::Payer,
    },
    error::{Error, field},
    store::payers,
};

/// Whom to act as, as the caller said it: by phone number, or by the token of the redirect URL.
#[derive(Debug)]
pub(crate) struct ForceApprove {
    pub(crate) msn: Msn,
    pub(crate) reference: String,
    pub(crate) phone_number: String,
    pub(crate) token: String,
}

impl App {
    /// Takes the same road as the payer's own approval. The checks stand in the order of the ranks in `reason.proto`.
    pub(crate) async fn force_approve(&self, caller: &Caller, command: ForceApprove) -> Result<(), Error> {
        let ForceApprove { msn, reference, phone_number, token } = command;
        self.authority.may(caller, Action::ForceApprove, &msn).await.map_err(Error::Peer)?;
        if !self.sandbox {
            return Err(Error::SandboxOff);
        }
        if phone_number.is_empty() && token.is_empty() {
            return Err(field("customer.phoneNumber", "is required when there is no token"));
        }
        let key = Key { msn: msn.to_string(), reference };
        let payment = self.payments.load(&key).await?;
        let payer = if phone_number.is_empty() {
            payment.admit(&token)?;
            self.first_payer(&payment).await?
        } else {
            self.payer_with(&payment, phone_number.parse().map_err(|_| Error::PhoneNumber)?).await?
        };
        let card_id = self.choose_card(&payment, &payer, None).await?;
        let idempotency_key = mint_idempotency_key();
        self.payments.approve(Approval { key: &key, idempotency_key, payer: &payer, card_id }).await
    }

    async fn payer_with(&self, payment: &Payment, phone_number: PhoneNumber) -> Result<Payer, Error> {
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find_by_phone_number(&mut connection, &phone_number).await?;
        payer.ok_or_else(|| payment.refusal(Refusal::NotAllowed).into())
    }

    async fn first_payer(&self, payment: &Payment) -> Result<Payer, Error> {
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find_first_with_card(&mut connection, payment.currency).await?;
        payer.ok_or_else(|| payment.refusal(Refusal::NoCards).into())
    }
}

/// Every call is an attempt of its own: the wire has no key for it (contract 5.10).
fn mint_idempotency_key() -> IdempotencyKey {
    Uuid::new_v4().to_string().parse().expect("a UUID is 36 printable characters")
}
