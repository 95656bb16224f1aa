//! What is judged at the end of a run: liveness, growth, quality, states and memory.
//!
//! Inputs: the cores of the honest nodes at the end. Outputs: violations. Liveness is judged only where less than a third of
//! the weight is Byzantine and the network was kind for [`QUIET_SLOTS_MIN`] slots.
//!
//! Bounds: one pass over the final state of one node for each distinct final block.

use super::Judge;
use crate::sim::world::SimCore;
use serin_consensus::rules::Rules;
use serin_node::core::POOL_MAX;
use serin_node::runtime::invariants::{check_state, check_step};
use serin_state::layout::StateKey;
use serin_state::store::{Column, Store};
use serin_state::types::{Hash, Height};
use std::collections::BTreeMap;

/// Slots of kindness after which finality is looked at.
pub(super) const QUIET_SLOTS_MIN: u32 = 24;
/// Unfinalised blocks at the end of a run above which finality counts as stuck.
const LAG_MAX: u32 = 16;
/// Orphans above which memory counts as unbounded.
const ORPHANS_MAX: usize = 4_096;
/// Final blocks from which on the share of honest authors is judged.
const QUALITY_BLOCKS_MIN: u32 = 60;

/// Final blocks from which on the shares of all authors are judged.
const FAIRNESS_BLOCKS_MIN: u64 = 200;

/// The values of a state.
pub(super) type Dump = BTreeMap<StateKey, Vec<u8>>;

fn dump_of(core: &SimCore) -> Dump {
    let rows = core.layers().store().scan(Column::Account, &[], usize::MAX);
    let known = |(key, value): (Vec<u8>, Vec<u8>)| Some((StateKey(key.try_into().ok()?), value));
    rows.into_iter().filter_map(known).collect()
}

impl Judge {
    /// The run has ended: `cores` are those of the honest nodes that are up.
    pub fn at_end(&mut self, cores: &[(usize, &SimCore)]) {
        self.judge_liveness(cores);
        self.judge_equal_heads(cores);
        self.judge_votes();
        self.judge_quality(cores);
        let mut seen: BTreeMap<Hash, (usize, Hash)> = BTreeMap::new();
        for (node, core) in cores {
            self.judge_memory(*node, core);
            self.judge_stored(*node, core);
            let block = core.finalized();
            let root = core.layers().root_of(&block.hash).unwrap_or_default();
            match seen.get(&block.hash).copied() {
                Some((other, known)) if known != root => {
                    let what = format!(
                        "nodes {other} and {node} hold different states of one final block"
                    );
                    self.violate("equal roots", what, Vec::new());
                }
                Some(_) => {}
                None => {
                    seen.insert(block.hash, (*node, root));
                    self.judge_state(*node, core);
                }
            }
        }
    }

    fn judge_state(&mut self, node: usize, core: &SimCore) {
        let block = core.finalized();
        let sealed = self.header(&block.hash).map(|header| header.unsealed.state_root);
        if sealed.is_some_and(|sealed| Some(sealed) != core.layers().root_of(&block.hash)) {
            let what = format!(
                "node {node} holds another state of block {} than its header says",
                block.height
            );
            self.violate("equal roots", what, Vec::new());
        }
        let dump = dump_of(core);
        if let Err(error) = check_state(&dump) {
            self.violate("money", format!("node {node}: {error}"), Vec::new());
        }
        let before = self.middle.as_ref().filter(|(height, _)| *height <= block.height);
        if let Some(Err(error)) = before.map(|(_, before)| check_step(before, &dump)) {
            self.violate("nonces", format!("node {node}: {error}"), Vec::new());
        }
    }

    /// Keeps the final state of a node in the middle of a run, to see at the end that nonces have not fallen since.
    pub fn on_middle(&mut self, core: &SimCore) {
        self.middle = Some((core.finalized().height, dump_of(core)));
    }

    fn judge_memory(&mut self, node: usize, core: &SimCore) {
        let (pool, orphans) = (core.pool_len(), core.orphans_len());
        if pool > POOL_MAX || orphans > ORPHANS_MAX {
            let what = format!("node {node} holds {pool} transactions and {orphans} orphans");
            self.violate("bounded memory", what, Vec::new());
        }
    }

    fn quiet_slots(&self) -> u32 {
        self.case.slots.saturating_sub(self.case.gst_slot)
    }

    fn judge_liveness(&mut self, cores: &[(usize, &SimCore)]) {
        let quiet = self.quiet_slots();
        if quiet < QUIET_SLOTS_MIN || !self.case.is_honest_enough() {
            return;
        }
        let best = cores.iter().map(|(_, core)| core.head().height).max().unwrap_or(Height::ZERO);
        if best.0 < quiet.div_euclid(4) {
            let what = format!("{quiet} slots of a kind network, and the best block is {best}");
            self.violate("chain growth", what, Vec::new());
        }
        for (node, core) in cores {
            let (head, last) = (core.head().height, core.finalized().height);
            if head.since(last) > LAG_MAX || best.since(last) > LAG_MAX.saturating_mul(2) {
                let finality = core.finality();
                let what = format!(
                    "after {quiet} slots of a kind network node {node} is at block {head} of {best}, final is {last}, round {} of set {}",
                    finality.round.0,
                    finality.set.shown()
                );
                self.violate("liveness", what, Vec::new());
                return;
            }
        }
    }

    /// Where everybody follows the rules and the network was kind long enough, everybody has every block, and so one head.
    fn judge_equal_heads(&mut self, cores: &[(usize, &SimCore)]) {
        if self.quiet_slots() < QUIET_SLOTS_MIN || self.byzantine.count() > 0 {
            return;
        }
        let Some((first, core)) = cores.first() else { return };
        let head = core.head();
        if let Some((node, other)) = cores.iter().find(|(_, core)| core.head() != head) {
            let (one, two) = (head.height, other.head().height);
            let what =
                format!("node {first} ends at block {one} and node {node} at another, {two}");
            self.violate("equal heads", what, Vec::new());
        }
    }

    /// Looks at who made the final blocks of a run that was quiet throughout.
    fn judge_quality(&mut self, cores: &[(usize, &SimCore)]) {
        let quiet = self.quiet_slots() == self.case.slots;
        let Some((_, core)) = cores.first() else { return };
        let last = core.finalized();
        if !quiet || last.height.0 < QUALITY_BLOCKS_MIN || !self.case.is_honest_enough() {
            return;
        }
        let shares = self.authors_of(core);
        self.judge_fairness(&shares);
        self.judge_shares(&shares);
    }

    /// Honest validators make at least half of their share of these blocks.
    pub(super) fn judge_shares(&mut self, shares: &BTreeMap<usize, u32>) {
        let honest = shares.iter().filter(|(author, _)| !self.byzantine.has(**author));
        let made = honest.fold(0_u32, |sum, (_, blocks)| sum.saturating_add(*blocks));
        let weigh = |keep: &dyn Fn(usize) -> bool| {
            let kept = self.case.weights.iter().enumerate().filter(|(at, _)| keep(*at));
            kept.fold(0_u32, |sum, (_, weight)| sum.saturating_add(*weight))
        };
        let honest = weigh(&|at| !self.byzantine.has(at));
        let all = weigh(&|_| true);
        let counted = shares.values().fold(0_u32, |sum, blocks| sum.saturating_add(*blocks));
        let due = counted.saturating_mul(honest).checked_div(all).unwrap_or(0).div_euclid(2);
        if made < due {
            let what =
                format!("honest validators made {made} of {counted} final blocks, {due} are due");
            self.violate("chain quality", what, Vec::new());
        }
    }

    /// Where everybody follows the rules, validators make final blocks in proportion to their weight, but for chance.
    pub(super) fn judge_fairness(&mut self, shares: &BTreeMap<usize, u32>) {
        let is_plain = self.byzantine.count() == 0 && self.case.rotation.is_none();
        let is_plain = is_plain && self.case.rules.lottery == Rules::standard().lottery;
        if !is_plain || !self.case.faults.is_empty() || !self.case.clocks.is_empty() {
            return;
        }
        let made: Vec<u64> = (0..self.case.weights.len())
            .map(|at| shares.get(&at).copied().map_or(0, u64::from))
            .collect();
        let weights: Vec<u64> = self.case.weights.iter().map(|weight| u64::from(*weight)).collect();
        if made.iter().fold(0_u64, |sum, one| sum.saturating_add(*one)) < FAIRNESS_BLOCKS_MIN {
            return;
        }
        let (found, limit) = (chi_square(&made, &weights), chi_limit(made.len()));
        if found > limit {
            let what = format!(
                "validators of weights {weights:?} made {made:?} final blocks: chi-square {found}, {limit} is the most that chance explains"
            );
            self.violate("fair leaders", what, Vec::new());
        }
    }

    /// How many final blocks each validator made, as far as their headers are remembered.
    #[must_use]
    pub fn authors_of(&self, core: &SimCore) -> BTreeMap<usize, u32> {
        let mut shares: BTreeMap<usize, u32> = BTreeMap::new();
        let mut at = core.finalized().hash;
        while let Some(header) = self.header(&at) {
            if let Some(author) = self.author_by_seal(header) {
                let blocks = shares.entry(author).or_default();
                *blocks = blocks.saturating_add(1);
            }
            at = header.parent();
        }
        shares
    }
}

/// Pearson's chi-square of what was made against what the weights say, rounded down.
pub(super) fn chi_square(made: &[u64], weights: &[u64]) -> u64 {
    let sum = |list: &[u64]| list.iter().fold(0_u64, |sum, one| sum.saturating_add(*one));
    let (blocks, total) = (sum(made), sum(weights).max(1));
    let thousandths = made.iter().zip(weights).fold(0_u64, |chi, (made, weight)| {
        let due = blocks.saturating_mul(*weight).saturating_mul(1_000).checked_div(total);
        let due = due.unwrap_or(0).max(1);
        let off = made.saturating_mul(1_000).abs_diff(due);
        chi.saturating_add(off.saturating_mul(off).checked_div(due).unwrap_or(u64::MAX))
    });
    thousandths.div_euclid(1_000)
}

/// What chi-square of so many validators stays below but for one run in 10^8 (Laurent and Massart 2000, lemma 1, with
/// x = 18.4: at most k + 2 sqrt(k x) + 2 x for k degrees of freedom).
pub(super) fn chi_limit(validators: usize) -> u64 {
    let degrees = u64::try_from(validators).unwrap_or(u64::MAX).saturating_sub(1);
    let root = degrees.saturating_mul(19).isqrt().saturating_add(1);
    degrees.saturating_add(root.saturating_mul(2)).saturating_add(37)
}
