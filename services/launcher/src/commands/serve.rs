//! `kvitt serve`: one service in this process, as its own binary runs it. Hidden: it is how the benchmark starts the mesh
//! as separate processes when it has no other binary than this one.

use kvitt_runtime::{
    RunError, ServiceName,
    main::{CrashOptions, Place, TelemetryOptions, run_service},
};

/// The service to run.
#[derive(Debug, clap::Args)]
pub(crate) struct Serve {
    #[command(subcommand)]
    service: Service,
}

#[derive(Debug, clap::Subcommand)]
enum Service {
    /// Keys and tokens.
    Access(Box<Options<kvitt_access::Config>>),
    /// Merchants and sales units.
    Merchant(Box<Options<kvitt_merchant::Config>>),
    /// Payments.
    Payment(Box<Options<kvitt_payment::Config>>),
    /// Payers and the acquirer.
    Wallet(Box<Options<kvitt_wallet::Config>>),
    /// What merchants tell payers about their orders.
    Ordermanagement(Box<Options<kvitt_ordermanagement::Config>>),
    /// Sessions of Checkout.
    Checkout(Box<Options<kvitt_checkout::Config>>),
    /// Who is told of what happens.
    Webhook(Box<Options<kvitt_webhook::Config>>),
    /// Codes and payment links.
    Qr(Box<Options<kvitt_qr::Config>>),
    /// What is paid out.
    Settlement(Box<Options<kvitt_settlement::Config>>),
    /// The REST edge.
    Gateway(Box<Options<kvitt_gateway::Config>>),
}

#[derive(Debug, clap::Args)]
struct Options<C: clap::Args> {
    #[command(flatten)]
    config: C,
    #[command(flatten)]
    telemetry: TelemetryOptions,
    #[command(flatten)]
    crash: CrashOptions,
}

/// Runs the service until it is told to stop.
pub(crate) async fn run(serve: Serve) -> Result<(), RunError> {
    /// What the `main` of a service's own binary does.
    macro_rules! run {
        ($options:expr, $name:ident, $run:path) => {{
            let Options { config, telemetry, crash } = *$options;
            crash.arm();
            let process = config.process.clone();
            let place = Place { name: ServiceName::$name, listen: config.listen, process };
            run_service(place, telemetry, |listener, clock, shutdown| $run(config, listener, clock, shutdown))
                .await
        }};
    }
    match serve.service {
        Service::Access(options) => run!(options, Access, kvitt_access::run),
        Service::Merchant(options) => run!(options, Merchant, kvitt_merchant::run),
        Service::Payment(options) => run!(options, Payment, kvitt_payment::run),
        Service::Wallet(options) => run!(options, Wallet, kvitt_wallet::run),
        Service::Ordermanagement(options) => run!(options, OrderManagement, kvitt_ordermanagement::run),
        Service::Checkout(options) => run!(options, Checkout, kvitt_checkout::run),
        Service::Webhook(options) => run!(options, Webhook, kvitt_webhook::run),
        Service::Qr(options) => run!(options, Qr, kvitt_qr::run),
        Service::Settlement(options) => run!(options, Settlement, kvitt_settlement::run),
        Service::Gateway(options) => run!(options, Gateway, kvitt_gateway::run),
    }
}
