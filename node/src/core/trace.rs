//! The rolling hash over everything that goes into and comes out of a core.
//!
//! Two runs with equal traces did the same, byte for byte. Internals are left out, so that a change of them keeps it. An
//! input and its effects are hashed at once: half of a simulation's hashing was this.
//!
//! Bounds: the bytes of one input and its effects.

use super::effect::{Effect, Notification};
use super::input::Input;
use borsh::BorshSerialize;
use serin_state::codec::encode;
use serin_state::types::{Hash, Millis, Purpose};

/// The hash so far.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    hash: Hash,
    /// What came in and out since the hash: a part is its kind, length and encoding.
    pending: Vec<u8>,
}

impl Trace {
    /// The hash over all inputs so far, each with its effects.
    pub(super) const fn hash(&self) -> Hash {
        self.hash
    }

    pub(super) fn on_input(&mut self, now: Millis, input: &Input) {
        let (kind, bytes): (u8, Vec<u8>) = match input {
            Input::Wake => (0, Vec::new()),
            Input::PeerConnected(peer) => (1, encode(peer)),
            Input::PeerDisconnected(peer) => (2, encode(peer)),
            Input::Announcement { from, id, announcement } => {
                (3, encode(&(from, id, announcement)))
            }
            Input::Finality { from, id, message } => (4, encode(&(from, id, message))),
            Input::Transactions { from, id, list } => {
                let hashes: Vec<Hash> = list.iter().map(crate::runtime::Verified::hash).collect();
                (5, encode(&(from, id, hashes)))
            }
            Input::Submit { ticket, transaction } => (6, encode(&(ticket, transaction.hash()))),
            Input::Request { from, id, request } => (7, encode(&(from, id, request))),
            Input::Response { from, id, result } => {
                (8, encode(&(from, id, result.as_ref().ok(), result.is_err())))
            }
        };
        self.add(kind, &(now, bytes));
    }

    pub(super) fn on_effects(&mut self, effects: &[Effect]) {
        for effect in effects {
            match effect {
                Effect::Gossip(gossip) => self.add(16, gossip),
                Effect::Validate(id, validation) => self.add(17, &(id, validation)),
                Effect::Request { peer, id, request } => self.add(18, &(peer, id, request)),
                Effect::Respond(id, response) => self.add(19, &(id, response)),
                Effect::WakeAt(at) => self.add(20, at),
                Effect::Punish(peer, offence) => self.add(21, &(peer, offence)),
                Effect::Reply(ticket, result) => self.add(22, &(ticket, result.as_ref().ok())),
                Effect::Notify(news) => self.on_news(news),
                Effect::Halt(reason) => self.add(24, reason),
            }
        }
        self.hash = Hash::personal(Purpose::Trace, &[&self.hash.0, &self.pending]);
        self.pending.clear();
    }

    fn on_news(&mut self, news: &Notification) {
        match news {
            Notification::Head { head, retracted, enacted } => {
                self.add(32, &(head, retracted, enacted));
            }
            Notification::Finalized(blocks) => self.add(33, blocks),
            Notification::Pooled(hash) => self.add(34, hash),
            Notification::Dropped(hash, _) => self.add(35, hash),
            Notification::SealEquivocation(evidence) => self.add(36, &evidence.author),
            Notification::VoteEquivocation(evidence) => self.add(37, evidence),
            Notification::Outdated(sentence) => self.add(40, sentence),
            Notification::SetChanged { changes, .. } => self.add(38, changes),
            Notification::Joining(sentence) => self.add(39, sentence),
            Notification::PeerFailed(peer, _) => self.add(40, peer),
        }
    }

    fn add<T: BorshSerialize + ?Sized>(&mut self, kind: u8, value: &T) {
        self.pending.push(kind);
        let start = self.pending.len();
        self.pending.extend([0; 4]);
        // Writing into memory does not fail.
        drop(value.serialize(&mut self.pending));
        let length = self.pending.len().saturating_sub(start).saturating_sub(4);
        let length = u32::try_from(length).unwrap_or(u32::MAX).to_le_bytes();
        for (to, from) in self.pending.iter_mut().skip(start).zip(length) {
            *to = from;
        }
    }
}
