//! What a transaction costs, and how the price follows how full blocks are.
//!
//! ```text
//! fee        = (base + bytes · byte fee + weight · weight fee) · multiplier        rounded up
//! fullness   = max(weight / weight limit, bytes / byte limit)                      of the unreserved part
//! d          = speed · (fullness - target)
//! multiplier = multiplier · (1 + d + d²/2), within its bounds                      after every block
//! ```
//! The adjustment is Kusama's slow one (a Taylor series of e^d); there the multiplier is applied to
//! weight alone, here to all of the fee, so that filling blocks with bytes is paid for as well. All in
//! integers: parts per million, products in 128 bits.

use super::{Parameters, parameters::PPM};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::types::{Balance, Weight};

/// What fees are multiplied with, in parts per billion.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize, BorshDeserialize,
)]
pub struct FeeMultiplier(pub u64);

impl FeeMultiplier {
    /// One: the start.
    pub const ONE: Self = Self(1_000_000_000);
}

/// What transactions of a block have taken of its limits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Usage {
    /// Weight.
    pub weight: Weight,
    /// Bytes of their encodings.
    pub bytes: u64,
}

impl Usage {
    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            weight: self.weight.saturating_add(other.weight.0),
            bytes: self.bytes.saturating_add(other.bytes),
        }
    }

    /// Whether it stays within both limits.
    #[must_use]
    pub fn fits(&self, limit: &Self) -> bool {
        self.weight <= limit.weight && self.bytes <= limit.bytes
    }

    /// The larger of its shares in both limits, in parts per million, rounded up; at most a million.
    #[must_use]
    pub fn share_ppm(&self, limit: &Self) -> u32 {
        let share = |part: u64, whole: u64| {
            let parts = u128::from(part).saturating_mul(u128::from(PPM));
            // Limits are positive: `Parameters::check`.
            parts.div_ceil(u128::from(whole.max(1)))
        };
        let weight = share(self.weight.0, limit.weight.0);
        let larger = weight.max(share(self.bytes, limit.bytes));
        u32::try_from(larger).unwrap_or(PPM).min(PPM)
    }
}

/// The fee of a transaction, without its tip.
#[must_use]
pub fn fee(parameters: &Parameters, multiplier: FeeMultiplier, usage: &Usage) -> Balance {
    const PICOSECONDS_PER_US: u128 = 1_000_000;
    let bytes = parameters.byte_fee.0.saturating_mul(u128::from(usage.bytes));
    let weight = parameters.weight_fee_per_us.0.saturating_mul(u128::from(usage.weight.0));
    let linear = parameters.base_fee.0.saturating_add(bytes);
    let linear = linear.saturating_add(weight.div_ceil(PICOSECONDS_PER_US));
    let multiplied = linear.saturating_mul(u128::from(multiplier.0));
    Balance(multiplied.div_ceil(u128::from(FeeMultiplier::ONE.0)))
}

/// The multiplier after a block of which `used` was filled.
#[must_use]
pub fn adjust(parameters: &Parameters, multiplier: FeeMultiplier, used: &Usage) -> FeeMultiplier {
    // One, in parts per million twice: the unit of `deviation`.
    const ONE: i128 = 1_000_000_000_000;
    let fullness = used.share_ppm(&parameters.ordinary_limit());
    let difference =
        i128::from(fullness).saturating_sub(i128::from(parameters.fullness_target_ppm));
    // At most 10^5 times 10^6, and its square 10^22: far below 2^127.
    let deviation = difference.saturating_mul(i128::from(parameters.multiplier_speed_ppm));
    let square = deviation.saturating_mul(deviation).checked_div(ONE.saturating_mul(2));
    let factor = ONE.saturating_add(deviation).saturating_add(square.unwrap_or(0));
    // At most 10^12 times 1.2 · 10^12.
    let moved = i128::from(multiplier.0).saturating_mul(factor).checked_div(ONE);
    let moved = moved.and_then(|moved| u64::try_from(moved).ok()).unwrap_or(multiplier.0);
    FeeMultiplier(moved.clamp(parameters.multiplier_min_ppb, parameters.multiplier_max_ppb))
}

/// The treasury's part of `fees`, rounded down; the rest is the author's.
#[must_use]
pub fn treasury_part(parameters: &Parameters, fees: Balance) -> Balance {
    let share = u128::from(parameters.treasury_share_ppm);
    let (whole, rest) = (fees.0.checked_div(1_000_000), fees.0.checked_rem(1_000_000));
    let whole = whole.unwrap_or(0).saturating_mul(share);
    let rest = rest.unwrap_or(0).saturating_mul(share).checked_div(1_000_000).unwrap_or(0);
    Balance(whole.saturating_add(rest))
}

impl Parameters {
    /// What ordinary transactions of a block may take together.
    #[must_use]
    pub fn ordinary_limit(&self) -> Usage {
        Usage { weight: self.ordinary_weight_max(), bytes: self.ordinary_bytes_max() }
    }

    /// What all transactions of a block may take together.
    #[must_use]
    pub const fn block_limit(&self) -> Usage {
        Usage { weight: self.block_weight_max, bytes: self.block_bytes_max }
    }
}
