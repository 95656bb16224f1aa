//! The vote log: the votes of everybody that this node counted, for the day when two blocks are final that exclude
//! each other and somebody asks why we voted as we did (`serin accuse`, `serin_consensus::finality::accuse`).
//!
//! It lies beside the signing journal, outside the database, and is as hard to lose: deleting the database leaves an
//! honest validator able to answer.
//!
//! # Files
//! `00000001.votes`, `00000002.votes` ... in one folder, only ever appended to; each start opens the next one. Records one
//! after the other, each `length u32 LE, borsh record, first 8 bytes of its BLAKE2b-256`. The first says whose chain it
//! is and where it begins. An incomplete end is what a power cut leaves; anything else that does not check is damage, and
//! a reader says where.
//!
//! # Durability
//! Votes are collected in memory and written in blocks. Before the journal is asked to sign a vote of ours, all that was
//! counted is written and synced: one more sync a vote. A vote of ours that the journal repeats after a crash thus
//! rests on votes that are still there. If the log cannot be written nothing is signed.
//!
//! # Bounds
//! A segment takes [`SEGMENT_BYTES_MAX`]. Segments older than the bonding duration go, and the oldest beyond
//! [`LOG_BYTES_MAX`] in all or [`SEGMENTS_MAX`]. About 100 bytes a vote and one header a block: 100 voters and slots of six
//! seconds write some 250 MB a day.

use super::Clock;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::finality::accuse::{LogLimits, VoteLog};
use serin_consensus::finality::voter::LogWrite;
use serin_consensus::finality::{ANCESTRY_MAX, BlockRef, SignedVote, Vote};
use serin_state::codec::encode;
use serin_state::types::{Hash, Header, PublicKey, Round, SetId, Signature, Slot};
use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

/// Largest segment before the next one begins, in bytes.
pub const SEGMENT_BYTES_MAX: usize = 1024 * 1024;
/// Largest log, in bytes.
pub const LOG_BYTES_MAX: u64 = 4 * 1024 * 1024 * 1024;
/// Most segments.
pub const SEGMENTS_MAX: usize = 4_096;
/// Largest record, in bytes: a vote of each of 4,096 voters, or a header.
const RECORD_BYTES_MAX: usize = 1024 * 1024;
/// Bytes that wait in memory for the next write.
const BUFFER_BYTES_MAX: usize = 64 * 1024;
/// Hashes of headers that are known to be in the log; above it they are forgotten and may be logged again.
const LOGGED_HEADERS_MAX: usize = 16_384;
/// Rounds by which a vote may stand away from where its segment begins: three rounds are counted in at a time.
const ROUNDS_APART_MAX: u64 = 3;
const CHECKSUM_BYTES: usize = 8;

/// One record.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Record {
    /// The first of a segment.
    Opened {
        /// The chain.
        genesis: Hash,
        /// Set and round of the first vote.
        from: (SetId, Round),
    },
    /// Votes for one block.
    Votes {
        /// What all of them say.
        vote: Vote,
        /// Who says it.
        by: Vec<(PublicKey, Signature)>,
    },
    /// The header of a block that votes name, or of one below it.
    Header(Box<Header>),
}

/// Why a vote log cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum VoteLogError {
    /// The disk refused.
    #[error("the vote log {path} cannot be used: {error}")]
    Io {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// A record does not check.
    #[error(
        "the vote log {path} is damaged at byte {offset}; move the file away to use the others"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the bad record begins.
        offset: usize,
    },
    /// It belongs to another chain.
    #[error("the vote log {0} belongs to another chain; use another --base-path")]
    Foreign(PathBuf),
}

/// A segment on the disk.
#[derive(Clone, Debug)]
struct Segment {
    number: u64,
    from: (SetId, Round),
    bytes: u64,
}

/// The log of a running node.
#[derive(Debug)]
pub struct VoteLogFile {
    folder: PathBuf,
    genesis: Hash,
    /// How long votes are kept.
    age_max: Duration,
    /// Closed segments, oldest first.
    closed: Vec<Segment>,
    /// The one that is written to, once there is something to write.
    open: Option<(Segment, File)>,
    buffer: Vec<u8>,
    logged: BTreeSet<Hash>,
    is_broken: bool,
}

impl VoteLogFile {
    /// Opens or creates the log in `folder`.
    ///
    /// # Errors
    /// [`VoteLogError`]: it cannot be read, or belongs to another chain.
    pub fn open(folder: &Path, genesis: Hash, age_max: Duration) -> Result<Self, VoteLogError> {
        fs::create_dir_all(folder).map_err(|error| failed(folder, error))?;
        let mut closed = Vec::new();
        for number in segment_numbers(folder)? {
            closed.extend(look(folder, number, &genesis)?);
        }
        let folder = folder.to_owned();
        let mut log = Self {
            folder,
            genesis,
            age_max,
            closed,
            open: None,
            buffer: Vec::new(),
            logged: BTreeSet::new(),
            is_broken: false,
        };
        log.drop_old().map_err(|error| failed(&log.folder, error))?;
        Ok(log)
    }

    /// Logs votes and the headers on the ways from their blocks down to one that is logged or not kept. `false` where
    /// it failed, now or before.
    pub fn log(
        &mut self,
        votes: &[SignedVote],
        header: &dyn Fn(&Hash) -> Option<Header>,
        write: LogWrite,
    ) -> bool {
        if self.is_broken {
            return false;
        }
        let written = self.try_log(votes, header, write);
        if let Err(error) = &written {
            tracing::error!(%error, "the vote log cannot be written: no vote is cast");
            self.is_broken = true;
        }
        written.is_ok()
    }

    fn try_log(
        &mut self,
        votes: &[SignedVote],
        header: &dyn Fn(&Hash) -> Option<Header>,
        write: LogWrite,
    ) -> io::Result<()> {
        for votes in votes.chunk_by(|one, next| one.vote == next.vote) {
            let Some(first) = votes.first() else { continue };
            self.begin((first.vote.set, first.vote.round))?;
            self.add_headers(&first.vote.target, header);
            let by = votes.iter().map(|signed| (signed.voter, signed.signature)).collect();
            self.buffer.extend(framed(&Record::Votes { vote: first.vote, by }));
        }
        match write {
            LogWrite::Durable => {
                self.flush()?;
                self.open.as_ref().map_or(Ok(()), |(_, file)| file.sync_data())
            }
            LogWrite::Buffered if self.buffer.len() >= BUFFER_BYTES_MAX => self.flush(),
            LogWrite::Buffered => Ok(()),
        }
    }

    fn add_headers(&mut self, target: &BlockRef, header: &dyn Fn(&Hash) -> Option<Header>) {
        if self.logged.len() > LOGGED_HEADERS_MAX {
            self.logged.clear();
        }
        let mut hash = target.hash;
        for _ in 0..ANCESTRY_MAX {
            if self.logged.contains(&hash) {
                break;
            }
            let Some(found) = header(&hash) else { break };
            self.logged.insert(hash);
            hash = found.parent();
            self.buffer.extend(framed(&Record::Header(Box::new(found))));
        }
    }

    /// Begins a segment where none is open or the open one is full.
    fn begin(&mut self, from: (SetId, Round)) -> io::Result<()> {
        let is_full = self.open.as_ref().is_some_and(|(segment, _)| {
            segment.bytes >= u64::try_from(SEGMENT_BYTES_MAX).unwrap_or(u64::MAX)
        });
        if is_full {
            self.flush()?;
            if let Some((segment, file)) = self.open.take() {
                file.sync_all()?;
                self.closed.push(segment);
            }
            self.logged.clear();
            self.drop_old()?;
        }
        if self.open.is_none() {
            let last = self.closed.last().map_or(0, |segment| segment.number);
            let number = last.saturating_add(1);
            let path = path_of(&self.folder, number);
            let file = OpenOptions::new().append(true).create_new(true).open(path)?;
            File::open(&self.folder)?.sync_all()?;
            self.open = Some((Segment { number, from, bytes: 0 }, file));
            self.buffer.extend(framed(&Record::Opened { genesis: self.genesis, from }));
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        if let Some((segment, file)) = &mut self.open {
            file.write_all(&self.buffer)?;
            let bytes = u64::try_from(self.buffer.len()).unwrap_or(u64::MAX);
            segment.bytes = segment.bytes.saturating_add(bytes);
            self.buffer.clear();
        }
        Ok(())
    }

    /// Deletes segments that are too old or too many.
    fn drop_old(&mut self) -> io::Result<()> {
        let mut total = self.closed.iter().fold(0_u64, |sum, one| sum.saturating_add(one.bytes));
        let mut dropped = 0_usize;
        for segment in &self.closed {
            let path = path_of(&self.folder, segment.number);
            let written = fs::metadata(&path)?.modified()?;
            let written = written.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO);
            let age = Duration::from_millis(Clock.now().0).saturating_sub(written);
            let left = self.closed.len().saturating_sub(dropped);
            if age <= self.age_max && total <= LOG_BYTES_MAX && left < SEGMENTS_MAX {
                break;
            }
            fs::remove_file(&path)?;
            total = total.saturating_sub(segment.bytes);
            dropped = dropped.saturating_add(1);
        }
        self.closed.drain(..dropped);
        Ok(())
    }

    /// What is in the log of one round: the votes, and the headers that lie near them. Reads the segments that may
    /// hold them, usually one or two.
    #[must_use]
    pub fn round(&self, set: SetId, round: Round) -> VoteLog {
        let mut log = VoteLog::new(LogLimits::offline());
        let is_asked = |vote: &Vote| (vote.set, vote.round) == (set, round);
        for number in self.segments_of(set, round) {
            if let Ok(content) = fs::read(path_of(&self.folder, number)) {
                Records(&content).flatten().for_each(|one| note(&mut log, &one, &is_asked));
            }
        }
        Records(&self.buffer).flatten().for_each(|record| note(&mut log, &record, &is_asked));
        log
    }

    /// The segments that a vote of the round may be in: what is counted while one is written lies between where it
    /// begins and where the next one does.
    fn segments_of(&self, set: SetId, round: Round) -> Vec<u64> {
        let all: Vec<&Segment> =
            self.closed.iter().chain(self.open.iter().map(|(segment, _)| segment)).collect();
        let latest = (set, round.saturating_add(ROUNDS_APART_MAX));
        let earliest = (set, round.saturating_sub(ROUNDS_APART_MAX));
        let next = all.iter().skip(1).map(|segment| Some(segment.from)).chain([None]);
        all.iter()
            .zip(next)
            .filter(|(segment, next)| {
                segment.from <= latest && next.is_none_or(|next| next >= earliest)
            })
            .map(|(segment, _)| segment.number)
            .collect()
    }
}

/// What a vote log in `folder` holds of the votes that are `wanted`, with all headers; `genesis` is the chain it must be
/// of. The node may be running: what waits in its memory is not seen.
///
/// # Errors
/// [`VoteLogError`].
pub fn read(
    folder: &Path,
    genesis: &Hash,
    wanted: impl Fn(&Vote) -> bool,
) -> Result<VoteLog, VoteLogError> {
    let mut log = VoteLog::new(LogLimits::offline());
    for number in segment_numbers(folder)? {
        let path = path_of(folder, number);
        let content = fs::read(&path).map_err(|error| failed(&path, error))?;
        for record in Records(&content) {
            let record = record.map_err(|left| VoteLogError::Damaged {
                path: path.clone(),
                offset: content.len().saturating_sub(left),
            })?;
            if matches!(&record, Record::Opened { genesis: of, .. } if of != genesis) {
                return Err(VoteLogError::Foreign(path));
            }
            note(&mut log, &record, &wanted);
        }
    }
    Ok(log)
}

fn note(log: &mut VoteLog, record: &Record, wanted: &impl Fn(&Vote) -> bool) {
    match record {
        Record::Header(header) => {
            log.record_header(header);
        }
        Record::Votes { vote, by } if wanted(vote) => {
            for (voter, signature) in by {
                let signed = SignedVote { vote: *vote, voter: *voter, signature: *signature };
                log.record(Slot::ZERO, &signed);
            }
        }
        Record::Votes { .. } | Record::Opened { .. } => {}
    }
}

fn failed(path: &Path, error: io::Error) -> VoteLogError {
    VoteLogError::Io { path: path.to_owned(), error }
}

fn path_of(folder: &Path, number: u64) -> PathBuf {
    folder.join(format!("{number:08}.votes"))
}

/// Numbers of the segments in `folder`, in order.
fn segment_numbers(folder: &Path) -> Result<Vec<u64>, VoteLogError> {
    let entries = fs::read_dir(folder).map_err(|error| failed(folder, error))?;
    let mut numbers = BTreeSet::new();
    for entry in entries {
        let name = entry.map_err(|error| failed(folder, error))?.file_name();
        let name = name.to_str().and_then(|name| name.strip_suffix(".votes"));
        numbers.extend(name.and_then(|name| name.parse::<u64>().ok()));
    }
    Ok(numbers.into_iter().collect())
}

/// The first record of a segment; `None` where a power cut left nothing of it, and then the file goes.
fn look(folder: &Path, number: u64, genesis: &Hash) -> Result<Option<Segment>, VoteLogError> {
    use std::io::Read;

    let path = path_of(folder, number);
    let file = File::open(&path).map_err(|error| failed(&path, error))?;
    let bytes = file.metadata().map_err(|error| failed(&path, error))?.len();
    let mut start = Vec::new();
    file.take(256).read_to_end(&mut start).map_err(|error| failed(&path, error))?;
    match Records(&start).next() {
        Some(Ok(Record::Opened { genesis: of, from })) if of == *genesis => {
            Ok(Some(Segment { number, from, bytes }))
        }
        Some(Ok(Record::Opened { .. })) => Err(VoteLogError::Foreign(path)),
        Some(_) => Err(VoteLogError::Damaged { path, offset: 0 }),
        None => {
            fs::remove_file(&path).map_err(|error| failed(&path, error))?;
            Ok(None)
        }
    }
}

fn framed(record: &Record) -> Vec<u8> {
    let body = encode(record);
    let length = u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes();
    let checksum = Hash::of(&body).0;
    let checksum = checksum.first_chunk::<CHECKSUM_BYTES>().map_or(&[][..], |first| first);
    [&length[..], &body, checksum].concat()
}

/// The records in these bytes, up to what a power cut left; `Err` with the bytes that are left at damage, which ends it.
struct Records<'a>(&'a [u8]);

impl Iterator for Records<'_> {
    type Item = Result<Record, usize>;

    fn next(&mut self) -> Option<Self::Item> {
        let bytes = core::mem::take(&mut self.0);
        if bytes.iter().take(RECORD_BYTES_MAX).all(|byte| *byte == 0) {
            return None;
        }
        let damaged = Some(Err(bytes.len()));
        let (length, rest) = bytes.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).unwrap_or(usize::MAX);
        if length > RECORD_BYTES_MAX {
            return damaged;
        }
        let (body, rest) = rest.split_at_checked(length)?;
        let (checksum, rest) = rest.split_at_checked(CHECKSUM_BYTES)?;
        if !Hash::of(body).0.starts_with(checksum) {
            return damaged;
        }
        let Ok(record) = Record::try_from_slice(body) else { return damaged };
        self.0 = rest;
        Some(Ok(record))
    }
}

#[cfg(test)]
mod tests;
