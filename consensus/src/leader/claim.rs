//! Taking a slot: the author's half of the lottery.
//!
//! Primary first. An author that won the lottery never claims the slot as a secondary one: the claim
//! would be refused, since hiding a win would keep its output out of the randomness for free.

use super::{CheckedClaim, EpochData, lottery};
use crate::{
    crypto::{LotteryOutput, Verifier},
    rules::{LotteryRules, SecondarySlots},
};
use serin_state::mutant::{Mutant, Mutation, Standard};
use serin_state::types::{
    AuthorityIndex, ClaimKind, Hash, LotteryProof, LotteryPublicKey, Slot, SlotClaim,
};

/// Holds a lottery key.
pub trait Prover {
    /// The proof for `alpha` under the key. Deterministic.
    fn prove(&self, alpha: &[u8]) -> LotteryProof;
}

/// What the lottery of a slot depends on, besides the slot and the key.
#[derive(Debug)]
pub struct LotteryContext<'a, V, M = Standard> {
    /// The chain.
    pub genesis: &'a Hash,
    /// The choices of its lottery.
    pub rules: &'a LotteryRules<M>,
    /// The epoch of the slot, as the chain that is built on sees it.
    pub epoch: &'a EpochData,
    /// Turns proofs into outputs.
    pub verifier: &'a V,
}

/// A slot that was won.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claimed {
    /// For the header.
    pub claim: SlotClaim,
    /// What a check of that header will find.
    pub checked: CheckedClaim,
}

/// Claims `slot` for the authority at `author`, whose lottery key `prover` holds.
///
/// `wanted` narrows the claim to one kind; `None` takes a primary claim, else a secondary one. With
/// `Some(Secondary)` an author that won the lottery gets nothing: its claim is the primary one.
///
/// `None` as well where `prover` holds another key than the authority's.
pub fn claim_slot<V: Verifier, M: Mutant, P: Prover>(
    context: &LotteryContext<'_, V, M>,
    slot: Slot,
    author: AuthorityIndex,
    wanted: Option<ClaimKind>,
    prover: &P,
) -> Option<Claimed> {
    let epoch = context.epoch;
    let authority = epoch.authority(author)?;
    let named = is_secondary_author(context, slot, author);
    if wanted == Some(ClaimKind::Secondary) && !named {
        return None;
    }
    let alpha = epoch.alpha(context.genesis, slot);
    let proof = prover.prove(&alpha);
    let output = context.verifier.lottery(&authority.lottery, &alpha, &proof)?;
    let won = is_won(context, author, lottery::score(&output));
    let kind = match (won, named) {
        (true, _) => ClaimKind::Primary,
        (false, true) => ClaimKind::Secondary,
        (false, false) => return None,
    };
    if wanted.is_some_and(|wanted| wanted != kind) {
        return None;
    }
    let claim = SlotClaim { slot, author, kind, proof };
    Some(Claimed { claim, checked: CheckedClaim::of(kind, author, epoch.epoch(), &output) })
}

/// Whether the rules allow `author` a secondary claim in `slot`.
pub(super) fn is_secondary_author<V, M: Mutant>(
    context: &LotteryContext<'_, V, M>,
    slot: Slot,
    author: AuthorityIndex,
) -> bool {
    let in_turn = || {
        let count = u64::try_from(context.epoch.authorities().len()).unwrap_or(u64::MAX);
        slot.0.checked_rem(count) == Some(u64::from(author.0))
    };
    // rule(lottery.secondary)
    match context.rules.secondary {
        SecondarySlots::Verifiable if context.rules.mutant.has(Mutation::BP02) => true,
        SecondarySlots::Verifiable if context.rules.mutant.has(Mutation::BP10) => in_turn(),
        SecondarySlots::Verifiable => context.epoch.secondary_author(slot) == author,
        SecondarySlots::RoundRobin => in_turn(),
        SecondarySlots::Off => false,
    }
}

/// Whether the score wins `author` the slot.
pub(super) fn is_won<V, M: Mutant>(
    context: &LotteryContext<'_, V, M>,
    author: AuthorityIndex,
    score: u128,
) -> bool {
    let score = if context.rules.mutant.has(Mutation::BP09) { score >> 1 } else { score };
    context.epoch.is_won(author, score)
}

/// The output of the proof in a claim, where it holds.
pub(super) fn output_of<V: Verifier, M: Mutant>(
    context: &LotteryContext<'_, V, M>,
    claim: &SlotClaim,
    key: &LotteryPublicKey,
) -> Option<LotteryOutput> {
    let alpha = context.epoch.alpha(context.genesis, claim.slot);
    context.verifier.lottery(key, &alpha, &claim.proof)
}
