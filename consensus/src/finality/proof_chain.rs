//! The proof chain: from a trusted voter set over every change of sets, by headers and justifications alone.
//!
//! ```text
//!   set 0 --- header that announces set 1, final by set 0 --- header that announces set 2, final by set 1 --- ..
//! ```
//!
//! A [`Trust`] is what is proven so far; each [`Link`] moves it one set on. No vote of a set goes beyond the block that
//! ends it (design section 5), so the block of a link is the last one that its set made final. A link whose header
//! announces nothing proves that header and leaves the set ([`Trust::advance`]): it can only stand last.
//!
//! Bounds: [`FRAGMENT_LINKS_MAX`] links and 1 MiB in a fragment, and one voter set in memory.

use super::{BlockRef, Justification, JustificationError, VoterSet, VoterSetError};
use crate::crypto::Verifier;
use crate::rules::FinalityRules;
use borsh::{BorshDeserialize, BorshSerialize, io};
use serin_state::codec::{Wire, encode};
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
    /// Its header has more bytes than a header may have.
    #[error("its header has more bytes than a header may have")]
    TooLarge,
    /// Its set is of a chain with another genesis block.
    #[error("it is of a chain with another genesis block")]
    Foreign,
    /// Its justification is of a set that ended before.
    #[error("it is of set {found}, which ended before the trusted set {trusted}")]
    Stale {
        /// Of the link.
        found: u64,
        /// The trusted one.
        trusted: u64,
    },
    /// Links in between are missing.
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
    /// Its header has the height of the block that is proven, and is another one.
    #[error("its header is another one than the proven header at height {height}")]
    Contradiction {
        /// Of both.
        height: Height,
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

    /// What somebody trusts who was told that `block` is final and that `voters` vote above it.
    #[must_use]
    pub const fn checkpoint(block: BlockRef, voters: VoterSet) -> Self {
        Self { header: block, voters }
    }

    /// Number of the trusted set.
    #[must_use]
    pub const fn set(&self) -> SetId {
        self.voters.id()
    }

    /// Moves one set on, by the link that ends the trusted one.
    ///
    /// # Errors
    /// [`ProofError`]; then nothing changes.
    pub fn follow<V: Verifier>(
        &mut self,
        link: &Link,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), ProofError> {
        if link.header.unsealed.announcements.next_set.is_none() {
            return Err(ProofError::NoChange);
        }
        self.advance(link, rules, verifier)
    }

    /// Moves to the header of a link, and one set on where it announces one.
    ///
    /// # Errors
    /// [`ProofError`]; then nothing changes.
    pub fn advance<V: Verifier>(
        &mut self,
        link: &Link,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), ProofError> {
        let Link { header, justification } = link;
        let bytes = encode(header);
        if bytes.len() > Header::BYTES_MAX {
            return Err(ProofError::TooLarge);
        }
        let block = BlockRef { hash: Hash::of(&bytes), height: header.height() };
        self.check_place(justification.set(), block)?;
        if justification.target() != block {
            return Err(ProofError::OtherBlock);
        }
        // Signatures are the dearest check, so a set that is none is refused before them.
        let next = match &header.unsealed.announcements.next_set {
            Some(next) => {
                let id = self.set().next().ok_or(ProofError::LastSet)?;
                Some(VoterSet::new(id, next)?)
            }
            None => None,
        };
        justification.verify(&self.voters, rules, verifier).map_err(ProofError::Justification)?;
        self.header = block;
        if let Some(next) = next {
            assert!(next.id() > self.set(), "invariant(trust): sets only grow");
            self.voters = next;
        }
        Ok(())
    }

    /// Follows links in order, one set each, up to the first that does not hold.
    ///
    /// # Errors
    /// [`FragmentError`] names that link; those before it are followed.
    pub fn follow_fragment<V: Verifier>(
        &mut self,
        fragment: &Fragment,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), FragmentError> {
        for (index, link) in fragment.links.iter().enumerate() {
            self.follow(link, rules, verifier).map_err(|error| FragmentError { index, error })?;
        }
        Ok(())
    }

    /// The set is the trusted one of this chain, and the block lies above what is proven.
    fn check_place(&self, found: SetId, block: BlockRef) -> Result<(), ProofError> {
        let trusted = self.set();
        if found.0 >> 32 != trusted.0 >> 32 {
            return Err(ProofError::Foreign);
        }
        let (shown, ours) = (found.shown(), trusted.shown());
        if found < trusted {
            return Err(ProofError::Stale { found: shown, trusted: ours });
        }
        if found > trusted {
            return Err(ProofError::Gap { found: shown, trusted: ours });
        }
        let proven = self.header;
        if block.height == proven.height && block.hash != proven.hash {
            return Err(ProofError::Contradiction { height: proven.height });
        }
        if block.height <= proven.height {
            return Err(ProofError::Below { proven: proven.height });
        }
        Ok(())
    }
}

/// Which link of a fragment proves nothing, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("link {index} of the fragment: {error}")]
pub struct FragmentError {
    /// Place of the link, from zero.
    pub index: usize,
    /// What is wrong with it.
    pub error: ProofError,
}
