//! Logs: to standard error, one line an event, coloured only where a person looks at it.
//!
//! `RUST_LOG` chooses what is told; without it the node's own lines of level `info`, and warnings of all others.

use std::io::IsTerminal;
use tracing_subscriber::EnvFilter;

/// What is told where `RUST_LOG` does not say. Discovery warns whenever it knows nobody, which is usual.
const USUAL: &str = "warn,serin_node=info,serin_network=info,libp2p_kad=error";

/// Starts telling. A second call in one process changes nothing.
pub(super) fn start() {
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(USUAL));
    let started = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false)
        .try_init();
    if started.is_err() {
        tracing::debug!("somebody else in this process tells the logs");
    }
}
