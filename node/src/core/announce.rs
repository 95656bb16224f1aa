//! Announced blocks: a header and the names of its transactions. The body is put together from the pool; what is
//! not there is asked of the peer that passed the announcement on.
//!
//! Bounds: a bounded number of announcements wait for transactions, each once asked for.

use super::orphans::{Incoming, PARTIALS_MAX, Partial};
use super::sync::Purpose;
use super::{Core, Effect, MessageId, Peer, Signer, Validation};
use crate::runtime::{Verified, body_root};
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
            Ok(_) => self.rebuild(now, from, id, announcement),
            Err(HeaderError::UnknownParent) => {
                self.effects.push(Effect::Validate(id, Validation::Ignore));
                self.ask_for_ancestors(from, hash, height);
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

    fn rebuild(
        &mut self,
        now: Millis,
        from: Peer,
        message: MessageId,
        announcement: Box<BlockAnnouncement>,
    ) {
        let hash = announcement.header.hash();
        let found: Vec<_> =
            announcement.transactions.iter().map(|one| self.pool.get(one).cloned()).collect();
        let missing: Vec<u32> = found
            .iter()
            .enumerate()
            .filter(|(_, one)| one.is_none())
            .filter_map(|(position, _)| u32::try_from(position).ok())
            .collect();
        let partial = Partial { from, message, announcement, found };
        if missing.is_empty() {
            self.complete(now, partial);
            return;
        }
        if self.partials.len() >= PARTIALS_MAX {
            self.effects.push(Effect::Validate(message, Validation::Ignore));
            return;
        }
        let request = BlocksRequest::Transactions { block: hash, positions: missing };
        self.partials.insert(hash, partial);
        if !self.ask(from, Request::Blocks(request), Purpose::Body(hash)) {
            self.give_up_partial(&hash);
        }
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
        let version = partial.announcement.header.unsealed.version;
        let genesis = *self.chain.genesis();
        let mut given = transactions.into_iter();
        let wanted = partial.announcement.transactions.clone();
        for (place, name) in partial.found.iter_mut().zip(wanted) {
            if place.is_some() {
                continue;
            }
            let Some(transaction) = given.next() else {
                // A peer that no longer has the block answers with less: it is asked for as a whole.
                let height = partial.announcement.header.height();
                self.effects.push(Effect::Validate(partial.message, Validation::Ignore));
                self.ask_for_ancestors(from, *hash, height);
                return;
            };
            let named = transaction.hash() == name;
            let verified =
                Verified::check_with(&self.verifier, transaction, &genesis, version).ok();
            let Some(verified) = verified.filter(|_| named) else {
                self.effects.push(Effect::Validate(partial.message, Validation::Ignore));
                self.punish(from, Offence::WrongAnswer);
                return;
            };
            *place = Some(verified);
        }
        self.complete(now, partial);
    }

    /// The body does not come from there: the whole block is asked for.
    pub(super) fn give_up_partial(&mut self, hash: &Hash) {
        if let Some(partial) = self.partials.remove(hash) {
            self.effects.push(Effect::Validate(partial.message, Validation::Ignore));
            let height = partial.announcement.header.height();
            self.ask_for_ancestors(partial.from, *hash, height);
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
            body: partial.found.into_iter().flatten().collect(),
            justification: None,
        };
        // What became of it is told by the verdict of its message.
        let _imported = self.import(now, incoming);
    }

    /// Asks for a block and what lies between it and our final block, from the top down.
    pub(super) fn ask_for_ancestors(&mut self, peer: Peer, hash: Hash, height: Height) {
        let gap = height.since(self.blocks.tree.root().height);
        if gap > ANCESTORS_MAX {
            self.sync_with(peer);
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
