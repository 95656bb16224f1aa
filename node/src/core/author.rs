//! Making blocks: claim the slot, fill, execute, seal, and import like any other.
//!
//! A primary claim is made when the slot begins, a secondary one after the delay unless a primary block of the slot
//! was seen. Nobody makes blocks while far behind its peers, or when too much is not final.

use super::import::Imported;
use super::orphans::Incoming;
use super::{Core, Effect, Signer};
use crate::runtime::{BlockBuilder, BlockContext, InvalidTransaction, Verified};
use serin_consensus::crypto::Verifier;
use serin_consensus::leader::{Claimed, LotteryContext, Prover, claim_slot};
use serin_consensus::verdict::Verdict;
use serin_network::message::{BlockAnnouncement, Gossip};
use serin_state::mutant::Mutation;
use serin_state::store::Store;
use serin_state::types::{
    AuthorityIndex, ClaimKind, Hash, Header, LotteryProof, Millis, Slot, UnsealedHeader,
};
use std::sync::Arc;

/// Unfinalised blocks above which no more are made: half of what the tree holds, so that there is room to receive.
pub(super) const UNFINALISED_MAX: u32 = 4_096;
/// Unfinalised blocks above which slots are left out, one in [`BACK_OFF_EVERY`] more each [`BACK_OFF_STEP`] (as
/// sc-consensus-slots: slack 50).
const BACK_OFF_SLACK: u32 = 50;
/// Blocks beyond the slack for each further slot that is left out.
const BACK_OFF_STEP: u32 = 50;
/// Most slots that are left out between two blocks.
const BACK_OFF_MAX: u64 = 16;
/// Blocks that a peer may be ahead while this node still makes blocks.
const BEHIND_MAX: u32 = 8;

/// The signer as the lottery wants it.
struct Lottery<'a, K>(&'a K);

impl<K: Signer> Prover for Lottery<'_, K> {
    fn prove(&self, alpha: &[u8]) -> LotteryProof {
        // Without keys no claim is tried; a proof of zeroes does not hold.
        self.0.prove(alpha).unwrap_or(LotteryProof([0; 80]))
    }
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// When authoring is tried next: at the secondary time of this slot, or when the next one begins.
    pub(super) fn next_authoring(&self, now: Millis) -> Millis {
        let params = self.chain.params();
        let slot = self.slot_at(now);
        let (tried, secondary) = self.tried;
        if tried == slot && !secondary {
            let at = params.slot_start(slot).saturating_add(params.secondary_delay_ms);
            return at;
        }
        params.slot_start(slot.saturating_add(1))
    }

    /// Tries to make a block, if it is time to.
    pub(super) fn author(&mut self, now: Millis) {
        let slot = self.slot_at(now);
        if self.signer.identity().is_none() {
            self.tried = (slot, true);
            return;
        }
        let since = now.since(self.chain.params().slot_start(slot));
        let secondary_due = since >= self.chain.params().secondary_delay_ms;
        let (tried, done) = self.tried;
        if slot < tried || (slot == tried && (done || !secondary_due)) {
            return;
        }
        let wanted = if secondary_due { None } else { Some(ClaimKind::Primary) };
        self.tried = (slot, secondary_due);
        if now < self.chain.params().genesis_time_ms || !self.may_author(slot) {
            return;
        }
        if let Some(claimed) = self.claim(slot, wanted)
            && self.make_block(now, &claimed)
        {
            self.tried = (slot, true);
        }
    }

    /// Local policy, not validity: no block while behind, and fewer the longer finality lags.
    fn may_author(&self, slot: Slot) -> bool {
        let head = self.blocks.tree.head();
        let lag = head.height.since(self.blocks.tree.root().height);
        let head_slot = self.blocks.tree.get(&head.hash).map_or(Slot::ZERO, |block| block.slot);
        // A peer may claim any height. While blocks keep coming here, no claim keeps this node from its slots.
        let stale = slot.since(head_slot) > u64::from(BEHIND_MAX);
        if lag >= UNFINALISED_MAX || (stale && self.is_behind(BEHIND_MAX)) {
            return false;
        }
        let beyond = lag.saturating_sub(BACK_OFF_SLACK).div_ceil(BACK_OFF_STEP);
        let left_out = u64::from(beyond).min(BACK_OFF_MAX);
        slot.since(head_slot) > left_out
    }

    fn claim(&mut self, slot: Slot, wanted: Option<ClaimKind>) -> Option<Claimed> {
        let head = self.blocks.tree.head();
        let block = self.blocks.tree.get(&head.hash)?;
        // A block for this slot may be the head already: a primary one is not competed with by a secondary one.
        let parent = if block.slot < slot {
            head.hash
        } else if block.slot == slot && block.kind == ClaimKind::Secondary {
            block.parent
        } else {
            return None;
        };
        let session = Arc::clone(&self.blocks.executed.get(&parent)?.session);
        let of = if self.mutated(Mutation::BP13) { block.slot } else { slot };
        let epoch = self.epochs.epoch_for(&session, self.chain.params(), of);
        self.signer.enter_slot(&epoch, slot);
        let identity = self.signer.identity()?;
        let author: AuthorityIndex = epoch.index_of(&identity.seal)?;
        let context = LotteryContext {
            genesis: self.chain.genesis(),
            rules: &self.lottery_rules(),
            epoch: &epoch,
            verifier: &self.verifier,
        };
        let claimed = claim_slot(&context, slot, author, wanted, &Lottery(&self.signer))?;
        let competes = block.slot == slot && claimed.claim.kind == ClaimKind::Secondary;
        (!competes).then_some(claimed)
    }

    /// Builds on the head, or beside a secondary head of the same slot.
    fn make_block(&mut self, now: Millis, claimed: &Claimed) -> bool {
        let head = self.blocks.tree.head();
        let Some(block) = self.blocks.tree.get(&head.hash) else { return false };
        let parent = if block.slot < claimed.claim.slot { head.hash } else { block.parent };
        let Some((unsealed, body)) = self.fill(parent, claimed) else { return false };
        let statement = unsealed.seal_statement();
        let genesis = *self.chain.genesis();
        let Ok(seal) = self.signer.seal(claimed.claim.slot, &genesis, &statement) else {
            return false;
        };
        let header = Header { unsealed, seal };
        let hash = header.hash();
        let announcement = BlockAnnouncement {
            header: header.clone(),
            transactions: body.iter().map(Verified::hash).collect(),
        };
        let incoming = Incoming {
            from: None,
            message: None,
            header,
            hash,
            claim: None,
            body,
            justification: None,
        };
        // The block leaves before the votes that it brings about: they name it.
        let place = self.effects.len();
        let imported = self.import(now, incoming);
        assert!(
            imported != Imported::Refused(Verdict::Punish) || self.layers.failure().is_some(),
            "invariant(author): an own block passes the checks of every other"
        );
        // There may be no room for it, or a store that failed.
        let kept = imported == Imported::New;
        if kept {
            let gossip = Gossip::Block(Box::new(announcement));
            self.effects.insert(place, Effect::Gossip(gossip));
        }
        kept
    }

    fn fill(
        &self,
        parent_hash: Hash,
        claimed: &Claimed,
    ) -> Option<(UnsealedHeader, Vec<Verified<serin_state::types::SignedTransaction>>)> {
        let parent = self.blocks.executed.get(&parent_hash)?;
        if parent.version > self.knows {
            return None;
        }
        let context = BlockContext {
            chain: &self.chain,
            parent: &parent.header,
            slot: claimed.claim.slot,
            claim: &claimed.checked,
            session: &parent.session,
            knows: self.knows,
        };
        let mut builder = BlockBuilder::begin(self.layers.view(&parent_hash)?, &context).ok()?;
        let mut body = Vec::new();
        for transaction in self.pool.in_order() {
            let refused = builder.apply(transaction).err();
            match refused {
                None => body.push(transaction.clone()),
                Some(InvalidTransaction::BlockFull) if builder.is_full() => break,
                // It waits for another block, or is swept when the head changes.
                Some(_) => {}
            }
        }
        let executed = builder.finish();
        let prepared = self.layers.prepare(&parent_hash, executed.changes)?;
        let unsealed = UnsealedHeader {
            version: executed.version,
            knows: self.knows,
            parent: parent_hash,
            height: parent.header.height().next()?,
            claim: Some(claimed.claim),
            body_root: executed.body_root,
            state_root: prepared.root(),
            outcome_root: executed.outcome_root,
            announcements: executed.announcements,
        };
        Some((unsealed, body))
    }
}
