//! A case as one line of text that gives the same run anywhere.
//!
//! `serin1:` and, in base58, the encoded case and the first four bytes of its hash. The encoding begins with the version of
//! cases; a case of another version, or with a wrong check, is refused with a sentence.
//!
//! Bounds: [`TEXT_MAX`] characters.

use crate::lab::Case;
use borsh::BorshDeserialize;
use serin_state::codec::encode;
use serin_state::types::Hash;

/// What every replay string begins with.
const PREFIX: &str = "serin1:";
/// Longest string that is read.
pub const TEXT_MAX: usize = 4_096;
/// Longest string of a shrunk case.
pub const SHRUNK_MAX: usize = 1_024;
/// Bytes of the check.
const CHECK: usize = 4;

/// The string of a case.
#[must_use]
pub fn to_text(case: &Case) -> String {
    let mut bytes = encode(case);
    let check = Hash::of(&bytes);
    bytes.extend(check.0.iter().take(CHECK));
    format!("{PREFIX}{}", bs58::encode(bytes).into_string())
}

/// The case of a string.
///
/// # Errors
/// A sentence that says what is wrong with it.
pub fn from_text(text: &str) -> Result<Case, String> {
    let text = text.trim();
    if text.len() > TEXT_MAX {
        return Err(format!("a replay string has at most {TEXT_MAX} characters"));
    }
    let body = text
        .strip_prefix(PREFIX)
        .ok_or_else(|| format!("a replay string begins with {PREFIX}; this one does not"))?;
    let bytes = bs58::decode(body)
        .into_vec()
        .map_err(|_| "the replay string is not base58: was it copied in full?".to_owned())?;
    let (encoded, check) = bytes
        .split_last_chunk::<CHECK>()
        .ok_or_else(|| "the replay string is too short".to_owned())?;
    if Hash::of(encoded).0.get(..CHECK) != Some(&check[..]) {
        return Err("the check of the replay string is wrong: was it copied in full?".to_owned());
    }
    let case = Case::try_from_slice(encoded)
        .map_err(|_| "the replay string is of another version of this program".to_owned())?;
    case.check()?;
    Ok(case)
}
