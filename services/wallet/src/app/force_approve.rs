//! Approves in a payer's place, where the sandbox switch is on.

use std::sync::Arc;

use kvitt_primitives::{IdempotencyKey, Msn};
use kvitt_runtime::{Action, Caller};
use uuid::Uuid;

use super::App;
use crate::{
    domain::{
        approval::Refusal,
        inbox::Key,
        payer::{Wallet, Who},
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
        let wallet = if phone_number.is_empty() {
            self.first_wallet(&key, &token).await?
        } else {
            self.wallet_of(&key, &phone_number).await?
        };
        self.approve_with(&wallet, &key, None, mint_idempotency_key()).await
    }

    /// That the payment is unknown, or no longer waits, outranks everything about payers.
    async fn wallet_of(&self, key: &Key, phone_number: &str) -> Result<Arc<Wallet>, Error> {
        let Ok(phone_number) = phone_number.parse() else {
            self.payments.load(key).await?;
            return Err(Error::PhoneNumber);
        };
        match self.payers.find(Who::Phone(phone_number)).await? {
            Some(wallet) => Ok(wallet),
            None => Err(self.payments.load(key).await?.refusal(Refusal::NotAllowed).into()),
        }
    }

    /// Whoever holds the token of the payment's redirect URL acts as the first payer who could pay.
    async fn first_wallet(&self, key: &Key, token: &str) -> Result<Arc<Wallet>, Error> {
        let payment = self.payments.load(key).await?;
        payment.admit(token)?;
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find_first_with_card(&mut connection, payment.currency).await?;
        drop(connection);
        let found = match payer {
            Some(payer) => self.payers.find(Who::Id(payer.payer_id)).await?,
            None => None,
        };
        found.ok_or_else(|| payment.refusal(Refusal::NoCards).into())
    }
}

/// Every call is an attempt of its own: the wire has no key for it (contract 5.10).
fn mint_idempotency_key() -> IdempotencyKey {
    Uuid::new_v4().to_string().parse().expect("a UUID is 36 printable characters")
}
