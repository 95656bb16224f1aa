//! The file in which votes and proofs of finality are handed over: what a node holds for final, what it saw, or both.
//!
//! JSON, so that people can read who voted for what; headers and justifications as their encodings in hexadecimal. Such
//! a file comes from a stranger: everything in it is checked before it is used, and nothing is repaired.
//!
//! # Bounds
//! [`FILE_BYTES_MAX`] bytes, checked before anything is read; [`VOTES_MAX`] votes, [`HEADERS_MAX`] headers.

use super::{
    Court, FinalityRecord, Headers, LogLimits, Recorded, SET_CHANGES_MAX, TrustedSet, VoteLog,
    check::is_signed,
};
use crate::crypto::Verifier;
use crate::finality::proof_chain::Link;
use crate::finality::{BlockRef, Justification, SignedVote, Stage, Vote, VoterSet, VoterSetError};
use borsh::{BorshDeserialize, BorshSerialize};
use serde::{Deserialize, Serialize};
use serin_state::codec::{Wire, decode, encode};
use serin_state::types::{
    Hash, Header, Height, PublicKey, Round, SetId, Signature, Slot, VoteWeight, Voter,
};

/// Largest file, in bytes.
pub const FILE_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most votes in a file.
pub const VOTES_MAX: usize = 1 << 20;
/// Most headers in a file.
pub const HEADERS_MAX: usize = 1 << 18;
/// What the file says it is.
const FORMAT: &str = "serin-votes/1";

/// A file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoteFile {
    format: String,
    genesis: Hash,
    /// What the node holds for final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    record: Option<RecordRow>,
    votes: Vec<VoteRow>,
    headers: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RecordRow {
    /// Set, height and voters of the set that needs no proof.
    trusted: TrustedRow,
    changes: Vec<ChangeRow>,
    justification: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct TrustedRow {
    set: SetId,
    start: Height,
    voters: Vec<VoterRow>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VoterRow {
    key: PublicKey,
    weight: u64,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeRow {
    header: String,
    justification: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct VoteRow {
    set: SetId,
    round: Round,
    stage: StageRow,
    voter: PublicKey,
    hash: Hash,
    height: Height,
    signature: Signature,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum StageRow {
    Prevote,
    Precommit,
}

/// Why a file is not used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// Larger than a file may be, or with more votes, headers or changes.
    #[error("it holds more than a file of votes may: {0}")]
    TooLarge(&'static str),
    /// Cut off, or not such a file at all.
    #[error("it is cut off, or not a file of votes: {0}")]
    Malformed(String),
    /// Of another format or version.
    #[error("its format is {0:?}, and {FORMAT:?} is read")]
    OtherFormat(String),
    /// Of another chain.
    #[error("it is of another chain: genesis {0}")]
    Foreign(Hash),
    /// The trusted voters are no set.
    #[error("its trusted voters are no set: {0}")]
    BadSet(VoterSetError),
    /// A vote of a set before the trusted one.
    #[error("vote {0} is of a set before the trusted one")]
    Stale(usize),
    /// Votes are not in the order of set, round, stage, voter and block, or one stands in it twice.
    #[error("vote {0} is not in order after the one before, or repeats it")]
    NotCanonical(usize),
    /// A voter stands in it more than twice in a stage of a round.
    #[error("vote {0} is the third of its voter in one stage of a round, and a log keeps two")]
    Third(usize),
    /// A signature does not hold.
    #[error("the signature of vote {0} does not hold")]
    BadSignature(usize),
    /// Headers and votes contradict each other.
    #[error("vote {0} names a block at another height than the block's header")]
    Contradiction(usize),
}

/// What is read from a file.
#[derive(Clone, Debug)]
pub struct Evidence {
    /// The set that needs no proof and what was made final after it, where the file holds that.
    pub record: Option<(TrustedSet, FinalityRecord)>,
    /// The votes, with the headers.
    pub log: VoteLog,
}

impl VoteFile {
    /// A file with the votes and headers of `log`, and with what is final where that is known.
    #[must_use]
    pub fn new(
        genesis: Hash,
        log: &VoteLog,
        record: Option<(&TrustedSet, &FinalityRecord)>,
    ) -> Self {
        let mut headers = log.headers().clone();
        if let Some((_, record)) = record {
            headers.extend(&Headers::new(&record.headers));
        }
        let votes = log.iter().filter_map(|vote| vote_row(&vote));
        let mut votes: Vec<VoteRow> = votes.collect();
        votes.sort_unstable_by_key(place);
        Self {
            format: FORMAT.to_owned(),
            genesis,
            record: record.map(|(trusted, record)| record_row(trusted, record)),
            votes,
            headers: headers.iter().map(hexed).collect(),
        }
    }

    /// As JSON.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Reads JSON and checks everything that needs no voter set: form, order, signatures.
    ///
    /// # Errors
    /// [`FileError`], cheap checks first.
    pub fn check<V: Verifier>(court: &Court<'_, V>, text: &str) -> Result<Evidence, FileError> {
        if u64::try_from(text.len()).unwrap_or(u64::MAX) > FILE_BYTES_MAX {
            return Err(FileError::TooLarge("bytes"));
        }
        let malformed = |error: serde_json::Error| FileError::Malformed(error.to_string());
        let file: Self = serde_json::from_str(text).map_err(malformed)?;
        if file.format != FORMAT {
            return Err(FileError::OtherFormat(file.format));
        }
        if file.genesis != court.genesis {
            return Err(FileError::Foreign(file.genesis));
        }
        if file.votes.len() > VOTES_MAX {
            return Err(FileError::TooLarge("votes"));
        }
        if file.headers.len() > HEADERS_MAX {
            return Err(FileError::TooLarge("headers"));
        }
        let headers =
            file.headers.iter().map(|text| unhexed(text)).collect::<Result<Vec<_>, _>>()?;
        let record = file.record.map(|row| row.read(&headers)).transpose()?;
        let stale = record.as_ref().map(|(trusted, _)| trusted.set.id());
        let log = read_log(court, &file.votes, &headers, stale)?;
        Ok(Evidence { record, log })
    }
}

impl RecordRow {
    fn read(self, headers: &[Header]) -> Result<(TrustedSet, FinalityRecord), FileError> {
        if self.changes.len() > SET_CHANGES_MAX {
            return Err(FileError::TooLarge("set changes"));
        }
        let voters = self.trusted.voters.iter();
        let voter = |row: &VoterRow| Voter { key: row.key, weight: VoteWeight(row.weight) };
        let voters: Vec<Voter> = voters.map(voter).collect();
        let set = VoterSet::new(self.trusted.set, &voters).map_err(FileError::BadSet)?;
        let change = |row: &ChangeRow| -> Result<Link, FileError> {
            Ok(Link { header: unhexed(&row.header)?, justification: unhexed(&row.justification)? })
        };
        let record = FinalityRecord {
            changes: self.changes.iter().map(change).collect::<Result<_, _>>()?,
            justification: unhexed::<Justification>(&self.justification)?,
            headers: headers.to_vec(),
        };
        Ok((TrustedSet { set, start: self.trusted.start }, record))
    }
}

fn read_log<V: Verifier>(
    court: &Court<'_, V>,
    rows: &[VoteRow],
    headers: &[Header],
    stale: Option<SetId>,
) -> Result<VoteLog, FileError> {
    let mut log = VoteLog::new(LogLimits::offline());
    for header in headers {
        log.record_header(header);
    }
    let mut before = None;
    for (position, row) in rows.iter().enumerate() {
        if before.replace(place(row)) >= Some(place(row)) {
            return Err(FileError::NotCanonical(position));
        }
        if stale.is_some_and(|trusted| row.set < trusted) {
            return Err(FileError::Stale(position));
        }
        let header = log.headers().get(&row.hash);
        if header.is_some_and(|header| header.height() != row.height) {
            return Err(FileError::Contradiction(position));
        }
        let vote = signed_vote(row);
        if !is_signed(court, &vote) {
            return Err(FileError::BadSignature(position));
        }
        if log.record(Slot::ZERO, &vote) == Recorded::Third {
            return Err(FileError::Third(position));
        }
    }
    Ok(log)
}

fn place(row: &VoteRow) -> (SetId, Round, bool, PublicKey, Height, Hash) {
    (row.set, row.round, row.stage == StageRow::Precommit, row.voter, row.height, row.hash)
}

fn vote_row(signed: &SignedVote) -> Option<VoteRow> {
    let stage = match signed.vote.stage {
        Stage::Prevote => StageRow::Prevote,
        Stage::Precommit => StageRow::Precommit,
        Stage::Primary => return None,
    };
    Some(VoteRow {
        set: signed.vote.set,
        round: signed.vote.round,
        stage,
        voter: signed.voter,
        hash: signed.vote.target.hash,
        height: signed.vote.target.height,
        signature: signed.signature,
    })
}

const fn signed_vote(row: &VoteRow) -> SignedVote {
    let stage = match row.stage {
        StageRow::Prevote => Stage::Prevote,
        StageRow::Precommit => Stage::Precommit,
    };
    let target = BlockRef { hash: row.hash, height: row.height };
    let vote = Vote { set: row.set, round: row.round, stage, target };
    SignedVote { vote, voter: row.voter, signature: row.signature }
}

fn record_row(trusted: &TrustedSet, record: &FinalityRecord) -> RecordRow {
    let voter = |voter: &Voter| VoterRow { key: voter.key, weight: voter.weight.0 };
    let change = |link: &Link| ChangeRow {
        header: hexed(&link.header),
        justification: hexed(&link.justification),
    };
    RecordRow {
        trusted: TrustedRow {
            set: trusted.set.id(),
            start: trusted.start,
            voters: trusted.set.voters().iter().map(voter).collect(),
        },
        changes: record.changes.iter().map(change).collect(),
        justification: hexed(&record.justification),
    }
}

fn hexed<T: BorshSerialize>(value: &T) -> String {
    hex::encode(encode(value))
}

fn unhexed<T: Wire + BorshDeserialize>(text: &str) -> Result<T, FileError> {
    let bytes = hex::decode(text).map_err(|error| FileError::Malformed(error.to_string()))?;
    decode(&bytes).map_err(|error| FileError::Malformed(error.to_string()))
}
