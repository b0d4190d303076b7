//! A payer pays a VM number.

use chrono::{DateTime, Utc};
use kvitt_primitives::{CardId, IdempotencyKey, Money, Msn, PayerId};
use kvitt_proto::{money, qr::v1::PayVmNumberRequest};

use super::{App, attempts::Answer, scans::in_own_name};
use crate::{
    domain::{
        approval::{Consenting, Method, Standing, Terms},
        challenge::ChallengeId,
        inbox::Key,
        payer::Who,
    },
    error::Error,
};

/// What the payer wants to pay.
#[derive(Debug)]
pub(crate) struct PayVmNumber {
    pub(crate) payer_id: PayerId,
    pub(crate) msn: Msn,
    pub(crate) amount: Money,
    /// What the payer writes; may be empty.
    pub(crate) message: String,
    /// The first card that fits when absent.
    pub(crate) card_id: Option<CardId>,
    pub(crate) idempotency_key: IdempotencyKey,
}

impl App {
    /// Has the payment made and says yes to it, whoever may see it otherwise: it is the payer's own. Answers its reference, and
    /// which challenge the payer has to pass first, if any. Nothing is made of what the wallet would refuse.
    pub(crate) async fn pay_vm_number(
        &self,
        pay: PayVmNumber,
    ) -> Result<(String, Option<ChallengeId>), Error> {
        let who = Who::Id(pay.payer_id);
        let wallet = self.payers.find(who.clone()).await?.ok_or(Error::PayerNotFound)?;
        let answer = Answer {
            key: Key { msn: pay.msn.to_string(), reference: String::new() },
            idempotency_key: pay.idempotency_key.clone(),
            card_id: pay.card_id,
            consenting: Consenting::Silent,
            option_id: None,
            address_id: None,
        };
        self.prepare(&wallet, &terms(pay.amount, self.clock.now()), answer.clone()).await?;
        let request = PayVmNumberRequest {
            msn: pay.msn.to_string(),
            idempotency_key: pay.idempotency_key.to_string(),
            phone_number: wallet.payer.phone_number.to_string(),
            payer_name: wallet.payer.name.clone(),
            amount: Some(money::to_proto(pay.amount)),
            message: pay.message,
        };
        let reference = self.scans.pay_vm_number(request).await?;
        let key = Key { msn: pay.msn.to_string(), reference: reference.clone() };
        let answer = Answer { key, ..answer };
        let challenge = in_own_name(self.approve_payment_request(who, answer)).await?;
        Ok((reference, challenge))
    }
}

/// The terms that the payment will have, as far as they matter to who pays it.
fn terms(amount: Money, now: DateTime<Utc>) -> Terms {
    Terms {
        standing: Standing::Waiting,
        amount,
        method: Method::Wallet,
        expires_at: now,
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
