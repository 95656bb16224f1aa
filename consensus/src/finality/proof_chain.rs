//! The proof chain: from a trusted voter set over every change of sets, by headers and justifications alone.
//!
//! ```text
//!   set 0 --- header that announces set 1, final by set 0 --- header that announces set 2, final by set 1 --- ..
//! ```
//!
//! A [`Trust`] is what is proven so far; each [`Link`] moves it one set on. No vote of a set goes beyond the block that
//! ends it (design section 5), so the block of a link is the last one that its set made final.
//!
//! Bounds: [`FRAGMENT_LINKS_MAX`] links in a fragment, and one voter set in memory.

use super::{BlockRef, Justification, JustificationError, VoterSet, VoterSetError};
use crate::crypto::Verifier;
use crate::rules::FinalityRules;
use borsh::{BorshDeserialize, BorshSerialize, io};
use serin_state::codec::Wire;
use serin_state::types::{Hash, Header, Height, SetId, Voter};

/// Most links of one fragment.
pub const FRAGMENT_LINKS_MAX: usize = 4_096;

/// A header that is final, and the proof.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// The header; it announces the next set.
    pub header: Header,
    /// Of exactly this header, by the set that it ends.
    pub justification: Justification,
}

impl Wire for Link {
    const BYTES_MAX: usize = Header::BYTES_MAX + Justification::BYTES_MAX;
}

/// Links in order.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize)]
pub struct Fragment {
    /// The first ends the set that whoever reads it trusts.
    pub links: Vec<Link>,
}

impl BorshDeserialize for Fragment {
    fn deserialize_reader<R: io::Read>(reader: &mut R) -> io::Result<Self> {
        let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
        if count == 0 || count > FRAGMENT_LINKS_MAX {
            let why = "a fragment has 1 to 4096 links";
            return Err(io::Error::new(io::ErrorKind::InvalidData, why));
        }
        let links = (0..count).map(|_| Link::deserialize_reader(reader));
        Ok(Self { links: links.collect::<io::Result<_>>()? })
    }
}

impl Wire for Fragment {
    const BYTES_MAX: usize = Justification::BYTES_MAX;
}

/// Why a link proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// Its justification is of a set that ended before.
    #[error("it is of set {found}, which ended before the trusted set {trusted}")]
    Stale {
        /// Of the link.
        found: u64,
        /// The trusted one.
        trusted: u64,
    },
    /// Links in between are missing, or it is of another chain.
    #[error("it is of set {found}, and set {trusted} is trusted: links in between are missing")]
    Gap {
        /// Of the link.
        found: u64,
        /// The trusted one.
        trusted: u64,
    },
    /// Its header lies at or below the block that is proven.
    #[error("its header is not above height {proven}, which is proven")]
    Below {
        /// Proven so far.
        proven: Height,
    },
    /// Its justification is of another block than its header.
    #[error("its justification is of another block than its header")]
    OtherBlock,
    /// Its header announces no set.
    #[error("its header announces no voter set")]
    NoChange,
    /// Its justification does not hold.
    #[error("its justification does not hold: {0}")]
    Justification(JustificationError),
    /// The announced set is none.
    #[error("the set it announces is none: {0}")]
    Set(#[from] VoterSetError),
    /// There is no further set number.
    #[error("there is no set after the last one")]
    LastSet,
}

/// What is proven so far: a final block, and the set whose word counts above it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Trust {
    /// The last proven block.
    pub header: BlockRef,
    /// Who votes above it.
    pub voters: VoterSet,
}

impl Trust {
    /// What everybody knows who knows the genesis block.
    ///
    /// # Errors
    /// [`VoterSetError`], where `voters` are no set.
    pub fn genesis(genesis: Hash, voters: &[Voter]) -> Result<Self, VoterSetError> {
        let voters = VoterSet::new(SetId::first(&genesis), voters)?;
        Ok(Self { header: BlockRef { hash: genesis, height: Height::ZERO }, voters })
    }

    /// Number of the trusted set.
    #[must_use]
    pub const fn set(&self) -> SetId {
        self.voters.id()
    }

    /// Moves one set on.
    ///
    /// # Errors
    /// [`ProofError`]; then nothing changes.
    pub fn follow<V: Verifier>(
        &mut self,
        link: &Link,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), ProofError> {
        let Link { header, justification } = link;
        let (found, trusted) = (justification.set(), self.set());
        let numbers = || (found.0.wrapping_sub(trusted.0 & !0xffff_ffff), trusted.shown());
        if found < trusted {
            let (found, trusted) = (found.shown(), trusted.shown());
            return Err(ProofError::Stale { found, trusted });
        }
        if found > trusted {
            let (found, trusted) = numbers();
            return Err(ProofError::Gap { found, trusted });
        }
        if header.height() <= self.header.height {
            return Err(ProofError::Below { proven: self.header.height });
        }
        let block = BlockRef { hash: header.hash(), height: header.height() };
        if justification.target() != block {
            return Err(ProofError::OtherBlock);
        }
        let next = header.unsealed.announcements.next_set.as_ref().ok_or(ProofError::NoChange)?;
        justification.verify(&self.voters, rules, verifier).map_err(ProofError::Justification)?;
        let id = trusted.next().ok_or(ProofError::LastSet)?;
        let voters = VoterSet::new(id, next)?;
        *self = Self { header: block, voters };
        Ok(())
    }
}
