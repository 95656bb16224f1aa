//! Which messages could have caused a finding: those from which a way of messages and nodes leads to its moment.
//!
//! Inputs: a record. Output: its messages, filtered. A message counts if it came to a node before that node said something
//! that counts (Lamport's "happened before", backwards from the end); of those, blocks, votes and proofs from shortly
//! before the fork on are kept, as nothing else decides what becomes final.
//!
//! Bounds: [`MESSAGES_MAX`] messages, the last ones.

use super::Finding;
use super::clash::Clash;
use crate::lab::case::Kind;
use crate::lab::outcome::{MessageInfo, Record};
use std::collections::BTreeMap;

/// Messages that are drawn.
pub(super) const MESSAGES_MAX: usize = 360;

/// From when to when a finding is told, in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) from_ms: u32,
    pub(super) to_ms: u32,
}

/// From shortly before the two chains part until the second one is final; without a conflict the last twelve slots.
pub(super) fn span(finding: &Finding<'_>, record: &Record) -> Span {
    let slot_ms = u32::from(finding.case.slot_ms).max(1);
    let last = |node_of: &dyn Fn(usize) -> bool| {
        let views = record.views.iter().enumerate().filter(|(at, _)| node_of(*at));
        views.map(|(_, view)| view.at_ms).max().unwrap_or(0)
    };
    let end =
        finding.case.slots.saturating_mul(slot_ms).min(last(&|_| true).saturating_add(slot_ms));
    let Some(clash) = Clash::of(record) else {
        return Span { from_ms: end.saturating_sub(slot_ms.saturating_mul(12)), to_ms: end };
    };
    let lowest = clash.blocks().iter().map(|block| block.height.0).min().unwrap_or(0);
    let to_ms = clash.views.iter().map(|view| view.at_ms).max().unwrap_or(end);
    let of_fork = record.blocks.iter().filter(|block| block.height.saturating_add(2) >= lowest);
    let first = of_fork.filter_map(|block| block.imported.iter().map(|(_, at)| *at).min()).min();
    let earliest = to_ms.saturating_sub(slot_ms.saturating_mul(16));
    let from_ms = first.unwrap_or(0).saturating_sub(slot_ms.div_euclid(2)).max(earliest);
    Span { from_ms, to_ms: to_ms.saturating_add(slot_ms.div_euclid(4)) }
}

/// The messages that may have caused what happened by the end of the span.
pub(super) fn causes(record: &Record, span: Span) -> Vec<&MessageInfo> {
    let mut until: BTreeMap<u8, u32> = BTreeMap::new();
    for node in 0..record.nodes.len() {
        until.insert(u8::try_from(node).unwrap_or(u8::MAX), span.to_ms);
    }
    if let Some(clash) = Clash::of(record) {
        // Only those who made one of the two final, at that moment.
        until = clash.views.iter().map(|view| (view.node, view.at_ms)).collect();
    }
    let mut arrivals: Vec<(u32, &MessageInfo)> =
        record.messages.iter().filter_map(|one| Some((one.arrived_ms?, one))).collect();
    arrivals.sort_by_key(|(at, _)| core::cmp::Reverse(*at));
    let mut causes = Vec::new();
    for (arrived, message) in arrivals {
        if until.get(&message.to).is_none_or(|until| arrived > *until) {
            continue;
        }
        let sender = until.entry(message.from).or_insert(0);
        *sender = (*sender).max(message.sent_ms);
        let decides =
            matches!(message.kind, Kind::Block | Kind::Prevote | Kind::Precommit | Kind::Proof);
        if decides && message.sent_ms >= span.from_ms && causes.len() < MESSAGES_MAX {
            causes.push(message);
        }
    }
    causes.reverse();
    causes
}
