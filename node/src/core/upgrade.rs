//! What a node does about protocol versions: it says in time that it will be too old, stops at the height where it is,
//! and drops waiting transactions that were signed for another version.
//!
//! A node that stops makes and takes no more blocks. It keeps serving what it has, votes for what it knows, and goes on
//! when a release that knows the version is started on its database.

use super::{Core, Notification, Signer};
use crate::runtime::{Protocol, Readiness, Upgrade, query};
use serin_consensus::crypto::Verifier;
use serin_state::store::Store;
use serin_state::types::ProtocolVersion;

/// How a core is started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartOptions {
    /// Keep a rolling hash over inputs and effects.
    pub traced: bool,
    /// Newest protocol version to know, at most the newest of this code.
    pub knows: ProtocolVersion,
}

impl Default for StartOptions {
    fn default() -> Self {
        Self { traced: false, knows: Protocol::NEWEST.version() }
    }
}

/// The upgrade that was scheduled last.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UpgradeView {
    /// What was decided.
    pub upgrade: Upgrade,
    /// Whether its height is still to come.
    pub pending: bool,
    /// Which validators of the epoch know the version.
    pub readiness: Readiness,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Newest protocol version that this node knows.
    pub const fn knows(&self) -> ProtocolVersion {
        self.knows
    }

    /// The version of the next block on the head: what transactions have to be signed for.
    #[must_use]
    pub fn next_version(&self) -> ProtocolVersion {
        let head = self.blocks.tree.head().hash;
        self.blocks.executed.get(&head).map_or(ProtocolVersion::ZERO, |block| block.version)
    }

    /// The upgrade that the head knows of.
    #[must_use]
    pub fn upgrade(&self) -> Option<UpgradeView> {
        let view = self.layers.view(&self.blocks.tree.head().hash)?;
        let upgrade = query::upgrade(&view)?;
        let session = self.session()?;
        let accounts = session.current().members().iter().map(|one| one.account);
        Some(UpgradeView {
            upgrade,
            pending: upgrade.version > query::version(&view),
            readiness: Readiness::of(&view, accounts, upgrade.version),
        })
    }

    /// Why this node stands still, or will at the height of a pending upgrade: a sentence; `None` while it knows all
    /// that is decided.
    #[must_use]
    pub fn outdated(&self) -> Option<String> {
        let head = self.blocks.tree.head().hash;
        let upgrade = query::upgrade(&self.layers.view(&head)?)?;
        (upgrade.version > self.knows).then(|| {
            let Upgrade { version, height, .. } = upgrade;
            let by = upgrade
                .referendum
                .map_or_else(|| "the root account".to_owned(), |by| format!("referendum {}", by.0));
            let stop = if self.next_version() > self.knows { "stops here" } else { "will stop there" };
            format!(
                "from block {height} on the chain follows protocol version {version}, decided by {by}, and this node \
                 knows versions up to {}: it {stop} and keeps serving what it has. Start a newer release on the same \
                 database",
                self.knows
            )
        })
    }

    /// A start says it whatever was said before.
    pub(super) fn say_outdated_again(&mut self) {
        self.outdated = None;
        self.watch_upgrade();
    }

    /// The head changed: says once that this node is or will be too old.
    pub(super) fn watch_upgrade(&mut self) {
        let outdated = self.outdated();
        if outdated != self.outdated {
            self.outdated.clone_from(&outdated);
            if let Some(sentence) = outdated {
                self.tell(Notification::Outdated(sentence));
            }
        }
    }
}
