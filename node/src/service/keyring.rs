//! The session keys of a node: those that it was started with, and those that were made while it ran.
//!
//! Keys that were made later lie in the file `session-keys` beside the signing journal: one 32-byte seed a line, in
//! hexadecimal, oldest first, readable by the owner alone. A line is durable before its keys are shown to anybody.
//!
//! Which keys sign follows the chain: the seal key that stands in the epoch, the lottery key that stands beside it, and
//! the vote key that stands in the voter set. They may be of different generations.
//!
//! # Bounds
//! [`GENERATIONS_MAX`] generations.

use crate::core::SessionKeys;
use serin_consensus::finality::VoterSet;
use serin_consensus::leader::EpochData;
use serin_consensus::staking::keys::SessionSecrets;
use serin_state::derive::Seed;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use zeroize::Zeroizing;

/// Most generations of keys that a node holds. Lines of keys that no longer serve can be deleted while it is stopped.
pub const GENERATIONS_MAX: usize = 64;

/// Why there are no new keys.
#[derive(Debug, thiserror::Error)]
pub enum KeyringError {
    /// The file.
    #[error("the session keys in {path} cannot be used: {error}")]
    Io {
        /// Which file.
        path: PathBuf,
        /// What is wrong.
        error: io::Error,
    },
    /// There are too many.
    #[error(
        "{0} holds {GENERATIONS_MAX} generations of session keys: stop the node and delete lines that no longer serve"
    )]
    Full(PathBuf),
}

/// All keys of a node, and which of them serve now. There is at least one generation.
#[derive(Debug)]
pub(super) struct Keyring {
    first: SessionSecrets,
    later: Vec<SessionSecrets>,
    seal: usize,
    lottery: usize,
    vote: usize,
}

impl Keyring {
    /// The first generation alone.
    pub(super) const fn new(first: SessionSecrets, later: Vec<SessionSecrets>) -> Self {
        Self { first, later, seal: 0, lottery: 0, vote: 0 }
    }

    /// Adds a generation, which serves once the chain says so.
    pub(super) fn add(&mut self, secrets: SessionSecrets) {
        self.later.push(secrets);
    }

    fn get(&self, generation: usize) -> &SessionSecrets {
        let later = generation.checked_sub(1).and_then(|index| self.later.get(index));
        later.unwrap_or(&self.first)
    }

    /// All generations, the oldest first.
    pub(super) fn all(&self) -> impl Iterator<Item = &SessionSecrets> {
        core::iter::once(&self.first).chain(&self.later)
    }

    /// What seals.
    pub(super) fn seal(&self) -> &serin_state::types::SecretKey {
        &self.get(self.seal).seal
    }

    /// What plays the lottery.
    pub(super) fn lottery(&self) -> &serin_consensus::leader::vrf::LotterySecret {
        &self.get(self.lottery).lottery
    }

    /// What votes.
    pub(super) fn vote(&self) -> &serin_state::types::SecretKey {
        &self.get(self.vote).vote
    }

    /// The public keys that serve.
    pub(super) fn identity(&self) -> SessionKeys {
        SessionKeys {
            seal: self.seal().public(),
            lottery: self.lottery().public(),
            vote: self.vote().public(),
        }
    }

    /// Takes up what stands in `epoch`; where nothing does, all stays.
    pub(super) fn enter_epoch(&mut self, epoch: &EpochData) {
        let found = self.all().enumerate().find_map(|(generation, secrets)| {
            let index = epoch.index_of(&secrets.seal.public())?;
            Some((generation, epoch.authority(index)?.lottery))
        });
        let Some((generation, lottery)) = found else { return };
        self.seal = generation;
        let beside = self.all().position(|secrets| secrets.lottery.public() == lottery);
        self.lottery = beside.unwrap_or(generation);
    }

    /// Takes up what stands in `set`; where nothing does, all stays.
    pub(super) fn enter_set(&mut self, set: &VoterSet) {
        let standing = self.all().position(|secrets| set.contains(&secrets.vote.public()));
        self.vote = standing.unwrap_or(self.vote);
    }
}

/// Where generations after the first are kept.
pub(super) fn file(directory: &Path) -> PathBuf {
    directory.join("session-keys")
}

/// The generations that lie in the file, the oldest first; none where there is no file.
pub(super) fn load(directory: &Path) -> Result<Vec<SessionSecrets>, KeyringError> {
    let path = file(directory);
    let text = match fs::read_to_string(&path) {
        Ok(text) => Zeroizing::new(text),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(KeyringError::Io { path, error }),
    };
    if text.lines().count() > GENERATIONS_MAX {
        return Err(KeyringError::Full(path));
    }
    let bad = || KeyringError::Io {
        path: path.clone(),
        error: io::Error::other("every line must hold 64 hexadecimal digits"),
    };
    text.lines()
        .map(|line| {
            let mut seed = Zeroizing::new([0; 32]);
            hex::decode_to_slice(line.trim(), &mut *seed).map_err(|_| bad())?;
            Ok(SessionSecrets::of(&Seed::new(*seed)))
        })
        .collect()
}

/// Makes a generation and keeps it, durably.
pub(super) fn make(directory: &Path) -> Result<SessionSecrets, KeyringError> {
    let path = file(directory);
    if load(directory)?.len() >= GENERATIONS_MAX {
        return Err(KeyringError::Full(path));
    }
    let failed = |error| KeyringError::Io { path: path.clone(), error };
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(&mut *seed)
        .map_err(|_| failed(io::Error::other("the system gives no randomness")))?;
    keep(directory, &path, &seed).map_err(failed)?;
    Ok(SessionSecrets::of(&Seed::new(*seed)))
}

fn keep(directory: &Path, path: &Path, seed: &[u8; 32]) -> io::Result<()> {
    use std::os::unix::fs::OpenOptionsExt;

    fs::create_dir_all(directory)?;
    let mut file = OpenOptions::new().append(true).create(true).mode(0o600).open(path)?;
    let line = Zeroizing::new(format!("{}\n", hex::encode(seed)));
    file.write_all(line.as_bytes())?;
    file.sync_all()?;
    File::open(directory)?.sync_all()
}

#[cfg(test)]
mod tests;
