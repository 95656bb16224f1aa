//! A sync point: a final block whose whole state is served, and the proof that it is final.
//!
//! Finality comes in leaps, so the block at the round height often has no justification of its own. The
//! proof is its header, those that follow it, and the justification of the last of them.

use crate::core::join::JoinError;
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::{BlockRef, Justification, VoterSet};
use serin_consensus::rules::FinalityRules;
use serin_state::codec::Wire;
use serin_state::types::{Header, Height};

/// Final heights divisible by this are sync points. At six seconds a block one lives for 50 minutes,
/// since two are kept.
pub const POINT_HEIGHTS: u32 = 256;

/// Most headers of a proof: a leap of finality longer than this has no sync point.
pub const POINT_HEADERS_MAX: usize = 512;

/// The proof that a block is final.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct SyncPoint {
    /// The block, and those that follow it up to the justified one.
    pub headers: Vec<Header>,
    /// Of the last header.
    pub justification: Justification,
}

impl Wire for SyncPoint {
    const BYTES_MAX: usize = Justification::BYTES_MAX;
}

impl SyncPoint {
    /// The highest height with a sync point that lies above `below` and not above `height`.
    #[must_use]
    pub fn height_within(below: Height, height: Height) -> Option<Height> {
        let at = height.0.saturating_sub(height.0.checked_rem(POINT_HEIGHTS)?);
        (at > below.0).then_some(Height(at))
    }

    /// The block.
    #[must_use]
    pub fn header(&self) -> Option<&Header> {
        self.headers.first()
    }

    /// Checks that the headers lead from `block` to a block that `voters` made final.
    ///
    /// # Errors
    /// [`JoinError`]; honest nodes never send such a proof.
    pub fn verify<V: Verifier>(
        &self,
        block: BlockRef,
        voters: &VoterSet,
        rules: &FinalityRules,
        verifier: &V,
    ) -> Result<(), JoinError> {
        if self.headers.len() > POINT_HEADERS_MAX {
            return Err(JoinError::BadPoint("it has too many headers"));
        }
        let mut at: Option<BlockRef> = None;
        for header in &self.headers {
            let hash = header.hash();
            let follows = match at {
                None => hash == block.hash && header.height() == block.height,
                Some(below) => {
                    header.parent() == below.hash && Some(header.height()) == below.height.next()
                }
            };
            if !follows {
                return Err(JoinError::BadPoint("its headers do not lead on from the block"));
            }
            at = Some(BlockRef { hash, height: header.height() });
        }
        let below_last = self.headers.split_last().map_or(&[][..], |(_, below)| below);
        if below_last.iter().any(|header| header.unsealed.announcements.next_set.is_some()) {
            return Err(JoinError::BadPoint("its set had ended before the justified block"));
        }
        if at != Some(self.justification.target()) {
            return Err(JoinError::BadPoint("its justification is of another block"));
        }
        self.justification.verify(voters, rules, verifier).map_err(JoinError::Justification)
    }
}
