//! Two blocks that honest nodes made final and that exclude each other: from what the nodes did, with or without proofs.
//!
//! Inputs: a record. Output: the first such pair, who made each final first and when, and who precommitted for it. Where
//! the rules promise no culprits there is no verdict in a record, and this is all that there is to show.

use super::{Finding, short};
use crate::lab::outcome::{Record, ViewInfo};
use serin_consensus::finality::{BlockRef, Stage};
use serin_state::types::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// Most steps from a block down to a fork.
const DEPTH_MAX: usize = 10_000;

/// A pair of views whose final blocks conflict, the earlier one first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Clash {
    pub(super) views: [ViewInfo; 2],
}

impl Clash {
    /// The first one of a record.
    pub(super) fn of(record: &Record) -> Option<Self> {
        let parents: BTreeMap<Hash, Hash> =
            record.blocks.iter().map(|block| (block.hash, block.parent)).collect();
        let descends = |low: BlockRef, high: BlockRef| {
            let up = high.height.0.checked_sub(low.height.0)?;
            let mut at = high.hash;
            for _ in 0..usize::try_from(up).unwrap_or(0).min(DEPTH_MAX) {
                at = *parents.get(&at)?;
            }
            Some(at == low.hash)
        };
        let conflict = |one: BlockRef, two: BlockRef| {
            let (low, high) = if one.height <= two.height { (one, two) } else { (two, one) };
            low.height.0 > 0 && descends(low, high) == Some(false)
        };
        let is_honest = |view: &&ViewInfo| {
            record.nodes.get(usize::from(view.node)).is_some_and(|node| !node.byzantine)
        };
        let mut seen: BTreeMap<(u32, Hash), ViewInfo> = BTreeMap::new();
        for view in record.views.iter().filter(is_honest) {
            let rival = seen.values().filter(|other| conflict(other.finalized, view.finalized));
            if let Some(rival) = rival.min_by_key(|other| other.finalized.height) {
                return Some(Self { views: [*rival, *view] });
            }
            let place = (view.finalized.height.0, view.finalized.hash);
            seen.entry(place).or_insert(*view);
        }
        None
    }

    /// The two blocks.
    pub(super) fn blocks(&self) -> [BlockRef; 2] {
        self.views.map(|view| view.finalized)
    }

    /// What each proof rests on: the round with the most precommits for the block itself, and whose.
    pub(super) fn support(&self, finding: &Finding<'_>, record: &Record) -> Vec<(u64, String)> {
        let of_block = |block: BlockRef| {
            let mut rounds: BTreeMap<u64, BTreeSet<String>> = BTreeMap::new();
            for said in &record.votes {
                let vote = said.vote.vote;
                if vote.stage == Stage::Precommit && vote.target == block {
                    let name = finding.name(said.node);
                    rounds.entry(vote.round.0).or_default().insert(name);
                }
            }
            let best = rounds.into_iter().max_by_key(|(_, names)| names.len());
            let (round, names) = best.unwrap_or_default();
            let names: Vec<String> = names.into_iter().collect();
            (round, names.join(", "))
        };
        self.blocks().into_iter().map(of_block).collect()
    }

    /// Who makes the two blocks final, in sentences.
    pub(super) fn sentences(&self, finding: &Finding<'_>) -> Vec<String> {
        let told = |view: &ViewInfo| {
            format!(
                "At {} ms {} makes block {} ({}) final.",
                view.at_ms,
                finding.name(view.node),
                view.finalized.height,
                short(&view.finalized.hash)
            )
        };
        self.views.iter().map(told).collect()
    }
}
