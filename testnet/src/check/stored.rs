//! What a node keeps at the end: all that others may ask it for, and nothing of what lost.
//!
//! Inputs: the cores of the honest nodes at the end. Outputs: violations.
//!
//! Bounds: one look at the store a final height, and one a header that was said in public.

use super::Judge;
use crate::sim::world::SimCore;
use serin_node::core::exported;
use serin_state::types::{Hash, Header, Height, SetId};

impl Judge {
    /// Looks at the store of a node.
    pub(super) fn judge_stored(&mut self, node: usize, core: &SimCore) {
        let last = core.finalized().height;
        let store = core.layers().store();
        let missing = (1..=last.0).map(Height).find(|height| exported(store, *height).is_none());
        if let Some(height) = missing {
            let what = format!("node {node} cannot serve block {height}, which is final there");
            self.violate("served", what, Vec::new());
        }
        let lost = |(hash, header): &(&Hash, &Header)| {
            let height = header.height();
            height <= last && core.hash_of(height) != Some(**hash) && core.block(hash).is_some()
        };
        let kept = self.archive.headers().filter(lost).count();
        if kept > 0 {
            let what =
                format!("node {node} keeps {kept} blocks of forks that lost to block {last}");
            self.violate("bounded memory", what, Vec::new());
        }
        self.judge_links(node, core);
    }

    /// Every change of sets that is final can be proven to those who join.
    fn judge_links(&mut self, node: usize, core: &SimCore) {
        let first = SetId::first(core.chain().genesis()).0;
        let unproven = (first..core.finality().set.0).map(SetId).find(|set| {
            // A fragment begins at the link that was asked for, or is none.
            core.fragment(*set).is_none()
        });
        if let Some(set) = unproven {
            let what =
                format!("node {node} has no proof of the change that ended set {}", set.shown());
            self.violate("served", what, Vec::new());
        }
    }
}
