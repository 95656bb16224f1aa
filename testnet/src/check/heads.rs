//! Whether a node's head is the best of what it has, and nothing that nobody may take.
//!
//! Inputs: a node after its head moved. Outputs: violations. The order is written anew: of the blocks above the final one that
//! the node keeps, the head has the most primary blocks behind it, then the most blocks, then the lower lottery value, then the
//! lower hash. It is looked at under the standard rules of the chain alone.
//!
//! Bounds: one pass over the headers above the final block that were said in public.

use super::Judge;
use crate::sim::crypto::output_of;
use crate::sim::world::SimCore;
use core::cmp::Reverse;
use serin_consensus::finality::BlockRef;
use serin_consensus::leader::{SLOTS_AHEAD_MAX, lottery};
use serin_consensus::rules::Rules;
use serin_state::types::{ClaimKind, Hash, Header, Slot};
use std::collections::BTreeMap;

/// Primary blocks above the final one, length, and the lower lottery value and hash.
type Standing = (u64, u32, Reverse<(u128, Hash)>);

impl Judge {
    /// A block is on the best chain of an honest node, whose clock shows the slot `until`.
    pub(super) fn judge_taken(&mut self, node: usize, block: &BlockRef, until: Slot) {
        if let Some(fault) = self.forged.get(&block.hash) {
            let what =
                format!("node {node} takes block {} for its head, though {fault}", block.height);
            self.violate("valid block", what, Vec::new());
        }
        let slot = self.header(&block.hash).map_or(Slot::ZERO, Header::slot);
        let limit = until.saturating_add(SLOTS_AHEAD_MAX);
        if slot > limit {
            let what = format!("node {node} takes a block of slot {slot} in slot {until}");
            self.violate("valid block", what, Vec::new());
        }
    }

    /// The head of an honest node has moved, and all that the step brought about was told.
    pub(super) fn on_moved(&mut self, node: usize, core: &SimCore) {
        if self.case.rules.chain != Rules::standard().chain {
            return;
        }
        let head = core.head();
        self.judge_twins(node, core);
        let kept = self.kept_above_final(core);
        let root = core.finalized().hash;
        let mut best: Option<(Standing, Hash)> = None;
        let mut standings: BTreeMap<Hash, u64> = BTreeMap::from([(root, 0)]);
        for (hash, header) in kept {
            let Some(before) = standings.get(&header.parent()).copied() else { continue };
            let Some(claim) = header.unsealed.claim else { continue };
            let primaries = before.saturating_add(u64::from(claim.kind == ClaimKind::Primary));
            standings.insert(hash, primaries);
            let score = lottery::score(&output_of(&claim.proof));
            let standing = (primaries, header.height().0, Reverse((score, hash)));
            if best.as_ref().is_none_or(|(known, _)| standing > *known) {
                best = Some((standing, hash));
            }
        }
        // A block that was taken and not told, as the power failed, stands in no public header.
        let is_public = head.hash == root || standings.contains_key(&head.hash);
        if let Some((_, best)) = best.filter(|(_, best)| is_public && *best != head.hash) {
            let height = self.header(&best).map_or(0, |header| header.height().0);
            let what = format!(
                "node {node} takes a block of height {} for its head, and has a better one of height {height}",
                head.height
            );
            self.violate("best head", what, Vec::new());
        }
    }

    /// The headers above its final block that a node keeps, lowest first.
    pub(super) fn kept_above_final(&self, core: &SimCore) -> Vec<(Hash, &Header)> {
        let last = core.finalized().height;
        let above = self.archive.headers().filter(|(_, header)| header.height() > last);
        let kept = above.filter(|(hash, _)| core.layers().contains(hash));
        let mut kept: Vec<(Hash, &Header)> = kept.map(|(hash, header)| (*hash, header)).collect();
        kept.sort_by_key(|(_, header)| header.height());
        kept
    }
}
