//! `wallet` as far as it knows persons: whom a token or a number names, and what they share.

use std::sync::{Arc, Mutex, MutexGuard};

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::customer::Identity,
    refusal,
    wallet::v1::{
        GetSharedDetailsRequest, GetSharedDetailsResponse, ResolveCustomerRequest, ResolveCustomerResponse,
        payer_service_server::PayerService,
    },
};
use tonic::{Request, Response, Status};

/// Names the payer with the phone number 4712345678, who was born in January 1990, once.
pub(crate) const TOKEN: &str = "a token that names somebody";
pub(crate) const PHONE: &str = "4712345678";

#[derive(Clone, Default)]
pub(crate) struct Wallet(Arc<Mutex<Book>>);

#[derive(Default)]
pub(crate) struct Book {
    /// What is shared with every payment; nothing is NOT_FOUND.
    pub(crate) shared: Option<GetSharedDetailsResponse>,
    pub(crate) is_away: bool,
    /// The token is known to nobody any more, not even to the payment that used it.
    pub(crate) token_is_gone: bool,
    /// How often anything was asked.
    pub(crate) asked: usize,
}

impl Wallet {
    pub(crate) fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap()
    }
}

impl Book {
    fn ask(&mut self) -> Result<(), Status> {
        self.asked += 1;
        if self.is_away { Err(refusal::status(Reason::Unavailable, "away")) } else { Ok(()) }
    }
}

#[tonic::async_trait]
impl PayerService for Wallet {
    async fn resolve_customer(
        &self,
        request: Request<ResolveCustomerRequest>,
    ) -> Result<Response<ResolveCustomerResponse>, Status> {
        let mut book = self.book();
        book.ask()?;
        let reason = match request.into_inner().customer.unwrap().identity.unwrap() {
            Identity::CustomerToken(token) if token == TOKEN && !book.token_is_gone => None,
            Identity::PhoneNumber(phone) if phone == PHONE => None,
            Identity::CustomerToken(_) => Some(Reason::InvalidCustomerToken),
            Identity::PersonalQr(_) => Some(Reason::InvalidPersonalQr),
            Identity::PhoneNumber(_) => Some(Reason::CustomerNotFound),
        };
        match reason {
            Some(reason) => Err(refusal::status(reason, "no")),
            None => Ok(Response::new(ResolveCustomerResponse {
                phone_number: PHONE.to_owned(),
                birth_date: "1990-01-31".to_owned(),
                ..Default::default()
            })),
        }
    }

    async fn get_shared_details(
        &self,
        request: Request<GetSharedDetailsRequest>,
    ) -> Result<Response<GetSharedDetailsResponse>, Status> {
        assert_eq!(request.get_ref().sub, super::SUB);
        let mut book = self.book();
        book.ask()?;
        let shared = book.shared.clone();
        shared.map(Response::new).ok_or_else(|| refusal::status(Reason::NotFound, "nothing is shared"))
    }
}
