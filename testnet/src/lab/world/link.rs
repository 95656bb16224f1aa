//! How messages travel: gossip, requests, answers; delays, losses, copies, overtaking and bandwidth.
//!
//! Inputs: what nodes send. Outputs: arrivals in the queue. Every draw of a link is keyed by its number on the link, so one
//! message less moves no other. Gossip that was not sent to everybody is passed on by whoever accepts it.
//!
//! Bounds: a request that is not answered ends after [`REQUEST_TIMEOUT_MS`].

use super::super::case::{Broken, KIND_DELAY_MS, Kind, Nodes};
use super::super::outcome::Happened;
use super::queue::{Happening, Parcel};
use super::{LETTERS_MAX, Letter, World, low, message_id, peer_of};
use crate::sim::crypto::SimVerifier;
use crate::sim::world::SimCore;
use serin_consensus::finality::{BlockRef, SignedVote, Stage};
use serin_network::message::{
    BlocksResponse, FinalityGossip, FinalityResponse, Gossip, Request, Response,
};
use serin_network::requests::RequestFailure;
use serin_node::core::{AnswerId, Input, MessageId, Peer};
use serin_node::runtime::Verified;
use serin_state::types::Hash;
use std::sync::Arc;

/// A request without an answer ends after this long, in milliseconds, as in the network layer.
const REQUEST_TIMEOUT_MS: u64 = 10_000;
/// How much later than others a message arrives that others overtake, in multiples of the link's delay.
const OVERTAKEN_BY: u64 = 4;

impl World<'_> {
    /// A node gossips: adversaries change what leaves.
    pub(super) fn gossip(&mut self, from: usize, gossip: Gossip) {
        self.note_gossip(from, &gossip);
        if self.is_honest(from) {
            if let Gossip::Finality(FinalityGossip::Vote(vote)) = &gossip {
                self.judge.on_own_vote(from, vote);
            }
            let all = Nodes::all(self.nodes.len());
            self.tell(from, &Arc::new(gossip), all, 0);
        } else {
            self.attack(from, gossip);
        }
    }

    /// Sends gossip to `to`.
    pub(super) fn tell(&mut self, from: usize, gossip: &Arc<Gossip>, to: Nodes, later: u64) {
        let number =
            self.letters_before.saturating_add(u64::try_from(self.letters.len()).unwrap_or(0));
        self.judge.on_gossip(gossip);
        let own = Nodes::of(from).0;
        let told = Nodes(to.0 | own);
        self.letters.push_back(Letter { gossip: Arc::clone(gossip), told });
        if self.letters.len() > LETTERS_MAX {
            self.letters.pop_front();
            self.letters_before = self.letters_before.saturating_add(1);
        }
        for node in 0..self.nodes.len() {
            if node != from && to.has(node) {
                self.send(from, node, Parcel::Gossip(number, Arc::clone(gossip)), later);
            }
        }
    }

    /// A node accepted a gossip message: whoever was not sent it gets it from here.
    pub(super) fn pass_on(&mut self, from: usize, MessageId(number): MessageId) {
        if !self.is_honest(from) {
            return;
        }
        let place = number.checked_sub(self.letters_before);
        let place = place.and_then(|place| usize::try_from(place).ok());
        let all = Nodes::all(self.nodes.len());
        let Some(letter) = place.and_then(|place| self.letters.get_mut(place)) else { return };
        let left_out = Nodes(all.0 & !letter.told.0);
        if left_out.0 == 0 {
            return;
        }
        letter.told = all;
        let gossip = Arc::clone(&letter.gossip);
        for to in left_out.iter() {
            self.send(from, to, Parcel::Gossip(number, Arc::clone(&gossip)), 0);
        }
    }

    pub(super) fn request(&mut self, from: usize, peer: Peer, id: u64, request: Request) {
        let Ok(to) = usize::try_from(peer.0) else { return };
        let request = self.asked(from, request);
        self.send(from, to, Parcel::Request(id, Box::new(request)), 0);
        let at = self.now.saturating_add(REQUEST_TIMEOUT_MS);
        let (to, from) = ((from, self.life(from)), (to, self.life(to)));
        let parcel = Parcel::Response(id, Err(RequestFailure::Timeout));
        self.queue.push(at, Happening::Arrival { to, from, parcel, recorded: usize::MAX });
    }

    /// Whether nothing passes from one node to another.
    pub(super) fn is_cut(&self, from: usize, to: usize) -> bool {
        let cut = |number: &usize| {
            let fault = self.case.faults.get(*number);
            fault.is_some_and(|fault| fault.what.cuts(from, to))
        };
        (!self.broken.is_empty() && self.broken.iter().any(cut)) || !self.are_linked(from, to)
    }

    /// Whether adversaries let two nodes see each other: each half of twins has its own friends.
    fn are_linked(&self, one: usize, other: usize) -> bool {
        if self.twins.is_empty() {
            return true;
        }
        match (self.twins.get(&one), self.twins.get(&other)) {
            (None, None) => true,
            (Some(twin), None) => twin.side.has(other) == twin.first,
            (None, Some(twin)) => twin.side.has(one) == twin.first,
            (Some(one), Some(other)) => one.first == other.first,
        }
    }

    /// Sends a parcel over the link, `later` milliseconds late.
    pub(super) fn send(&mut self, from: usize, to: usize, parcel: Parcel, later: u64) {
        let count = self.nodes.len();
        let link = from.saturating_mul(count).saturating_add(to);
        let Some(counter) = self.sent.get_mut(link) else { return };
        let number = *counter;
        *counter = number.saturating_add(1);
        let recorded = self.record_message((from, to), number, &parcel);
        if self.is_cut(from, to) || self.nodes.get(to).is_none_or(|node| !node.is_up()) {
            return;
        }
        let Some(delay) = self.delay(from, to, number, &parcel) else {
            self.reached.lost = self.reached.lost.saturating_add(1);
            return;
        };
        let at = self.now.saturating_add(delay).saturating_add(later);
        let ends = ((to, self.life(to)), (from, self.life(from)));
        let twice = !self.kind
            && self.case.link.twice_ppm > 0
            && self.drawn("twice", link, number).chance_ppm(self.case.link.twice_ppm);
        if twice {
            let again = at.saturating_add(delay);
            let parcel = parcel.clone();
            let (to, from) = ends;
            self.queue.push(again, Happening::Arrival { to, from, parcel, recorded });
        }
        let (to, from) = ends;
        self.queue.push(at, Happening::Arrival { to, from, parcel, recorded });
    }

    fn drawn(&self, purpose: &str, link: usize, number: u32) -> serin_state::random::Draw {
        self.random.draw(purpose, u64::try_from(link).unwrap_or(0), u64::from(number))
    }

    /// How long message number so-and-so of a link travels; `None` where it is lost.
    fn delay(&mut self, from: usize, to: usize, number: u32, parcel: &Parcel) -> Option<u64> {
        let is_it = |one: &&super::super::case::Meddling| {
            usize::from(one.from) == from && usize::from(one.to) == to && one.number == number
        };
        if let Some(meddling) = self.case.meddling.iter().find(is_it) {
            return meddling.delay_ms.map(|ms| u64::from(ms).max(1));
        }
        let link = self.case.link;
        let place = from.saturating_mul(self.nodes.len()).saturating_add(to);
        let lost = |world: &Self| world.drawn("loss", place, number).chance_ppm(link.loss_ppm);
        if !self.kind && link.loss_ppm > 0 && lost(self) {
            return None;
        }
        let jitter = match u64::from(link.jitter_ms) {
            0 => 0,
            jitter => self.drawn("jitter", place, number).below(jitter.saturating_add(1)),
        };
        let least = u64::from(link.delay_ms).max(1);
        let mut delay = least.saturating_add(jitter);
        let overtaken = !self.kind
            && link.overtaken_ppm > 0
            && self.drawn("overtaken", place, number).chance_ppm(link.overtaken_ppm);
        if overtaken {
            delay = delay.saturating_mul(OVERTAKEN_BY);
        }
        if self.kind {
            return Some(delay.min(KIND_DELAY_MS));
        }
        if link.bandwidth > 0 {
            delay = delay.saturating_add(self.queueing(from, parcel));
        }
        Some(delay)
    }

    /// How long a parcel waits for the sender's line.
    fn queueing(&mut self, from: usize, parcel: &Parcel) -> u64 {
        let bytes = match parcel {
            Parcel::Gossip(_, gossip) => gossip.to_bytes().len(),
            Parcel::Request(..) => 64,
            Parcel::Response(_, response) => {
                response.as_ref().map_or(0, |response| serin_state::codec::encode(response).len())
            }
        };
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        let bandwidth = u64::from(self.case.link.bandwidth);
        let takes = bytes.saturating_mul(1_000).checked_div(bandwidth).unwrap_or(0);
        let now = self.now;
        let Some(node) = self.nodes.get_mut(from) else { return 0 };
        node.busy_until = node.busy_until.max(now).saturating_add(takes);
        node.busy_until.saturating_sub(now)
    }

    /// When a busy node has worked off a parcel that arrives now; nothing where it is not busy.
    pub(super) fn worked_at(&mut self, to: usize, parcel: &Parcel) -> Option<u64> {
        let mut busy = self.broken.iter().filter_map(|number| self.case.faults.get(*number));
        let (check_ms, execute_ms) = busy.find_map(|fault| {
            let Broken::Busy { node, check_ms, execute_ms } = fault.what else { return None };
            (usize::from(node) == to).then_some((u64::from(check_ms), u64::from(execute_ms)))
        })?;
        let (checks, blocks) = work_in(parcel);
        let takes =
            checks.saturating_mul(check_ms).saturating_add(blocks.saturating_mul(execute_ms));
        let now = self.now;
        let node = self.nodes.get_mut(to)?;
        node.works_until = node.works_until.max(now).saturating_add(takes);
        Some(node.works_until)
    }

    pub(super) fn arrive(
        &mut self,
        (to, life): (usize, u32),
        (from, from_life): (usize, u32),
        parcel: Parcel,
        recorded: usize,
    ) {
        let answers = matches!(parcel, Parcel::Response(..));
        if self.life(to) != life || (!answers && self.is_cut(from, to)) {
            return;
        }
        let is_late_end = matches!(parcel, Parcel::Response(_, Err(_)));
        if !is_late_end {
            self.mark(to, Happened::Message, label_of(&parcel));
            self.record_arrival(recorded);
        }
        let peer = peer_of(from);
        let heard = vote_in(&parcel).filter(|_| self.is_honest(to));
        let Some(node) = self.nodes.get_mut(to).filter(|node| node.is_up()) else { return };
        let input = match parcel {
            Parcel::Gossip(number, gossip) => {
                match self.as_input(to, (peer, message_id(number)), &gossip) {
                    Some(input) => input,
                    None => return,
                }
            }
            Parcel::Request(id, request) => {
                let number = node.number();
                node.answers.insert(number, (from, from_life, id));
                Input::Request { from: peer, id: AnswerId(number), request: *request }
            }
            Parcel::Response(id, result) => {
                if let Ok(response) = &result
                    && is_catch_up(response)
                {
                    self.reached.catch_up = self.reached.catch_up.saturating_add(1);
                }
                Input::Response { from: peer, id, result: result.map(|response| *response) }
            }
        };
        let looked = heard.filter(|vote| self.is_in_round(to, vote));
        self.give(to, input);
        if let Some(vote) = looked.filter(|vote| self.is_in_round(to, vote))
            && let Some(core) = self.nodes.get(to).and_then(|node| node.core.as_ref())
        {
            self.judge.on_heard(to, &vote, core);
        }
    }

    /// Whether a node is in the round of a vote, and works off what it is given.
    fn is_in_round(&self, node: usize, vote: &SignedVote) -> bool {
        let node = self.nodes.get(node).filter(|node| node.paused.is_none());
        let view = node.and_then(|node| node.core.as_ref()).map(SimCore::finality);
        view.is_some_and(|view| (view.set, view.round) == (vote.vote.set, vote.vote.round))
    }

    fn as_input(&self, to: usize, (from, id): (Peer, MessageId), gossip: &Gossip) -> Option<Input> {
        match gossip {
            Gossip::Block(announcement) => {
                Some(Input::Announcement { from, id, announcement: announcement.clone() })
            }
            Gossip::Finality(message) => {
                Some(Input::Finality { from, id, message: message.clone() })
            }
            Gossip::Transactions(list) => {
                let core = self.nodes.get(to)?.core.as_ref()?;
                let version = core.next_version();
                let list: Result<Vec<_>, _> = list
                    .0
                    .iter()
                    .map(|one| {
                        Verified::check_near(&SimVerifier, one.clone(), &self.genesis, version)
                    })
                    .collect();
                Some(Input::Transactions { from, id, list: list.ok()? })
            }
        }
    }

    /// What adversaries remember of what was said: blocks that one can vote for.
    fn note_gossip(&mut self, _from: usize, gossip: &Gossip) {
        if let Gossip::Block(announcement) = gossip
            && !self.case.adversaries.is_empty()
        {
            let header = &announcement.header;
            self.targets.push_back(BlockRef { hash: header.hash(), height: header.height() });
            if self.targets.len() > 16 {
                self.targets.pop_front();
            }
        }
    }
}

/// The vote that a parcel brings.
fn vote_in(parcel: &Parcel) -> Option<SignedVote> {
    let Parcel::Gossip(_, gossip) = parcel else { return None };
    if let Gossip::Finality(FinalityGossip::Vote(vote)) = &**gossip { Some(*vote) } else { None }
}

fn is_catch_up(response: &Response) -> bool {
    use serin_network::message::FinalityResponse;
    matches!(response, Response::Finality(FinalityResponse::CatchUp(Some(_))))
}

/// What tells one parcel from another in the trace.
fn label_of(parcel: &Parcel) -> u64 {
    match parcel {
        Parcel::Gossip(_, gossip) => match &**gossip {
            Gossip::Block(block) => {
                low(&Hash(block.header.seal.0.first_chunk().copied().unwrap_or_default()))
            }
            Gossip::Finality(FinalityGossip::Vote(vote)) => {
                low(&Hash(vote.signature.0.first_chunk().copied().unwrap_or_default()))
            }
            Gossip::Finality(FinalityGossip::Commit(bytes)) => {
                u64::try_from(bytes.len()).unwrap_or(0)
            }
            Gossip::Transactions(list) => u64::try_from(list.0.len()).unwrap_or(0),
        },
        Parcel::Request(id, _) => id.wrapping_mul(2),
        Parcel::Response(id, _) => id.wrapping_mul(2).wrapping_add(1),
    }
}

/// How many checks of signatures and executions of blocks a parcel brings.
fn work_in(parcel: &Parcel) -> (u64, u64) {
    match parcel {
        Parcel::Gossip(_, gossip) => match &**gossip {
            Gossip::Block(_) => (1, 1),
            Gossip::Finality(_) => (1, 0),
            Gossip::Transactions(list) => (u64::try_from(list.0.len()).unwrap_or(u64::MAX), 0),
        },
        Parcel::Response(_, Ok(response)) => match &**response {
            Response::Blocks(BlocksResponse::Range(blocks)) => {
                let blocks = u64::try_from(blocks.len()).unwrap_or(u64::MAX);
                (blocks, blocks)
            }
            Response::Finality(FinalityResponse::Votes(votes)) => {
                (u64::try_from(votes.len()).unwrap_or(u64::MAX), 0)
            }
            Response::Status(_)
            | Response::Blocks(_)
            | Response::Finality(_)
            | Response::State(_) => (1, 0),
        },
        Parcel::Request(..) | Parcel::Response(_, Err(_)) => (0, 0),
    }
}

/// Which kind of message a parcel is.
pub(super) fn kind_of(parcel: &Parcel) -> Kind {
    match parcel {
        Parcel::Gossip(_, gossip) => kind_of_gossip(gossip),
        Parcel::Request(..) => Kind::Request,
        Parcel::Response(..) => Kind::Answer,
    }
}

/// Which kind of message gossip is.
pub(super) fn kind_of_gossip(gossip: &Gossip) -> Kind {
    match gossip {
        Gossip::Block(_) => Kind::Block,
        Gossip::Finality(FinalityGossip::Vote(vote)) => match vote.vote.stage {
            Stage::Primary | Stage::Prevote => Kind::Prevote,
            Stage::Precommit => Kind::Precommit,
        },
        Gossip::Finality(FinalityGossip::Commit(_)) => Kind::Proof,
        Gossip::Transactions(_) => Kind::Transaction,
    }
}
