//! Who sells and who pays in the benchmark: made over gRPC, as anybody could make them.

use std::sync::Arc;

use anyhow::Context as _;
use kvitt_primitives::{Currency, Money};
use kvitt_proto::{
    access::v1::{
        CreateCredentialsRequest, IssueTokenRequest, KeyOwner,
        credential_service_client::CredentialServiceClient, token_service_client::TokenServiceClient,
    },
    merchant::v1::{
        CaptureType, CreateMerchantRequest, CreateSalesUnitRequest, Market, Merchant, SalesUnit,
        SettlementAccount, merchant_service_client::MerchantServiceClient,
    },
    money,
    wallet::v1::{Card, CardScheme, CreatePayerRequest, Payer, wallet_service_client::WalletServiceClient},
};
use kvitt_runtime::{Channel, PeerChannel, ServiceName};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    mesh::Mesh,
    plan::{MeshAt, Unit},
};

/// Sales units are numbered from here.
const FIRST_MSN: u32 = 700_000;
/// Payers for each unit, so that no card is in two operations of one batch more often than chance has it.
const PAYERS: u32 = 2;
const MERCHANT_ID: &str = "a0000000-0000-4000-8000-0000000000b0";
/// Where every unit is paid out to.
const ACCOUNT: &str = "86011117947";
/// Enough for every payment of every run.
const BALANCE_MINOR: i64 = 100_000_000_000_000;
/// Calls at once.
const AT_ONCE: u32 = 32;

/// The sales units of the engine, which asks nobody whether they exist.
pub(crate) fn bare_units(count: u32) -> Vec<Unit> {
    let bare = |index| Unit { msn: msn(index), token: String::new(), subscription_key: String::new() };
    (0..count).map(bare).collect()
}

fn msn(index: u32) -> String {
    (FIRST_MSN + index).to_string()
}

fn phone(index: u32) -> String {
    // Behind the demo payers, of whom the first is asked where nobody is named.
    format!("47995{index:05}")
}

/// Makes the units, with keys and a token each, and the payers.
pub(crate) async fn seed(mesh: &Mesh, units: u32) -> anyhow::Result<(MeshAt, Vec<Unit>)> {
    let identity = mesh.identity(ServiceName::Launcher)?;
    let peer = |address| identity.peer(&format!("http://{address}")).map_err(anyhow::Error::from_boxed);
    let at = mesh.addresses;
    // The units' clients ask for their own.
    let tokens =
        kvitt_runtime::channel(&format!("http://{}", at.access)).map_err(anyhow::Error::from_boxed)?;
    let seeding = Arc::new(Seeding {
        access: peer(at.access)?,
        tokens: TokenServiceClient::new(tokens),
        merchant: MerchantServiceClient::new(peer(at.merchant)?),
        wallet: WalletServiceClient::new(peer(at.wallet)?),
    });
    let merchant = Merchant {
        merchant_id: MERCHANT_ID.to_owned(),
        name: "Rekorddagen AS".to_owned(),
        market: Market::No.into(),
        organization_number: "910000012".to_owned(),
        ..Default::default()
    };
    let request = CreateMerchantRequest { merchant: Some(merchant) };
    seeding.merchant.clone().create_merchant(request).await.context("could not make a merchant")?;
    let payers = units * PAYERS;
    let units = many(units, &seeding, |seeding, index| async move { seeding.unit(index).await });
    let units = units.await.context("could not make the sales units")?;
    let payers = many(payers, &seeding, |seeding, index| async move { seeding.payer(index).await });
    let phones = payers.await.context("could not make the payers")?;
    Ok((MeshAt { gateway: at.gateway, payment: at.payment, wallet: at.wallet, phones }, units))
}

/// Makes `count` things, some at once, and answers them in order.
async fn many<T, F>(
    count: u32,
    seeding: &Arc<Seeding>,
    make: impl Fn(Arc<Seeding>, u32) -> F + Copy + Send + 'static,
) -> anyhow::Result<Vec<T>>
where
    T: Send + 'static,
    F: Future<Output = anyhow::Result<T>> + Send,
{
    let mut running = JoinSet::new();
    for first in 0..AT_ONCE.min(count) {
        let seeding = Arc::clone(seeding);
        running.spawn(async move {
            let mut made = Vec::new();
            for index in (first..count).step_by(AT_ONCE as usize) {
                made.push((index, make(Arc::clone(&seeding), index).await?));
            }
            anyhow::Ok(made)
        });
    }
    let mut made = Vec::new();
    while let Some(some) = running.join_next().await {
        made.extend(some??);
    }
    made.sort_by_key(|(index, _)| *index);
    Ok(made.into_iter().map(|(_, one)| one).collect())
}

#[derive(Debug)]
struct Seeding {
    access: PeerChannel,
    tokens: TokenServiceClient<Channel>,
    merchant: MerchantServiceClient<PeerChannel>,
    wallet: WalletServiceClient<PeerChannel>,
}

/// Makes one more unit of the merchant, without keys.
pub(crate) async fn unit(mesh: &Mesh, msn: &str) -> anyhow::Result<()> {
    let identity = mesh.identity(ServiceName::Launcher)?;
    let peer = identity.peer(&format!("http://{}", mesh.addresses.merchant));
    let mut merchant = MerchantServiceClient::new(peer.map_err(anyhow::Error::from_boxed)?);
    let request = CreateSalesUnitRequest { sales_unit: Some(sales_unit(msn)) };
    merchant.create_sales_unit(request).await.context("could not make a sales unit")?;
    Ok(())
}

fn sales_unit(msn: &str) -> SalesUnit {
    SalesUnit {
        msn: msn.to_owned(),
        merchant_id: MERCHANT_ID.to_owned(),
        name: format!("Kasse {msn}"),
        market: Market::No.into(),
        currency: money::currency_to_proto(Currency::Nok).into(),
        active: true,
        capture_type: CaptureType::ReserveCapture.into(),
        settlement_account: Some(SettlementAccount {
            scheme: "BBAN:NO".to_owned(),
            id: ACCOUNT.to_owned(),
            ..Default::default()
        }),
        ..Default::default()
    }
}

impl Seeding {
    async fn unit(&self, index: u32) -> anyhow::Result<Unit> {
        let msn = msn(index);
        let request = CreateSalesUnitRequest { sales_unit: Some(sales_unit(&msn)) };
        self.merchant.clone().create_sales_unit(request).await?;
        let secret = || Uuid::new_v4().simple().to_string();
        let keys = CreateCredentialsRequest {
            client_id: Uuid::new_v4().to_string(),
            client_secret: secret(),
            primary_subscription_key: secret(),
            secondary_subscription_key: secret(),
            msn: msn.clone(),
            owner: Some(KeyOwner { merchant_id: MERCHANT_ID.to_owned(), ..Default::default() }),
            ..Default::default()
        };
        CredentialServiceClient::new(self.access.clone()).create_credentials(keys.clone()).await?;
        let subscription_key = keys.primary_subscription_key;
        let asked = IssueTokenRequest {
            client_id: keys.client_id,
            client_secret: keys.client_secret,
            subscription_key: subscription_key.clone(),
        };
        let issued = self.tokens.clone().issue_token(asked).await?;
        Ok(Unit { msn, token: issued.into_inner().access_token, subscription_key })
    }

    async fn payer(&self, index: u32) -> anyhow::Result<String> {
        let phone = phone(index);
        let payer = Payer {
            payer_id: Uuid::new_v4().to_string(),
            phone_number: phone.clone(),
            name: format!("Payer {index}"),
            national_id: format!("{index:011}"),
            birth_date: "1980-01-01".to_owned(),
            ..Default::default()
        };
        let card = Card {
            card_id: Uuid::new_v4().to_string(),
            scheme: CardScheme::Visa.into(),
            bin: "492556".to_owned(),
            last_four: "0007".to_owned(),
            expires_month: "2049-12".to_owned(),
            balance: Some(money::to_proto(Money::new(Currency::Nok, BALANCE_MINOR))),
            commercial: false,
        };
        let request = CreatePayerRequest { payer: Some(payer), cards: vec![card] };
        self.wallet.clone().create_payer(request).await?;
        Ok(phone)
    }
}
