//! Nodes that join by proof: they take the same inputs, until they are done and the core takes over.
//!
//! A crash leaves what the store holds; the next start goes on from it.

use super::crypto::{SimSigner, SimVerifier};
use super::world::{SimJoin, World, peer_of};
use crate::mutants::SimStore;
use serin_node::core::join::Join;
use serin_node::core::{Core, Input, holds_chain};
use serin_state::types::Millis;
use std::collections::BTreeMap;

impl World {
    /// Starts to join, where the node is to and its store holds no chain; else gives the disk back.
    pub(super) fn join(
        &mut self,
        index: usize,
        (store, signer): (SimStore, SimSigner),
    ) -> Result<Option<(SimStore, SimSigner)>, String> {
        let by_proof = self.scenario.nodes.get(index).map(|node| node.sync)
            == Some(crate::scenario::Sync::Proof);
        if !by_proof || holds_chain(&store) {
            return Ok(Some((store, signer)));
        }
        let join = Join::start(self.spec.clone(), store, SimVerifier, self.anchor, true)
            .map_err(|error| format!("node {index} cannot join: {error}"))?;
        if let Some(node) = self.nodes.get_mut(index) {
            node.join = Some(Box::new((join, signer)));
        }
        Ok(None)
    }

    /// Lets a joining node work off its inputs.
    pub(super) fn work_joining(&mut self, index: usize, inputs: Vec<Input>) {
        let now = Millis(self.now_ms);
        let Some(node) = self.nodes.get_mut(index) else { return };
        let Some((join, _)) = node.join.as_deref_mut() else { return };
        let effects: Vec<_> =
            inputs.into_iter().flat_map(|input| join.on_input(now, input)).collect();
        let done = join.is_done();
        for effect in effects {
            self.carry_out(index, effect);
        }
        if done && let Err(error) = self.take_over(index) {
            self.checker.violate("joining", error);
        }
    }

    /// The core takes the place of a node that is done with joining.
    fn take_over(&mut self, index: usize) -> Result<(), String> {
        let options = self.start_options(index);
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        let Some((join, signer)) = node.join.take().map(|joined| *joined) else { return Ok(()) };
        let next_request = join.next_request();
        node.traces.extend(join.trace());
        let store = join.into_store().ok_or("it is done without a store")?;
        let core = Core::start(self.spec.clone(), store, signer, SimVerifier, options)
            .map_err(|error| format!("node {index} cannot start: {error}"))?;
        node.core = Some(core.numbered_from(next_request));
        node.answers.clear();
        let mut inputs = vec![Input::Wake];
        for other in 0..self.nodes.len() {
            if other != index && self.is_up(other) && !self.is_cut(index, other) {
                inputs.push(Input::PeerConnected(peer_of(other)));
            }
        }
        self.work(BTreeMap::from([(index, inputs)]));
        Ok(())
    }

    /// What a crash leaves of a joining node.
    pub(super) fn disk_of(joined: (SimJoin, SimSigner)) -> Option<(SimStore, SimSigner)> {
        let (join, signer) = joined;
        join.into_disk().map(|store| (store, signer))
    }
}

#[cfg(test)]
mod tests;
