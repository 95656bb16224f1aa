//! Blocks that break one rule of block production, made by an adversary with its own keys.
//!
//! Inputs: the head of a Byzantine node's core and its epoch. Outputs: gossip, and a word to the judge, who knows from here
//! that nobody may take the block. All but one thing about the block is right, its state too, so that every check before the
//! one that is meant lets it pass.
//!
//! Bounds: one forged block a slot and node.

use super::super::case::{Attack, Forgery, Nodes};
use super::World;
use crate::sim::crypto::{lottery_as, seal_as, session_keys};
use serin_consensus::leader::{CheckedClaim, lottery};
use serin_network::message::{BlockAnnouncement, Gossip};
use serin_node::runtime::{BlockBuilder, BlockContext};
use serin_state::types::{ClaimKind, Hash, Header, Millis, Slot, SlotClaim, UnsealedHeader, Voter};
use std::sync::Arc;

/// How far away the slot of a block from the future is.
const FUTURE_SLOTS: u64 = 6;

impl Forgery {
    /// Why nobody may take such a block; nothing where time alone makes it good.
    const fn fault(self) -> Option<&'static str> {
        match self {
            Self::NotWon => Some("its author did not win the slot"),
            Self::HiddenWin => Some("its author hides a win"),
            Self::OthersTurn => Some("the slot was another's turn"),
            Self::Future => None,
            Self::Seal => Some("its seal does not hold"),
            Self::State => Some("it names another state"),
            Self::Outcomes => Some("it names other outcomes"),
            Self::Epoch => Some("it announces other randomness"),
            Self::Set => Some("it announces another set"),
        }
    }

    /// The kind of claim that it makes, where it has a chance to make it.
    const fn kind(self, won: bool, turn: bool) -> Option<ClaimKind> {
        match (self, won, turn) {
            (Self::NotWon, false, _) => Some(ClaimKind::Primary),
            (Self::HiddenWin, true, true) | (Self::OthersTurn, false, false) => {
                Some(ClaimKind::Secondary)
            }
            (Self::NotWon | Self::HiddenWin | Self::OthersTurn, _, _) | (_, false, false) => None,
            (_, true, _) => Some(ClaimKind::Primary),
            (_, false, true) => Some(ClaimKind::Secondary),
        }
    }
}

impl World<'_> {
    /// Lets a Byzantine node make a block against a rule, once a slot.
    pub(super) fn forge(&mut self, index: usize) {
        let slot = self.spec.params.slot_at(Millis(self.now));
        if self.nodes.get(index).is_none_or(|node| node.forged >= slot.0) {
            return;
        }
        let mut wanted = Vec::new();
        for adversary in self.adversaries_of(index) {
            let Attack::Forge { what } = adversary.kind else { continue };
            if self.occasion(index, "attack").chance_ppm(adversary.ppm) {
                wanted.push(what);
            }
        }
        if let Some(node) = self.nodes.get_mut(index) {
            node.forged = slot.0;
        }
        // Turn and turn about: few slots are good for every forgery.
        let start = usize::try_from(slot.0).unwrap_or(0).checked_rem(wanted.len()).unwrap_or(0);
        wanted.rotate_left(start);
        let made =
            wanted.into_iter().find_map(|what| Some((what, self.forged(index, what, slot)?)));
        let Some((what, block)) = made else { return };
        if let Some(fault) = what.fault() {
            self.judge.on_forged(block.header.hash(), fault);
        }
        self.act(index, "a forged block");
        let all = Nodes::all(self.nodes.len());
        self.tell(index, &Arc::new(Gossip::Block(Box::new(block))), all, 0);
    }

    fn forged(&self, index: usize, what: Forgery, slot: Slot) -> Option<BlockAnnouncement> {
        let validator = self.validator_of(index)?;
        let core = self.nodes.get(index)?.core.as_ref()?;
        let (parent_hash, params) = (core.head().hash, core.chain().params());
        let parent = core.block(&parent_hash)?.header;
        let ahead = if what == Forgery::Future { FUTURE_SLOTS } else { 0 };
        let slot = Slot(slot.0.saturating_add(ahead));
        if slot <= parent.slot() {
            return None;
        }
        let session = core.session()?;
        let epoch = session.epoch_for(params, slot);
        let author = epoch.index_of(&session_keys(validator).seal)?;
        let (proof, output) = lottery_as(validator, &epoch.alpha(&self.genesis, slot));
        let score = lottery::score(&output);
        let won = epoch.is_won(author, score);
        let kind = what.kind(won, epoch.secondary_author(slot) == author)?;
        let randomness = lottery::randomness(&output);
        let claim = CheckedClaim { kind, author, epoch: epoch.epoch(), score, randomness };
        let knows = core.knows();
        let context = BlockContext {
            chain: core.chain(),
            parent: &parent,
            slot,
            claim: &claim,
            session: &session,
            knows,
        };
        let view = core.layers().view(&parent_hash)?;
        let executed = BlockBuilder::begin(view, &context).ok()?.finish();
        let unsealed = UnsealedHeader {
            version: executed.version,
            knows,
            parent: parent_hash,
            height: parent.height().next()?,
            claim: Some(SlotClaim { slot, author, kind, proof }),
            body_root: executed.body_root,
            state_root: core.layers().prepare(&parent_hash, executed.changes)?.root(),
            outcome_root: executed.outcome_root,
            announcements: executed.announcements,
        };
        let header = self.falsified(validator, (what, session.voters()), unsealed)?;
        Some(BlockAnnouncement { header, transactions: Vec::new() })
    }

    /// Changes the field that is meant, and seals.
    fn falsified(
        &self,
        validator: u32,
        (what, voters): (Forgery, &[Voter]),
        mut unsealed: UnsealedHeader,
    ) -> Option<Header> {
        match what {
            Forgery::State => flip(&mut unsealed.state_root),
            Forgery::Outcomes => flip(&mut unsealed.outcome_root),
            Forgery::Epoch => flip(&mut unsealed.announcements.next_epoch.as_mut()?.randomness),
            Forgery::Set => {
                let announced = &mut unsealed.announcements;
                announced.next_epoch.as_ref()?;
                // The voters of today but one.
                let voters = voters.iter().skip(1).copied().collect();
                announced.next_set = Some(voters);
            }
            Forgery::NotWon
            | Forgery::HiddenWin
            | Forgery::OthersTurn
            | Forgery::Future
            | Forgery::Seal => {}
        }
        let mut seal = seal_as(validator, &self.genesis, &unsealed.seal_statement());
        if what == Forgery::Seal
            && let Some(byte) = seal.0.first_mut()
        {
            *byte = byte.wrapping_add(1);
        }
        Some(Header { unsealed, seal })
    }
}

fn flip(hash: &mut Hash) {
    if let Some(byte) = hash.0.first_mut() {
        *byte = byte.wrapping_add(1);
    }
}
