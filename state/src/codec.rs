//! Strict, bounded borsh: a size limit before anything is allocated, and no trailing bytes.
//!
//! Every type that crosses the network or lies on the disk has exactly one encoding, pinned in
//! `tests/vectors/wire.txt`. A length inside the bytes is not believed: borsh reserves 4 KiB at most and
//! reads on as long as there are bytes, so memory is bounded by the size that was checked first.

use borsh::{BorshDeserialize, BorshSerialize};

/// A type that untrusted peers send, with the largest encoding that is ever looked at.
pub trait Wire: BorshSerialize + BorshDeserialize {
    /// Largest encoding, in bytes.
    const BYTES_MAX: usize;
}

/// Why bytes are not a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DecodeError {
    /// More bytes than the type may have.
    #[error("{bytes} bytes, and at most {bytes_max} are allowed")]
    TooLong {
        /// How many there were.
        bytes: usize,
        /// How many there may be.
        bytes_max: usize,
    },
    /// Not an encoding of the type, or bytes are left after it.
    #[error("the bytes are not an encoding of the expected type")]
    Malformed,
}

/// Encodes `value`. Writing to memory cannot fail, so nor can this.
#[must_use]
pub fn encode<T: BorshSerialize + ?Sized>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(256);
    let written = value.serialize(&mut bytes);
    assert!(written.is_ok(), "invariant(encode): a vector takes every byte");
    bytes
}

/// Decodes a value that a peer sent.
///
/// # Errors
/// [`DecodeError`]; the length is judged before anything is allocated.
pub fn decode<T: Wire>(bytes: &[u8]) -> Result<T, DecodeError> {
    decode_bounded(bytes, T::BYTES_MAX)
}

/// Decodes a value of at most `bytes_max` bytes.
///
/// # Errors
/// [`DecodeError`], as [`decode`].
pub fn decode_bounded<T: BorshDeserialize>(
    bytes: &[u8],
    bytes_max: usize,
) -> Result<T, DecodeError> {
    if bytes.len() > bytes_max {
        return Err(DecodeError::TooLong { bytes: bytes.len(), bytes_max });
    }
    T::try_from_slice(bytes).map_err(|_| DecodeError::Malformed)
}
