//! The consensus rules that a textbook states as a choice, as plain values.
//!
//! They belong to the chain specification, so genesis commits to them, and they are passed down to
//! every rule that reads them. [`Rules::standard`] is what the documents describe; a node whose chain
//! has other rules says so loudly. A new variant is one enum case and one match arm where it is used.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::mutant::Standard;

/// Every choice. The names on the command line are the field names, as `finality.threshold`.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Block production.
    pub lottery: LotteryRules,
    /// Head choice.
    pub chain: ChainRules,
    /// Finality.
    pub finality: FinalityRules,
}

impl Rules {
    /// The rules that the documents describe.
    #[must_use]
    pub fn standard() -> Self {
        Self::default()
    }
}

/// Choices of block production.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields, default, bound(deserialize = "M: Default, LotteryRules<M>: Default"))]
pub struct LotteryRules<M = Standard> {
    /// Who may author where the lottery has no winner.
    pub secondary: SecondarySlots,
    /// Which lottery outputs enter the randomness of a later epoch.
    pub randomness: RandomnessSource,
    /// The seeded bug; part of no specification.
    #[serde(skip)]
    #[borsh(skip)]
    pub mutant: M,
}

impl Default for LotteryRules {
    fn default() -> Self {
        Self {
            secondary: SecondarySlots::default(),
            randomness: RandomnessSource::default(),
            mutant: Standard,
        }
    }
}

impl<M> LotteryRules<M> {
    /// The same choices, in code with this seeded bug.
    #[must_use]
    pub fn with_mutant<N>(self, mutant: N) -> LotteryRules<N> {
        let Self { secondary, randomness, .. } = self;
        LotteryRules { secondary, randomness, mutant }
    }
}

/// Who may author where the lottery has no winner.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SecondarySlots {
    /// One author per slot, named by the epoch's randomness, with a lottery proof (Kusama).
    #[default]
    Verifiable,
    /// Nobody: three slots in four stay empty at c = 1/4.
    Off,
}

/// Which lottery outputs enter the randomness of a later epoch.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum RandomnessSource {
    /// Every primary output of the epoch on this chain, in order.
    #[default]
    EveryPrimary,
    /// None: randomness is a hash chain that everybody can compute for ever.
    Nothing,
}

/// Choices of the head.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields, default, bound(deserialize = "M: Default, ChainRules<M>: Default"))]
pub struct ChainRules<M = Standard> {
    /// What makes one chain better than another.
    pub weight: ForkChoice,
    /// Which of two equally good heads is taken.
    pub tie: TieBreak,
    /// The seeded bug; part of no specification.
    #[serde(skip)]
    #[borsh(skip)]
    pub mutant: M,
}

impl Default for ChainRules {
    fn default() -> Self {
        Self { weight: ForkChoice::default(), tie: TieBreak::default(), mutant: Standard }
    }
}

impl<M> ChainRules<M> {
    /// The same choices, in code with this seeded bug.
    #[must_use]
    pub fn with_mutant<N>(self, mutant: N) -> ChainRules<N> {
        let Self { weight, tie, .. } = self;
        ChainRules { weight, tie, mutant }
    }
}

/// What makes one chain better than another, among descendants of the final block.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ForkChoice {
    /// More primary blocks, then more blocks (BABE).
    #[default]
    PrimaryThenLength,
    /// More blocks.
    Length,
}

/// Which of two equally good heads is taken.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum TieBreak {
    /// The head with the lower lottery value; then the lower hash. The same on every node.
    #[default]
    LowerLottery,
    /// The one that was seen first: nodes differ until the tie is broken by a longer chain.
    FirstSeen,
}

/// Choices of finality.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(deny_unknown_fields, default, bound(deserialize = "M: Default, FinalityRules<M>: Default"))]
pub struct FinalityRules<M = Standard> {
    /// How much weight is a supermajority.
    pub threshold: Threshold,
    /// How the votes of an equivocator count.
    pub equivocation: EquivocationWeight,
    /// How far behind its head a node votes.
    pub vote_target: VoteTarget,
    /// Whether a precommit may go out as soon as no child of the GHOST can still win.
    pub third_precommit_rule: Switch,
    /// When an announced voter set takes over.
    pub set_change: SetChange,
    /// The seeded bug; part of no specification.
    #[serde(skip)]
    #[borsh(skip)]
    pub mutant: M,
}

impl Default for FinalityRules {
    fn default() -> Self {
        Self {
            threshold: Threshold::default(),
            equivocation: EquivocationWeight::default(),
            vote_target: VoteTarget::default(),
            third_precommit_rule: Switch::default(),
            set_change: SetChange::default(),
            mutant: Standard,
        }
    }
}

impl<M> FinalityRules<M> {
    /// The same choices, in code with this seeded bug.
    #[must_use]
    pub fn with_mutant<N>(self, mutant: N) -> FinalityRules<N> {
        let Self { threshold, equivocation, vote_target, third_precommit_rule, set_change, .. } =
            self;
        FinalityRules {
            threshold,
            equivocation,
            vote_target,
            third_precommit_rule,
            set_change,
            mutant,
        }
    }
}

/// How much weight is a supermajority of total weight n.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Threshold {
    /// n - f with f = floor((n - 1) / 3): the deployed gadget.
    #[default]
    TwoThirds,
    /// At least `numerator / denominator` of n, rounded up; at least 1. For experiments.
    AtLeast {
        /// Above 0, at most `denominator`.
        numerator: u32,
        /// Above 0.
        denominator: u32,
    },
}

/// How the votes of an equivocator count.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum EquivocationWeight {
    /// For every block (the paper): keeps tallies monotone.
    #[default]
    EveryBlock,
    /// For the block of the first vote that was seen only.
    FirstVote,
}

/// How far behind its head a node votes. Each only lowers the target, never below the round's base.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum VoteTarget {
    /// The head.
    #[default]
    Head,
    /// Two blocks behind the head, then three quarters of the unfinalised chain (Kusama).
    BehindAndThreeQuarters,
}

/// On or off.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum Switch {
    /// Applied.
    #[default]
    On,
    /// Not applied.
    Off,
}

/// When an announced voter set takes over.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum SetChange {
    /// When the announcing block is final; nobody votes beyond it before.
    #[default]
    AtFinality,
}

#[cfg(test)]
mod tests;
