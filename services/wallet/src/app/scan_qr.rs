//! A payer points the app at a code.

use kvitt_primitives::PayerId;
use kvitt_proto::{
    error::v1::Reason,
    payment::v1::PayerTerms,
    qr::v1::{CallbackFound, CheckInRequest, resolve_qr_response::Found as Resolved},
    refusal::reason_of,
    wallet::v1::{CheckedIn, scan_qr_response::Found},
};
use uuid::Uuid;

use super::{App, issue_customer_token::issue_customer_token, payments::Named, scans::in_own_name};
use crate::{
    domain::{
        approval::Refusal,
        customer::PersonalCode,
        payer::{Payer, Status, Who},
    },
    error::Error,
    store::customers,
};

/// What was scanned, and by whom.
#[derive(Debug)]
pub(crate) struct Scan {
    pub(crate) payer_id: PayerId,
    /// The full text.
    pub(crate) text: String,
    /// The same again is the same check-in.
    pub(crate) scan_id: Uuid,
}

impl App {
    /// What the code is. At a callback code the payer is checked in.
    pub(crate) async fn scan_qr(&self, scan: Scan) -> Result<Found, Error> {
        let wallet = self.payers.find(Who::Id(scan.payer_id)).await?.ok_or(Error::PayerNotFound)?;
        if let Some(code) = PersonalCode::parse(&scan.text) {
            return self.name_of(code).await.map(Found::Person);
        }
        Ok(match self.scans.resolve(scan.text).await? {
            Resolved::RedirectToken(token) => Found::Payment(self.payment_of(token).await?),
            Resolved::RedirectUrl(url) => Found::RedirectUrl(url),
            Resolved::Callback(callback) => {
                Found::CheckedIn(self.check_in(&wallet.payer, scan.scan_id, callback).await?)
            }
            Resolved::PaymentLinkToken(token) => Found::PaymentLinkToken(token),
            Resolved::Unit(unit) => Found::Unit(unit),
        })
    }

    /// Whose code this is.
    async fn name_of(&self, code: PersonalCode) -> Result<String, Error> {
        let who = match code {
            PersonalCode::Clear(phone_number) => Who::Phone(phone_number),
            PersonalCode::Token(token) => {
                let mut connection = self.pool.acquire().await?;
                let found = customers::find_code(&mut connection, &token, self.clock.now()).await?;
                Who::Id(found.ok_or(Error::CodeNotFound)?.0)
            }
        };
        let wallet = self.payers.find(who).await?;
        let wallet = wallet.filter(|wallet| wallet.payer.status == Status::Active);
        Ok(wallet.ok_or(Error::CodeNotFound)?.payer.name.clone())
    }

    /// The payment to answer, as the payer sees it everywhere else.
    async fn payment_of(&self, redirect_token: String) -> Result<PayerTerms, Error> {
        match in_own_name(self.open_payment_request(Named::ByToken(redirect_token))).await {
            Err(Error::Peer(status)) if reason_of(&status) == Some(Reason::ReferenceNotFound) => {
                Err(Error::CodeNotFound)
            }
            opened => opened,
        }
    }

    /// Has the merchant told that the payer is there. The same scan again makes another token, which nobody hears of.
    async fn check_in(
        &self,
        payer: &Payer,
        scan_id: Uuid,
        callback: CallbackFound,
    ) -> Result<CheckedIn, Error> {
        let now = self.clock.now();
        if !payer.is_customer_on(now.date_naive()) {
            return Err(Refusal::NoCustomer.into());
        }
        let (token, _) = issue_customer_token(&self.pool, payer.payer_id, now).await?;
        let request = CheckInRequest {
            msn: callback.msn.clone(),
            merchant_qr_id: callback.merchant_qr_id.clone(),
            customer_token: token.expose(),
            check_in_id: scan_id.to_string(),
        };
        let listening = self.scans.check_in(request).await?;
        Ok(CheckedIn { check_in_id: scan_id.to_string(), callback: Some(callback), listening })
    }
}
