//! A finding for people: one HTML page that needs nothing else, and the same story as Markdown.
//!
//! ```text
//! case, record -> story (numbered sentences) -> markdown
//!              -> slice (what could have caused it) -> diagram -+
//!              -> tree (blocks on lanes) ------------------------+-> html
//! ```
//! Inputs: a finding, which was run with its record. Outputs: text. Everything that comes from a case or a record is
//! escaped; the page loads nothing from anywhere.
//!
//! Bounds: `MESSAGES_MAX` messages and `BLOCKS_MAX` blocks are drawn.

mod clash;
mod diagram;
mod html;
mod slice;
mod story;
#[cfg(test)]
mod tests;
mod tree;

pub use html::page;
pub use story::{Story, markdown};

use crate::lab::outcome::Record;
use crate::lab::{Case, Outcome};
use serin_state::types::Hash;

/// What a report is about.
#[derive(Clone, Copy, Debug)]
pub struct Finding<'a> {
    /// The case, made small.
    pub case: &'a Case,
    /// What came of it, with its record.
    pub outcome: &'a Outcome,
    /// The oracle that fired.
    pub oracle: &'a str,
    /// The replay string.
    pub replay: &'a str,
    /// What the case was made small from, in a sentence; empty where it was not.
    pub shrunk: &'a str,
}

impl Finding<'_> {
    pub(crate) fn record(&self) -> Option<&Record> {
        self.outcome.record.as_deref()
    }

    /// Names of the validators of a set of numbers.
    pub(crate) fn name(&self, node: u8) -> String {
        let info = self.record().and_then(|record| record.nodes.get(usize::from(node)));
        info.map_or_else(|| format!("node {node}"), |info| info.name.clone())
    }
}

/// The first four bytes of a hash: enough for people.
pub(crate) fn short(hash: &Hash) -> String {
    hash.to_string().chars().take(8).collect()
}
