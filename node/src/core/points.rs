//! Sync points: which states this node serves whole, and the proofs that go with them.
//!
//! When finality passes a height that is a multiple of [`POINT_HEIGHTS`], the state after that block is pinned, and its
//! proof kept: the headers up to the justified block, and the justification. Nodes that join ask for both.
//!
//! Bounds: as many points as the layers pin.

use super::join::{POINT_HEADERS_MAX, SyncPoint};
use super::{Core, Signer, rows};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::{BlockRef, Justification};
use serin_network::limits::{PROOF_BYTES_MAX, RANGE_BYTES};
use serin_network::message::{StateRequest, StateResponse, StateValues};
use serin_state::codec::encode;
use serin_state::layers::UNDO_HEIGHTS;
use serin_state::store::{Batch, Store};
use serin_state::types::{Hash, Header, Height, SetId};

#[cfg(doc)]
use super::join::POINT_HEIGHTS;

/// Points that are looked at on opening.
const KEPT_MAX: usize = 8;

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Blocks whose whole state this node serves, lowest first.
    pub(super) fn points(&self) -> Vec<BlockRef> {
        let pins = self.layers.pins().into_iter();
        pins.map(|(hash, height, _)| BlockRef { hash, height }).collect()
    }

    /// Blocks whose whole state this node serves, lowest first.
    #[must_use]
    pub fn sync_points(&self) -> Vec<BlockRef> {
        self.points()
    }

    /// The block of `path` that is a point, if there is one.
    fn point_in(path: &[BlockRef]) -> Option<BlockRef> {
        let (first, last) = (path.first()?, path.last()?);
        let height = SyncPoint::height_within(first.height.saturating_sub(1), last.height)?;
        path.iter().find(|block| block.height == height).copied()
    }

    /// The rows of a point that lies on the newly final `path`: its proof in place of those that nobody can use.
    pub(super) fn point_rows(&self, batch: &mut Batch, path: &[BlockRef], proof: &Justification) {
        let Some(point) = Self::point_in(path) else { return };
        let header = |block: &BlockRef| {
            let executed = self.blocks.executed.get(&block.hash);
            executed.map(|executed| Header::clone(&executed.header))
        };
        let from_point = path.iter().filter(|block| block.height >= point.height);
        let headers: Vec<Header> = from_point.filter_map(header).collect();
        if headers.len() > POINT_HEADERS_MAX {
            return;
        }
        let bytes = encode(&SyncPoint { headers, justification: proof.clone() });
        if bytes.len() > PROOF_BYTES_MAX {
            return;
        }
        rows::put_point(batch, point.height, bytes);
        let served: Vec<Height> =
            self.points().into_iter().rev().take(1).map(|point| point.height).collect();
        for old in rows::points_from(self.layers.store(), Height::ZERO, KEPT_MAX) {
            if !served.contains(&old) {
                rows::delete_point(batch, old);
            }
        }
    }

    /// Pins the state of a point that has just become final.
    pub(super) fn pin_point(&mut self, path: &[BlockRef]) {
        if let Some(point) = Self::point_in(path)
            && rows::point(self.layers.store(), point.height).is_some()
        {
            self.layers.pin(&point.hash);
        }
    }

    /// Pins again what was served before the node was started, as far as undo rows lead back.
    pub(super) fn pin_kept_points(&mut self) {
        let (_, height) = self.layers.final_block();
        let lowest = height.saturating_sub(UNDO_HEIGHTS);
        for point in rows::points_from(self.layers.store(), lowest, KEPT_MAX) {
            if let Some(hash) = rows::final_hash(self.layers.store(), point) {
                self.layers.pin(&hash);
            }
        }
    }

    /// What is served of a point's state.
    pub(super) fn answer_state(&self, request: &StateRequest) -> StateResponse {
        match request {
            StateRequest::Point { block } => StateResponse::Point(self.point_proof(block)),
            StateRequest::Range { block, from, to } => {
                let served = self.points().iter().any(|point| point.hash == *block);
                let range =
                    served.then(|| self.layers.read_range(block, from, to, RANGE_BYTES)).flatten();
                StateResponse::Range(range.map(|range| StateValues {
                    last: range.last,
                    entries: range.entries,
                    proof: encode(&range.proof),
                }))
            }
        }
    }

    /// The newest final block that announced a voter set: what others may give to `--checkpoint`.
    #[must_use]
    pub fn checkpoint(&self) -> Option<BlockRef> {
        let ended = self.voter.set().id().previous()?;
        let header = rows::end_of(self.layers.store(), ended)?;
        Some(BlockRef { hash: header.hash(), height: header.height() })
    }

    fn point_proof(&self, block: &Hash) -> Option<Vec<u8>> {
        let point = self.points().into_iter().find(|point| point.hash == *block)?;
        rows::point(self.layers.store(), point.height)
    }

    /// The encoded proof chain from the link that ends `set` on, as much of it as one answer holds.
    #[must_use]
    pub fn fragment(&self, set: SetId) -> Option<Vec<u8>> {
        // A fragment is a list of links: their count, and one after the other.
        let links = rows::links_from(self.layers.store(), set, PROOF_BYTES_MAX.saturating_sub(4));
        let count = u32::try_from(links.len()).ok().filter(|count| *count > 0)?;
        Some([count.to_le_bytes().to_vec(), links.concat()].concat())
    }
}
