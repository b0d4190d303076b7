//! Seeds the demo data, over gRPC and as anybody could: no service knows of it. Every call may be repeated, so this runs
//! at every start and mends what a killed first start left out.

use kvitt_primitives::Market;
use kvitt_proto::{
    access::v1::{CreateCredentialsRequest, KeyOwner, credential_service_client::CredentialServiceClient},
    merchant::v1::{
        self as merchant, AccountState, CreateMerchantRequest, CreateSalesUnitRequest, Merchant, ProductType,
        SalesUnit, SettlementAccount, merchant_service_client::MerchantServiceClient,
    },
    money,
    settlement::v1::{
        Agreement, GetAgreementRequest, SetAgreementRequest, agreement_service_client::AgreementServiceClient,
    },
    wallet::v1::{Card, CreatePayerRequest, Payer, PayerAddress, wallet_service_client::WalletServiceClient},
};
use kvitt_runtime::{Mesh, RunError};
use tonic::{Code, Status};
use tracing::warn;

mod people;

use crate::{
    Addresses,
    demo::{
        AddressPlan, CARDS_EXPIRE, CardPlan, Demo, MERCHANTS, MerchantPlan, PARTNER, PERCENTAGE, PayerPlan,
        Unit, UnitPlan, VM_NUMBER, VM_NUMBER_PERCENTAGE,
    },
};

/// Makes everything of the demo data be there.
pub(crate) async fn seed(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    tokio::try_join!(
        async {
            people::partner(mesh, addresses).await?;
            merchants(mesh, addresses, demo).await?;
            agreements(mesh, addresses, demo).await
        },
        async {
            credentials(mesh, addresses, demo).await?;
            people::keys(mesh, addresses, demo).await?;
            people::users(mesh, addresses, demo).await
        },
        payers(mesh, addresses, demo)
    )?;
    Ok(())
}

async fn merchants(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    let mut client = MerchantServiceClient::new(mesh.peer(&format!("http://{}", addresses.merchant))?);
    for plan in MERCHANTS {
        let request = CreateMerchantRequest { merchant: Some(merchant(plan)) };
        there(client.create_merchant(request).await, plan.name)?;
    }
    let of_demo = demo.units.iter().map(|unit| (unit.plan, ProductType::PaymentIntegration));
    for (plan, product_type) in of_demo.chain([(&VM_NUMBER, ProductType::VmNumber)]) {
        let request = CreateSalesUnitRequest { sales_unit: Some(sales_unit(plan, product_type)) };
        let opened = client.create_sales_unit(request).await;
        // Its company may be here under another id, and then it is not for us to open units.
        if opened.as_ref().is_err_and(|status| status.code() == Code::NotFound) {
            warn!(what = plan.title, "its merchant is not the demo data's; left out");
            continue;
        }
        there(opened, plan.title)?;
    }
    Ok(())
}

/// What the units pay, unless something has been agreed before.
async fn agreements(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    let mut client = AgreementServiceClient::new(mesh.peer(&format!("http://{}", addresses.settlement))?);
    let of_demo = demo.units.iter().map(|unit| (unit.plan, PERCENTAGE));
    for (plan, percentage) in of_demo.chain([(&VM_NUMBER, VM_NUMBER_PERCENTAGE)]) {
        let known = match client.get_agreement(GetAgreementRequest { msn: plan.msn.to_owned() }).await {
            Ok(known) => known.into_inner().agreement.unwrap_or_default(),
            // It was left out above.
            Err(status) if status.code() == Code::NotFound => continue,
            Err(status) => return Err(status.into()),
        };
        if known.effective_from.is_empty() {
            let agreement = Agreement { percentage: percentage.to_owned(), ..known };
            client.set_agreement(SetAgreementRequest { agreement: Some(agreement) }).await?;
        }
    }
    Ok(())
}

async fn credentials(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    let mut client = CredentialServiceClient::new(mesh.peer(&format!("http://{}", addresses.access))?);
    for Unit { plan, keys } in &demo.units {
        let request = CreateCredentialsRequest {
            client_id: keys.client_id.clone(),
            client_secret: keys.client_secret.clone(),
            primary_subscription_key: keys.primary.clone(),
            secondary_subscription_key: keys.secondary.clone(),
            msn: plan.msn.to_owned(),
            owner: Some(KeyOwner { merchant_id: plan.merchant.id.to_owned(), ..Default::default() }),
            ..Default::default()
        };
        there(client.create_credentials(request).await, plan.title)?;
    }
    Ok(())
}

async fn payers(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    let mut client = WalletServiceClient::new(mesh.peer(&format!("http://{}", addresses.wallet))?);
    for plan in demo.payers {
        let request = CreatePayerRequest { payer: Some(payer(plan)), cards: cards(plan) };
        there(client.create_payer(request).await, plan.full_name)?;
    }
    Ok(())
}

/// Somebody may have changed what was seeded, or a later version seeds it otherwise; that is no reason not to start.
fn there<T>(outcome: Result<T, Status>, what: &str) -> Result<(), Status> {
    match outcome {
        Ok(_) => Ok(()),
        Err(status) if status.code() == Code::AlreadyExists => {
            warn!(what, "is there and differs from the demo data; left as it is");
            Ok(())
        }
        Err(status) => Err(status),
    }
}

fn merchant(plan: &MerchantPlan) -> Merchant {
    Merchant {
        merchant_id: plan.id.to_owned(),
        name: plan.name.to_owned(),
        market: market(plan.market).into(),
        organization_number: plan.organization_number.to_owned(),
        ..Default::default()
    }
}

fn sales_unit(plan: &UnitPlan, product_type: ProductType) -> SalesUnit {
    SalesUnit {
        msn: plan.msn.to_owned(),
        merchant_id: plan.merchant.id.to_owned(),
        name: plan.title.to_owned(),
        market: market(plan.merchant.market).into(),
        currency: money::currency_to_proto(plan.merchant.market.currency()).into(),
        active: true,
        capture_type: plan.capture_type.into(),
        product_type: product_type.into(),
        features: plan.features.iter().map(|feature| (*feature).into()).collect(),
        settlement_account: Some(SettlementAccount {
            scheme: format!("BBAN:{}", plan.merchant.market.code()),
            id: plan.merchant.account.to_owned(),
            state: AccountState::Verified.into(),
        }),
        partner_id: if PARTNER.units.contains(&plan.msn) { PARTNER.id.to_owned() } else { String::new() },
        ..Default::default()
    }
}

fn payer(plan: &PayerPlan) -> Payer {
    Payer {
        payer_id: plan.id.to_owned(),
        phone_number: plan.phone_number.to_owned(),
        name: plan.full_name.to_owned(),
        national_id: plan.national_id.to_owned(),
        birth_date: plan.birth_date.to_owned(),
        email: plan.email.to_owned(),
        addresses: plan.addresses.iter().map(|address| payer_address(plan, address)).collect(),
        status: plan.status.into(),
        unidentified: plan.unidentified,
        ..Default::default()
    }
}

fn payer_address(plan: &PayerPlan, address: &AddressPlan) -> PayerAddress {
    PayerAddress {
        address_id: address.id.to_owned(),
        kind: address.kind.to_owned(),
        line_1: address.line_1.to_owned(),
        line_2: String::new(),
        post_code: address.post_code.to_owned(),
        city: address.city.to_owned(),
        country: plan.market.code().to_owned(),
    }
}

fn cards(plan: &PayerPlan) -> Vec<Card> {
    let card = |card: &CardPlan| Card {
        card_id: card.id.to_owned(),
        scheme: card.scheme.into(),
        bin: card.bin.to_owned(),
        last_four: card.last_four.to_owned(),
        expires_month: CARDS_EXPIRE.to_owned(),
        balance: Some(money::to_proto(plan.balance(card))),
        commercial: card.commercial,
    };
    plan.cards.iter().map(card).collect()
}

fn market(market: Market) -> merchant::Market {
    match market {
        Market::No => merchant::Market::No,
        Market::Dk => merchant::Market::Dk,
        Market::Fi => merchant::Market::Fi,
    }
}
