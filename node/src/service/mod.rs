//! The service: a core with its sockets, its clock, its disk and its keys.
//!
//! ```text
//!   clock, signals, control lines, RPC asks, network events
//!        \___________ event_loop ____________/          one thread owns the core; no locks
//!                        |   ^
//!                  Input v   | Effect
//!                       Core<RocksStore, JournalSigner, Strict>
//! ```
//! # Reading order
//! `start` (what is opened, in which order), `event_loop`, `journal` (what keeps a validator from
//! signing twice), `vote_log` (what explains its votes), `stage` (joining, then running), then the small ones: `clock`,
//! `control`, `paths`, `news`, `lag`, `metrics`, `logging`, `error`.

mod clock;
mod control;
mod error;
mod event_loop;
pub mod journal;
pub mod keyring;
mod lag;
mod logging;
mod metrics;
mod news;
mod participants;
mod paths;
mod peers;
mod stage;
mod start;
pub mod vote_log;

pub use clock::Clock;
pub use control::{Control, ControlLine};
pub use error::ServiceError;
pub use lag::FinalityLag;
pub use participants::{PARTICIPANTS_MAX, Participants};
pub use paths::{Endpoints, Paths};
pub use peers::{About, PeerAbout};
pub use start::{NodeConfig, Role, SyncMode, run};

/// What stands in the place of the core while the node joins.
pub type NodeJoin =
    crate::core::join::Join<serin_state::store::RocksStore, serin_consensus::crypto::Strict>;

/// The core as the service drives it.
pub type NodeCore = crate::core::Core<
    serin_state::store::RocksStore,
    journal::JournalSigner,
    serin_consensus::crypto::Strict,
>;
