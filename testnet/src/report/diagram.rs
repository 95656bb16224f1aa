//! The space-time diagram: a line for each node, time downwards, an arrow for each message that may have caused the end.
//!
//! Inputs: a record and the span that is told. Output: SVG. Copies of one message to several nodes are arrows of their own.

use super::clash::Clash;
use super::html::escape;
use super::slice::{Span, causes};
use super::{Finding, short};
use crate::lab::case::Kind;
use crate::lab::outcome::Record;

/// Width of a node's column in pixels.
const COLUMN: u32 = 150;
/// Height of the picture in pixels.
const HEIGHT: u32 = 900;
/// Room above for the names.
const TOP: u32 = 46;

fn x(node: u8) -> u32 {
    u32::from(node).saturating_mul(COLUMN).saturating_add(110)
}

fn y(span: Span, at_ms: u32) -> u32 {
    let length = u64::from(span.to_ms.saturating_sub(span.from_ms).max(1));
    let since = u64::from(at_ms.clamp(span.from_ms, span.to_ms).saturating_sub(span.from_ms));
    let down = since.saturating_mul(u64::from(HEIGHT)).checked_div(length).unwrap_or(0);
    u32::try_from(down).unwrap_or(HEIGHT).saturating_add(TOP)
}

const fn class(kind: Kind) -> &'static str {
    match kind {
        Kind::Block => "m-block",
        Kind::Prevote => "m-prevote",
        Kind::Precommit => "m-precommit",
        Kind::Proof => "m-proof",
        Kind::Transaction | Kind::Request | Kind::Answer => "m-other",
    }
}

/// The picture.
pub(super) fn svg(finding: &Finding<'_>, record: &Record, span: Span) -> String {
    let count = u8::try_from(record.nodes.len()).unwrap_or(u8::MAX);
    let width = x(count).saturating_add(40);
    let height = HEIGHT.saturating_add(TOP).saturating_add(30);
    let mut out = vec![format!(
        "<svg id=\"space\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" height=\"{height}\" role=\"img\" aria-label=\"messages\">"
    )];
    let seconds = span.from_ms.div_ceil(1_000)..=span.to_ms.div_euclid(1_000);
    for second in seconds {
        let at = y(span, second.saturating_mul(1_000));
        out.push(format!(
            "<line class=\"grid\" x1=\"44\" y1=\"{at}\" x2=\"{width}\" y2=\"{at}\"/><text class=\"time\" x=\"6\" y=\"{}\">{second} s</text>",
            at.saturating_add(4)
        ));
    }
    for (node, info) in (0..count).zip(&record.nodes) {
        let bad = if info.byzantine { " bad" } else { "" };
        out.push(format!(
            "<text class=\"name{bad}\" x=\"{0}\" y=\"24\">{1}</text><line class=\"life{bad}\" x1=\"{0}\" y1=\"{TOP}\" x2=\"{0}\" y2=\"{2}\"/>",
            x(node),
            escape(&info.name),
            HEIGHT.saturating_add(TOP),
        ));
    }
    for message in causes(record, span) {
        let arrived = message.arrived_ms.unwrap_or(message.sent_ms);
        out.push(format!(
            "<line class=\"message {}\" data-t=\"{}\" x1=\"{}\" y1=\"{}\" x2=\"{}\" y2=\"{}\"><title>{} to {}: {} ({} to {} ms)</title></line>",
            class(message.kind),
            message.sent_ms,
            x(message.from),
            y(span, message.sent_ms),
            x(message.to),
            y(span, arrived),
            escape(&finding.name(message.from)),
            escape(&finding.name(message.to)),
            escape(&message.label),
            message.sent_ms,
            arrived,
        ));
    }
    out.push(finals(finding, record, span));
    out.push("</svg>".to_owned());
    out.concat()
}

/// Where a node makes something final, and what happens beside the protocol.
fn finals(finding: &Finding<'_>, record: &Record, span: Span) -> String {
    let is_told = |at_ms: u32| (span.from_ms..=span.to_ms).contains(&at_ms);
    let mut out: Vec<String> = Vec::new();
    let conflict: Vec<_> =
        Clash::of(record).iter().flat_map(Clash::blocks).map(|block| block.hash).collect();
    let mut last = std::collections::BTreeMap::new();
    for view in &record.views {
        let is_new = last.insert(view.node, view.finalized.hash) != Some(view.finalized.hash);
        if !is_new || !is_told(view.at_ms) || view.finalized.height.0 == 0 {
            continue;
        }
        let crime = if conflict.contains(&view.finalized.hash) { " crime" } else { "" };
        let (at, down) = (x(view.node), y(span, view.at_ms));
        out.push(format!(
            "<g class=\"final{crime}\" data-t=\"{}\"><title>{} makes block {} {} final at {} ms</title><circle cx=\"{at}\" cy=\"{down}\" r=\"6\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            view.at_ms,
            escape(&finding.name(view.node)),
            view.finalized.height,
            short(&view.finalized.hash),
            view.at_ms,
            at.saturating_add(10),
            down.saturating_add(4),
            view.finalized.height,
        ));
    }
    for event in record.events.iter().filter(|event| is_told(event.at_ms)) {
        let at = event.node.map_or(46, x);
        out.push(format!(
            "<g class=\"event\" data-t=\"{}\"><title>{}</title><path d=\"M{at} {} l5 9 h-10 z\"/></g>",
            event.at_ms,
            escape(&event.what),
            y(span, event.at_ms).saturating_sub(4),
        ));
    }
    out.concat()
}
