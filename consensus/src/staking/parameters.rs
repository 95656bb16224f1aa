//! The numbers of staking, a part a module, each with its unit, and the relations that hold between them.
//!
//! # Sources
//! Durations, bounds and the curve: polkadot-fellows/runtimes, `staking/mod.rs` of Kusama's asset hub and `relay/kusama`; rules:
//! pallet-staking 50 and pallet-nomination-pools 50. What Kusama keeps in storage, for governance to set, is not in any code:
//!
//! | number | value | where it is written |
//! |---|---|---|
//! | least bond of a nominator, of a candidate | 0.1 and 1 token | subsquare, Polkadot, discussion 1382: the limits of Kusama, and its proposal for them |
//! | least commission | 10 % | Kusama referendum 79 (`StakingAdmin`, January 2023: from 3 to 10 %) |
//! | most candidates | 2,500 | Kusama referendum 599, with 10 % inflation and 75 % ideal stake |
//! | the reporter's part of a slash | 10 % | `slash_reward_fraction` of the genesis configurations of Substrate chains |
//! | least bond of a pool's member | five existential deposits | support.polkadot.network 65000185347: 0.00166666665 |
//! | most commission of a pool | 10 % | the same article |
//!
//! For the least bond of a pool's creator, the numbers of pools and members and the chill threshold no source was found: 1 token,
//! 256, 65,536 and 90 % are Serin's own, and so is `offline_blocks`.

use super::Perbill;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::types::{Balance, TOKEN};

/// Most targets of a nominator, whatever the parameters say: calls are weighed for so many.
pub const NOMINATIONS_LIMIT: u32 = 24;
/// Most chunks of an account, whatever the parameters say.
pub const UNLOCKING_LIMIT: u32 = 32;
/// Most nominators on a page of an exposure, whatever the parameters say: a payout is weighed for so many.
pub const EXPOSURE_PAGE_LIMIT: u32 = 512;
/// Longest time that a part of a pool keeps a row of its own, whatever the parameters say.
pub const POST_UNBONDING_LIMIT: u32 = 64;
/// Most seats, whatever the parameters say: a header must hold the set.
pub const SEATS_LIMIT: u32 = 2_048;

/// Every number of staking; one value in state that governance may change. A part a module.
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
pub struct Parameters {
    /// Bonds, nominations and candidacies.
    pub bonding: BondingNumbers,
    /// The election.
    pub election: ElectionNumbers,
    /// Eras and their pay.
    pub eras: EraNumbers,
    /// What offences cost.
    pub offences: OffenceNumbers,
    /// Pools.
    pub pools: PoolNumbers,
}

/// Bonds, nominations and candidacies.
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
pub struct BondingNumbers {
    /// For how many eras stake stays bound after it was unbonded. Kusama: 28.
    pub bonding_eras: u32,
    /// Most chunks of an account that unbond, 1 to [`UNLOCKING_LIMIT`].
    pub unlocking_max: u32,
    /// Most targets of a nominator, 1 to [`NOMINATIONS_LIMIT`].
    pub nominations_max: u32,
    /// Least active stake of a nominator, in units.
    pub min_nominator_bond: Balance,
    /// Least active stake of a candidate, in units.
    pub min_validator_bond: Balance,
    /// Least commission of a candidate.
    pub min_commission: Perbill,
    /// How full a roster must be before anybody may chill those in it with less than the least stake.
    pub chill_threshold: Perbill,
}

/// The election.
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
pub struct ElectionNumbers {
    /// How many validators are elected at most, 1 to [`SEATS_LIMIT`]. Kusama: 1,000.
    pub seats: u32,
    /// Most candidates. Kusama: 2,500.
    pub candidates_max: u32,
    /// Most nominators. Kusama: 12,500 in the snapshot. Candidates vote for themselves besides.
    pub nominators_max: u32,
    /// How often the stakes of a solution are balanced at most; 0: not at all, as Kusama's miner.
    pub balancing_rounds: u32,
}

/// Eras and their pay.
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
pub struct EraNumbers {
    /// How many epochs with blocks an era has, at least 1. Kusama: 6.
    pub sessions_per_era: u32,
    /// How many past eras can still be paid out. Kusama: 84.
    pub history_eras: u32,
    /// How many nominators a page of an exposure has, at least 1. Kusama: 512.
    pub exposure_page: u32,
    /// Points for a block. Kusama: 20.
    pub points_per_block: u32,
    /// Units of stake for each unit of a finality voter's weight where `weigh_by_stake`, at least 1: weights have
    /// 62 bits together.
    pub stake_divisor: u128,
    /// Whether authors and finality voters weigh as much as backs them. Kusama: no, all the same.
    pub weigh_by_stake: bool,
    /// Least inflation a year.
    pub inflation_min: Perbill,
    /// Most inflation a year.
    pub inflation_max: Perbill,
    /// The staked share of all tokens that inflation is highest at. Above 0, below all.
    pub ideal_stake: Perbill,
    /// How fast inflation falls above that: it halves every so much more stake. Above 0.
    pub falloff: Perbill,
    /// Longest time that an era is paid for, in milliseconds. Kusama: 9 hours.
    pub paid_ms_max: u64,
}

/// What offences cost.
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
pub struct OffenceNumbers {
    /// How many eras a slash waits, so that it can be cancelled; below `bonding.bonding_eras`. Kusama: 27.
    pub slash_defer_eras: u32,
    /// The reporter's part of a slash.
    pub reporter_share: Perbill,
    /// How many blocks a validator should have made in an era, by its weight, for none to mean that it was offline; 0: nobody
    /// is ever found offline.
    pub offline_blocks: u32,
    /// Whether validators that were offline are chilled, where they are at most a third. Kusama: no, since pallet-im-online
    /// left its relay chain.
    pub chill_offline: bool,
}

/// Pools.
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
pub struct PoolNumbers {
    /// Most pools.
    pub pools_max: u32,
    /// Most members of all pools together.
    pub members_max: u32,
    /// Least bond of a member, in units.
    pub min_join_bond: Balance,
    /// Least bond of whoever creates a pool, in units.
    pub min_create_bond: Balance,
    /// A pool takes no members once a point is worth less than one of so many. Kusama: 10.
    pub max_points_to_balance: u32,
    /// For how many eras after it can be withdrawn a part that unbonds keeps a row of its own. Kusama: 4.
    pub post_unbonding_eras: u32,
    /// Most commission of a pool; a higher one that was set before counts as this.
    pub commission_max: Perbill,
}

/// Why numbers of staking make no sense. Part of outcomes; append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum ParametersError {
    /// Chunks or targets outside what calls are weighed for, or stake that is never bound.
    #[error(
        "bonding: bonding_eras must be at least 1, unlocking_max 1 to {UNLOCKING_LIMIT}, nominations_max 1 to \
         {NOMINATIONS_LIMIT}"
    )]
    Bonding,
    /// Seats, candidates and nominators do not fit together.
    #[error(
        "election: seats must be 1 to {SEATS_LIMIT} and at most candidates_max, which is at most 5000; \
         nominators_max at most 25000, balancing_rounds at most 100"
    )]
    Election,
    /// Eras without sessions, pages without room, weights without a scale.
    #[error(
        "eras: sessions_per_era, stake_divisor and paid_ms_max must be at least 1, exposure_page 1 to {EXPOSURE_PAGE_LIMIT}, and history_eras at \
         least bonding.bonding_eras"
    )]
    Eras,
    /// A curve that does not rise to its ideal.
    #[error(
        "eras: inflation_min must be at most inflation_max, ideal_stake above 0 and below all, falloff above 0"
    )]
    Inflation,
    /// A slash would come after the stake is gone.
    #[error("offences: slash_defer_eras must be below bonding.bonding_eras")]
    Deferral,
    /// Pools nobody can join, or whose rows grow too long.
    #[error(
        "pools: max_points_to_balance must be at least 1, post_unbonding_eras at most {POST_UNBONDING_LIMIT}"
    )]
    Pools,
}

impl Parameters {
    /// Kusama's numbers, for slots of so many milliseconds.
    #[must_use]
    pub const fn kusama(slot_ms: u64) -> Self {
        const SLOTS_OF_LONGEST_ERA: u64 = 5_400;
        Self {
            bonding: BondingNumbers {
                bonding_eras: 28,
                unlocking_max: 32,
                nominations_max: 24,
                min_nominator_bond: Balance(TOKEN.saturating_div(10)),
                min_validator_bond: Balance::tokens(1),
                min_commission: Perbill::from_percent(10),
                chill_threshold: Perbill::from_percent(90),
            },
            election: ElectionNumbers {
                seats: 1_000,
                candidates_max: 2_500,
                nominators_max: 12_500,
                balancing_rounds: 0,
            },
            eras: EraNumbers {
                sessions_per_era: 6,
                history_eras: 84,
                exposure_page: 512,
                points_per_block: 20,
                stake_divisor: 1_000_000,
                weigh_by_stake: false,
                inflation_min: Perbill::from_parts(25_000_000),
                inflation_max: Perbill::from_percent(10),
                ideal_stake: Perbill::from_percent(75),
                falloff: Perbill::from_percent(5),
                paid_ms_max: SLOTS_OF_LONGEST_ERA.saturating_mul(slot_ms),
            },
            offences: OffenceNumbers {
                slash_defer_eras: 27,
                reporter_share: Perbill::from_percent(10),
                offline_blocks: 10,
                chill_offline: false,
            },
            pools: PoolNumbers {
                pools_max: 256,
                members_max: 65_536,
                // Five existential deposits of Kusama.
                min_join_bond: Balance(1_666_666_665),
                min_create_bond: Balance::tokens(1),
                max_points_to_balance: 10,
                post_unbonding_eras: 4,
                commission_max: Perbill::from_percent(10),
            },
        }
    }

    /// Kusama's numbers with eras of two epochs and stake bound for four of them: for a network on one machine.
    #[must_use]
    pub const fn local(slot_ms: u64) -> Self {
        let mut numbers = Self::kusama(slot_ms);
        numbers.bonding.bonding_eras = 4;
        numbers.offences.slash_defer_eras = 2;
        numbers.eras.sessions_per_era = 2;
        numbers.election.seats = 16;
        numbers
    }

    /// Checks the relations between the numbers.
    ///
    /// # Errors
    /// The first that does not hold.
    pub fn check(&self) -> Result<(), ParametersError> {
        use ParametersError as Error;
        let Self { bonding, election, eras, offences, pools } = self;
        let chunks = (1..=UNLOCKING_LIMIT).contains(&bonding.unlocking_max);
        let targets = (1..=NOMINATIONS_LIMIT).contains(&bonding.nominations_max);
        let seats = (1..=SEATS_LIMIT.min(election.candidates_max)).contains(&election.seats);
        let bounded = election.candidates_max <= 5_000
            && election.nominators_max <= 25_000
            && election.balancing_rounds <= 100;
        let lasting = eras.history_eras >= bonding.bonding_eras && eras.paid_ms_max > 0;
        let counted = eras.sessions_per_era > 0
            && (1..=EXPOSURE_PAGE_LIMIT).contains(&eras.exposure_page)
            && eras.stake_divisor > 0;
        let rises = eras.inflation_min <= eras.inflation_max
            && eras.ideal_stake > Perbill::ZERO
            && eras.ideal_stake < Perbill::ONE
            && eras.falloff > Perbill::ZERO;
        let relations = [
            (bonding.bonding_eras > 0 && chunks && targets, Error::Bonding),
            (seats && bounded, Error::Election),
            (counted && lasting, Error::Eras),
            (rises, Error::Inflation),
            (offences.slash_defer_eras < bonding.bonding_eras, Error::Deferral),
            (
                pools.max_points_to_balance > 0
                    && pools.post_unbonding_eras <= POST_UNBONDING_LIMIT,
                Error::Pools,
            ),
        ];
        relations.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(error))
    }
}
