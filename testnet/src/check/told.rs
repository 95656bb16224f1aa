//! Whether what was signed twice is told by whoever has seen both.
//!
//! Inputs: votes that an honest node hears, blocks that it keeps, reports. Outputs: violations. A vote counts here where
//! nothing excuses the node from looking at it: it is of the node's round, signed, and for a block that the node has above its
//! final one.
//!
//! Bounds: one vote a node, voter, round and stage.

use super::Judge;
use crate::sim::crypto::SimVerifier;
use crate::sim::world::SimCore;
use serin_consensus::crypto::{Check, Signed, Verifier};
use serin_consensus::finality::{SignedVote, Stage};
use serin_state::types::Header;
use std::collections::BTreeMap;

impl Judge {
    /// An honest node has worked off a vote: if it is the second one of its voter, the node has told so.
    pub(crate) fn on_heard(&mut self, node: usize, signed: &SignedVote, core: &SimCore) {
        let (vote, view) = (signed.vote, core.finality());
        let looks = (view.set, view.round) == (vote.set, vote.round)
            && vote.stage != Stage::Primary
            && vote.target.height > core.finalized().height
            && core.layers().contains(&vote.target.hash)
            && self.header(&vote.target.hash).map(Header::height) == Some(vote.target.height);
        let member = self.archive.sets(vote.set).flatten().any(|one| one.key == signed.voter);
        if !looks || !member {
            return;
        }
        let payload = vote.payload();
        let signed_by = Signed::Vote(&payload);
        let check = Check { key: signed.voter, signed: signed_by, signature: signed.signature };
        if SimVerifier.signatures(&[check]) != [true] {
            return;
        }
        let is_precommit = vote.stage == Stage::Precommit;
        if !self.restarted.contains(&node) {
            self.judge_promptness(node, signed, core);
        }
        let place = (node, signed.voter, vote.set, vote.round.0, is_precommit);
        let first = *self.heard.entry(place).or_insert(vote.target);
        let is_told = self.told_votes.contains(&place) || self.restarted.contains(&node);
        if first != vote.target && !is_told {
            let voter = self.voters.get(&signed.voter).copied().unwrap_or(usize::MAX);
            let what = format!(
                "node {node} heard validator {voter} vote twice in round {} and tells nobody",
                vote.round.0
            );
            self.violate("reported evidence", what, Vec::new());
        }
    }

    /// Of the blocks that an honest node keeps it has told of every author that made two for one slot.
    pub(super) fn judge_twins(&mut self, node: usize, core: &SimCore) {
        if self.restarted.contains(&node) {
            return;
        }
        let mut by_slot: BTreeMap<u64, Vec<&Header>> = BTreeMap::new();
        for (_, header) in self.kept_above_final(core) {
            by_slot.entry(header.slot().0).or_default().push(header);
        }
        let mut untold = Vec::new();
        for headers in by_slot.values().filter(|headers| headers.len() > 1) {
            let mut authors = Vec::new();
            for header in headers {
                let Some(author) = self.author_by_seal(header) else { continue };
                if authors.contains(&author)
                    && !self.told_seals.contains(&(node, author, header.slot()))
                {
                    untold.push((author, header.slot()));
                }
                authors.push(author);
            }
        }
        for (author, slot) in untold {
            let what = format!(
                "node {node} has two blocks of validator {author} for slot {slot} and tells nobody"
            );
            self.violate("reported evidence", what, Vec::new());
        }
    }
}
