//! Points in time of a scenario: `10s`, `250ms` or `12slots`, from the start of the run.
//!
//! A time in slots is turned into milliseconds when the slot length is known, so that one file runs
//! at any speed.

use serde::Deserialize;
use std::str::FromStr;

/// A point in time, from the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub enum At {
    /// In milliseconds.
    Millis(u64),
    /// In slots.
    Slots(u64),
}

/// A text is no point in time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no time: write 10s, 250ms or 12slots")]
pub struct AtError(pub String);

impl At {
    /// In milliseconds, with slots of this length.
    #[must_use]
    pub const fn millis(self, slot_ms: u64) -> u64 {
        match self {
            Self::Millis(millis) => millis,
            Self::Slots(slots) => slots.saturating_mul(slot_ms),
        }
    }
}

impl FromStr for At {
    type Err = AtError;

    fn from_str(text: &str) -> Result<Self, AtError> {
        let error = || AtError(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit()).ok_or_else(error)?;
        let (number, unit) = text.split_at(digits);
        let number: u64 = number.parse().map_err(|_| error())?;
        match unit {
            "ms" => Ok(Self::Millis(number)),
            "s" => Ok(Self::Millis(number.saturating_mul(1_000))),
            "slots" => Ok(Self::Slots(number)),
            _ => Err(error()),
        }
    }
}

impl TryFrom<String> for At {
    type Error = AtError;

    fn try_from(text: String) -> Result<Self, AtError> {
        text.parse()
    }
}
