//! The consensus rules that a textbook states as a choice, as plain values.
//!
//! They belong to the chain specification, so genesis commits to them, and they are passed down to
//! every rule that reads them. [`Rules::standard`] is what the documents describe; a node whose chain
//! has other rules says so loudly. A new variant is one enum case (`choices.rs`) and one match arm at the line
//! that is marked with `rule(..)`; `list.rs` names every rule for people.

mod choices;
mod list;

pub use choices::{
    Choice, Choices, EquivocationWeight, Estimate, ForkChoice, HiddenWins, PrecommitBound,
    PrevoteBase, RandomnessSource, RoundStart, SecondarySlots, SetChange, Switch, Threshold,
    TieBreak, VoteTarget,
};
pub use list::{Rule, RuleError};

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

/// Some rules, and the seeded bug of the code that follows them, which is part of no specification.
macro_rules! rules {
    (
        $(#[doc = $doc:literal])+
        $name:ident { $($(#[doc = $what:literal])+ $field:ident: $choice:ident,)+ }
    ) => {
        $(#[doc = $doc])+
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
        #[serde(deny_unknown_fields)]
        pub struct $name<M = Standard> {
            $($(#[doc = $what])+ #[serde(default)] pub $field: $choice,)+
            /// The seeded bug: none outside the simulator.
            #[serde(skip)]
            #[borsh(skip)]
            pub mutant: M,
        }

        impl Default for $name {
            fn default() -> Self {
                Self { $($field: $choice::default(),)+ mutant: Standard }
            }
        }

        impl<M> $name<M> {
            /// The same choices, in code with this seeded bug.
            #[must_use]
            pub fn with_mutant<N>(self, mutant: N) -> $name<N> {
                $name { $($field: self.$field,)+ mutant }
            }
        }
    };
}

rules! {
    /// Choices of block production.
    LotteryRules {
        /// Who may author where the lottery has no winner.
        secondary: SecondarySlots,
        /// Which lottery outputs enter the randomness of a later epoch.
        randomness: RandomnessSource,
        /// Whether who won a slot may author it as a secondary one.
        hidden_wins: HiddenWins,
    }
}

rules! {
    /// Choices of the head.
    ChainRules {
        /// What makes one chain better than another.
        weight: ForkChoice,
        /// Which of two equally good heads is taken.
        tie: TieBreak,
    }
}

rules! {
    /// Choices of finality.
    FinalityRules {
        /// How much weight is a supermajority.
        threshold: Threshold,
        /// How the votes of an equivocator count.
        equivocation: EquivocationWeight,
        /// How far behind its head a node votes.
        vote_target: VoteTarget,
        /// Whether a precommit may go out as soon as no child of the GHOST can still win.
        third_precommit_rule: Switch,
        /// When an announced voter set takes over.
        set_change: SetChange,
        /// What a round leaves to the next one.
        estimate: Estimate,
        /// What a prevote has to descend from.
        prevote_base: PrevoteBase,
        /// What a precommit must not be below.
        precommit_bound: PrecommitBound,
        /// What a new round waits for.
        round_start: RoundStart,
        /// Whether the primary of a round hints at its estimate.
        hint: Switch,
    }
}

#[cfg(test)]
mod tests;
