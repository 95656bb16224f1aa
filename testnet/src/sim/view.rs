//! Validators with one view: a core that is stepped once signs for all of them.
//!
//! ```text
//! slot, epoch -> the one of them that won it seals
//! set         -> one of them votes by the core, the others say the same
//! ```
//! Validators that hear and have the same at all times do the same, but for the lottery and for the name under a vote. So a
//! thousand of them cost a few cores, and every vote of each is still counted and checked by every core.
//!
//! # Bounds
//! Of several that won one slot, one seals: the journal beneath holds one seal a slot. All vote on as long as one of them
//! is in the set.

use super::crypto::{SimVerifier, lottery, session_keys, signature};
use serin_consensus::crypto::Signed;
use serin_consensus::finality::{SignedVote, Stage, Vote, VoterSet};
use serin_consensus::leader::{EpochData, LotteryContext, Prover, claim_slot};
use serin_consensus::rules::LotteryRules;
use serin_node::core::SessionKeys;
use serin_state::types::ClaimKind;
use serin_state::types::{Hash, LotteryProof, LotteryPublicKey, PublicKey, SetId, Slot};
use std::sync::Arc;

/// Who shares a view.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct View {
    keys: Arc<[SessionKeys]>,
    genesis: Hash,
    lottery: LotteryRules,
    /// The finality set, and those of them who are in it, by their vote keys.
    set: SetId,
    voters: Arc<[PublicKey]>,
}

struct Key(LotteryPublicKey);

impl Prover for Key {
    fn prove(&self, alpha: &[u8]) -> LotteryProof {
        lottery(&self.0, alpha).0
    }
}

impl View {
    /// The view of the simulated validators with these numbers, on the chain with this genesis block.
    pub(super) fn new(
        numbers: impl Iterator<Item = u32>,
        genesis: Hash,
        lottery: LotteryRules,
    ) -> Self {
        let keys = numbers.map(session_keys).collect();
        Self { keys, genesis, lottery, set: SetId::ZERO, voters: Arc::from([]) }
    }

    /// Whose turn the slot is: a winner of the lottery goes before the secondary author.
    pub(super) fn author(&self, epoch: &EpochData, slot: Slot) -> Option<SessionKeys> {
        let context = LotteryContext {
            genesis: &self.genesis,
            rules: &self.lottery,
            epoch,
            verifier: &SimVerifier,
        };
        let claims = self.keys.iter().filter_map(|keys| {
            let index = epoch.index_of(&keys.seal)?;
            let claimed = claim_slot(&context, slot, index, None, &Key(keys.lottery))?;
            Some((claimed.claim.kind != ClaimKind::Primary, *keys))
        });
        claims.min_by_key(|(is_secondary, _)| *is_secondary).map(|(_, keys)| keys)
    }

    /// Takes up the set; the key that the core votes with in it.
    pub(super) fn enter_set(&mut self, set: &VoterSet) -> Option<PublicKey> {
        let inside = self.keys.iter().map(|keys| keys.vote).filter(|key| set.contains(key));
        self.set = set.id();
        self.voters = inside.collect();
        self.voters.first().copied()
    }

    /// What the others say where the core said `said`. A hint comes from the one validator whose turn it is.
    pub(super) fn others(&self, said: &SignedVote) -> Vec<SignedVote> {
        let is_common = said.vote.set == self.set && self.voters.contains(&said.voter);
        if said.vote.stage == Stage::Primary || !is_common {
            return Vec::new();
        }
        let others = self.voters.iter().filter(|voter| **voter != said.voter);
        others.map(|voter| signed(*voter, said.vote)).collect()
    }
}

fn signed(voter: PublicKey, vote: Vote) -> SignedVote {
    let signature = signature(&voter, Signed::Vote(&vote.payload()));
    SignedVote { vote, voter, signature }
}
