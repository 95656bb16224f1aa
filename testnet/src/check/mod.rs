//! The oracles: what must hold in every run, judged while it goes on and at its end.
//!
//! ```text
//! world -> Judge: on_gossip, on_final, on_restart, evidence, at_end -> violations
//!            |- archive   headers and voter sets, from what was said in public
//!            |- proof     is this proof of finality one? written from the paper, not from the node
//!            |- crime     two proofs that exclude each other: who is guilty
//!            |- heads     the order of heads written anew, blocks that nobody may take
//!            |- epoch     randomness worked out anew
//!            |- lock      votes of honest voters against what was decided before
//!            |- told      what was signed twice is told
//!            |- prompt    what enough precommits are for is final at once, what waits for a parent comes with it
//!            |- stored    what is kept, and what others are served
//!            '- ending    liveness, chain growth and quality, states, memory
//! ```
//! Invariant: nothing here is taken from a node's own opinion but what it makes final and what its state holds.
//!
//! Bounds: `VOTES_MAX` votes and `archive::HEADERS_MAX` headers are remembered.

mod archive;
mod block;
mod crime;
mod ending;
mod epoch;
mod heads;
mod list;
mod lock;
mod prompt;
mod proof;
mod stored;
mod told;

#[cfg(test)]
mod tests;

pub use list::{ORACLES, Oracle};

use crate::lab::case::{Case, Nodes};
use crate::lab::mix;
use crate::lab::outcome::{ConflictInfo, Reached, VIOLATIONS_KEPT, Violation};
use crate::sim::crypto::session_keys;
use crate::sim::world::SimCore;
use archive::Archive;
use serin_consensus::evidence::SealEquivocation;
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage, VoteEquivocation};
use serin_consensus::leader::EpochCache;
use serin_network::message::{FinalityGossip, Gossip};
use serin_node::chain_spec::ChainSpec;
use serin_state::codec::decode;
use serin_state::types::{Hash, Header, Height, PublicKey, SetId, Slot};
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// Votes that are remembered, to find who is guilty.
const VOTES_MAX: usize = 1 << 16;

/// The judge of a run.
#[derive(Debug)]
pub struct Judge {
    case: Case,
    genesis: Hash,
    byzantine: Nodes,
    seals: BTreeMap<PublicKey, usize>,
    voters: BTreeMap<PublicKey, usize>,
    archive: Archive,
    votes: VecDeque<SignedVote>,
    /// Round and hash of each vote that was said, so that one said again costs nothing.
    said: BTreeSet<(u64, u64)>,
    /// How many votes a voter said in a stage of a round.
    said_by: BTreeMap<(prompt::Place, PublicKey), u32>,
    epochs: EpochCache,
    /// First block that an honest node made final at each height.
    finals: BTreeMap<Height, Hash>,
    final_of: BTreeMap<usize, Height>,
    /// The last proof that was found to hold, so that equal ones cost nothing.
    checked: Vec<u8>,
    /// Proofs of final blocks, by height and block: one each.
    proofs: BTreeMap<(Height, Hash), Justification>,
    /// A final state before the end, and its height.
    middle: Option<(Height, ending::Dump)>,
    /// Blocks that nobody may take, and why not.
    forged: BTreeMap<Hash, &'static str>,
    /// What nodes told: node, offender and slot of two seals; node, offender, round and stage of two votes.
    told_seals: BTreeSet<(usize, usize, Slot)>,
    told_votes: BTreeSet<(usize, PublicKey, SetId, u64, bool)>,
    /// Nodes whose power failed: what they told last was not heard.
    restarted: BTreeSet<usize>,
    /// Votes of the round that each node is in.
    round_of: BTreeMap<usize, prompt::Heard>,
    /// What nodes heard while they were in the round.
    heard: BTreeMap<(usize, PublicKey, SetId, u64, bool), BlockRef>,
    last_round: Option<(SetId, u64)>,
    /// What was seen since it was last taken.
    pub(crate) reached: Reached,
    violations: Vec<Violation>,
    count: usize,
    conflict: Option<ConflictInfo>,
}

impl Judge {
    /// The judge of a run of `case` on the chain of `spec`.
    #[must_use]
    pub fn new(case: &Case, spec: &ChainSpec, genesis: Hash) -> Self {
        let mut seals = BTreeMap::new();
        let mut voters = BTreeMap::new();
        for validator in 0..case.weights.len() {
            let keys = session_keys(u32::try_from(validator).unwrap_or(u32::MAX));
            seals.insert(keys.seal, validator);
            voters.insert(keys.vote, validator);
        }
        Self {
            case: case.clone(),
            genesis,
            byzantine: case.byzantine(),
            seals,
            voters,
            archive: Archive::new(spec, genesis),
            votes: VecDeque::new(),
            said: BTreeSet::new(),
            said_by: BTreeMap::new(),
            epochs: EpochCache::default(),
            finals: BTreeMap::new(),
            final_of: BTreeMap::new(),
            checked: Vec::new(),
            proofs: BTreeMap::new(),
            middle: None,
            forged: BTreeMap::new(),
            told_seals: BTreeSet::new(),
            told_votes: BTreeSet::new(),
            restarted: BTreeSet::new(),
            round_of: BTreeMap::new(),
            heard: BTreeMap::new(),
            last_round: None,
            reached: Reached::default(),
            violations: Vec::new(),
            count: 0,
            conflict: None,
        }
    }

    /// Something did not hold.
    pub fn violate(&mut self, oracle: &'static str, what: String, culprits: Vec<u8>) {
        debug_assert!(ORACLES.iter().any(|known| known.name == oracle), "{oracle} is no oracle");
        self.count = self.count.saturating_add(1);
        if self.violations.len() < VIOLATIONS_KEPT {
            self.violations.push(Violation { oracle, what, culprits });
        }
    }

    /// Somebody made a block that nobody may take, and why not.
    pub fn on_forged(&mut self, hash: Hash, fault: &'static str) {
        self.forged.insert(hash, fault);
    }

    /// An honest node takes blocks for the best: their headers are public now, if they were not before. Its clock shows
    /// the slot `until`.
    pub fn on_head(&mut self, node: usize, enacted: &[BlockRef], core: &SimCore, until: Slot) {
        for block in enacted {
            if self.archive.header(&block.hash).is_none()
                && let Some(stored) = core.block(&block.hash)
            {
                self.archive.insert(&stored.header);
            }
            self.judge_taken(node, block, until);
        }
    }

    /// Whether anything did not hold.
    #[must_use]
    pub const fn is_violated(&self) -> bool {
        self.count > 0
    }

    /// What did not hold, and how often in all.
    #[must_use]
    pub fn verdict(&self) -> (&[Violation], usize) {
        (&self.violations, self.count)
    }

    /// Two proofs that exclude each other, if there are.
    pub const fn take_conflict(&mut self) -> Option<ConflictInfo> {
        self.conflict.take()
    }

    /// Which validator has the right that a header claims; nobody where it claims none.
    #[must_use]
    pub fn author_by_seal(&self, header: &Header) -> Option<usize> {
        let statement = header.unsealed.seal_statement();
        let genesis = &self.genesis;
        let holds = |(key, _): &(&PublicKey, &usize)| {
            crate::sim::crypto::seal_by(key, genesis, &statement) == header.seal
        };
        self.seals.iter().find(holds).map(|(_, validator)| *validator)
    }

    /// Something was said in public.
    pub fn on_gossip(&mut self, gossip: &Gossip) {
        match gossip {
            Gossip::Block(block) => {
                let count = u64::try_from(block.transactions.len()).unwrap_or(0);
                self.reached.transaction = self.reached.transaction.saturating_add(count);
                self.archive.insert(&block.header);
            }
            Gossip::Finality(FinalityGossip::Vote(vote)) => {
                self.on_vote(vote);
            }
            Gossip::Finality(FinalityGossip::Commit(_)) | Gossip::Transactions(_) => {}
        }
    }

    /// Somebody said a vote, in public or in an answer.
    pub fn on_vote(&mut self, vote: &SignedVote) {
        if !self.said.insert((vote.vote.round.0, digest_of(vote))) {
            return;
        }
        let place = (vote.vote.set, vote.vote.round.0, vote.vote.stage);
        let votes = self.said_by.entry((place, vote.voter)).or_default();
        *votes = votes.saturating_add(1);
        self.votes.push_back(*vote);
        if self.votes.len() > VOTES_MAX {
            self.votes.pop_front();
        }
    }

    /// An honest node made blocks final, lowest first.
    pub fn on_final(&mut self, node: usize, blocks: &[BlockRef], core: &SimCore) {
        for block in blocks {
            let last = self.final_of.insert(node, block.height);
            if last.is_some_and(|last| last >= block.height) {
                let what = format!("node {node} makes height {} final again", block.height);
                self.violate("monotone finality", what, Vec::new());
            }
        }
        if let Some(block) = blocks.last() {
            let is_passed = core.finalized().height > block.height;
            self.on_proof(node, block, (core.justification(block.height), is_passed));
        }
        for block in blocks {
            self.note_block(&block.hash);
            self.judge_block(node, block, core);
            let known = *self.finals.entry(block.height).or_insert(block.hash);
            if known != block.hash && self.conflict.is_none() {
                self.on_conflict(node, block, known);
            }
        }
    }

    fn on_proof(
        &mut self,
        node: usize,
        block: &BlockRef,
        (bytes, is_passed): (Option<Vec<u8>>, bool),
    ) {
        let Some(bytes) = bytes else {
            // A later proof may have taken its place within the same step of the node.
            if is_passed {
                return;
            }
            let what =
                format!("node {node} has no proof for block {} that it made final", block.height);
            self.violate("valid proof", what, Vec::new());
            return;
        };
        if bytes == self.checked {
            return;
        }
        let proof = decode::<Justification>(&bytes).map_err(|error| error.to_string());
        let checked = proof.and_then(|proof| {
            if proof.target() != *block {
                return Err(format!("it is for block {}", proof.target().height));
            }
            proof::check(&self.archive, &self.case.rules, &proof).map(|()| proof)
        });
        match checked {
            Ok(proof) => {
                self.note_rounds(&proof);
                self.proofs.entry((block.height, block.hash)).or_insert(proof);
                self.checked = bytes;
            }
            Err(why) => {
                let what = format!("node {node} made block {} final, though {why}", block.height);
                self.violate("valid proof", what, Vec::new());
            }
        }
    }

    /// Counts what a final block shows: epochs without blocks.
    fn note_block(&mut self, hash: &Hash) {
        let Some(header) = self.archive.header(hash) else { return };
        let parent = self.archive.header(&header.parent()).map_or(0, |parent| parent.slot().0);
        let epoch = |slot: u64| slot.checked_div(u64::from(self.case.epoch_slots)).unwrap_or(0);
        if epoch(header.slot().0) > epoch(parent).saturating_add(1) {
            self.reached.skipped_epoch = self.reached.skipped_epoch.saturating_add(1);
        }
    }

    /// Counts rounds between two proofs that made nothing final.
    fn note_rounds(&mut self, proof: &Justification) {
        let (set, round) = (proof.set(), proof.round().0);
        if let Some((last_set, last)) = self.last_round
            && last_set == set
        {
            let between = round.saturating_sub(last).saturating_sub(1);
            self.reached.nil_round = self.reached.nil_round.saturating_add(between);
        }
        self.last_round = Some((
            set,
            self.last_round.filter(|(s, _)| *s == set).map_or(round, |(_, r)| r.max(round)),
        ));
    }

    /// Another node takes the place of this one: it knows nothing yet.
    pub fn on_replaced(&mut self, node: usize) {
        self.final_of.remove(&node);
    }

    /// A node came back: it must still know what it told.
    pub fn on_restart(&mut self, node: usize, finalized: BlockRef) {
        self.restarted.insert(node);
        let told = self.final_of.get(&node).copied().unwrap_or_default();
        if finalized.height < told {
            let what = format!(
                "node {node} comes back with height {} final, and had told {told}",
                finalized.height
            );
            self.violate("monotone finality", what, Vec::new());
        }
    }

    /// A node reports two votes of one voter.
    pub fn on_vote_evidence(&mut self, node: usize, evidence: &VoteEquivocation) {
        let (voter, vote) = (evidence.first.voter, evidence.first.vote);
        let is_precommit = vote.stage == Stage::Precommit;
        self.told_votes.insert((node, voter, vote.set, vote.round.0, is_precommit));
        self.on_evidence(node, self.voters.get(&voter).copied(), "votes");
    }

    /// A node reports two seals of one author.
    pub fn on_seal_evidence(&mut self, node: usize, evidence: &SealEquivocation) {
        let author = self.seals.get(&evidence.author).copied();
        if let Ok(slot) = evidence.check_form() {
            self.told_seals.insert((node, author.unwrap_or(usize::MAX), slot));
        }
        self.on_evidence(node, author, "seals");
    }

    fn on_evidence(&mut self, node: usize, accused: Option<usize>, what: &str) {
        let honest = accused.is_none_or(|accused| !self.byzantine.has(accused));
        if honest {
            let accused = accused.map_or_else(|| "nobody known".to_owned(), |at| at.to_string());
            let what =
                format!("node {node} reports two {what} of validator {accused}, which is honest");
            self.violate("no honest culprit", what, Vec::new());
        }
    }

    /// The header of a block that was said in public.
    #[must_use]
    pub fn header(&self, hash: &Hash) -> Option<&Header> {
        self.archive.header(hash)
    }
}

/// A hash over everything that a signed vote says.
fn digest_of(signed: &SignedVote) -> u64 {
    let vote = &signed.vote;
    let numbers = [vote.set.0, vote.round.0, u64::from(vote.target.height.0), stage_of(vote.stage)];
    let bytes = [&signed.signature.0[..], &signed.voter.0, &vote.target.hash.0];
    let words = bytes.iter().flat_map(|bytes| bytes.chunks(8));
    let words = words.filter_map(|word| word.first_chunk().copied().map(u64::from_le_bytes));
    numbers.into_iter().chain(words).fold(0, mix)
}

const fn stage_of(stage: Stage) -> u64 {
    match stage {
        Stage::Primary => 0,
        Stage::Prevote => 1,
        Stage::Precommit => 2,
    }
}
