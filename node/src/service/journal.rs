//! The signing journal: what this validator has signed, durable before anybody sees it.
//!
//! It lies outside the database, so that deleting the database, or putting an older copy in its
//! place, never makes a validator sign twice. A seal is bound to its slot and a vote to its set,
//! round and stage; both strictly grow, and the very bytes that were signed may be signed again.
//! Inside a round the hint comes first, then the prevote, then the precommit. All votes of the last
//! round are remembered, so that a restarted voter sends again what it said and decides nothing twice.
//!
//! # File
//! Records one after the other, each `length u32 LE, borsh record, first 8 bytes of its BLAKE2b-256`.
//! A record is synced before its signature is returned. An incomplete or zeroed end is what a power
//! cut leaves of a write that was never returned, and is cut off; anything else that does not check is damage.
//!
//! # Bounds
//! Above [`JOURNAL_BYTES_MAX`] the file moves to `journal.old` and starts again with its high marks.

mod marks;

use self::marks::{Admission, Marks};
use super::keyring::{self, Keyring, KeyringError};
use super::vote_log::VoteLogFile;
use crate::core::{SealRefused, SessionKeys, Signer};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::finality::accuse::VoteLog;
use serin_consensus::finality::voter::{LogWrite, Refused, VoteSigner};
use serin_consensus::finality::{SignedVote, Vote, VoterSet};
use serin_consensus::leader::EpochData;
use serin_consensus::staking::keys::{KeySet, Possession, SessionSecrets};
use serin_state::codec::encode;
use serin_state::types::{
    AccountId, Domain, Hash, Header, LotteryProof, PublicKey, Round, SetId, Signature, Slot,
};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

/// Largest journal before it starts anew, in bytes.
pub const JOURNAL_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Largest record, in bytes; a longer length in the file is damage.
const RECORD_BYTES_MAX: usize = 512;

/// Bytes of checksum behind a record.
const CHECKSUM_BYTES: usize = 8;

/// One line of the journal.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The first record: whose journal it is.
    Opened {
        /// The chain.
        genesis: Hash,
        /// The keys, as seal and vote key.
        keys: (PublicKey, PublicKey),
    },
    /// A header was sealed.
    Sealed {
        /// Its slot.
        slot: Slot,
        /// What was signed.
        statement: [u8; 32],
    },
    /// A vote was signed.
    Voted(Vote),
}

/// Why a journal cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum JournalError {
    /// The disk refused.
    #[error("the signing journal {path} cannot be used: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// Another process signs with it.
    #[error(
        "the signing journal {0} is in use by another process; two processes must never sign with the same keys"
    )]
    Held(PathBuf),
    /// A record does not check.
    #[error(
        "the signing journal {path} is damaged at byte {offset}; restore it from a copy, or start with --new-signer if these keys have not signed since"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the bad record begins.
        offset: u64,
    },
    /// It belongs to another chain or other keys.
    #[error(
        "the signing journal {0} belongs to another chain or to other keys; use another --base-path"
    )]
    Foreign(PathBuf),
    /// Keys that were made while a node ran.
    #[error(transparent)]
    Keyring(#[from] KeyringError),
    /// A signer without a directory makes no keys.
    #[error("this node has no place to keep session keys in")]
    NoPlace,
    /// The chain has blocks, and nothing says what these keys have signed on it.
    #[error(
        "the signing journal {0} is missing, but the chain is not empty; restore it, or start with --new-signer if these keys have never signed on this chain"
    )]
    Missing(PathBuf),
}

/// How to open a journal.
#[derive(Clone, Copy, Debug)]
pub struct JournalOptions {
    /// The chain.
    pub genesis: Hash,
    /// The chain has blocks already, so a missing journal is suspicious.
    pub chain_has_blocks: bool,
    /// The operator says that the keys have not signed on this chain.
    pub new_signer: bool,
}

/// Signs for a validator, through the journal. Without keys it signs nothing; a twin alone has keys and no journal.
///
/// One journal stands for all generations of keys: a slot is sealed once and a place in a round voted for once, whatever
/// key it is done with.
#[derive(Debug)]
pub struct JournalSigner {
    secrets: Option<(Keyring, Option<Journal>)>,
    /// Where keys are kept that are made while it runs, on which chain.
    place: Option<(PathBuf, Hash)>,
    log: Option<VoteLogFile>,
}

#[derive(Debug)]
struct Journal {
    path: PathBuf,
    file: File,
    bytes: u64,
    opened: Record,
    marks: Marks,
    /// A write failed: what is on the disk is not known, so nothing more is signed before a restart.
    is_broken: bool,
}

impl JournalSigner {
    /// A signer without keys, for nodes that only follow.
    #[must_use]
    pub const fn observer() -> Self {
        Self { secrets: None, place: None, log: None }
    }

    /// Opens or creates the journal in `directory`, for `secrets` and all keys that were made there since. Where there are
    /// none at all it only follows, until keys are made.
    ///
    /// # Errors
    /// [`JournalError`]; nothing is signed before the journal is known to be good.
    pub fn open(
        directory: &Path,
        secrets: Option<SessionSecrets>,
        options: JournalOptions,
    ) -> Result<Self, JournalError> {
        let mut generations = secrets.into_iter().chain(keyring::load(directory)?);
        let place = Some((directory.to_owned(), options.genesis));
        let Some(first) = generations.next() else {
            return Ok(Self { secrets: None, place, log: None });
        };
        let keyring = Keyring::new(first, generations.collect());
        let journal = Journal::open(directory, &keyring, options)?;
        Ok(Self { secrets: Some((keyring, Some(journal))), place, log: None })
    }

    /// The public seal keys that it holds, of whatever generation.
    #[must_use]
    pub fn seals(&self) -> Vec<PublicKey> {
        let keyring = self.secrets.iter().map(|(keyring, _)| keyring);
        keyring.flat_map(Keyring::all).map(|secrets| secrets.seal.public()).collect()
    }

    /// Makes new session keys, and the proof with which `account` registers them. They sign once they stand in an epoch
    /// or a voter set.
    ///
    /// # Errors
    /// [`JournalError`] where they cannot be kept.
    pub fn rotate(&mut self, account: AccountId) -> Result<(KeySet, Possession), JournalError> {
        let (directory, genesis) = self.place.clone().ok_or(JournalError::NoPlace)?;
        let secrets = keyring::make(&directory)?;
        let registration = secrets.possession(&genesis, account);
        if let Some((keyring, _)) = &mut self.secrets {
            keyring.add(secrets);
            return Ok(registration);
        }
        // Keys that were made just now have signed nothing, so the journal may be new.
        let options = JournalOptions { genesis, chain_has_blocks: true, new_signer: true };
        let keyring = Keyring::new(secrets, Vec::new());
        let journal = Journal::open(&directory, &keyring, options)?;
        self.secrets = Some((keyring, Some(journal)));
        Ok(registration)
    }

    /// Signs whatever it is asked to, with keys that another process signs with: to make a real equivocation on a
    /// testnet, and for nothing else.
    #[must_use]
    pub const fn unsafe_twin(secrets: SessionSecrets) -> Self {
        let keyring = Keyring::new(secrets, Vec::new());
        Self { secrets: Some((keyring, None)), place: None, log: None }
    }

    /// With a log of the votes that are counted.
    #[must_use]
    pub fn with_log(self, log: VoteLogFile) -> Self {
        Self { log: Some(log), ..self }
    }
}

impl Journal {
    fn open(
        directory: &Path,
        keyring: &Keyring,
        options: JournalOptions,
    ) -> Result<Self, JournalError> {
        let path = directory.join("journal");
        let failed = |error| JournalError::Io { path: path.clone(), error };
        fs::create_dir_all(directory).map_err(failed)?;
        let existed = path.exists();
        if !existed && options.chain_has_blocks && !options.new_signer {
            return Err(JournalError::Missing(path));
        }
        let mut file =
            OpenOptions::new().read(true).append(true).create(true).open(&path).map_err(failed)?;
        file.try_lock().map_err(|error| match error {
            fs::TryLockError::WouldBlock => JournalError::Held(path.clone()),
            fs::TryLockError::Error(error) => failed(error),
        })?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).map_err(failed)?;
        let genesis = options.genesis;
        let named = keyring.all().map(|one| (one.seal.public(), one.vote.public()));
        let mut named = named.map(|keys| Record::Opened { genesis, keys });
        let opened = named.next().ok_or(JournalError::NoPlace)?;
        let mut journal =
            Self { path, file, bytes: 0, opened, marks: Marks::default(), is_broken: false };
        match replay(&content) {
            Ok(replayed) => {
                // It may have been opened with any of the keys.
                let first = replayed.records.first();
                if let Some(known) = named.find(|record| Some(record) == first) {
                    journal.opened = known;
                }
                journal.take_over(&replayed)?;
            }
            Err(offset) if !options.new_signer => {
                return Err(JournalError::Damaged { path: journal.path, offset });
            }
            Err(_) => journal.start_again().map_err(|error| journal.failed(error))?,
        }
        Ok(journal)
    }

    /// Goes on behind the records that were read, cutting off what a power cut left.
    fn take_over(&mut self, replayed: &Replayed) -> Result<(), JournalError> {
        match replayed.records.first() {
            None => self.append_first(),
            Some(first) if *first == self.opened => {
                self.file
                    .set_len(replayed.bytes)
                    .and_then(|()| self.file.sync_all())
                    .map_err(|error| self.failed(error))?;
                self.bytes = replayed.bytes;
                for record in &replayed.records {
                    self.marks.note(record);
                }
                Ok(())
            }
            Some(_) => Err(JournalError::Foreign(self.path.clone())),
        }
    }

    fn append_first(&mut self) -> Result<(), JournalError> {
        let started = self.file.set_len(0).and_then(|()| {
            self.bytes = 0;
            self.append(&self.opened.clone())?;
            sync_directory(&self.path)
        });
        started.map_err(|error| self.failed(error))
    }

    fn failed(&self, error: io::Error) -> JournalError {
        JournalError::Io { path: self.path.clone(), error }
    }

    /// Writes a record and returns when it is durable. After a failure every later call fails too.
    fn append(&mut self, record: &Record) -> io::Result<()> {
        if self.is_broken {
            return Err(io::Error::other("an earlier write failed"));
        }
        self.is_broken = true;
        self.write(record)?;
        self.is_broken = false;
        Ok(())
    }

    fn write(&mut self, record: &Record) -> io::Result<()> {
        if self.bytes > JOURNAL_BYTES_MAX {
            self.start_again()?;
        }
        let bytes = framed(record);
        self.file.write_all(&bytes)?;
        self.file.sync_data()?;
        self.bytes = self.bytes.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        self.marks.note(record);
        Ok(())
    }

    /// Keeps the file as `journal.old` and begins a new one that holds the marks.
    ///
    /// At every instant `journal` is a whole journal: the new one replaces it by one rename.
    fn start_again(&mut self) -> io::Result<()> {
        let new = self.path.with_extension("new");
        fs::copy(&self.path, self.path.with_extension("old"))?;
        let mut file =
            OpenOptions::new().read(true).write(true).create(true).truncate(true).open(&new)?;
        file.try_lock().map_err(|_| io::Error::other("the new journal is locked"))?;
        let seal = self.marks.seal.map(|(slot, statement)| Record::Sealed { slot, statement });
        let votes = self.marks.votes.iter().copied().map(Record::Voted);
        let mut bytes = 0_usize;
        for record in [Some(self.opened.clone()), seal].into_iter().flatten().chain(votes) {
            let framed = framed(&record);
            file.write_all(&framed)?;
            bytes = bytes.saturating_add(framed.len());
        }
        file.sync_all()?;
        fs::rename(&new, &self.path)?;
        sync_directory(&self.path)?;
        self.file = file;
        self.bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        Ok(())
    }
}

impl Signer for JournalSigner {
    fn identity(&self) -> Option<SessionKeys> {
        self.secrets.as_ref().map(|(keyring, _)| keyring.identity())
    }

    fn enter_slot(&mut self, epoch: &EpochData, _slot: Slot) {
        if let Some((keyring, _)) = &mut self.secrets {
            keyring.enter_epoch(epoch);
        }
    }

    fn prove(&self, alpha: &[u8]) -> Option<LotteryProof> {
        self.secrets.as_ref().map(|(keyring, _)| keyring.lottery().prove(alpha))
    }

    fn seal(
        &mut self,
        slot: Slot,
        genesis: &Hash,
        statement: &[u8; 32],
    ) -> Result<Signature, SealRefused> {
        let (keyring, journal) = self.secrets.as_mut().ok_or(SealRefused::NoKey)?;
        if let Some(journal) = journal
            && journal.marks.admits_seal(slot, statement)?
        {
            let record = Record::Sealed { slot, statement: *statement };
            journal.append(&record).map_err(|error| {
                tracing::error!(%error, "the signing journal cannot be written: nothing is sealed");
                SealRefused::JournalFailed
            })?;
        }
        Ok(keyring.seal().sign(Domain::Seal, genesis, statement))
    }

    fn sign_report(&self, genesis: &Hash, statement: &[u8]) -> Option<Signature> {
        let (keyring, _) = self.secrets.as_ref()?;
        Some(keyring.seal().sign(Domain::Transaction, genesis, statement))
    }

    fn logged(&self, set: SetId, round: Round) -> Option<VoteLog> {
        self.log.as_ref().map(|log| log.round(set, round))
    }
}

impl VoteSigner for JournalSigner {
    fn enter_set(&mut self, set: &VoterSet) {
        if let Some((keyring, _)) = &mut self.secrets {
            keyring.enter_set(set);
        }
    }

    fn vote_key(&self) -> Option<PublicKey> {
        self.secrets.as_ref().map(|(keyring, _)| keyring.vote().public())
    }

    fn sign_vote(&mut self, vote: &Vote) -> Result<Signature, Refused> {
        let (keyring, journal) = self.secrets.as_mut().ok_or(Refused::Barred)?;
        let key = keyring.vote();
        let Some(journal) = journal else {
            return Ok(key.sign_vote(&vote.payload()));
        };
        match journal.marks.admission(vote) {
            Admission::New => journal.append(&Record::Voted(*vote)).map_err(|error| {
                tracing::error!(%error, "the signing journal cannot be written: no vote is cast");
                Refused::Barred
            })?,
            Admission::Known => {}
            Admission::Other(other) => {
                let signature = key.sign_vote(&other.payload());
                let voter = key.public();
                return Err(Refused::Voted(Box::new(SignedVote { vote: other, voter, signature })));
            }
            Admission::Passed => return Err(Refused::Barred),
        }
        Ok(key.sign_vote(&vote.payload()))
    }

    fn log_counted(
        &mut self,
        votes: &[SignedVote],
        header: &dyn Fn(&Hash) -> Option<Header>,
        write: LogWrite,
    ) -> bool {
        self.log.as_mut().is_none_or(|log| log.log(votes, header, write))
    }
}

/// What was read from a journal's bytes.
#[derive(Debug, PartialEq, Eq)]
struct Replayed {
    records: Vec<Record>,
    bytes: u64,
}

/// Reads records until the end or what a power cut left; `Err` is the offset of damage.
fn replay(content: &[u8]) -> Result<Replayed, u64> {
    let mut records = Vec::new();
    let mut rest = content;
    let offset = |rest: &[u8]| u64::try_from(content.len().saturating_sub(rest.len())).unwrap_or(0);
    while let Some((record, after)) = next_record(rest).map_err(|()| offset(rest))? {
        records.push(record);
        rest = after;
    }
    Ok(Replayed { records, bytes: offset(rest) })
}

/// The first record of `bytes` and what follows; `None` where only an unfinished write is left.
fn next_record(bytes: &[u8]) -> Result<Option<(Record, &[u8])>, ()> {
    if bytes.iter().all(|byte| *byte == 0) {
        return Ok(None);
    }
    let Some((length, rest)) = bytes.split_first_chunk::<4>() else { return Ok(None) };
    let length = usize::try_from(u32::from_le_bytes(*length)).map_err(|_| ())?;
    if length > RECORD_BYTES_MAX {
        return Err(());
    }
    let Some((body, rest)) = rest.split_at_checked(length) else { return Ok(None) };
    let Some((checksum, rest)) = rest.split_at_checked(CHECKSUM_BYTES) else { return Ok(None) };
    if !Hash::of(body).0.starts_with(checksum) {
        return Err(());
    }
    let record = Record::try_from_slice(body).map_err(|_| ())?;
    Ok(Some((record, rest)))
}

fn framed(record: &Record) -> Vec<u8> {
    let body = encode(record);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = Hash::of(&body).0;
    let checksum = checksum.first_chunk::<CHECKSUM_BYTES>().map_or(&[][..], |first| first);
    [&length[..], &body, checksum].concat()
}

/// Makes a created or renamed file durable: its directory entry is data of the directory.
fn sync_directory(path: &Path) -> io::Result<()> {
    path.parent().map_or(Ok(()), |directory| File::open(directory)?.sync_all())
}

/// Every record of the journal in `directory`, for audits: no slot and no (set, round, stage) may
/// stand in it twice with different content.
///
/// # Errors
/// [`JournalError::Io`] or [`JournalError::Damaged`].
pub fn read_records(directory: &Path) -> Result<Vec<Record>, JournalError> {
    let path = directory.join("journal");
    let content =
        fs::read(&path).map_err(|error| JournalError::Io { path: path.clone(), error })?;
    replay(&content)
        .map(|replayed| replayed.records)
        .map_err(|offset| JournalError::Damaged { path, offset })
}

#[cfg(test)]
mod tests;
