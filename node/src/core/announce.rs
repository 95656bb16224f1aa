//! Announced blocks: a header and the names of its transactions. The body is put together from the pool; what is
//! not there is asked of the peer that passed the announcement on.
//!
//! Bounds: a bounded number of announcements wait for transactions, each once asked for.

use super::orphans::{Incoming, PARTIALS_MAX, Partial};
use super::sync::Purpose;
use super::wanted::Source;
use super::{Core, Effect, MessageId, Peer, Signer, Validation};
use crate::runtime::{Verified, body_root};
use core::ops::Bound;
use serin_consensus::crypto::Verifier;
use serin_consensus::leader::HeaderError;
use serin_consensus::verdict::Verdict;
use serin_network::message::{
    BlockAnnouncement, BlockRange, BlocksRequest, Direction, Fields, RangeStart, Request,
};
use serin_network::peers::Offence;
use serin_state::store::Store;
use serin_state::types::{Hash, Height, Millis, SignedTransaction};

/// Ancestors that are asked for downwards at once; where more are missing, sync goes upwards as well.
const ANCESTORS_MAX: u32 = 64;

/// Peers that are asked for the body of a block, one after the other, ...
const BODY_TRIES_MAX: u8 = 4;
/// ... one part of so many of a slot apart.
const BODY_WAIT_PART: u64 = 4;

/// What an answer with transactions was worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Answer {
    Complete,
    Short,
    Wrong,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    pub(super) fn on_announcement(
        &mut self,
        now: Millis,
        from: Peer,
        id: MessageId,
        announcement: Box<BlockAnnouncement>,
    ) {
        let hash = announcement.header.hash();
        let height = announcement.header.height();
        self.note_best_of(from, hash, height);
        let known = !self.lacks(&hash)
            || self.partials.contains_key(&hash)
            || self.orphans.contains(&hash, height)
            || height <= self.blocks.tree.root().height;
        if known {
            self.effects.push(Effect::Validate(id, Validation::Ignore));
            return;
        }
        if body_root(&announcement.transactions) != announcement.header.unsealed.body_root {
            self.refuse(from, id, Verdict::Punish, Offence::InvalidBlock);
            return;
        }
        let slot_now = self.slot_at(now);
        match self.check_header(slot_now, &announcement.header) {
            Ok(claim) => {
                let names = announcement.transactions.iter();
                let found = names.map(|one| self.pool.get(one).cloned()).collect();
                let partial = Partial {
                    from,
                    message: id,
                    announcement,
                    claim,
                    asked: from,
                    next_at: None,
                    tries: 0,
                    found,
                };
                self.rebuild(now, hash, partial);
            }
            Err(HeaderError::UnknownParent) => {
                self.effects.push(Effect::Validate(id, Validation::Ignore));
                self.ask_for_ancestors(now, from, hash, height);
            }
            Err(error @ HeaderError::FromFuture { .. }) => {
                self.refuse(from, id, error.verdict(), Offence::FutureBlock);
                self.punish(from, Offence::FutureBlock);
            }
            Err(error) => self.refuse(from, id, error.verdict(), Offence::InvalidBlock),
        }
    }

    fn refuse(&mut self, from: Peer, id: MessageId, verdict: Verdict, offence: Offence) {
        let validation = match verdict {
            Verdict::Punish => Validation::Reject,
            Verdict::Ignore | Verdict::Retry => Validation::Ignore,
        };
        self.effects.push(Effect::Validate(id, validation));
        if verdict == Verdict::Punish {
            self.punish(from, offence);
        }
    }

    fn rebuild(&mut self, now: Millis, hash: Hash, partial: Partial) {
        if partial.missing().is_empty() {
            self.complete(now, partial);
            return;
        }
        if self.partials.len() >= PARTIALS_MAX {
            self.effects.push(Effect::Validate(partial.message, Validation::Ignore));
            return;
        }
        let from = partial.from;
        self.partials.insert(hash, partial);
        if !self.ask_for_body(now, from, &hash) {
            self.give_up_partial(now, &hash);
        }
    }

    /// Asks a peer for what an announced block still lacks; another one is asked a quarter of a slot later.
    fn ask_for_body(&mut self, now: Millis, peer: Peer, hash: &Hash) -> bool {
        let wait = self.chain.params().slot_ms.div_euclid(BODY_WAIT_PART).max(1);
        let Some(partial) = self.partials.get_mut(hash) else { return false };
        partial.asked = peer;
        partial.tries = partial.tries.saturating_add(1);
        let more = partial.tries < BODY_TRIES_MAX;
        partial.next_at = more.then(|| now.saturating_add(wait));
        let positions = partial.missing();
        let request = BlocksRequest::Transactions { block: *hash, positions };
        self.ask(peer, Request::Blocks(request), Purpose::Body(*hash))
    }

    /// Asks further peers for bodies that did not come in time.
    pub(super) fn ask_others_for_bodies(&mut self, now: Millis) {
        let due = self.partials.iter().filter(|(_, one)| one.next_at.is_some_and(|at| at <= now));
        let due: Vec<(Hash, Peer)> = due.map(|(hash, one)| (*hash, one.asked)).collect();
        for (hash, asked) in due {
            let after = (Bound::Excluded(asked), Bound::Unbounded);
            let next = self.peers.range(after).chain(&self.peers).map(|(peer, _)| *peer);
            let next = next.into_iter().find(|peer| *peer != asked);
            match next {
                // Where it cannot be asked, the one after it is, next time.
                Some(peer) => drop(self.ask_for_body(now, peer, &hash)),
                None => {
                    self.partials.entry(hash).and_modify(|partial| partial.next_at = None);
                }
            }
        }
    }

    /// When the next peer is to be asked for a body.
    pub(super) fn next_body_wake(&self) -> Option<Millis> {
        self.partials.values().filter_map(|partial| partial.next_at).min()
    }

    /// The missing transactions came, in the order of their positions.
    pub(super) fn on_missing(
        &mut self,
        now: Millis,
        from: Peer,
        hash: &Hash,
        transactions: Vec<SignedTransaction>,
    ) {
        let Some(mut partial) = self.partials.remove(hash) else { return };
        let answer = self.fill_in(&mut partial, transactions);
        if answer == Answer::Complete {
            self.complete(now, partial);
            return;
        }
        if answer == Answer::Wrong {
            self.punish(from, Offence::WrongAnswer);
        }
        // A peer that no longer has the block answers with less.
        self.partials.insert(*hash, partial);
        self.on_body_failed(now, hash);
    }

    /// A peer did not bring the body; nobody else is asked at the moment, or somebody is.
    pub(super) fn on_body_failed(&mut self, now: Millis, hash: &Hash) {
        let asked = self.requests.values().any(|(_, purpose)| *purpose == Purpose::Body(*hash));
        if !asked {
            self.give_up_partial(now, hash);
        }
    }

    /// Puts in what was named and asked for. What is right stays, even if the rest is not.
    fn fill_in(&self, partial: &mut Partial, given: Vec<SignedTransaction>) -> Answer {
        let version = partial.announcement.header.unsealed.version;
        let genesis = self.chain.genesis();
        let mut given = given.into_iter();
        let names = &partial.announcement.transactions;
        for (place, name) in partial.found.iter_mut().zip(names).filter(|(one, _)| one.is_none()) {
            let Some(transaction) = given.next() else { return Answer::Short };
            let named = transaction.hash() == *name;
            let verified = Verified::check_with(&self.verifier, transaction, genesis, version);
            match verified {
                Ok(verified) if named => *place = Some(verified),
                Ok(_) | Err(_) => return Answer::Wrong,
            }
        }
        Answer::Complete
    }

    /// The body does not come as transactions: the whole block is asked for, again and again.
    fn give_up_partial(&mut self, now: Millis, hash: &Hash) {
        if let Some(partial) = self.partials.remove(hash) {
            self.effects.push(Effect::Validate(partial.message, Validation::Ignore));
            let height = partial.announcement.header.height();
            self.wanted.insert(*hash, height, Source::Signed);
            self.ask_for_ancestors(now, partial.from, *hash, height);
        }
    }

    fn complete(&mut self, now: Millis, partial: Partial) {
        let header = partial.announcement.header;
        let hash = header.hash();
        let incoming = Incoming {
            from: Some(partial.from),
            message: Some(partial.message),
            header,
            hash,
            claim: Some(partial.claim),
            body: partial.found.into_iter().flatten().collect(),
            justification: None,
        };
        // What became of it is told by the verdict of its message.
        let _imported = self.import(now, incoming);
    }

    /// Asks for a block and what lies between it and our final block, from the top down.
    pub(super) fn ask_for_ancestors(
        &mut self,
        now: Millis,
        peer: Peer,
        hash: Hash,
        height: Height,
    ) {
        let gap = height.since(self.blocks.tree.root().height);
        if gap > ANCESTORS_MAX {
            self.sync_with(now, peer);
        }
        let range = BlockRange {
            start: RangeStart::Hash(hash),
            direction: Direction::Descending,
            count: u8::try_from(gap.clamp(1, ANCESTORS_MAX)).unwrap_or(1),
            fields: Fields::ALL,
        };
        let request = Request::Blocks(BlocksRequest::Range(range));
        self.ask(peer, request, Purpose::Ancestors);
    }
}
