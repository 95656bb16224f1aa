//! A set of voters by their position in the finality set: one bit each.
//!
//! Bit `i` is bit `i % 8` (counted from the lowest) of byte `i / 8`. The last byte is never zero, so
//! that every set has one encoding.

use crate::limits::{BITMAP_BYTES_MAX, VOTERS_MAX};
use borsh::{BorshDeserialize, BorshSerialize, io};
use serin_state::codec::Wire;

/// A set of positions below [`VOTERS_MAX`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, BorshSerialize)]
pub struct Bitmap(Vec<u8>);

impl Bitmap {
    /// Nobody.
    #[must_use]
    pub const fn new() -> Self {
        Self(Vec::new())
    }

    /// Adds `position`; positions from [`VOTERS_MAX`] on are left out.
    pub fn insert(&mut self, position: usize) {
        if position >= VOTERS_MAX {
            return;
        }
        let (byte, bit) = place(position);
        if self.0.len() <= byte {
            self.0.resize(byte.saturating_add(1), 0);
        }
        if let Some(bits) = self.0.get_mut(byte) {
            *bits |= bit;
        }
    }

    /// True where `position` is in the set.
    #[must_use]
    pub fn contains(&self, position: usize) -> bool {
        let (byte, bit) = place(position);
        self.0.get(byte).is_some_and(|bits| bits & bit != 0)
    }

    /// How many positions are in the set.
    #[must_use]
    pub fn count(&self) -> usize {
        self.iter().count()
    }

    /// True for nobody.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The positions, lowest first.
    pub fn iter(&self) -> impl Iterator<Item = usize> + '_ {
        (0..self.0.len().saturating_mul(8)).filter(|position| self.contains(*position))
    }

    /// True where `other` has a position that `self` lacks.
    #[must_use]
    pub fn lacks_some_of(&self, other: &Self) -> bool {
        other.iter().any(|position| !self.contains(position))
    }
}

impl FromIterator<usize> for Bitmap {
    fn from_iter<I: IntoIterator<Item = usize>>(positions: I) -> Self {
        let mut bitmap = Self::new();
        for position in positions {
            bitmap.insert(position);
        }
        bitmap
    }
}

impl BorshDeserialize for Bitmap {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let bytes = crate::message::read_list::<R, u8, { VOTERS_MAX / 8 }>(reader)?;
        if bytes.last() == Some(&0) {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "a bitmap ends in a zero byte"));
        }
        Ok(Self(bytes))
    }
}

impl Wire for Bitmap {
    const BYTES_MAX: usize = BITMAP_BYTES_MAX;
}

fn place(position: usize) -> (usize, u8) {
    let bit: u8 = match position % 8 {
        0 => 1,
        1 => 2,
        2 => 4,
        3 => 8,
        4 => 16,
        5 => 32,
        6 => 64,
        _ => 128,
    };
    (position / 8, bit)
}
