//! A vote: which way, how much, and for how long the voter binds himself.
//!
//! Conviction multiplies a standard vote and, on the side that wins, locks its tokens. Split votes have
//! none of either. Numbers and roundings are those of pallet-conviction-voting 50.

use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};
use serin_state::types::Balance;

/// For how long a winner's tokens stay locked, and how much more they weigh for it.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
    Serialize,
    Deserialize,
)]
#[serde(rename_all = "snake_case")]
pub enum Conviction {
    /// A tenth of the weight, no lock.
    #[default]
    None,
    /// Once the weight, one period.
    Locked1x,
    /// Twice the weight, two periods.
    Locked2x,
    /// Three times the weight, four periods.
    Locked3x,
    /// Four times the weight, eight periods.
    Locked4x,
    /// Five times the weight, 16 periods.
    Locked5x,
    /// Six times the weight, 32 periods.
    Locked6x,
}

/// What an amount weighs, and the amount.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize,
)]
pub struct Power {
    /// With conviction; approval counts these.
    pub votes: Balance,
    /// The tokens themselves; support counts these.
    pub capital: Balance,
}

/// What an account votes on one referendum.
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
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum AccountVote {
    /// All one way, with conviction. Carries what others have delegated to the voter.
    Standard {
        /// For the proposal.
        aye: bool,
        /// The weight and the lock.
        conviction: Conviction,
        /// How much.
        balance: Balance,
    },
    /// Both ways at a tenth of the weight, without a lock after the end.
    Split {
        /// For.
        aye: Balance,
        /// Against.
        nay: Balance,
    },
    /// As [`AccountVote::Split`], and a part that counts towards support alone.
    SplitAbstain {
        /// For.
        aye: Balance,
        /// Against.
        nay: Balance,
        /// Neither.
        abstain: Balance,
    },
}

/// What a vote adds to a tally for those who delegated to the voter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// Votes for, and support.
    Aye,
    /// Votes against.
    Nay,
    /// Support alone.
    Abstain,
}

impl Conviction {
    /// All seven, the weakest first.
    pub const ALL: [Self; 7] = [
        Self::None,
        Self::Locked1x,
        Self::Locked2x,
        Self::Locked3x,
        Self::Locked4x,
        Self::Locked5x,
        Self::Locked6x,
    ];

    /// How many periods the tokens of a winner stay locked after the end.
    #[must_use]
    pub const fn lock_periods(self) -> u64 {
        match self {
            Self::None => 0,
            Self::Locked1x => 1,
            Self::Locked2x => 2,
            Self::Locked3x => 4,
            Self::Locked4x => 8,
            Self::Locked5x => 16,
            Self::Locked6x => 32,
        }
    }

    /// What `capital` weighs: a tenth rounded down, or a multiple that stops at the end of the range.
    #[must_use]
    pub fn power(self, capital: Balance) -> Power {
        let votes = match self {
            Self::None => Balance(capital.0.checked_div(10).unwrap_or_default()),
            Self::Locked1x => capital,
            Self::Locked2x => capital.saturating_mul(2),
            Self::Locked3x => capital.saturating_mul(3),
            Self::Locked4x => capital.saturating_mul(4),
            Self::Locked5x => capital.saturating_mul(5),
            Self::Locked6x => capital.saturating_mul(6),
        };
        Power { votes, capital }
    }
}

/// As a command line says it: `none`, `1x` to `6x`.
impl FromStr for Conviction {
    type Err = UnknownConviction;

    fn from_str(text: &str) -> Result<Self, UnknownConviction> {
        let found = Self::ALL.into_iter().find(|conviction| conviction.name() == text);
        found.ok_or(UnknownConviction)
    }
}

impl Conviction {
    const fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Locked1x => "1x",
            Self::Locked2x => "2x",
            Self::Locked3x => "3x",
            Self::Locked4x => "4x",
            Self::Locked5x => "5x",
            Self::Locked6x => "6x",
        }
    }
}

impl fmt::Display for Conviction {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

/// A text that names no conviction.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a conviction is none, 1x, 2x, 3x, 4x, 5x or 6x")]
pub struct UnknownConviction;

impl Power {
    /// Nothing.
    pub const ZERO: Self = Self { votes: Balance::ZERO, capital: Balance::ZERO };

    /// True for nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.votes.is_zero() && self.capital.is_zero()
    }

    /// The sum, stopping at the end of the range.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self {
            votes: self.votes.saturating_add(other.votes),
            capital: self.capital.saturating_add(other.capital),
        }
    }

    /// The difference, stopping at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self {
            votes: self.votes.saturating_sub(other.votes),
            capital: self.capital.saturating_sub(other.capital),
        }
    }
}

impl AccountVote {
    /// The tokens in it, stopping at the end of the range: no account has as many.
    #[must_use]
    pub const fn balance(&self) -> Balance {
        match self {
            Self::Standard { balance, .. } => *balance,
            Self::Split { aye, nay } => aye.saturating_add(*nay),
            Self::SplitAbstain { aye, nay, abstain } => {
                aye.saturating_add(*nay).saturating_add(*abstain)
            }
        }
    }

    /// Where what others delegated to the voter counts, if anywhere. `abstention_carries` is the chain's
    /// parameter: with it, a vote that does nothing but abstain lends the capital delegated to support.
    #[must_use]
    pub const fn carries(&self, abstention_carries: bool) -> Option<Side> {
        match self {
            Self::Standard { aye: true, .. } => Some(Side::Aye),
            Self::Standard { aye: false, .. } => Some(Side::Nay),
            Self::SplitAbstain { aye, nay, .. }
                if abstention_carries && aye.is_zero() && nay.is_zero() =>
            {
                Some(Side::Abstain)
            }
            Self::Split { .. } | Self::SplitAbstain { .. } => None,
        }
    }

    /// For how many periods after the end how much stays locked: only what voted with conviction for
    /// what came.
    #[must_use]
    pub fn locked_if(&self, approved: bool) -> Option<(u64, Balance)> {
        match self {
            Self::Standard { aye, conviction, balance }
                if *aye == approved && *conviction != Conviction::None =>
            {
                Some((conviction.lock_periods(), *balance))
            }
            Self::Standard { .. } | Self::Split { .. } | Self::SplitAbstain { .. } => None,
        }
    }
}
