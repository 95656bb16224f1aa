//! The numbers, rows, calls, refusals and events of bounties.
//!
//! Variants are append-only: calls are signed and stored, refusals and events are committed to by blocks.

use crate::deposits::Deposit;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{AccountId, Balance, Slot};

/// Bytes that a description has at most.
pub const DESCRIPTION_BYTES_MAX: usize = 1_024;
/// Smallest units of Kusama's CENT, the 3000th of a token.
const CENT: u128 = 333_333_333;
/// Parts in a million.
const PPM: u128 = 1_000_000;

/// The numbers of bounties.
#[derive(
    Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
pub struct BountyParameters {
    /// What proposing costs before the description, in units. Kusama: 10 QUID.
    pub deposit_base: Balance,
    /// What each byte of the description costs, in units. Kusama: a cent.
    pub deposit_per_byte: Balance,
    /// The least value of a bounty, in units. Kusama: 200 cents.
    pub value_min: Balance,
    /// A curator's deposit as a share of the fee, in parts per million. Kusama: half.
    pub curator_share_ppm: u32,
    /// The least deposit of a curator, in units. Kusama: 10 cents.
    pub curator_deposit_min: Balance,
    /// The largest deposit of a curator, in units. Kusama: 500 cents.
    pub curator_deposit_max: Balance,
    /// Slots after which a curator who said nothing can be unassigned by anyone. Kusama: ten years of 360 days.
    pub update_period: u64,
    /// Slots between an award and its claim. Kusama had four days.
    pub payout_delay: u64,
}

impl BountyParameters {
    /// As on Kusama, for slots of so many milliseconds, with all periods so many times shorter.
    #[must_use]
    pub fn faster(slot_ms: u64, speed: u64) -> Self {
        const DAY_MS: u64 = 24 * 60 * 60 * 1_000;
        let clock_ms = slot_ms.max(1).saturating_mul(speed.max(1));
        Self {
            deposit_base: Balance(CENT.saturating_mul(1_000)),
            deposit_per_byte: Balance(CENT),
            value_min: Balance(CENT.saturating_mul(200)),
            curator_share_ppm: 500_000,
            curator_deposit_min: Balance(CENT.saturating_mul(10)),
            curator_deposit_max: Balance(CENT.saturating_mul(500)),
            update_period: DAY_MS.saturating_mul(3_600).div_ceil(clock_ms),
            payout_delay: DAY_MS.saturating_mul(4).div_ceil(clock_ms),
        }
    }

    /// True where a deposit is a share within its bounds, and a curator has time.
    #[must_use]
    pub fn is_sound(&self) -> bool {
        self.curator_share_ppm <= 1_000_000
            && self.curator_deposit_min <= self.curator_deposit_max
            && self.update_period > 0
            && !self.value_min.is_zero()
    }

    /// What a curator of a bounty with this fee pays as a deposit, in units.
    #[must_use]
    pub fn curator_deposit(&self, fee: Balance) -> Balance {
        let share = fee.0.saturating_mul(u128::from(self.curator_share_ppm)).div_euclid(PPM);
        Balance(share).max(self.curator_deposit_min).min(self.curator_deposit_max)
    }
}

impl Default for BountyParameters {
    fn default() -> Self {
        Self::faster(1_000, 5_040)
    }
}

/// How far a bounty is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BountyStatus {
    /// Nobody has approved it.
    Proposed,
    /// The money is there, and no curator.
    Funded,
    /// A curator was asked.
    Offered {
        /// Who.
        curator: AccountId,
    },
    /// A curator looks after it.
    Active {
        /// Who.
        curator: AccountId,
        /// From the slot after this on anyone may unassign the curator.
        update_due: Slot,
    },
    /// It was awarded.
    Pending {
        /// Who awarded it.
        curator: AccountId,
        /// Who gets it.
        beneficiary: AccountId,
        /// The first slot in which it can be claimed.
        unlocks: Slot,
    },
}

/// A bounty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Bounty {
    /// What it is worth, the curator's fee included, in units.
    pub value: Balance,
    /// What of it is the curator's, in units.
    pub fee: Balance,
    /// Of who proposed it, until it is approved.
    pub bond: Option<Deposit>,
    /// Of the curator, from acceptance on.
    pub curator_deposit: Option<Deposit>,
    /// How far it is.
    pub status: BountyStatus,
}

/// Calls of the module `bounties`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BountyCall {
    /// Proposes one, for a deposit. For any account.
    Propose {
        /// What it is worth.
        value: Balance,
        /// What is to be done: at most [`DESCRIPTION_BYTES_MAX`] bytes.
        description: String,
    },
    /// Funds one. For root and spending tracks, up to their limit.
    Approve {
        /// Which.
        index: u32,
    },
    /// Asks somebody to look after a funded one. For root and spending tracks, up to their limit.
    ProposeCurator {
        /// Which.
        index: u32,
        /// Whom.
        curator: AccountId,
        /// For how much of its value.
        fee: Balance,
    },
    /// Agrees to look after it, for a deposit. For the one who was asked.
    AcceptCurator {
        /// Which.
        index: u32,
    },
    /// Takes it from its curator. The curator may give it back with the deposit; root, the treasurer and, after the
    /// curator's time, anyone else take the deposit for the treasury.
    UnassignCurator {
        /// Which.
        index: u32,
    },
    /// Names who gets it. For the curator.
    Award {
        /// Which.
        index: u32,
        /// Who.
        beneficiary: AccountId,
    },
    /// Pays an awarded one out. Anyone may ask.
    Claim {
        /// Which.
        index: u32,
    },
    /// Ends one without payment; a rejected proposal loses its deposit. For root and the treasurer.
    Close {
        /// Which.
        index: u32,
    },
    /// Says that the work goes on. For the curator.
    Extend {
        /// Which.
        index: u32,
    },
}

/// Why the module `bounties` refuses. Append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum BountyError {
    /// No such bounty, or it has ended.
    #[error("there is no bounty of that number")]
    Unknown,
    /// Not worth the work.
    #[error("the bounty is worth less than the least value of one")]
    ValueTooSmall,
    /// No text, or too much of it.
    #[error("a description has between 1 and {DESCRIPTION_BYTES_MAX} bytes")]
    Description,
    /// The bounty is not where this call expects it.
    #[error("the bounty is not in the stage that this call needs")]
    WrongStage,
    /// Nothing would be left for the work.
    #[error("the curator's fee has to be less than the bounty's value")]
    FeeTooLarge,
    /// Not the curator of this bounty.
    #[error("only the bounty's curator may do this")]
    NotCurator,
    /// Later it is possible.
    #[error("this is too early; wait until the time that the bounty states")]
    TooEarly,
    /// An award waits for its claim.
    #[error("the bounty was awarded; unassign the curator before closing it")]
    Awarded,
    /// All numbers are taken.
    #[error("there are no more numbers for bounties")]
    TooMany,
}

/// Events of the module `bounties`. Append-only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum BountyEvent {
    /// One was proposed.
    Proposed {
        /// Its number.
        index: u32,
    },
    /// One was approved and funded.
    Funded {
        /// Which.
        index: u32,
        /// How much.
        value: Balance,
    },
    /// A proposal was rejected.
    Rejected {
        /// Which.
        index: u32,
        /// The deposit that went to the treasury.
        bond: Balance,
    },
    /// A curator was asked.
    CuratorProposed {
        /// Which.
        index: u32,
        /// Whom.
        curator: AccountId,
    },
    /// A curator agreed.
    CuratorAccepted {
        /// Which.
        index: u32,
        /// Who.
        curator: AccountId,
    },
    /// It has no curator any longer.
    CuratorUnassigned {
        /// Which.
        index: u32,
        /// What went to the treasury.
        slashed: Balance,
    },
    /// It was awarded.
    Awarded {
        /// Which.
        index: u32,
        /// To whom.
        beneficiary: AccountId,
    },
    /// It was paid.
    Claimed {
        /// Which.
        index: u32,
        /// What the beneficiary got.
        payout: Balance,
        /// What the curator got.
        fee: Balance,
    },
    /// It ended, and its money went back.
    Closed {
        /// Which.
        index: u32,
    },
    /// The curator has more time.
    Extended {
        /// Which.
        index: u32,
        /// Until when.
        update_due: Slot,
    },
}
