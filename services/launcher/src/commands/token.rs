//! `kvitt token`: an access token of the operator, to call the services of a running platform with.

use std::path::PathBuf;

use anyhow::anyhow;
use kvitt_proto::access::v1::{IssueServiceTokenRequest, token_service_client::TokenServiceClient};
use kvitt_runtime::ServiceName;
use secrecy::ExposeSecret as _;

use super::running;

/// The options of `kvitt token`.
#[derive(Debug, clap::Args)]
#[command(mut_arg("log", |log| log.default_value("warn")))]
#[command(after_help = "\
Prints a token that lives 10 minutes. With it a gRPC client is the operator, who registers merchants, opens sales units, \
issues keys, adds the first Administrator and decides orders. It moves no money.

  OPERATOR=$(kvitt token)
  buf curl ... -H \"authorization: Bearer $OPERATOR\" ...")]
pub(crate) struct Token {
    /// Folder with the state of the running installation.
    #[arg(long, env = "KVITT_DATA", value_name = "DIR", default_value = ".kvitt")]
    data: PathBuf,
    #[command(flatten)]
    pub(crate) telemetry: kvitt_runtime::main::TelemetryOptions,
}

pub(crate) async fn run(token: Token) -> anyhow::Result<()> {
    let (mesh, config) = running::find(&token.data).await?;
    let request = IssueServiceTokenRequest {
        service: ServiceName::Launcher.to_string(),
        secret: config.service_secret.expose_secret().to_owned(),
    };
    let issued = TokenServiceClient::new(mesh.access()).issue_service_token(request).await;
    let issued = issued.map_err(|refused| anyhow!("{}", refused.message()))?.into_inner();
    println!("{}", issued.access_token);
    Ok(())
}
