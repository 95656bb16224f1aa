//! The numbers that governance may change: prices, limits, the existential deposit.
//!
//! One value in state, read once a block; a change holds from the next block on. Every relation is
//! checked when it is set, so that no vote can make a chain that accepts no transaction.

use super::weight;
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::codec::Wire;
use serin_state::types::{Balance, Block, Header, SignedTransaction, Weight};

/// Parts in a million: the unit of every share here.
pub(super) const PPM: u32 = 1_000_000;

/// Longest body of a block that still fits into a message with its header, in bytes.
const BODY_BYTES_MAX: u64 = {
    let bytes = Block::BYTES_MAX.saturating_sub(Header::BYTES_MAX);
    #[expect(clippy::as_conversions, reason = "a constant of four million fits 64 bits")]
    let bytes = bytes as u64;
    bytes.saturating_sub(4)
};
const TRANSACTION_BYTES_MAX: u64 = {
    #[expect(clippy::as_conversions, reason = "a constant of 65,536 fits 64 bits")]
    let bytes = SignedTransaction::BYTES_MAX as u64;
    bytes
};

/// Prices and limits. [`Parameters::check`] holds for every value in use.
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
    /// Least free amount of a living account, in units. At least 1.
    pub existential_deposit: Balance,
    /// Fee of every transaction, in units.
    pub base_fee: Balance,
    /// Fee of each byte of a transaction, in units.
    pub byte_fee: Balance,
    /// Fee of each microsecond of weight, in units.
    pub weight_fee_per_us: Balance,
    /// Share of the fees for the treasury, the rest for the author, in parts per million. Tips are the
    /// author's, dust is the treasury's.
    pub treasury_share_ppm: u32,
    /// Weight of all transactions of a block, in picoseconds. A third of a slot leaves time to spread it.
    pub block_weight_max: Weight,
    /// Bytes of all transactions of a block.
    pub block_bytes_max: u64,
    /// Share of both limits kept for evidence and governance, in parts per million, below a million.
    pub reserved_ppm: u32,
    /// How full the unreserved part should be on average, in parts per million, above 0, below a million.
    pub fullness_target_ppm: u32,
    /// How fast the fee multiplier follows, in parts per million a block at full deviation.
    pub multiplier_speed_ppm: u32,
    /// Least fee multiplier, in parts per billion. At least 1.
    pub multiplier_min_ppb: u64,
    /// Largest fee multiplier, in parts per billion. At least a billion: the start.
    pub multiplier_max_ppb: u64,
}

/// Which relation of [`Parameters`] does not hold. Part of outcomes; append-only.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize, thiserror::Error,
)]
pub enum ParametersError {
    /// The existential deposit is zero.
    #[error("existential_deposit must be at least 1")]
    ExistentialDepositZero,
    /// A share is above one.
    #[error("treasury_share_ppm must be at most 1000000")]
    TreasuryShare,
    /// Nothing is left for ordinary transactions.
    #[error("reserved_ppm must be below 1000000")]
    Reserved,
    /// The target is zero or one.
    #[error("fullness_target_ppm must be above 0 and below 1000000")]
    FullnessTarget,
    /// The multiplier would jump.
    #[error("multiplier_speed_ppm must be at most 100000")]
    MultiplierSpeed,
    /// The bounds of the multiplier are in the wrong order, or do not hold one.
    #[error(
        "multiplier_min_ppb must be above 0 and at most 1000000000, multiplier_max_ppb between \
         1000000000 and 1000000000000"
    )]
    MultiplierBounds,
    /// A block could not hold one transaction of the largest size.
    #[error(
        "the unreserved part of block_bytes_max must hold the largest transaction, 65536 bytes"
    )]
    BytesTooFew,
    /// A block could not be sent.
    #[error("block_bytes_max must leave room for the header in a message of 4 MiB")]
    BytesTooMany,
    /// A block could not hold ten plain transactions.
    #[error("the unreserved part of block_weight_max must hold a millisecond")]
    WeightTooLittle,
    /// Fees could exceed any balance.
    #[error("base_fee, byte_fee and weight_fee_per_us must each be below 10^24")]
    FeeTooHigh,
}

/// The part of `limit` that is not reserved.
fn unreserved(limit: u64, reserved_ppm: u32) -> u64 {
    let free = u128::from(PPM.saturating_sub(reserved_ppm));
    let part = u128::from(limit).saturating_mul(free).checked_div(u128::from(PPM));
    part.and_then(|part| u64::try_from(part).ok()).unwrap_or(limit)
}

impl Parameters {
    /// Kusama's prices and shares, with blocks of `slot_ms`.
    ///
    /// Sources, all of polkadot-fellows/runtimes `relay/kusama`, where one KSM has 10^12 units, as here:
    /// existential deposit 1 CENT = 10^12 / 3,000; a base fee of a tenth CENT; `TransactionByteFee` 10
    /// MILLICENTS; 80 % of fees to the treasury; a quarter of the block reserved; target fullness 25 %;
    /// adjustment variable 75 / 10^6, multiplier at least 1/10. Ours: a third of the slot's time as weight
    /// (Kusama: 2 s of 6), 3 MiB of body (5), an upper bound of the multiplier of 1,000 (none).
    #[must_use]
    pub const fn kusama(slot_ms: u64) -> Self {
        Self {
            existential_deposit: Balance(333_333_333),
            base_fee: Balance(33_333_333),
            byte_fee: Balance(3_333_333),
            weight_fee_per_us: Balance(300_000),
            treasury_share_ppm: 800_000,
            block_weight_max: Self::weight_of_slot(slot_ms),
            block_bytes_max: 3 * 1024 * 1024,
            reserved_ppm: 250_000,
            fullness_target_ppm: 250_000,
            multiplier_speed_ppm: 75,
            multiplier_min_ppb: 100_000_000,
            multiplier_max_ppb: 1_000_000_000_000,
        }
    }

    /// A third of a slot, in picoseconds.
    #[must_use]
    pub const fn weight_of_slot(slot_ms: u64) -> Weight {
        match slot_ms.saturating_mul(1_000_000_000).checked_div(3) {
            Some(weight) => Weight(weight),
            None => Weight(0),
        }
    }

    /// Weight that ordinary transactions of a block may have.
    #[must_use]
    pub fn ordinary_weight_max(&self) -> Weight {
        Weight(unreserved(self.block_weight_max.0, self.reserved_ppm))
    }

    /// Bytes that ordinary transactions of a block may have.
    #[must_use]
    pub fn ordinary_bytes_max(&self) -> u64 {
        unreserved(self.block_bytes_max, self.reserved_ppm)
    }

    /// Checks the relations named at the fields.
    ///
    /// # Errors
    /// The first relation that does not hold.
    pub fn check(&self) -> Result<(), ParametersError> {
        use ParametersError as Error;
        const FEE_LIMIT: Balance = Balance(1_000_000_000_000_000_000_000_000);
        const MILLISECOND: u64 = 1_000_000_000;
        const ONE: u64 = super::FeeMultiplier::ONE.0;
        const { assert!(weight::TRANSACTION.0 < MILLISECOND, "a block holds a transaction") };
        let fees = [self.base_fee, self.byte_fee, self.weight_fee_per_us];
        let min_fits = (1..=ONE).contains(&self.multiplier_min_ppb);
        let max_fits = (ONE..=ONE.saturating_mul(1_000)).contains(&self.multiplier_max_ppb);
        let relations = [
            (!self.existential_deposit.is_zero(), Error::ExistentialDepositZero),
            (self.treasury_share_ppm <= PPM, Error::TreasuryShare),
            (self.reserved_ppm < PPM, Error::Reserved),
            ((1..PPM).contains(&self.fullness_target_ppm), Error::FullnessTarget),
            (self.multiplier_speed_ppm <= 100_000, Error::MultiplierSpeed),
            (min_fits && max_fits, Error::MultiplierBounds),
            (self.ordinary_bytes_max() >= TRANSACTION_BYTES_MAX, Error::BytesTooFew),
            (self.block_bytes_max <= BODY_BYTES_MAX, Error::BytesTooMany),
            (self.ordinary_weight_max().0 >= MILLISECOND, Error::WeightTooLittle),
            (fees.iter().all(|fee| *fee < FEE_LIMIT), Error::FeeTooHigh),
        ];
        relations.into_iter().find(|(holds, _)| !holds).map_or(Ok(()), |(_, error)| Err(error))
    }
}
