//! Amounts of the chain's token.
//!
//! Arithmetic is checked: an amount that leaves the range is an error of the caller, never a wrap.
//! People read and write amounts in tokens (`12.5 SRN`); programs pass the smallest unit as a decimal
//! string, because 128 bits do not fit the numbers of JSON.

use borsh::{BorshDeserialize, BorshSerialize};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// Smallest units in one token: 12 decimals, as Kusama's KSM.
pub const TOKEN: u128 = 1_000_000_000_000;

/// The name of the token.
pub const TOKEN_NAME: &str = "SRN";

/// Decimals of the token.
const DECIMALS: usize = 12;

/// An amount in the smallest unit of the token. Serde form: a decimal string of that unit.
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
#[serde(into = "String", try_from = "String")]
pub struct Balance(pub u128);

impl Balance {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// So many whole tokens, stopping at the end of the range.
    #[must_use]
    pub const fn tokens(count: u128) -> Self {
        Self(count.saturating_mul(TOKEN))
    }

    /// Reads an amount in tokens: `12`, `12.5`, `0.000000000001`, with or without ` SRN` behind it.
    ///
    /// # Errors
    /// [`BalanceParseError`]; a number is never rounded.
    pub fn parse(text: &str) -> Result<Self, BalanceParseError> {
        use BalanceParseError::{Malformed, TooFine, TooLarge};
        let number = text.strip_suffix(TOKEN_NAME).map_or(text, str::trim_end);
        let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
        if !is_digits(whole) || !is_digits(fraction) {
            return Err(Malformed);
        }
        if fraction.trim_end_matches('0').len() > DECIMALS {
            return Err(TooFine);
        }
        let padded = format!("{fraction:0<DECIMALS$.DECIMALS$}");
        let whole: u128 = whole.parse().map_err(|_| TooLarge)?;
        let units: u128 = padded.parse().map_err(|_| Malformed)?;
        let sum = whole.checked_mul(TOKEN).and_then(|whole| whole.checked_add(units));
        sum.map(Self).ok_or(TooLarge)
    }

    /// `self + other`, or `None` where the sum leaves 128 bits.
    #[must_use]
    pub const fn checked_add(self, other: Self) -> Option<Self> {
        match self.0.checked_add(other.0) {
            Some(sum) => Some(Self(sum)),
            None => None,
        }
    }

    /// `self - other`, or `None` where `other` is larger.
    #[must_use]
    pub const fn checked_sub(self, other: Self) -> Option<Self> {
        match self.0.checked_sub(other.0) {
            Some(rest) => Some(Self(rest)),
            None => None,
        }
    }

    /// `self + other`, stopping at the end of the range.
    #[must_use]
    pub const fn saturating_add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }

    /// `self - other`, stopping at zero.
    #[must_use]
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// `self * count`, stopping at the end of the range.
    #[must_use]
    pub const fn saturating_mul(self, count: u128) -> Self {
        Self(self.0.saturating_mul(count))
    }

    /// True for nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }
}

/// Why a text is not an amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BalanceParseError {
    /// Not a number such as `12` or `12.5`.
    #[error("an amount is a number such as 12 or 12.5, with SRN behind it or not")]
    Malformed,
    /// Finer than the smallest unit.
    #[error("an amount has at most 12 decimals")]
    TooFine,
    /// Above 128 bits.
    #[error("the amount is larger than any balance can be")]
    TooLarge,
    /// Not a whole number, where the smallest unit is asked for.
    #[error("the amount must be a whole number of smallest units")]
    NotWhole,
}

/// In tokens, without needless zeroes: `12.5 SRN`.
impl fmt::Display for Balance {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, rest) = (self.0 / TOKEN, self.0 % TOKEN);
        if rest == 0 {
            return write!(formatter, "{whole} {TOKEN_NAME}");
        }
        let digits = format!("{rest:0DECIMALS$}");
        write!(formatter, "{whole}.{} {TOKEN_NAME}", digits.trim_end_matches('0'))
    }
}

/// As [`Balance::parse`].
impl FromStr for Balance {
    type Err = BalanceParseError;

    fn from_str(text: &str) -> Result<Self, BalanceParseError> {
        Self::parse(text)
    }
}

impl From<Balance> for String {
    fn from(amount: Balance) -> Self {
        amount.0.to_string()
    }
}

/// The decimal string of smallest units that programs pass, not the form that people write.
impl TryFrom<String> for Balance {
    type Error = BalanceParseError;

    fn try_from(text: String) -> Result<Self, BalanceParseError> {
        if !is_digits(&text) {
            return Err(BalanceParseError::NotWhole);
        }
        text.parse().map(Self).map_err(|_| BalanceParseError::TooLarge)
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
