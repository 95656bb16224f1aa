//! Wake-ups of nodes, with what adversaries add to them: second blocks, old selves; and transfers that users hand in.
//!
//! A second block of a slot is made by a copy of the core that was given another transaction first: it holds in every
//! respect but that its author has two. Old selves are copies too: they go on upon blocks that others have left.
//!
//! Bounds: one old self a node.

use super::super::case::Attack;
use super::World;
use serin_network::message::Gossip;
use serin_node::core::{Effect, Input, Ticket};
use serin_state::types::Millis;
use std::sync::Arc;

/// Slots after which a stale core is of no use any more and is replaced by a younger one.
const STALE_SLOTS: u64 = 40;

impl World<'_> {
    /// Wakes a node; an adversary may wake others of its selves too.
    pub(super) fn wake(&mut self, index: usize) {
        if self.is_honest(index) {
            self.give(index, Input::Wake);
            return;
        }
        self.forge(index);
        let second = self.attack_of(index, |kind| {
            if let Attack::SealTwice { side } = kind { Some(side) } else { None }
        });
        let copy = second.and_then(|_| self.nodes.get(index)?.core.clone());
        let letters = self.letters_before.saturating_add(count(self.letters.len()));
        self.give(index, Input::Wake);
        let made = self.has_own_block_since(letters);
        if let (Some(side), Some(mut copy), true) = (second, copy, made) {
            self.seal_again(index, &mut copy, side);
        }
        self.wake_past(index);
    }

    fn has_own_block_since(&self, number: u64) -> bool {
        let skip = number.saturating_sub(self.letters_before);
        let skip = usize::try_from(skip).unwrap_or(usize::MAX);
        self.letters.iter().skip(skip).any(|letter| matches!(&*letter.gossip, Gossip::Block(_)))
    }

    /// Makes a second block for the slot with a copy of the core, and shows it to one side.
    fn seal_again(
        &mut self,
        index: usize,
        copy: &mut crate::sim::world::SimCore,
        side: super::Nodes,
    ) {
        let slot = self.spec.params.slot_at(Millis(self.now));
        let version = copy.next_version();
        let Some((_, transfer)) = self.transfers.next(&self.genesis, slot, version) else { return };
        let Some(now) = self.nodes.get_mut(index).map(|node| node.clock(self.now)) else { return };
        let input =
            Input::Submit { ticket: Ticket(u64::MAX), transaction: Box::new(transfer.clone()) };
        drop(copy.on_input(now, input));
        let effects = copy.on_input(now, Input::Wake);
        for effect in effects {
            if let Effect::Gossip(gossip @ Gossip::Block(_)) = effect {
                self.act(index, "a second block for its slot");
                let gossip = Arc::new(gossip);
                self.tell(index, &gossip, side, 0);
                // Its own core learns the block, so that it can answer for the body.
                let input = Input::Submit {
                    ticket: Ticket(u64::MAX),
                    transaction: Box::new(transfer.clone()),
                };
                self.give(index, input);
                let other = usize::from(index == 0);
                if let Gossip::Block(announcement) = &*gossip {
                    let from = super::peer_of(other);
                    let id = super::message_id(u64::MAX);
                    let announcement = announcement.clone();
                    self.give(index, Input::Announcement { from, id, announcement });
                }
            }
        }
    }

    /// An old self of an adversary takes its slots and votes.
    fn wake_past(&mut self, index: usize) {
        let depth = self.attack_of(index, |kind| {
            if let Attack::LongRange { depth } = kind {
                return Some(u64::from(depth.max(1)));
            }
            matches!(kind, Attack::StaleKeys).then_some(STALE_SLOTS)
        });
        let Some(depth) = depth else { return };
        let now = self.now;
        let Some(node) = self.nodes.get_mut(index) else { return };
        let Some(core) = &node.core else { return };
        let height = u64::from(core.head().height.0);
        let young = node.past.as_ref().is_none_or(|past| {
            height > u64::from(past.head().height.0).saturating_add(depth.saturating_mul(2))
        });
        if young {
            node.past = Some(Box::new(core.clone()));
        }
        let clock = node.clock(now);
        let behind = |past: &crate::sim::world::SimCore| {
            u64::from(past.finalized().height.0).saturating_add(depth) <= height
        };
        let Some(past) = node.past.as_mut().filter(|past| behind(past)) else { return };
        let effects = past.on_input(clock, Input::Wake);
        let all = super::Nodes::all(self.nodes.len());
        for effect in effects {
            if let Effect::Gossip(gossip @ (Gossip::Block(_) | Gossip::Finality(_))) = effect {
                self.act(index, "something of an old self");
                self.tell(index, &Arc::new(gossip), all, 0);
            }
        }
    }

    /// Hands in the next transfer at the nodes in turn; one that is down loses it.
    pub(super) fn hand_in(&mut self) {
        let slot = self.spec.params.slot_at(Millis(self.now));
        let cores = self.nodes.iter().filter_map(|node| node.core.as_ref());
        let version = cores.map(crate::sim::world::SimCore::next_version).max().unwrap_or_default();
        let Some((turn, transaction)) = self.transfers.next(&self.genesis, slot, version) else {
            return;
        };
        let Some(index) = turn.checked_rem(self.nodes.len()) else { return };
        let Some(ticket) = self.nodes.get_mut(index).map(super::Node::number) else { return };
        let input = Input::Submit { ticket: Ticket(ticket), transaction: Box::new(transaction) };
        self.give(index, input);
    }
}

fn count(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}
