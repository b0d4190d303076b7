//! The way to a platform that runs on a data folder, as its operator.

use std::{collections::BTreeMap, fs, io, net::SocketAddr, path::Path};

use anyhow::{Context, anyhow, bail};
use kvitt_launcher::secrets::Secrets;
use kvitt_runtime::{Mesh, MeshConfig, ServiceName};
use tokio::net::TcpStream;

/// The operator's identity in the platform's mesh, and what it is proven by.
pub(super) async fn find(data: &Path) -> anyhow::Result<(Mesh, MeshConfig)> {
    let stopped =
        || format!("no platform runs on {}; start it, or name another folder with --data", data.display());
    let env = match fs::read_to_string(data.join("env")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => bail!(stopped()),
        read => read.with_context(|| format!("could not read {}", data.join("env").display()))?,
    };
    let address =
        address(&env).with_context(|| format!("{} names no access service", data.join("env").display()))?;
    // What a killed platform leaves behind names a port that nobody listens on.
    drop(TcpStream::connect(address).await.map_err(|_refused| anyhow!(stopped()))?);
    let secrets = data.join("secrets.json");
    let secret = Secrets::load(&secrets).with_context(|| format!("could not read {}", secrets.display()))?;
    let secret = secret.find_service(ServiceName::Launcher).context("the operator has no secret there")?;
    let config = MeshConfig {
        access_url: format!("http://{address}"),
        service_secret: secret,
        process: kvitt_runtime::Process::default(),
    };
    let mesh = Mesh::new(ServiceName::Launcher, &config).map_err(anyhow::Error::from_boxed)?;
    Ok((mesh, config))
}

fn address(env: &str) -> Option<SocketAddr> {
    let pairs: BTreeMap<_, _> = env.lines().filter_map(|line| line.split_once('=')).collect();
    pairs.get("GRPC_ACCESS")?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_address_is_found_among_the_other_lines() {
        let env = "BASE_URL=http://127.0.0.1:8080\nGRPC_ACCESS=127.0.0.1:5001\nMSN=300001\n";
        assert_eq!(address(env), Some(([127, 0, 0, 1], 5001).into()));
        for env in ["", "GRPC_ACCESS", "GRPC_ACCESS=", "GRPC_ACCESS=nowhere"] {
            assert_eq!(address(env), None, "{env}");
        }
    }

    #[tokio::test]
    async fn a_folder_without_a_running_platform_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let told = || async { find(folder.path()).await.map(drop).unwrap_err().to_string() };
        let stopped = format!("no platform runs on {}", folder.path().display());
        assert!(told().await.starts_with(&stopped));
        fs::write(folder.path().join("env"), "GRPC_ACCESS=127.0.0.1:1\n").unwrap();
        assert!(told().await.starts_with(&stopped));
        fs::write(folder.path().join("env"), "MSN=300001\n").unwrap();
        assert!(told().await.ends_with("names no access service"));
    }
}
