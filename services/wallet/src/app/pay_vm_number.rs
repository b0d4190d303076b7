//! A payer pays a VM number.

use kvitt_primitives::{CardId, IdempotencyKey, Money, Msn, PayerId};
use kvitt_proto::{money, qr::v1::PayVmNumberRequest};

use super::{App, attempts::Answer, scans::in_own_name};
use crate::{
    domain::{
        approval::{Consenting, may_pay},
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
    /// which challenge the payer has to pass first, if any. Nothing is made for those who may not pay.
    pub(crate) async fn pay_vm_number(
        &self,
        pay: PayVmNumber,
    ) -> Result<(String, Option<ChallengeId>), Error> {
        let who = Who::Id(pay.payer_id);
        let wallet = self.payers.find(who.clone()).await?.ok_or(Error::PayerNotFound)?;
        may_pay(&wallet.payer, self.clock.now().date_naive())?;
        let request = PayVmNumberRequest {
            msn: pay.msn.to_string(),
            idempotency_key: pay.idempotency_key.to_string(),
            phone_number: wallet.payer.phone_number.to_string(),
            payer_name: wallet.payer.name.clone(),
            amount: Some(money::to_proto(pay.amount)),
            message: pay.message,
        };
        let reference = self.scans.pay_vm_number(request).await?;
        let answer = Answer {
            key: Key { msn: pay.msn.to_string(), reference: reference.clone() },
            idempotency_key: pay.idempotency_key,
            card_id: pay.card_id,
            consenting: Consenting::Silent,
            option_id: None,
            address_id: None,
        };
        let challenge = in_own_name(self.approve_payment_request(who, answer)).await?;
        Ok((reference, challenge))
    }
}
