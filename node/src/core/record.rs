//! What this node holds for final, as a record that an accusation can use, and what it saw of a round.
//!
//! Inputs: a height or a round. Outputs: the set changes since genesis, a justification and the headers below it; the
//! votes of the log. Bounds: [`RECORD_HEADERS_MAX`] headers, and the changes of the chain.

use super::{Core, Signer, rows};
use crate::chain_spec::ChainSpec;
use crate::runtime::query;
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::accuse::{FinalityRecord, SET_CHANGES_MAX, TrustedSet, VoteLog};
use serin_consensus::finality::proof_chain::{Link, Trust};
use serin_consensus::finality::{BlockRef, Justification, SignedVote, Stage};
use serin_network::limits::RESPONSE_VOTES_MAX;
use serin_state::codec::decode;
use serin_state::layout::StateKey;
use serin_state::store::Store;
use serin_state::types::{Header, Height, Millis, Round, SetId};
use std::collections::BTreeMap;

/// Most headers below the justified block.
pub const RECORD_HEADERS_MAX: usize = 16_384;
/// Least time between two answers to peers from the vote log, in milliseconds.
pub const LOG_ANSWER_MS: u64 = 200;

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// The first justification at `height` or above, by default the newest, with the set changes that lead to its set and the
    /// headers from its block down to where the set began. `None` before anything is final.
    #[must_use]
    pub fn finality_record(&self, height: Option<Height>) -> Option<(TrustedSet, FinalityRecord)> {
        let store = self.layers.store();
        let height = height.unwrap_or(self.blocks.tree.root().height);
        let bytes = rows::justification_from(store, height)?;
        let justification: Justification = decode(&bytes).ok()?;
        let trusted = genesis_set(self.chain.spec())?;
        let changes = self.links(trusted.set.id(), justification.set());
        let start = changes.last().map_or(trusted.start, |link| link.header.height());
        let headers = self.headers_below(justification.target(), start);
        Some((trusted, FinalityRecord { changes, justification, headers }))
    }

    /// The changes from `first` up to the one that began `last`.
    fn links(&self, first: SetId, last: SetId) -> Vec<Link> {
        let count = usize::try_from(last.since(first)).unwrap_or(usize::MAX).min(SET_CHANGES_MAX);
        let rows = rows::links_from(self.layers.store(), first, usize::MAX).into_iter();
        rows.take(count).map_while(|row| decode(&row).ok()).collect()
    }

    fn headers_below(&self, block: BlockRef, start: Height) -> Vec<Header> {
        let mut headers = Vec::new();
        let mut next = block;
        while next.height > start && headers.len() < RECORD_HEADERS_MAX {
            let Some(stored) = rows::block(self.layers.store(), &next.hash) else { break };
            let Some(height) = next.height.previous() else { break };
            next = BlockRef { hash: stored.header.parent(), height };
            headers.push(stored.header);
        }
        headers
    }

    /// The logged votes of a round and stage for a peer: the log lies on the disk, so not more often than every
    /// [`LOG_ANSWER_MS`].
    pub(super) fn logged_page(
        &mut self,
        now: Millis,
        set: SetId,
        round: Round,
        stage: Stage,
    ) -> Vec<SignedVote> {
        if now < self.log_answer_at {
            return Vec::new();
        }
        self.log_answer_at = now.saturating_add(LOG_ANSWER_MS);
        let log = self.signer.logged(set, round);
        let votes = log.iter().flat_map(|log| log.votes(set, round, stage));
        votes.take(RESPONSE_VOTES_MAX).collect()
    }

    /// The votes of a round in this node's log, with headers; `None` without a log.
    #[must_use]
    pub fn logged(&self, set: SetId, round: Round) -> Option<VoteLog> {
        self.signer.logged(set, round)
    }
}

/// The set of genesis, which needs no proof.
#[must_use]
pub fn genesis_set(spec: &ChainSpec) -> Option<TrustedSet> {
    let genesis = spec.genesis();
    let values = genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?)));
    let state: BTreeMap<StateKey, Vec<u8>> = values.collect();
    let trust = Trust::genesis(genesis.hash, query::session(&state).voters()).ok()?;
    Some(TrustedSet { set: trust.voters, start: trust.header.height })
}
