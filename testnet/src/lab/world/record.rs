//! What a report draws, kept while a run goes on; and the abstract state of the whole network, hashed.
//!
//! Inputs: whatever the world does, where it was asked to record. Outputs: a [`Record`]. Without being asked, each call
//! here costs one look at an option.
//!
//! Bounds: [`RECORDED_MAX`] entries of each kind.

use super::super::case::Case;
use super::super::outcome::{
    BlockInfo, EventInfo, Happened, MessageInfo, NodeInfo, RECORDED_MAX, Record, Traced, ViewInfo,
    VoteInfo,
};
use super::link::kind_of;
use super::node::Node;
use super::queue::Parcel;
use super::{World, mix};
use crate::scenario::validator_name;
use serin_consensus::finality::Stage;
use serin_network::message::{FinalityGossip, Gossip};
use serin_state::types::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// Keeps a record.
#[derive(Clone, Debug)]
pub(in crate::lab) struct Recorder {
    pub(super) record: Record,
    places: BTreeMap<Hash, usize>,
    votes: BTreeSet<Vec<u8>>,
}

impl Recorder {
    pub(super) fn new(case: &Case, nodes: &[Node]) -> Self {
        let byzantine = case.byzantine();
        let count = case.weights.len();
        let info = |(index, node): (usize, &Node)| NodeInfo {
            name: if index < count {
                validator_name(node.validator)
            } else {
                format!("{}'", validator_name(node.validator))
            },
            validator: u8::try_from(node.validator).unwrap_or(u8::MAX),
            byzantine: byzantine.has(node.validator),
        };
        let nodes = nodes.iter().enumerate().map(info).collect();
        let record = Record { nodes, ..Record::default() };
        Self { record, places: BTreeMap::new(), votes: BTreeSet::new() }
    }
}

impl World<'_> {
    /// Notes a message that leaves; gives its place in the record.
    pub(super) fn record_message(
        &mut self,
        (from, to): (usize, usize),
        number: u32,
        parcel: &Parcel,
    ) -> usize {
        let sent_ms = self.millis();
        if self.recorder.is_none() {
            return usize::MAX;
        }
        self.record_content(from, parcel);
        let Some(recorder) = self.recorder.as_mut() else { return usize::MAX };
        let place = recorder.record.messages.len();
        if place >= RECORDED_MAX {
            return usize::MAX;
        }
        let small = |index: usize| u8::try_from(index).unwrap_or(u8::MAX);
        recorder.record.messages.push(MessageInfo {
            from: small(from),
            to: small(to),
            number,
            sent_ms,
            arrived_ms: None,
            kind: kind_of(parcel),
            label: label(parcel),
        });
        place
    }

    /// Notes an event of the hash over the run.
    pub(super) fn record_mark(&mut self, node: usize, what: Happened, value: u64) {
        let at_ms = self.millis();
        let Some(recorder) = self.recorder.as_mut() else { return };
        if recorder.record.trace.len() < RECORDED_MAX {
            let node = u8::try_from(node).unwrap_or(u8::MAX);
            recorder.record.trace.push(Traced { at_ms, node, what, value });
        }
    }

    /// Notes that a message has arrived.
    pub(super) fn record_arrival(&mut self, place: usize) {
        let now = self.millis();
        let Some(recorder) = self.recorder.as_mut() else { return };
        if let Some(message) = recorder.record.messages.get_mut(place) {
            message.arrived_ms.get_or_insert(now);
        }
    }

    /// Notes blocks and votes when they are first said.
    fn record_content(&mut self, from: usize, parcel: &Parcel) {
        let Parcel::Gossip(_, gossip) = parcel else { return };
        let at_ms = self.millis();
        let author = match &**gossip {
            Gossip::Block(block) => self.judge.author_by_seal(&block.header),
            Gossip::Finality(_) | Gossip::Transactions(_) => None,
        };
        let Some(recorder) = self.recorder.as_mut() else { return };
        match &**gossip {
            Gossip::Block(block) => {
                let hash = block.header.hash();
                let blocks = &mut recorder.record.blocks;
                if blocks.len() < RECORDED_MAX && !recorder.places.contains_key(&hash) {
                    recorder.places.insert(hash, blocks.len());
                    blocks.push(BlockInfo {
                        hash,
                        parent: block.header.parent(),
                        height: block.header.height().0,
                        slot: block.header.slot().0,
                        author: author.and_then(|author| u8::try_from(author).ok()),
                        imported: Vec::new(),
                    });
                }
            }
            Gossip::Finality(FinalityGossip::Vote(vote)) => {
                let key = serin_state::codec::encode(vote);
                let votes = &mut recorder.record.votes;
                if votes.len() < RECORDED_MAX && recorder.votes.insert(key) {
                    let node = u8::try_from(from).unwrap_or(u8::MAX);
                    votes.push(VoteInfo { at_ms, node, vote: *vote });
                }
            }
            Gossip::Finality(FinalityGossip::Commit(_)) | Gossip::Transactions(_) => {}
        }
    }

    /// Notes what a node holds for best and final, where that changed.
    pub(super) fn record_view(&mut self, index: usize) {
        let at_ms = self.millis();
        let Some(recorder) = self.recorder.as_mut() else { return };
        let Some(core) = self.nodes.get(index).and_then(|node| node.core.as_ref()) else { return };
        let node = u8::try_from(index).unwrap_or(u8::MAX);
        let view = ViewInfo { at_ms, node, head: core.head(), finalized: core.finalized() };
        let place = recorder.places.get(&view.head.hash);
        if let Some(block) = place.and_then(|place| recorder.record.blocks.get_mut(*place))
            && !block.imported.iter().any(|(known, _)| *known == node)
        {
            block.imported.push((node, at_ms));
        }
        let last = recorder.record.views.iter().rev().find(|last| last.node == node);
        let same =
            last.is_some_and(|last| (last.head, last.finalized) == (view.head, view.finalized));
        if !same && recorder.record.views.len() < RECORDED_MAX {
            recorder.record.views.push(view);
        }
    }

    /// Notes something beside the protocol.
    pub(super) fn record_event(&mut self, node: Option<usize>, what: impl FnOnce() -> String) {
        let at_ms = self.millis();
        let Some(recorder) = self.recorder.as_mut() else { return };
        if recorder.record.events.len() < RECORDED_MAX {
            let node = node.and_then(|node| u8::try_from(node).ok());
            recorder.record.events.push(EventInfo { at_ms, node, what: what() });
        }
    }

    /// Hashes what kind of state the network is in, without names, times and heights.
    pub(super) fn note_state(&mut self) {
        let mut of_nodes: Vec<u64> = Vec::new();
        let cores = self.nodes.iter().filter_map(|node| node.core.as_ref());
        let best = cores.clone().map(|core| core.head().height.0).max().unwrap_or(0);
        let last = cores.clone().map(|core| core.finalized().height.0).max().unwrap_or(0);
        let round = cores.clone().map(|core| core.finality().round.0).max().unwrap_or(0);
        let mut heads: Vec<Hash> = cores.map(|core| core.head().hash).collect();
        heads.sort_unstable();
        heads.dedup();
        for node in &self.nodes {
            let Some(core) = node.core.as_ref() else {
                of_nodes.push(1);
                continue;
            };
            let finality = core.finality();
            let behind = u64::from(best.saturating_sub(core.head().height.0)).min(7);
            let lag = u64::from(core.head().height.since(core.finalized().height)).min(15);
            let unfinal = u64::from(last.saturating_sub(core.finalized().height.0)).min(7);
            let rounds = round.saturating_sub(finality.round.0).min(7);
            let forks = u64::try_from(core.layers().unfinalised()).unwrap_or(0).min(31);
            let orphans = u64::try_from(core.orphans_len()).unwrap_or(0).min(3);
            let parts =
                [behind, lag, unfinal, rounds, forks, orphans, u64::from(node.paused.is_some())];
            of_nodes.push(parts.into_iter().fold(2, mix));
        }
        // Which validator is in which state does not matter.
        of_nodes.sort_unstable();
        let heads = u64::try_from(heads.len()).unwrap_or(0);
        let all = of_nodes.into_iter().fold(heads, mix);
        self.states.insert(mix(all, u64::from(self.kind)));
    }
}

fn label(parcel: &Parcel) -> String {
    match parcel {
        Parcel::Gossip(_, gossip) => match &**gossip {
            Gossip::Block(block) => format!("block {}", block.header.height()),
            Gossip::Finality(FinalityGossip::Vote(vote)) => {
                let stage = match vote.vote.stage {
                    Stage::Primary => "hint",
                    Stage::Prevote => "prevote",
                    Stage::Precommit => "precommit",
                };
                format!("{stage} {} for {}", vote.vote.round.0, vote.vote.target.height)
            }
            Gossip::Finality(FinalityGossip::Commit(_)) => "proof of finality".to_owned(),
            Gossip::Transactions(list) => format!("{} transactions", list.0.len()),
        },
        Parcel::Request(_, request) => format!("asks ({:?})", request.protocol()),
        Parcel::Response(_, Ok(response)) => format!("answers ({:?})", response.protocol()),
        Parcel::Response(_, Err(_)) => "no answer".to_owned(),
    }
}
