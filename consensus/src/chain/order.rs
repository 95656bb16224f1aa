//! What makes one head better than another: a total order, so that nodes with equal blocks agree.
//!
//! BABE's order: more primary blocks, then more blocks. Beyond that this chain takes the head with
//! the lower lottery value, then the lower hash, so that no two heads are ever equal.

use crate::rules::{ChainRules, ForkChoice, TieBreak};
use core::cmp::Reverse;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::types::{Hash, Height};

/// What the order looks at. All of it grows along a chain or is a property of the head alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Standing {
    /// Primary blocks above the block that the tree began with.
    pub(super) primaries: u64,
    /// Length of the chain.
    pub(super) height: Height,
    /// Lottery value of the head.
    pub(super) score: u128,
    /// Hash of the head.
    pub(super) hash: Hash,
    /// How many blocks were inserted before the head.
    pub(super) sequence: u64,
}

/// Sorts heads: the greatest rank is the best.
pub(super) type Rank = (u64, Height, Reverse<(u128, Hash)>);

/// The rank of a head under `rules`.
pub(super) fn rank<M: Mutant>(rules: &ChainRules<M>, standing: &Standing) -> Rank {
    // rule(chain.weight)
    let primaries = match rules.weight {
        ForkChoice::PrimaryThenLength if !rules.mutant.has(Mutation::FC02) => standing.primaries,
        ForkChoice::PrimaryThenLength | ForkChoice::Length => 0,
    };
    // rule(chain.tie)
    let tie = match rules.tie {
        TieBreak::LowerLottery if rules.mutant.has(Mutation::FC03) => {
            (!standing.score, standing.hash)
        }
        TieBreak::LowerLottery => (standing.score, standing.hash),
        TieBreak::LowerHash => (0, standing.hash),
        // No two blocks share a sequence number, so the hash never decides.
        TieBreak::FirstSeen => (u128::from(standing.sequence), standing.hash),
    };
    (primaries, standing.height, Reverse(tie))
}
