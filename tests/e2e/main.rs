//! The whole platform as its clients see it. A module's path is the URL it speaks about; a test whose name starts
//! with `p` and a number proves that conformance statement of the contract with upstream's payment APIs.

mod access;
mod accesstoken;
mod audit;
mod bad_input;
mod checkout;
mod coverage;
mod ecomm;
mod epayment;
mod health;
mod journeys;
mod kvitt;
mod management;
mod oddities;
mod order_management;
mod parity;
mod payment_links;
mod qr;
mod races;
mod rate_limits;
mod reports;
mod settlement;
mod transactions;
mod vm_numbers;
mod webhooks;
