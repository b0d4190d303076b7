//! Approves in a payer's place, where the sandbox switch is on.

use std::sync::Arc;

use kvitt_primitives::{IdempotencyKey, Msn};
use kvitt_proto::{error::v1::Reason, refusal::reason_of};
use kvitt_runtime::{Action, Caller};
use uuid::Uuid;

use super::{App, attempts::Answer};
use crate::{
    domain::{
        approval::{Consenting, Method, Refusal, may_pay},
        attempt::{Attempt, Source},
        inbox::Key,
        payer::{CardChoice, Wallet, Who},
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
    /// Does what the payer's own approval does, and passes every challenge. The checks stand in the order of the ranks in
    /// `reason.proto`. Most payments ask for nothing but the money, so they are not read first: payment says where one
    /// asks for more.
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
        if let Err(refusal) = may_pay(&wallet.payer, self.clock.now().date_naive()) {
            return Err(self.payments.terms(&key).await?.refusal(refusal).into());
        }
        let Some(card) = unread_choice(&wallet) else { return self.force_by_terms(&wallet, key).await };
        match self.payments.approve(plain(&wallet, card, &key), &wallet.payer, None).await {
            Err(Error::Peer(status)) if asks_for_more(reason_of(&status)) => {
                self.force_by_terms(&wallet, key).await
            }
            answered => answered,
        }
    }

    /// Gives the payment what it asks for.
    async fn force_by_terms(&self, wallet: &Wallet, key: Key) -> Result<(), Error> {
        let terms = self.payments.terms(&key).await?;
        let supported =
            terms.method == Method::Wallet && (terms.shipping.is_none() || self.force_approve_express);
        if !supported {
            return Err(terms.refusal(Refusal::NotSupported).into());
        }
        terms.must_wait()?;
        let answer = Answer {
            key,
            idempotency_key: mint_idempotency_key(),
            card_id: None,
            consenting: Consenting::Agrees,
            option_id: None,
            address_id: None,
        };
        let attempt = self.prepare(wallet, &terms, answer).await?;
        self.reserve(attempt, &wallet.payer).await
    }

    /// That the payment is unknown, or no longer waits, outranks everything about payers.
    async fn wallet_of(&self, key: &Key, phone_number: &str) -> Result<Arc<Wallet>, Error> {
        let Ok(phone_number) = phone_number.parse() else {
            self.payments.terms(key).await?;
            return Err(Error::PhoneNumber);
        };
        match self.payers.find(Who::Phone(phone_number)).await? {
            Some(wallet) => Ok(wallet),
            None => Err(self.payments.terms(key).await?.refusal(Refusal::NotAllowed).into()),
        }
    }

    /// Whoever holds the token of the payment's redirect URL acts as the first payer who could pay.
    async fn first_wallet(&self, key: &Key, token: &str) -> Result<Arc<Wallet>, Error> {
        let terms = self.payments.terms(key).await?;
        terms.admit_token(token)?;
        terms.must_wait()?;
        let mut connection = self.pool.acquire().await?;
        let payer = payers::find_first_with_card(&mut connection, terms.amount.currency).await?;
        drop(connection);
        let found = match payer {
            Some(payer) => self.payers.find(Who::Id(payer.payer_id)).await?,
            None => None,
        };
        found.ok_or(Error::Approval(Refusal::NoCards))
    }
}

/// The card that pays without a look at the payment: no other could, no merchant refuses it, and no limit of the payer's
/// depends on the amount.
fn unread_choice(wallet: &Wallet) -> Option<CardChoice> {
    let unlimited = wallet.payer.payment_limit_minor == 0;
    wallet.sole_choice().filter(|card| unlimited && !card.commercial)
}

fn plain(wallet: &Wallet, card: CardChoice, key: &Key) -> Attempt {
    Attempt {
        key: key.clone(),
        idempotency_key: mint_idempotency_key(),
        payer_id: wallet.payer.payer_id,
        card,
        source: Source::WalletCard,
        consent: None,
        delivery: None,
    }
}

/// A payment of another method refuses every card of the wallet, and an Express payment one without an option.
fn asks_for_more(reason: Option<Reason>) -> bool {
    matches!(reason, Some(Reason::ApprovalIncomplete | Reason::ApproveInvalidSource))
}

/// Every call is an attempt of its own: the wire has no key for it (contract 5.10).
fn mint_idempotency_key() -> IdempotencyKey {
    Uuid::new_v4().to_string().parse().expect("a UUID is 36 printable characters")
}
