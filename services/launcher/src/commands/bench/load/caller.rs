//! One caller on one of the roads.

use std::sync::Arc;

use kvitt_payment::bench::{Bench, Counts, Order};
use secrecy::SecretString;

use super::{
    super::plan::{Path, Plan, Unit},
    Verb, grpc, rest,
};

/// What every payment costs; no amount that the simulated acquirer declines.
pub(super) const AMOUNT_MINOR: i64 = 49_900;

/// Where callers come from.
#[derive(Debug)]
pub(super) struct Callers {
    scene: Arc<Scene>,
    road: Road,
}

/// Who sells, who pays, and what payments are called.
#[derive(Debug)]
pub(super) struct Scene {
    run: String,
    units: Vec<Unit>,
    phones: Vec<String>,
}

#[derive(Debug)]
enum Road {
    Engine(Arc<Bench>),
    Grpc(Box<grpc::Clients>),
    Rest(rest::Edge),
}

/// One who waits for each answer before the next command.
#[derive(Debug)]
pub(super) struct Caller {
    scene: Arc<Scene>,
    means: Means,
}

#[derive(Debug)]
enum Means {
    Engine(Arc<Bench>),
    Grpc(Box<grpc::Clients>),
    Rest(Box<rest::Connection>),
}

/// A payment, as its number says.
#[derive(Debug)]
pub(super) struct Payment<'a> {
    pub(super) unit: &'a Unit,
    /// Which unit it is.
    pub(super) unit_index: usize,
    pub(super) phone: &'a str,
    pub(super) reference: String,
}

impl Scene {
    /// Neighbours in time are of different units and payers, and no two payments of one unit have the same payer soon.
    fn payment(&self, number: u64) -> Payment<'_> {
        let unit_index = place(number, self.units.len());
        let phone = place(number.wrapping_mul(7), self.phones.len().max(1));
        Payment {
            unit: &self.units[unit_index],
            unit_index,
            phone: self.phones.get(phone).map_or("", String::as_str),
            // Ascending, as the order numbers of a shop are.
            reference: format!("{}-{number:010}", self.run),
        }
    }
}

fn place(number: u64, count: usize) -> usize {
    let count = u64::try_from(count).expect("a length is a u64");
    usize::try_from(number % count).expect("less than a length")
}

impl Callers {
    pub(super) async fn open(plan: &Plan) -> anyhow::Result<Self> {
        let wanted = || anyhow::anyhow!("the plan does not say where to go");
        let mesh = plan.mesh.as_ref().ok_or_else(wanted);
        let road = match plan.path {
            Path::Engine => {
                let at = plan.engine.as_ref().ok_or_else(wanted)?;
                let url = SecretString::from(at.database_url.as_str());
                let bench = Bench::open(&url, at.parts).await.map_err(anyhow::Error::from_boxed)?;
                Road::Engine(Arc::new(bench))
            }
            Path::Grpc => Road::Grpc(Box::new(grpc::Clients::open(mesh?, &plan.units)?)),
            Path::Rest => Road::Rest(rest::Edge::new(mesh?.gateway, &plan.units)?),
        };
        let phones = plan.mesh.as_ref().map(|mesh| mesh.phones.clone()).unwrap_or_default();
        let scene = Arc::new(Scene { run: plan.run.clone(), units: plan.units.clone(), phones });
        Ok(Self { scene, road })
    }

    pub(super) async fn caller(&self) -> anyhow::Result<Caller> {
        let means = match &self.road {
            Road::Engine(bench) => Means::Engine(Arc::clone(bench)),
            Road::Grpc(clients) => Means::Grpc(clients.clone()),
            Road::Rest(edge) => Means::Rest(Box::new(edge.connect().await?)),
        };
        Ok(Caller { scene: Arc::clone(&self.scene), means })
    }

    /// What the lanes in this process have done, if there are any.
    pub(super) fn lanes(&self) -> Option<Counts> {
        match &self.road {
            Road::Engine(bench) => Some(bench.counts()),
            Road::Grpc(_) | Road::Rest(_) => None,
        }
    }

    /// Ends what has to end in order.
    pub(super) async fn close(self) {
        if let Road::Engine(bench) = self.road
            && let Some(bench) = Arc::into_inner(bench)
        {
            bench.close().await;
        }
    }
}

impl Caller {
    /// Performs one command on the payment of a number.
    pub(super) async fn perform(&mut self, verb: Verb, number: u64) -> anyhow::Result<()> {
        let payment = self.scene.payment(number);
        match &mut self.means {
            Means::Engine(bench) => engine(bench, verb, &payment).await,
            Means::Grpc(clients) => clients.perform(verb, &payment).await,
            Means::Rest(connection) => connection.perform(verb, &payment).await,
        }
    }
}

async fn engine(bench: &Bench, verb: Verb, payment: &Payment<'_>) -> anyhow::Result<()> {
    let order = Order::try_new(&payment.unit.msn, &payment.reference, AMOUNT_MINOR)?;
    match verb {
        Verb::Create => bench.create(&order).await?,
        Verb::Approve => bench.approve(&order).await?,
        Verb::Capture => bench.capture(&order).await?,
        Verb::Refund => bench.refund(&order).await?,
        Verb::Get => anyhow::bail!("the engine reads nothing for clients"),
    }
    Ok(())
}
