//! Blocks of the past: how many are kept, and fetching those from before this node joined.
//!
//! A node that joined by proof has no blocks below its first one. It asks for them backwards, a run at a time, when
//! nothing else is to be done: each header must be the parent of the one above, and each body its header's, so
//! nothing is believed. What their transactions did is not known again: only executing them would tell.
//!
//! Bounds: one run under way; [`PRUNED_AT_ONCE`] blocks deleted with one step of finality.

use super::rows::{self, StoredBlock};
use super::sync::Purpose;
use super::{Core, Peer, Signer};
use crate::runtime::body_root;
use serin_consensus::crypto::Verifier;
use serin_network::message::{
    BlockData, BlockRange, BlocksRequest, Direction, Fields, RangeStart, Request,
};
use serin_network::peers::Offence;
use serin_state::layers::{Retention, RetentionError};
use serin_state::store::{Batch, Durability, Store};
use serin_state::types::{Hash, Height, SignedTransaction};

/// Blocks of one run.
const RUN_BLOCKS: u8 = 128;
/// Blocks deleted with one step of finality.
const PRUNED_AT_ONCE: u32 = 64;

/// Which final blocks a node keeps. Headers that end voter sets are kept in any case.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum History {
    /// All from genesis; those that are missing are fetched.
    #[default]
    All,
    /// So many below the final one, at least [`History::LEAST`].
    Last(u32),
}

impl History {
    /// The least number of final blocks that is kept: recent states are proven with them, and peers
    /// that were away for a while fetch them.
    pub const LEAST: u32 = 512;

    /// The lowest block that is kept while `finalized` is final.
    #[must_use]
    pub fn lowest(self, finalized: Height) -> Height {
        match self {
            Self::All => Height::ZERO,
            Self::Last(count) => finalized.saturating_sub(count.max(Self::LEAST)),
        }
    }
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// The same node with another rule for old blocks.
    #[must_use]
    pub const fn with_history(mut self, history: History) -> Self {
        self.history = history;
        self
    }

    /// Keeps past values in another way from now on; only where the operator says so.
    ///
    /// # Errors
    /// [`RetentionError`], where an archive would have gaps.
    pub fn retain(&mut self, retention: Retention) -> Result<(), RetentionError> {
        self.layers.retain(retention)
    }

    /// The lowest block from which on every one is here.
    #[must_use]
    pub const fn oldest_block(&self) -> Height {
        self.oldest
    }

    /// Deletes blocks that are older than they have to be kept, some at a time.
    pub(super) fn prune_rows(&mut self, batch: &mut Batch, finalized: Height) {
        let lowest = self.history.lowest(finalized);
        let (from, to) =
            (self.oldest.max(Height(1)), lowest.min(self.oldest.saturating_add(PRUNED_AT_ONCE)));
        if from >= to {
            return;
        }
        for height in from.0..to.0 {
            if let Some(hash) = rows::final_hash(self.layers.store(), Height(height)) {
                rows::delete_final(batch, &hash);
            }
        }
        self.oldest = to;
        rows::put_oldest(batch, to);
    }

    /// Asks for older blocks, where some are missing and a peer has them.
    pub(super) fn fill_history(&mut self) {
        let wanted = self.history.lowest(self.blocks.tree.root().height);
        let Some(below) = self.oldest.previous().filter(|below| *below > wanted) else { return };
        if self.is_behind(0) || self.requests.values().any(|(_, what)| *what == Purpose::Past) {
            return;
        }
        let Some(parent) = self.parent_of_oldest() else { return };
        let has = |(peer, state): (&Peer, &super::sync::PeerState)| {
            let told = state.finalized.is_some_and(|finalized| finalized.height > below);
            (told && state.oldest < below).then_some(*peer)
        };
        let peers: Vec<Peer> = self.peers.iter().filter_map(has).collect();
        let turn = usize::try_from(self.next_request).unwrap_or(0).checked_rem(peers.len());
        let Some(peer) = turn.and_then(|turn| peers.get(turn)) else { return };
        let range = BlockRange {
            start: RangeStart::Hash(parent),
            direction: Direction::Descending,
            count: RUN_BLOCKS,
            fields: Fields::HEADER.and(Fields::BODY),
        };
        self.ask(*peer, Request::Blocks(BlocksRequest::Range(range)), Purpose::Past);
    }

    fn parent_of_oldest(&self) -> Option<Hash> {
        let store = self.layers.store();
        // The first block of a node that joined is there without its body, so it counts as missing.
        let above = rows::final_hash(store, self.oldest).or_else(|| {
            (self.oldest == self.blocks.tree.root().height.saturating_add(1))
                .then(|| self.blocks.tree.root().hash)
        })?;
        let header = rows::block(store, &above)?.header;
        if header.height() == self.oldest { Some(header.parent()) } else { Some(above) }
    }

    /// Older blocks came: those that are the ancestors of what is here are kept.
    pub(super) fn on_past(&mut self, from: Peer, run: Vec<BlockData>) {
        let Some(mut expected) = self.parent_of_oldest() else { return };
        let mut batch = Batch::default();
        let mut oldest = self.oldest;
        for data in run {
            let (Some(header), Some(body)) = (data.header, data.body) else {
                self.punish(from, Offence::WrongAnswer);
                break;
            };
            let hash = header.hash();
            let hashes: Vec<Hash> = body.iter().map(SignedTransaction::hash).collect();
            if hash != expected || body_root(&hashes) != header.unsealed.body_root {
                self.punish(from, Offence::WrongAnswer);
                break;
            }
            let height = header.height();
            expected = header.parent();
            let block = StoredBlock { header, body, outcomes: Vec::new(), events: Vec::new() };
            rows::put_past(&mut batch, &hash, &block);
            oldest = height;
        }
        if oldest < self.oldest {
            // Genesis is known to everybody and is never sent for.
            self.oldest = if oldest == Height(1) { Height::ZERO } else { oldest };
            rows::put_oldest(&mut batch, self.oldest);
            // A failure is remembered by the store, and nothing leaves after it.
            drop(self.layers.store_mut().commit(batch, Durability::Buffered));
            self.fill_history();
        }
    }
}
