//! Where a node keeps what: one folder a chain.
//!
//! The database can be deleted and fetched again. The signing journal, the vote log and the network
//! identity lie beside it, because they cannot.

use super::ServiceError;
use serde::Serialize;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of one chain.
#[derive(Clone, Debug)]
pub struct Paths {
    root: PathBuf,
}

/// Where a running node can be reached, as written to `endpoints.json` once everything listens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Endpoints {
    /// Process id, by which a stale file is known.
    pub pid: u32,
    /// JSON-RPC.
    pub rpc: String,
    /// Prometheus metrics.
    pub prometheus: String,
    /// libp2p peer id.
    pub peer_id: String,
    /// Multiaddress with the peer id, for `--bootnodes`.
    pub address: String,
}

impl Paths {
    /// The folder of the chain with this id below `base`.
    #[must_use]
    pub fn new(base: &Path, chain_id: &str) -> Self {
        Self { root: base.join(chain_id) }
    }

    /// The database.
    #[must_use]
    pub fn database(&self) -> PathBuf {
        self.root.join("db")
    }

    /// The folder of the signing journal.
    #[must_use]
    pub fn signer(&self) -> PathBuf {
        self.root.join("signer")
    }

    /// The folder of the vote log.
    #[must_use]
    pub fn votes(&self) -> PathBuf {
        self.root.join("votes")
    }

    fn identity(&self) -> PathBuf {
        self.root.join("network").join("identity")
    }

    fn endpoints(&self) -> PathBuf {
        self.root.join("endpoints.json")
    }

    /// The seed of the node's network identity; made and kept on first use.
    ///
    /// # Errors
    /// The file cannot be read or written, or does not hold 32 bytes in hexadecimal.
    pub fn network_seed(&self) -> Result<[u8; 32], ServiceError> {
        let path = self.identity();
        let failed = |error: io::Error| ServiceError::file(&path, &error);
        match fs::read_to_string(&path) {
            Ok(text) => {
                let mut seed = [0; 32];
                hex::decode_to_slice(text.trim(), &mut seed)
                    .map_err(|_| failed(io::Error::other("it must hold 64 hexadecimal digits")))?;
                Ok(seed)
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let mut seed = [0; 32];
                getrandom::fill(&mut seed)
                    .map_err(|_| failed(io::Error::other("the system gives no randomness")))?;
                write_secret(&path, &hex::encode(seed)).map_err(failed)?;
                Ok(seed)
            }
            Err(error) => Err(failed(error)),
        }
    }

    /// Tells launchers and scripts where the node listens.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn write_endpoints(&self, endpoints: &Endpoints) -> Result<(), ServiceError> {
        let path = self.endpoints();
        let new = path.with_extension("new");
        let text = serde_json::to_string(endpoints).unwrap_or_default();
        fs::write(&new, text)
            .and_then(|()| fs::rename(&new, &path))
            .map_err(|error| ServiceError::file(&path, &error))
    }

    /// Removes what [`Paths::write_endpoints`] wrote; the node no longer listens.
    pub fn remove_endpoints(&self) {
        if let Err(error) = fs::remove_file(self.endpoints()) {
            tracing::debug!(%error, "endpoints.json stays behind");
        }
    }
}

/// Writes a file that only its owner may read.
fn write_secret(path: &Path, text: &str) -> io::Result<()> {
    use std::io::Write;
    use std::os::unix::fs::OpenOptionsExt;

    if let Some(directory) = path.parent() {
        fs::create_dir_all(directory)?;
    }
    let mut file = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
    file.write_all(text.as_bytes())?;
    file.sync_all()
}
