//! Which blocks can be proven final from what was said on a board: by the check that every node makes.
//!
//! The Byzantine voter helps wherever it can: its vote stands in every proof; votes of strangers, who are in no set, and
//! honest votes that nobody signed are tried besides, as code with a bug may take them.

use super::board::{Columns, HONEST};
use super::machine::{Line, Machine};
use super::tree::At;
use crate::sim::crypto::{SimSigner, SimVerifier};
use serin_consensus::finality::voter::VoteSigner;
use serin_consensus::finality::{Justification, SignedVote, Stage, Vote};
use serin_state::types::{Round, Signature};
use std::collections::BTreeMap;

/// Numbers of simulated validators that are in no set.
const STRANGERS: std::ops::Range<u32> = 90..94;

/// Honest precommits of one round, sorted.
type Precommits = Vec<At>;

/// Which blocks can be proven, by round and honest precommits.
#[derive(Debug, Default)]
pub(super) struct Proofs {
    provable: BTreeMap<(u64, Precommits), Vec<At>>,
}

impl Proofs {
    pub(super) fn new(_: &Machine<'_>) -> Self {
        Self::default()
    }

    /// Two conflicting blocks that can be proven, each with its round.
    pub(super) fn conflict(
        &mut self,
        machine: &Machine<'_>,
        columns: &Columns,
    ) -> Option<[(u64, At); 2]> {
        let mut blocks: Vec<(u64, At)> = Vec::new();
        for round in 1..=2 {
            let provable = self.provable(machine, round, &precommits(columns, round));
            blocks.extend(provable.iter().map(|at| (round, *at)));
        }
        let pairs = blocks.iter().flat_map(|one| blocks.iter().map(move |two| (one, two)));
        let found = pairs.into_iter().find(|(one, two)| machine.tree.conflict(one.1, two.1));
        found.map(|(one, two)| [*one, *two])
    }

    fn provable(&mut self, machine: &Machine<'_>, round: u64, said: &Precommits) -> &[At] {
        let blocks = || {
            let targets = machine.tree.positions().filter(|at| *at != 0);
            targets.filter(|at| is_provable(machine, round, said, *at)).collect()
        };
        let key = (round, said.clone());
        self.provable.entry(key).or_insert_with(blocks)
    }
}

/// Blocks that honest voters precommitted in a round.
fn precommits(columns: &Columns, round: u64) -> Precommits {
    let lines = columns.iter().flatten().flatten();
    let of_round = |line: &&Line| (line.0, line.1) == (round, Stage::Precommit);
    let mut said: Precommits = lines.filter(of_round).map(|line| line.2).collect();
    said.sort_unstable();
    said
}

fn is_provable(machine: &Machine<'_>, round: u64, said: &[At], target: At) -> bool {
    let line = (round, Stage::Precommit, target);
    let honest = (0..super::machine::VOTERS).filter(|at| *at != machine.cast.byzantine());
    let honest: Vec<usize> = honest.take(HONEST).collect();
    let supporting = said.iter().filter(|at| machine.tree.descends(target, **at));
    let support = honest.iter().zip(supporting);
    let mut votes: Vec<SignedVote> = support
        .filter_map(|(voter, at)| machine.sign(*voter, (round, Stage::Precommit, *at)))
        .collect();
    votes.extend(machine.sign(machine.cast.byzantine(), line));
    let strangers = STRANGERS.filter_map(|number| {
        let vote = machine.sign(0, line)?.vote;
        stranger(number, vote)
    });
    let with_strangers: Vec<SignedVote> = votes.iter().copied().chain(strangers).collect();
    let spoken: Vec<_> = votes.iter().map(|vote| vote.voter).collect();
    let forged = honest.iter().filter_map(|voter| machine.sign(*voter, line));
    let forged = forged
        .filter(|vote| !spoken.contains(&vote.voter))
        .map(|vote| SignedVote { signature: Signature([0; 64]), ..vote });
    let with_forged: Vec<SignedVote> = votes.iter().copied().chain(forged).collect();
    [votes, with_strangers, with_forged].into_iter().any(|votes| {
        let name = machine.tree.name(target);
        let proof = Justification::new(machine.set.id(), Round(round), name, votes)
            .with_ancestry(|hash| machine.tree.header(hash));
        proof.verify(&machine.set, &machine.rules, &SimVerifier).is_ok()
    })
}

fn stranger(number: u32, vote: Vote) -> Option<SignedVote> {
    let mut signer = SimSigner::validator(number);
    let signature = signer.sign_vote(&vote).ok()?;
    Some(SignedVote { vote, voter: signer.vote_key()?, signature })
}
