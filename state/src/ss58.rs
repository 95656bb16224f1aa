//! Addresses: SS58, the text form of accounts in the Polkadot family.
//!
//! An address is base58 over `prefix ++ account ++ checksum`, the checksum being the first two bytes
//! of BLAKE2b-512 over `"SS58PRE" ++ prefix ++ account`. Serin writes prefix 42 (the generic one) and
//! reads nothing else, so that an address of another chain is an error and not a lost transfer. A
//! public key of 32 bytes in hexadecimal behind `0x` is read too, since tools print both.

use crate::types::AccountId;
use blake2::{Blake2b512, Digest};

/// The network prefix of every Serin address: the generic one of development networks.
pub const PREFIX: u8 = 42;

/// Longest text that is looked at. An address has at most 50 characters, a key in hexadecimal 66.
const TEXT_BYTES_MAX: usize = 80;
/// What the checksum is computed over begins with this.
const CHECKSUM_CONTEXT: &[u8] = b"SS58PRE";
const ACCOUNT_BYTES: usize = 32;
const CHECKSUM_BYTES: usize = 2;

/// Why a text is not an address of this chain.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// No text at all.
    #[error("the address is empty")]
    Empty,
    /// Longer than any address.
    #[error("the address has {characters} characters, more than any address has")]
    TooLong {
        /// How many bytes of text there were.
        characters: usize,
    },
    /// A character outside the base58 alphabet.
    #[error(
        "the address has a character outside base58 at position {position} (0, O, I and l are not used)"
    )]
    Character {
        /// Counted from 1.
        position: usize,
    },
    /// After `0x` there are not 64 hexadecimal digits.
    #[error("a public key is 0x and 64 hexadecimal digits")]
    Hexadecimal,
    /// The text decodes to a number of bytes that no 32-byte account gives.
    #[error(
        "the address holds {bytes} bytes where {expected} are expected: characters are missing or too many"
    )]
    Length {
        /// How many there are.
        bytes: usize,
        /// How many an account with this prefix has.
        expected: usize,
    },
    /// The checksum does not fit the rest.
    #[error("the checksum of the address is wrong: it was mistyped")]
    Checksum,
    /// The first bytes are no prefix: reserved, or a small prefix written with two bytes.
    #[error("the address begins with bytes that the SS58 registry does not use")]
    PrefixForm,
    /// A well-formed address of another network.
    #[error(
        "the address has prefix {prefix}, and this chain uses prefix 42: it belongs to another network"
    )]
    Prefix {
        /// The prefix found.
        prefix: u16,
    },
}

/// The address of `account`.
#[must_use]
pub fn encode(account: &AccountId) -> String {
    let mut bytes = Vec::with_capacity(1 + ACCOUNT_BYTES + CHECKSUM_BYTES);
    bytes.push(PREFIX);
    bytes.extend_from_slice(&account.0);
    let sum = checksum(&bytes);
    bytes.extend_from_slice(&sum);
    bs58::encode(bytes).into_string()
}

/// Reads an address, or a public key in hexadecimal behind `0x`.
///
/// # Errors
/// [`AddressError`]: what is wrong with the text, in the order form, length, checksum, prefix.
pub fn parse(text: &str) -> Result<AccountId, AddressError> {
    if text.is_empty() {
        return Err(AddressError::Empty);
    }
    if text.len() > TEXT_BYTES_MAX {
        return Err(AddressError::TooLong { characters: text.len() });
    }
    if let Some(digits) = text.strip_prefix("0x") {
        let mut bytes = [0; ACCOUNT_BYTES];
        hex::decode_to_slice(digits, &mut bytes).map_err(|_| AddressError::Hexadecimal)?;
        return Ok(AccountId(bytes));
    }
    let bytes = bs58::decode(text).into_vec().map_err(|error| character(&error))?;
    let (prefix, prefix_bytes) = prefix_of(&bytes)?;
    let Some((body, sum)) = bytes.split_last_chunk::<CHECKSUM_BYTES>() else {
        return Err(wrong_length(&bytes, prefix_bytes));
    };
    if body.len() != prefix_bytes.saturating_add(ACCOUNT_BYTES) {
        return Err(wrong_length(&bytes, prefix_bytes));
    }
    if checksum(body) != *sum {
        return Err(AddressError::Checksum);
    }
    if prefix != u16::from(PREFIX) {
        return Err(AddressError::Prefix { prefix });
    }
    match body.split_last_chunk::<ACCOUNT_BYTES>() {
        Some((_, account)) => Ok(AccountId(*account)),
        None => Err(wrong_length(&bytes, prefix_bytes)),
    }
}

/// The prefix and how many bytes it takes: one below 64, two up to 16,383.
fn prefix_of(bytes: &[u8]) -> Result<(u16, usize), AddressError> {
    // First of all, so that an address cut short is called that, whatever its first byte became.
    let [first, second, ..] = bytes else { return Err(wrong_length(bytes, 1)) };
    if !matches!(bytes.len(), 35 | 36) {
        return Err(wrong_length(bytes, 1));
    }
    match first {
        0..=63 => Ok((u16::from(*first), 1)),
        // The SS58 registry's layout: the low byte of the prefix straddles both bytes.
        64..=127 => {
            let low = (u16::from(first & 0x3f) << 2) | u16::from(second >> 6);
            let high = u16::from(second & 0x3f) << 8;
            // One prefix, one form: below 64 it takes one byte.
            if (low | high) < 64 { Err(AddressError::PrefixForm) } else { Ok((low | high, 2)) }
        }
        128..=255 => Err(AddressError::PrefixForm),
    }
}

const fn wrong_length(bytes: &[u8], prefix_bytes: usize) -> AddressError {
    AddressError::Length {
        bytes: bytes.len(),
        expected: prefix_bytes.saturating_add(ACCOUNT_BYTES).saturating_add(CHECKSUM_BYTES),
    }
}

fn checksum(body: &[u8]) -> [u8; CHECKSUM_BYTES] {
    let mut hasher = Blake2b512::new();
    hasher.update(CHECKSUM_CONTEXT);
    hasher.update(body);
    let digest: [u8; 64] = hasher.finalize().into();
    let [first, second, ..] = digest;
    [first, second]
}

fn character(error: &bs58::decode::Error) -> AddressError {
    use bs58::decode::Error::{BufferTooSmall, InvalidCharacter, NonAsciiCharacter};
    let index = match error {
        InvalidCharacter { index, .. } | NonAsciiCharacter { index } => *index,
        // Without a checksum of base58's own and with a vector as target, there is no other error.
        BufferTooSmall | _ => 0,
    };
    AddressError::Character { position: index.saturating_add(1) }
}

#[cfg(test)]
mod tests;
