//! Paths: where a page hangs in the tree, in steps of four bits.
//!
//! A key is 256 bits, most significant first: 64 nibbles. The page at depth `d` is chosen by the
//! first `d` nibbles and spreads its 16 slots by nibble `d`.
#![expect(
    clippy::arithmetic_side_effects,
    clippy::indexing_slicing,
    reason = "depths are below 64 nibbles and 256 bits, which the assertions beside them keep"
)]

use crate::layout::StateKey;

/// Nibbles in a key: no page hangs deeper than this.
pub const DEPTH_MAX: u8 = 64;

/// The place of a page: how many nibbles lead to it, and which.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Path {
    depth: u8,
    /// The nibbles, then zeroes.
    prefix: [u8; 32],
}

impl Path {
    /// The place of the topmost page.
    pub const ROOT: Self = Self { depth: 0, prefix: [0; 32] };

    /// How many nibbles lead here.
    #[must_use]
    pub const fn depth(&self) -> u8 {
        self.depth
    }

    /// The place below slot `nibble` of the page here.
    #[must_use]
    pub fn child(mut self, nibble: u8) -> Self {
        assert!(self.depth < DEPTH_MAX && nibble < 16, "invariant(path): 64 nibbles below 16");
        let shift = if self.depth.is_multiple_of(2) { 4 } else { 0 };
        self.prefix[usize::from(self.depth / 2)] |= nibble << shift;
        self.depth += 1;
        self
    }

    /// The key of the page's row: the depth, and as many bytes as hold the nibbles.
    #[must_use]
    pub fn row_key(&self) -> Vec<u8> {
        let bytes = usize::from(self.depth.div_ceil(2));
        let mut row = Vec::with_capacity(bytes + 1);
        row.push(self.depth);
        row.extend_from_slice(&self.prefix[..bytes]);
        row
    }

    /// The lowest key below this place.
    #[must_use]
    pub const fn first_key(&self) -> StateKey {
        StateKey(self.prefix)
    }

    /// True for the keys below this place.
    #[must_use]
    pub fn contains(&self, key: &StateKey) -> bool {
        let whole = usize::from(self.depth / 2);
        let odd = !self.depth.is_multiple_of(2);
        key.0[..whole] == self.prefix[..whole]
            && (!odd || key.0[whole] >> 4 == self.prefix[whole] >> 4)
    }
}

/// Nibble `depth` of `key`.
pub(crate) fn nibble(key: &StateKey, depth: u8) -> u8 {
    assert!(depth < DEPTH_MAX, "invariant(path): distinct keys part within 64 nibbles");
    let byte = key.0[usize::from(depth / 2)];
    if depth.is_multiple_of(2) { byte >> 4 } else { byte & 0x0f }
}

/// Bit `index` of `key`, the most significant first.
pub(crate) fn bit(key: &StateKey, index: u16) -> bool {
    assert!(index < 256, "invariant(path): distinct keys part within 256 bits");
    key.0[usize::from(index / 8)] & (0x80 >> (index % 8)) != 0
}

/// True where the first `bits` bits of both keys are equal.
pub(crate) fn shares_prefix(a: &StateKey, b: &StateKey, bits: u16) -> bool {
    let whole = usize::from(bits / 8);
    let rest = bits % 8;
    a.0[..whole] == b.0[..whole] && (rest == 0 || (a.0[whole] ^ b.0[whole]) >> (8 - rest) == 0)
}
