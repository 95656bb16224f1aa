//! Whether a proof of finality is one: written from the paper, with nothing of the node's own check.
//!
//! Inputs: the headers that were said in public, the rules of the chain, a proof. Output: why it proves nothing, if so.
//! A member supports a block by a precommit for it or a descendant, or, where equivocators count for every block, by two
//! different precommits. The members that support it must weigh a supermajority of the set that votes on the block.

use super::archive::{Archive, total, weight_of};
use crate::sim::crypto::SimVerifier;
use serin_consensus::crypto::{Check, Signed, Verifier};
use serin_consensus::finality::{BlockRef, Justification};
use serin_consensus::rules::{EquivocationWeight, Rules, SetChange, Threshold};
use serin_state::types::{Hash, Header, Height, PublicKey, Voter};
use std::collections::{BTreeMap, BTreeSet};

/// Says why `proof` proves nothing.
pub(super) fn check(archive: &Archive, rules: &Rules, proof: &Justification) -> Result<(), String> {
    let target = proof.target();
    let right_set = archive.set_of(&target.hash);
    let by_finality = rules.finality.set_change == SetChange::AtFinality;
    if by_finality && let Some(set) = right_set.filter(|set| *set != proof.set()) {
        let (proof, set) = (proof.set().shown(), set.shown());
        return Err(format!("its proof is of set {proof}, and set {set} votes on it"));
    }
    for vote in proof.votes() {
        let payload = vote.vote.payload();
        let check =
            Check { key: vote.voter, signed: Signed::Vote(&payload), signature: vote.signature };
        if SimVerifier.signatures(&[check]) != [true] {
            return Err(format!("a precommit of {:?} in its proof is not signed", vote.voter));
        }
    }
    if let Some(header) = unused(proof) {
        return Err(format!("its proof has the header of block {header}, which leads to no vote"));
    }
    let supported = |members: &[Voter]| {
        let weight = support(archive, rules, proof, members);
        weight >= quorum(total(members), rules.finality.threshold)
    };
    if archive.sets(proof.set()).any(|members| supported(members)) {
        Ok(())
    } else {
        let weights: Vec<u64> = archive
            .sets(proof.set())
            .map(|members| support(archive, rules, proof, members))
            .collect();
        Err(format!("the precommits in its proof weigh {weights:?}, which is no supermajority"))
    }
}

/// The height of a header in a proof that lies on no way from a vote down to the target.
fn unused(proof: &Justification) -> Option<Height> {
    let parents: BTreeMap<Hash, &Header> =
        proof.ancestry().iter().map(|header| (header.hash(), header)).collect();
    let mut used: BTreeSet<Hash> = BTreeSet::new();
    for vote in proof.votes() {
        let mut at = vote.vote.target.hash;
        while at != proof.target().hash
            && let Some(header) = parents.get(&at)
            && used.insert(at)
        {
            at = header.parent();
        }
    }
    let free = parents.iter().find(|(hash, _)| !used.contains(*hash));
    free.map(|(_, header)| header.height())
}

fn support(archive: &Archive, rules: &Rules, proof: &Justification, members: &[Voter]) -> u64 {
    let target = proof.target();
    let mut said: BTreeMap<PublicKey, BTreeSet<BlockRef>> = BTreeMap::new();
    for vote in proof.votes() {
        said.entry(vote.voter).or_default().insert(vote.vote.target);
    }
    let own: BTreeMap<Hash, Hash> =
        proof.ancestry().iter().map(|header| (header.hash(), header.parent())).collect();
    let is_below = |block: &BlockRef| {
        let mut at = block.hash;
        for _ in 0..=own.len() {
            if at == target.hash {
                return true;
            }
            match own.get(&at) {
                Some(parent) => at = *parent,
                None => break,
            }
        }
        archive.descends(&block.hash, &target.hash, target.height) == Some(true)
    };
    let counts = |blocks: &BTreeSet<BlockRef>| match rules.finality.equivocation {
        EquivocationWeight::EveryBlock if blocks.len() > 1 => true,
        EquivocationWeight::EveryBlock | EquivocationWeight::FirstVote => {
            blocks.iter().any(is_below)
        }
    };
    let supporters = said.iter().filter(|(_, blocks)| counts(blocks));
    supporters.fold(0, |sum, (voter, _)| sum.saturating_add(weight_of(members, voter)))
}

/// The weight of a supermajority out of `total`, restated: more than what is left when a third may be faulty.
pub(super) fn quorum(total: u64, threshold: Threshold) -> u64 {
    let faulty = total.saturating_sub(1).div_euclid(3);
    match threshold {
        Threshold::TwoThirds => total.saturating_sub(faulty),
        Threshold::Paper => total.saturating_add(faulty).saturating_add(2).div_euclid(2),
        Threshold::AtLeast { numerator, denominator } => {
            let (numerator, denominator) = (u64::from(numerator), u64::from(denominator.max(1)));
            let share = total.saturating_mul(numerator);
            let rounded = share.saturating_add(denominator.saturating_sub(1));
            rounded.checked_div(denominator).unwrap_or(total).clamp(1, total.max(1))
        }
    }
}
