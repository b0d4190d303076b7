//! What the operator can add to a running platform: units and payers that one test has for itself.

use kvitt_proto::access::v1::{CreateCredentialsRequest, KeyOwner};
use kvitt_proto::merchant::v1::{
    CaptureType, CreateSalesUnitRequest, Feature, GetSalesUnitRequest, ProductType, SalesUnit,
};
use kvitt_proto::money::v1::{Currency, Money};
use kvitt_proto::wallet::v1::{self as wallet, Card, CardScheme, CreatePayerRequest};
use uuid::Uuid;

use crate::{Keys, Mesh, Stack};

/// A sales unit to open.
#[derive(Clone, Debug)]
pub struct UnitPlan {
    /// The demo unit whose merchant, and so market, it has.
    pub beside: &'static str,
    /// Whether it may create payments.
    pub active: bool,
    /// How it captures.
    pub capture_type: CaptureType,
    /// What it is allowed, ascending.
    pub features: Vec<Feature>,
}

impl Default for UnitPlan {
    fn default() -> Self {
        let features = vec![
            Feature::PushMessage,
            Feature::LongLiving,
            Feature::Express,
            Feature::NinScope,
            Feature::LateCapture,
        ];
        Self { beside: "full", active: true, capture_type: CaptureType::ReserveCapture, features }
    }
}

/// A Norwegian payer to register.
#[derive(Clone, Debug)]
pub struct PayerPlan {
    /// `YYYY-MM-DD`.
    pub birth_date: String,
    /// Øre on each card.
    pub balances: Vec<i64>,
}

impl Default for PayerPlan {
    fn default() -> Self {
        Self { birth_date: "1980-01-01".to_owned(), balances: vec![100_000_000] }
    }
}

/// A registered payer.
#[derive(Clone, Debug)]
pub struct Payer {
    /// UUID.
    pub payer_id: String,
    /// MSISDN.
    pub phone: String,
    /// UUIDs of the cards, in the order of the plan.
    pub cards: Vec<String>,
}

impl Stack {
    /// Opens a unit with keys of its own.
    pub async fn open_unit(&self, plan: UnitPlan) -> Keys {
        let mesh = Mesh::operator(self).await;
        let beside = self.keys(plan.beside);
        let found = mesh.merchants().get_sales_unit(GetSalesUnitRequest { msn: beside.msn.clone() }).await;
        let found =
            found.expect("the demo unit is there").into_inner().sales_unit.expect("a unit is answered");
        let keys = Keys { currency: beside.currency.clone(), ..fresh_keys() };
        let merchant_id = found.merchant_id.clone();
        let unit = SalesUnit {
            msn: keys.msn.clone(),
            name: "A unit of one test".to_owned(),
            active: plan.active,
            capture_type: plan.capture_type.into(),
            features: plan.features.into_iter().map(i32::from).collect(),
            // The demo partner looks after the demo units alone.
            partner_id: String::new(),
            ..found
        };
        let request = CreateSalesUnitRequest { sales_unit: Some(unit) };
        mesh.merchants().create_sales_unit(request).await.expect("a unit can be opened");
        let request = CreateCredentialsRequest {
            client_id: keys.client_id.clone(),
            client_secret: keys.client_secret.clone(),
            primary_subscription_key: keys.primary.clone(),
            secondary_subscription_key: keys.secondary.clone(),
            msn: keys.msn.clone(),
            owner: Some(KeyOwner { merchant_id, ..Default::default() }),
            ..Default::default()
        };
        mesh.credentials().create_credentials(request).await.expect("credentials can be stored");
        keys
    }

    /// Opens a VM number beside the demo unit `full`, which has no keys; its MSN.
    pub async fn open_vm_number(&self) -> String {
        let mesh = Mesh::operator(self).await;
        let request = GetSalesUnitRequest { msn: self.keys("full").msn.clone() };
        let found =
            mesh.merchants().get_sales_unit(request).await.expect("the demo unit is there").into_inner();
        let msn = format!("7{}", digits(9));
        let unit = SalesUnit {
            msn: msn.clone(),
            name: "A VM number of one test".to_owned(),
            capture_type: CaptureType::DirectCapture.into(),
            features: Vec::new(),
            product_type: ProductType::VmNumber.into(),
            partner_id: String::new(),
            ..found.sales_unit.expect("a unit is answered")
        };
        let request = CreateSalesUnitRequest { sales_unit: Some(unit) };
        mesh.merchants().create_sales_unit(request).await.expect("a VM number can be opened");
        msn
    }

    /// Registers a payer.
    pub async fn open_payer(&self, plan: PayerPlan) -> Payer {
        let mesh = Mesh::operator(self).await;
        let payer = wallet::Payer {
            payer_id: Uuid::new_v4().to_string(),
            // Behind the demo payers, of whom the first is asked where nobody is named.
            phone_number: format!("479991{}", digits(9)),
            name: "A payer of one test".to_owned(),
            national_id: digits(11),
            birth_date: plan.birth_date,
            ..Default::default()
        };
        let cards: Vec<Card> = plan.balances.into_iter().map(card).collect();
        let registered = Payer {
            payer_id: payer.payer_id.clone(),
            phone: payer.phone_number.clone(),
            cards: cards.iter().map(|card| card.card_id.clone()).collect(),
        };
        let request = CreatePayerRequest { payer: Some(payer), cards };
        mesh.wallet().create_payer(request).await.expect("a payer can be registered");
        registered
    }
}

fn fresh_keys() -> Keys {
    Keys {
        client_id: Uuid::new_v4().to_string(),
        client_secret: Uuid::new_v4().simple().to_string(),
        primary: Uuid::new_v4().simple().to_string(),
        secondary: Uuid::new_v4().simple().to_string(),
        msn: format!("7{}", digits(9)),
        currency: "NOK".to_owned(),
    }
}

fn card(minor: i64) -> Card {
    Card {
        card_id: Uuid::new_v4().to_string(),
        scheme: CardScheme::Visa.into(),
        bin: "492556".to_owned(),
        last_four: "0007".to_owned(),
        expires_month: "2049-12".to_owned(),
        balance: Some(Money { currency: Currency::Nok.into(), amount_minor: minor }),
        commercial: false,
    }
}

/// This many random digits.
fn digits(count: usize) -> String {
    let all = format!("{:039}", Uuid::new_v4().as_u128());
    all[all.len() - count..].to_owned()
}
