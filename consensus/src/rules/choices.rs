//! The values that a rule can take: one enum a rule, the standard first.
//!
//! A case is written once, with its name in files and on the command line and the sentence that explains it; from that
//! come encoding, parsing and the list for people. Cases are only ever added at the end: genesis hashes count them.

use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};

/// A value of a rule, for people.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// As it is written.
    pub name: &'static str,
    /// What it means.
    pub meaning: &'static str,
}

/// The values of one rule.
pub trait Choices: Copy + Default + PartialEq {
    /// All of them, the standard first.
    const ALL: &'static [Choice];

    /// The value with this name.
    fn from_name(name: &str) -> Option<Self>;

    /// The name of the value.
    fn name(&self) -> String;
}

macro_rules! choice {
    (
        $(#[doc = $doc:literal])+
        $name:ident {
            $(#[doc = $first_means:literal])+
            $first:ident = $first_is:literal,
            $($(#[doc = $means:literal])+ $case:ident = $is:literal,)*
        }
    ) => {
        $(#[doc = $doc])+
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
        pub enum $name {
            $(#[doc = $first_means])+
            #[default]
            #[serde(rename = $first_is)]
            $first,
            $($(#[doc = $means])+ #[serde(rename = $is)] $case,)*
        }

        impl Choices for $name {
            const ALL: &'static [Choice] = &[
                Choice { name: $first_is, meaning: concat!($($first_means),+) },
                $(Choice { name: $is, meaning: concat!($($means),+) },)*
            ];

            fn from_name(name: &str) -> Option<Self> {
                match name {
                    $first_is => Some(Self::$first),
                    $($is => Some(Self::$case),)*
                    _ => None,
                }
            }

            fn name(&self) -> String {
                match self {
                    Self::$first => $first_is,
                    $(Self::$case => $is,)*
                }
                .to_owned()
            }
        }
    };
}

choice! {
    /// Who may author where the lottery has no winner.
    SecondarySlots {
        /// One author a slot, named by the epoch's randomness, with a lottery proof (Kusama).
        Verifiable = "verifiable",
        /// Nobody: three slots in four stay empty at c = 1/4.
        Off = "off",
        /// The authorities take turns, so that everybody knows the author of every slot for ever (Aura).
        RoundRobin = "round-robin",
    }
}

choice! {
    /// Which lottery outputs enter the randomness of a later epoch.
    RandomnessSource {
        /// Every primary output of the epoch on this chain, in order.
        EveryPrimary = "every-primary",
        /// None: randomness is a hash chain that everybody can compute for ever.
        Nothing = "nothing",
        /// The last primary output alone: its author chooses between two values by withholding.
        LastPrimary = "last-primary",
        /// The outputs of secondary blocks too: their authors are known, and so is who can withhold.
        EveryBlock = "every-block",
    }
}

choice! {
    /// Whether who won a slot may author it as a secondary one, and so keep its output out of the randomness.
    HiddenWins {
        /// Such a block is invalid.
        Refused = "refused",
        /// Nobody looks (BABE as deployed).
        Allowed = "allowed",
    }
}

choice! {
    /// What makes one chain better than another, among descendants of the final block.
    ForkChoice {
        /// More primary blocks, then more blocks (BABE).
        PrimaryThenLength = "primary-then-length",
        /// More blocks.
        Length = "length",
    }
}

choice! {
    /// Which of two equally good heads is taken.
    TieBreak {
        /// The head with the lower lottery value; then the lower hash. The same on every node.
        LowerLottery = "lower-lottery",
        /// The one that was seen first: nodes differ until the tie is broken by a longer chain.
        FirstSeen = "first-seen",
        /// The head with the lower hash, which its author can grind.
        LowerHash = "lower-hash",
    }
}

choice! {
    /// How the votes of an equivocator count.
    EquivocationWeight {
        /// For every block (the paper): keeps tallies monotone.
        EveryBlock = "every-block",
        /// For the block of the first vote that was seen only.
        FirstVote = "first-vote",
    }
}

choice! {
    /// How far behind its head a node votes. Each only lowers the target, never below the round's base.
    VoteTarget {
        /// The head.
        Head = "head",
        /// Two blocks behind the head, then three quarters of the unfinalised chain (Kusama).
        BehindAndThreeQuarters = "behind-and-three-quarters",
    }
}

choice! {
    /// On or off.
    Switch {
        /// Applied.
        On = "on",
        /// Not applied.
        Off = "off",
    }
}

choice! {
    /// When an announced voter set takes over.
    SetChange {
        /// When the announcing block is final; nobody votes beyond it before.
        AtFinality = "at-finality",
        /// When the announcing block is imported as part of the best chain: sets of forks overlap (an audit found a
        /// client that did so).
        AtImport = "at-import",
    }
}

choice! {
    /// What a round leaves to the next one.
    Estimate {
        /// The highest block on the chain of the GHOST that may still become final in it (GRANDPA).
        Possible = "possible",
        /// The GHOST itself, be it possible or not.
        Ghost = "ghost",
        /// The block that the round started from.
        Base = "base",
    }
}

choice! {
    /// What a prevote has to descend from.
    PrevoteBase {
        /// The estimate of the round before (GRANDPA).
        Estimate = "estimate",
        /// The last final block.
        Final = "final",
    }
}

choice! {
    /// What a precommit must not be below.
    PrecommitBound {
        /// The estimate of the round before (GRANDPA).
        Estimate = "estimate",
        /// Nothing: any GHOST is precommitted.
        Nothing = "nothing",
    }
}

choice! {
    /// What a new round waits for, besides the votes of this node in the one before.
    RoundStart {
        /// That the round before is completable and the estimate of the one before that is final.
        EstimateFinal = "estimate-final",
        /// That the round before is completable.
        Completable = "completable",
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
    /// (n + f + 1) / 2, rounded up: what the paper says. The same as n - f unless 3 divides n.
    Paper,
}

impl Choices for Threshold {
    const ALL: &'static [Choice] = &[
        Choice { name: "two-thirds", meaning: " n - f with f = floor((n - 1) / 3) (deployed)." },
        Choice { name: "N/M", meaning: " At least this part of n, rounded up, as 1/2." },
        Choice {
            name: "paper",
            meaning: " (n + f + 1) / 2, rounded up; differs where 3 divides n.",
        },
    ];

    fn from_name(name: &str) -> Option<Self> {
        match name {
            "two-thirds" => Some(Self::TwoThirds),
            "paper" => Some(Self::Paper),
            _ => {
                let (numerator, denominator) = name.split_once('/')?;
                let (numerator, denominator) = (numerator.parse().ok()?, denominator.parse().ok()?);
                let is_part = 0 < numerator && numerator <= denominator;
                is_part.then_some(Self::AtLeast { numerator, denominator })
            }
        }
    }

    fn name(&self) -> String {
        match self {
            Self::TwoThirds => "two-thirds".to_owned(),
            Self::AtLeast { numerator, denominator } => format!("{numerator}/{denominator}"),
            Self::Paper => "paper".to_owned(),
        }
    }
}
