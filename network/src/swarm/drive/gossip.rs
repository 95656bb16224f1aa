//! Gossip in both directions, and the verdicts that are due.
//!
//! A message waits for its verdict in a table with a bound; the oldest is ignored when it is full, so a node
//! that never answers cannot grow it.

use super::Drive;
use crate::limits::VALIDATIONS_MAX;
use crate::message::Gossip;
use crate::name::Topic;
use crate::peers::Offence;
use crate::swarm::api::{Event, MessageId, Verdict};
use crate::swarm::gossip::topic_hash;
use libp2p::PeerId;
use libp2p::gossipsub::{self, MessageAcceptance, PublishError, TopicHash};
use serin_state::codec::DecodeError;
use std::collections::BTreeMap;
use tokio::sync::mpsc::error::TrySendError;

/// Messages that await their verdict, oldest first.
#[derive(Debug, Default)]
pub(super) struct Validations {
    open: BTreeMap<MessageId, Open>,
    next: u64,
}

/// What gossipsub calls a message, and who passed it on.
#[derive(Clone, Debug)]
struct Open {
    id: gossipsub::MessageId,
    peer: PeerId,
}

impl Validations {
    /// Books a message; gives back the oldest where there are too many.
    fn open(&mut self, one: Open) -> (MessageId, Option<Open>) {
        let id = MessageId(self.next);
        self.next = self.next.saturating_add(1);
        self.open.insert(id, one);
        let full = self.open.len() > VALIDATIONS_MAX;
        (id, full.then(|| self.open.pop_first()).flatten().map(|(_, one)| one))
    }
}

impl Drive {
    pub(super) fn publish(&mut self, message: &Gossip) {
        let topic = topic_hash(message.topic(), &self.genesis);
        let bytes = message.to_bytes();
        let outcome = self.swarm.behaviour_mut().gossip.publish(topic, bytes);
        let Err(error) = outcome else { return };
        let reason = match error {
            PublishError::Duplicate => "duplicate",
            PublishError::NoPeersSubscribedToTopic => "no_peers",
            PublishError::AllQueuesFull(_) => "queues_full",
            PublishError::MessageTooLarge => "too_large",
            // Nothing is signed and nothing is transformed.
            PublishError::SigningError(_) | PublishError::TransformFailed(_) => "failed",
        };
        self.counters.on_unpublished(reason);
    }

    pub(super) fn validate(&mut self, id: MessageId, verdict: Verdict) {
        if let Some(open) = self.validations.open.remove(&id) {
            self.report(&open, verdict);
        }
    }

    pub(super) fn on_gossip(&mut self, event: gossipsub::Event) {
        if let gossipsub::Event::Message { propagation_source, message_id, message } = event {
            let open = Open { id: message_id, peer: propagation_source };
            self.on_message(open, &message.topic, &message.data);
        }
    }

    fn on_message(&mut self, open: Open, topic: &TopicHash, data: &[u8]) {
        let genesis = self.genesis;
        let known = Topic::ALL.into_iter().find(|known| topic_hash(*known, &genesis) == *topic);
        // The subscription filter lets no other topic through.
        let Some(topic) = known else { return self.report(&open, Verdict::Ignore) };
        let now = self.now();
        if !self.budget(open.peer).on_gossip(now, topic) {
            self.report(&open, Verdict::Ignore);
            return self.punish(open.peer, Offence::Flood);
        }
        match Gossip::from_bytes(topic, data) {
            Ok(message) => self.pass_on(open, message),
            Err(error) => {
                self.report(&open, Verdict::Reject);
                self.punish(open.peer, offence_of(error));
            }
        }
    }

    /// Hands a message to the node, or drops it where the node is behind.
    fn pass_on(&mut self, open: Open, message: Gossip) {
        let peer = open.peer;
        if !self.peers.contains_key(&peer) {
            // It went while its message was under way.
            return self.report(&open, Verdict::Ignore);
        }
        let (id, oldest) = self.validations.open(open);
        if let Some(oldest) = oldest {
            self.report(&oldest, Verdict::Ignore);
        }
        let event = Event::Gossip { id, peer, message };
        let dropped = if self.outbox.is_empty() {
            matches!(self.channels.events.try_send(event), Err(TrySendError::Full(_)))
        } else {
            true
        };
        if dropped {
            self.counters.gossip_dropped.inc();
            self.validate(id, Verdict::Ignore);
        }
    }

    fn report(&mut self, open: &Open, verdict: Verdict) {
        let acceptance = match verdict {
            Verdict::Accept => MessageAcceptance::Accept,
            Verdict::Reject => MessageAcceptance::Reject,
            Verdict::Ignore => MessageAcceptance::Ignore,
        };
        let gossip = &mut self.swarm.behaviour_mut().gossip;
        // False where the message left the cache meanwhile: then nobody waits for it.
        let _known = gossip.report_message_validation_result(&open.id, &open.peer, acceptance);
    }
}

/// What a peer is guilty of whose bytes could not be read.
pub(super) const fn offence_of(error: DecodeError) -> Offence {
    match error {
        DecodeError::TooLong { .. } => Offence::Oversized,
        DecodeError::Malformed => Offence::Malformed,
    }
}
