//! Blocks on lanes: where each stands in the picture of the forks.
//!
//! Inputs: a record. Outputs: positions. The first child of a block stays on its lane, later ones open new lanes.
//!
//! Bounds: [`BLOCKS_MAX`] blocks, the highest ones.

use super::clash::Clash;
use super::{Finding, short};
use crate::lab::outcome::{BlockInfo, Record};
use serin_state::types::Hash;
use std::collections::{BTreeMap, BTreeSet};

/// Blocks that are drawn.
pub(super) const BLOCKS_MAX: usize = 120;

/// A block in the picture.
#[derive(Clone, Debug)]
pub(super) struct Placed<'a> {
    pub(super) block: &'a BlockInfo,
    pub(super) lane: u32,
    pub(super) parent_lane: u32,
    /// When it was first seen.
    pub(super) at_ms: u32,
}

/// Genesis, which nobody sends: the parent of the blocks of height 1.
fn genesis(record: &Record) -> Option<BlockInfo> {
    let first = record.blocks.iter().find(|block| block.height == 1)?;
    let hash = first.parent;
    let (parent, imported) = (Hash::ZERO, Vec::new());
    Some(BlockInfo { hash, parent, height: 0, slot: 0, author: None, imported })
}

/// Blocks with their lanes, low ones first.
pub(super) fn place<'a>(record: &'a Record, genesis: Option<&'a BlockInfo>) -> Vec<Placed<'a>> {
    let mut blocks: Vec<&BlockInfo> = record.blocks.iter().chain(genesis).collect();
    blocks.sort_by_key(|block| (block.height, block.slot, block.hash));
    let skip = blocks.len().saturating_sub(BLOCKS_MAX);
    let mut lanes: BTreeMap<Hash, u32> = BTreeMap::new();
    let mut has_child: BTreeSet<Hash> = BTreeSet::new();
    let mut next = 0_u32;
    let mut placed = Vec::new();
    for block in blocks.into_iter().skip(skip) {
        let parent_lane = lanes.get(&block.parent).copied();
        let lane = match parent_lane {
            Some(lane) if has_child.insert(block.parent) => lane,
            None if has_child.insert(block.parent) && next == 0 => 0,
            _ => {
                next = next.saturating_add(1);
                next
            }
        };
        lanes.insert(block.hash, lane);
        let at_ms = block.imported.iter().map(|(_, at)| *at).min().unwrap_or(0);
        placed.push(Placed { block, lane, parent_lane: parent_lane.unwrap_or(lane), at_ms });
    }
    placed
}

/// The picture: blocks with lines to their parents. Heads and final blocks are put in by the page's script.
pub(super) fn svg(finding: &Finding<'_>, record: &Record) -> String {
    let genesis = genesis(record);
    let placed = place(record, genesis.as_ref());
    let lowest = placed.iter().map(|one| one.block.height).min().unwrap_or(0);
    let highest = placed.iter().map(|one| one.block.height).max().unwrap_or(0);
    let lanes = placed.iter().map(|one| one.lane).max().unwrap_or(0);
    let x = |height: u32| height.saturating_sub(lowest).saturating_mul(96).saturating_add(60);
    let y = |lane: u32| lane.saturating_mul(110).saturating_add(60);
    let width = x(highest).saturating_add(90);
    let height = y(lanes).saturating_add(70);
    let conflict: Vec<Hash> =
        Clash::of(record).iter().flat_map(Clash::blocks).map(|block| block.hash).collect();
    let mut out = vec![format!(
        "<svg id=\"tree\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"blocks\">"
    )];
    for one in &placed {
        let (at, to) = (x(one.block.height), y(one.lane));
        // From one box to the next, so that no line crosses a number.
        let from = (x(one.block.height.saturating_sub(1)), y(one.parent_lane));
        let from = (from.0.saturating_add(26), from.1);
        let end = at.saturating_sub(26);
        if one.block.height > lowest {
            out.push(format!(
                "<line class=\"edge\" data-t=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{end}\" y2=\"{to}\"/>",
                one.at_ms, from.0, from.1
            ));
        }
    }
    for one in &placed {
        let (at, to) = (x(one.block.height), y(one.lane));
        let guilty = if conflict.contains(&one.block.hash) { " conflict" } else { "" };
        let author = one
            .block
            .author
            .map_or_else(String::new, |author| format!(" by {}", finding.name(author)));
        out.push(format!(
            "<g class=\"block{guilty}\" data-t=\"{}\" data-h=\"{}\" data-x=\"{at}\" data-y=\"{to}\"><title>block {} {} slot {}{}</title><rect x=\"{}\" y=\"{}\" width=\"52\" height=\"30\" rx=\"6\"/><text x=\"{at}\" y=\"{}\">{}</text></g>",
            one.at_ms,
            short(&one.block.hash),
            one.block.height,
            short(&one.block.hash),
            one.block.slot,
            super::html::escape(&author),
            at.saturating_sub(26),
            to.saturating_sub(15),
            to.saturating_add(5),
            one.block.height,
        ));
    }
    out.push("<g id=\"heads\"></g></svg>".to_owned());
    out.concat()
}
