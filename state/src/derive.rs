//! Secrets from text: mnemonics, hexadecimal seeds and hard junctions, as the ecosystem's tools do it.
//!
//! A secret is named by a URI: `phrase//Alice//stash///password`, `0xseed//1`, or `//Alice` alone,
//! which starts from the well-known development phrase. Each `//name` replaces the seed by
//! `BLAKE2b-256(SCALE("Ed25519HDKD") ++ seed ++ chain code)`, where the chain code is the SCALE encoding
//! of the name (digits alone: a 64-bit number), padded with zeroes to 32 bytes or hashed where longer.
//! Ed25519 has no soft junctions. The seed of a phrase is PBKDF2 over its *entropy*, not over its words
//! as BIP39 has it; standard BIP39 wallets therefore show another account for the same phrase.
//!
//! Nothing here reads entropy: who makes a mnemonic brings 16 to 32 random bytes. No error repeats any
//! part of the text, which is a secret.

use crate::types::{Hash, SecretKey};
use bip39::{Language, Mnemonic};
use core::fmt;
use sha2::Sha512;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// The phrase behind `//Alice` and every other path without a phrase. Everybody knows it: whatever it
/// holds outside a test network is lost.
pub const DEV_PHRASE: &str =
    "bottom drive obey lake curtain smoke basket hold race lonely fit walk";

/// Longest URI that is looked at, in bytes.
pub const URI_BYTES_MAX: usize = 1_024;

/// Rounds of PBKDF2, from BIP39.
const PBKDF2_ROUNDS: u32 = 2_048;
/// The SCALE encoding of the text `Ed25519HDKD`: its length times four, then its bytes.
const HARD_JUNCTION: &[u8] = b"\x2cEd25519HDKD";

/// A 32-byte Ed25519 seed (RFC 8032). Wiped from memory when dropped, never printed.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct Seed([u8; 32]);

/// Why a text does not name a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UriError {
    /// Neither phrase nor seed nor path.
    #[error("the secret is empty: give a phrase, a 0x seed or a path such as //Alice")]
    Empty,
    /// Longer than [`URI_BYTES_MAX`].
    #[error("the secret has {bytes} bytes, and at most 1024 are allowed")]
    TooLong {
        /// How many there were.
        bytes: usize,
    },
    /// After `0x` there are not 64 hexadecimal digits.
    #[error("a seed is 0x and 64 hexadecimal digits")]
    Seed,
    /// A number of words that no mnemonic has.
    #[error("the phrase has {words} words, and a mnemonic has 12, 15, 18, 21 or 24")]
    WordCount {
        /// How many there were.
        words: usize,
    },
    /// A word outside the English list of BIP39.
    #[error("word {position} of the phrase is not in the English list of BIP39")]
    UnknownWord {
        /// Counted from 1.
        position: usize,
    },
    /// The words carry a checksum, and it does not fit.
    #[error("the checksum of the phrase is wrong: a word is mistaken or out of place")]
    Checksum,
    /// `/name`: Ed25519 has no soft junctions.
    #[error(
        "junction {position} is soft (one slash), and Ed25519 has only hard ones (two slashes)"
    )]
    SoftJunction {
        /// Counted from 1.
        position: usize,
    },
    /// `//` with nothing behind it.
    #[error("junction {position} is empty")]
    EmptyJunction {
        /// Counted from 1.
        position: usize,
    },
    /// A number the ecosystem's tools read in different ways: above 64 bits, hexadecimal, or signed.
    #[error(
        "junction {position} is a number that tools read differently: use digits below 2^64, or a name"
    )]
    AmbiguousJunction {
        /// Counted from 1.
        position: usize,
    },
    /// A password protects a phrase; a seed has no use for it.
    #[error("a password (///) goes with a phrase, not with a 0x seed")]
    PasswordWithoutPhrase,
}

/// Entropy of a length that no mnemonic has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a mnemonic takes 16, 20, 24, 28 or 32 bytes of entropy, not {bytes}")]
pub struct EntropyError {
    /// How many there were.
    pub bytes: usize,
}

/// The three seeds of a validator's session keys. They are never shared between purposes: one key
/// used for Ed25519 and for the lottery could leak its secret through equal nonces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SessionSeeds {
    /// Signs headers: `//serin//seal`.
    pub seal: Seed,
    /// Takes part in the slot lottery: `//serin//lottery`.
    pub lottery: Seed,
    /// Signs finality votes: `//serin//vote`.
    pub vote: Seed,
}

impl Seed {
    /// A seed from its bytes.
    #[must_use]
    pub const fn new(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The seed that `uri` names.
    ///
    /// # Errors
    /// [`UriError`], which repeats nothing of the text.
    pub fn from_uri(uri: &str) -> Result<Self, UriError> {
        if uri.len() > URI_BYTES_MAX {
            return Err(UriError::TooLong { bytes: uri.len() });
        }
        let (rest, password) = match uri.split_once("///") {
            Some((rest, password)) => (rest, Some(password)),
            None => (uri, None),
        };
        let (root, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let mut seed = Self::root(root, path, password)?;
        for junction in junctions(path)? {
            seed = seed.hard(junction);
        }
        Ok(seed)
    }

    /// The bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// The Ed25519 key with this seed.
    #[must_use]
    pub fn key(&self) -> SecretKey {
        SecretKey::from_seed(&self.0)
    }

    fn root(root: &str, path: &str, password: Option<&str>) -> Result<Self, UriError> {
        if let Some(digits) = root.strip_prefix("0x") {
            let mut seed = Self([0; 32]);
            hex::decode_to_slice(digits, &mut seed.0).map_err(|_| UriError::Seed)?;
            return if password.is_some() {
                Err(UriError::PasswordWithoutPhrase)
            } else {
                Ok(seed)
            };
        }
        match (root, path) {
            ("", "") => Err(UriError::Empty),
            ("", _) => Self::of_phrase(DEV_PHRASE, password.unwrap_or_default()),
            _ => Self::of_phrase(root, password.unwrap_or_default()),
        }
    }

    /// The ecosystem's mini-secret: PBKDF2-HMAC-SHA512 over the entropy of the phrase.
    fn of_phrase(phrase: &str, password: &str) -> Result<Self, UriError> {
        let mnemonic =
            Mnemonic::parse_in_normalized(Language::English, phrase).map_err(phrase_error)?;
        let entropy = Zeroizing::new(mnemonic.to_entropy());
        let salt = Zeroizing::new(format!("mnemonic{password}"));
        let mut seed = Self([0; 32]);
        // PBKDF2 makes its output in blocks of 64 bytes: these are the first 32 of the first one.
        pbkdf2::pbkdf2_hmac::<Sha512>(&entropy, salt.as_bytes(), PBKDF2_ROUNDS, &mut seed.0);
        Ok(seed)
    }

    fn hard(&self, junction: Junction<'_>) -> Self {
        let chain_code = junction.chain_code();
        let bytes = Zeroizing::new([HARD_JUNCTION, &self.0, &chain_code].concat());
        Self(Hash::of(&bytes).0)
    }
}

impl SessionSeeds {
    /// The session seeds of the secret that `uri` names.
    ///
    /// # Errors
    /// [`UriError`], as [`Seed::from_uri`].
    pub fn from_uri(uri: &str) -> Result<Self, UriError> {
        Ok(Self::of(&Seed::from_uri(uri)?))
    }

    /// The session seeds under `seed`.
    #[must_use]
    pub fn of(seed: &Seed) -> Self {
        let session = seed.hard(Junction::Name("serin"));
        Self {
            seal: session.hard(Junction::Name("seal")),
            lottery: session.hard(Junction::Name("lottery")),
            vote: session.hard(Junction::Name("vote")),
        }
    }
}

impl fmt::Debug for Seed {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "Seed of {:?}", self.key().public())
    }
}

/// The mnemonic of `entropy`, in English: 12 words for 16 bytes, 24 for 32.
///
/// # Errors
/// [`EntropyError`] for a length that BIP39 does not have.
pub fn mnemonic(entropy: &[u8]) -> Result<Zeroizing<String>, EntropyError> {
    let mnemonic = Mnemonic::from_entropy_in(Language::English, entropy)
        .map_err(|_| EntropyError { bytes: entropy.len() })?;
    Ok(Zeroizing::new(mnemonic.to_string()))
}

/// One step of a path.
#[derive(Clone, Copy)]
enum Junction<'a> {
    Number(u64),
    Name(&'a str),
}

impl Junction<'_> {
    fn chain_code(self) -> [u8; 32] {
        let bytes = match self {
            Self::Number(number) => number.to_le_bytes().to_vec(),
            Self::Name(name) => [&compact_length(name.len()), name.as_bytes()].concat(),
        };
        if bytes.len() > 32 {
            return Hash::of(&bytes).0;
        }
        let mut code = [0; 32];
        for (to, from) in code.iter_mut().zip(bytes) {
            *to = from;
        }
        code
    }
}

/// SCALE's compact number for a length up to [`URI_BYTES_MAX`]: one byte below 64, two above.
fn compact_length(length: usize) -> Vec<u8> {
    let length = u16::try_from(length).unwrap_or(u16::MAX);
    assert!(length < 1 << 14, "invariant(compact_length): a URI is bounded");
    match u8::try_from(length) {
        Ok(short @ 0..=63) => vec![short << 2],
        _ => ((length << 2) | 1).to_le_bytes().to_vec(),
    }
}

/// Splits `//a//b`. The path is empty or begins with a slash, and holds no `///`.
fn junctions(path: &str) -> Result<Vec<Junction<'_>>, UriError> {
    let mut found = Vec::new();
    let mut rest = path;
    while !rest.is_empty() {
        let position = found.len().saturating_add(1);
        let Some(tail) = rest.strip_prefix("//") else {
            return Err(UriError::SoftJunction { position });
        };
        let (name, after) = tail.split_at(tail.find('/').unwrap_or(tail.len()));
        found.push(junction(name, position)?);
        rest = after;
    }
    Ok(found)
}

fn junction(name: &str, position: usize) -> Result<Junction<'_>, UriError> {
    if name.is_empty() {
        return Err(UriError::EmptyJunction { position });
    }
    let digits = name.strip_prefix('+').unwrap_or(name);
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    match name.parse() {
        Ok(number) if digits == name => Ok(Junction::Number(number)),
        _ if is_number || name.starts_with("0x") => Err(UriError::AmbiguousJunction { position }),
        _ => Ok(Junction::Name(name)),
    }
}

fn phrase_error(error: bip39::Error) -> UriError {
    match error {
        bip39::Error::BadWordCount(words) => UriError::WordCount { words },
        bip39::Error::UnknownWord(index) => {
            UriError::UnknownWord { position: index.saturating_add(1) }
        }
        // The two last arise only for entropy and for phrases of unknown language.
        bip39::Error::InvalidChecksum
        | bip39::Error::BadEntropyBitCount(_)
        | bip39::Error::AmbiguousLanguages(_) => UriError::Checksum,
    }
}

#[cfg(test)]
mod tests;
