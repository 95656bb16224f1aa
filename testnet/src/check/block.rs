//! Whether a final block was its author's to make: seal, lottery and turn, and the state that its header names.
//!
//! Inputs: a block that an honest node made final, and that node. Outputs: violations. The rights are worked out anew from
//! the epoch's data; a block of another epoch than the node's head is left to the block after it.
//!
//! Bounds: one lottery output and one root a final block and node.

use super::Judge;
use crate::sim::crypto::SimVerifier;
use crate::sim::world::SimCore;
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_consensus::leader::lottery;
use serin_consensus::rules::LotteryRules;
use serin_state::types::{ClaimKind, Header};

impl Judge {
    /// Looks at a block that became final on an honest node.
    pub(super) fn judge_block(&mut self, node: usize, block: &BlockRef, core: &SimCore) {
        let Some(header) = self.header(&block.hash).cloned() else { return };
        let found = self.fault_of(&header, core);
        if let Some(why) = found {
            let what = format!("node {node} made block {} final, though {why}", block.height);
            self.violate("valid block", what, Vec::new());
        }
    }

    fn fault_of(&mut self, header: &Header, core: &SimCore) -> Option<String> {
        if self.author_by_seal(header).is_none() {
            return Some("nobody sealed it".to_owned());
        }
        let root = core.layers().root_of(&header.hash());
        if root.is_some_and(|root| root != header.unsealed.state_root) {
            return Some("its header names another state".to_owned());
        }
        if let Some(why) = self.fault_of_randomness(header) {
            return Some(why);
        }
        let claim = header.unsealed.claim?;
        let (session, params) = (core.session()?, core.chain().params());
        let standard = core.chain().rules().lottery == LotteryRules::default();
        if !standard || params.epoch_of(claim.slot) != session.epoch() {
            return None;
        }
        let epoch = self.epochs.epoch_for(&session, params, claim.slot);
        let authority = epoch.authority(claim.author)?;
        let alpha = epoch.alpha(core.chain().genesis(), claim.slot);
        let Some(output) = SimVerifier.lottery(&authority.lottery, &alpha, &claim.proof) else {
            return Some("its author has no lottery proof for the slot".to_owned());
        };
        let won = epoch.is_won(claim.author, lottery::score(&output));
        let turn = epoch.secondary_author(claim.slot) == claim.author;
        match (claim.kind, won, turn) {
            (ClaimKind::Primary, true, _) | (ClaimKind::Secondary, false, true) => None,
            (ClaimKind::Primary, false, _) => Some("its author did not win the slot".to_owned()),
            (ClaimKind::Secondary, true, _) => Some("its author hides a win".to_owned()),
            (ClaimKind::Secondary, false, false) => Some("the slot was another's turn".to_owned()),
        }
    }
}
