//! A core among peers that send whatever libFuzzer makes of messages: two bytes of length, a byte of kind, the message.
//!
//! The core is one of four validators with simulated signatures, and has made its first blocks. It must go on: no panic,
//! no halt; and its own votes must not contradict each other, which its signer sees to.

use super::messages::{Message, message};
use crate::mutants::SimStore;
use crate::scenario::Scenario;
use crate::sim::crypto::{SimSigner, SimVerifier};
use crate::sim::run::simulated_spec;
use crate::sim::world::{SimCore, gossip_input};
use serin_node::core::{AnswerId, Core, Effect, Input, MessageId, Peer, StartOptions};
use serin_state::types::Millis;
use std::sync::OnceLock;

const MESSAGES_MAX: usize = 64;
/// Peers take turns.
const PEERS: u64 = 3;
/// Time between two messages, in milliseconds.
const BETWEEN_MS: u64 = 90;
/// Slots that pass before the first message.
const SLOTS_BEFORE: u64 = 8;

/// A core with a few blocks; made once and cloned.
fn fresh() -> Option<(SimCore, u64)> {
    static CORE: OnceLock<Option<(SimCore, u64)>> = OnceLock::new();
    CORE.get_or_init(|| {
        let spec = simulated_spec(&Scenario::of_validators(4)).ok()?;
        let mut now = spec.params.genesis_time_ms.0;
        let (store, signer) = (SimStore::default(), SimSigner::validator(0));
        let mut core =
            Core::start(spec, store, signer, SimVerifier, StartOptions::default()).ok()?;
        for peer in 0..PEERS {
            core.on_input(Millis(now), Input::PeerConnected(Peer(peer)));
        }
        for _ in 0..SLOTS_BEFORE.saturating_mul(4) {
            core.on_input(Millis(now), Input::Wake);
            now = now.saturating_add(250);
        }
        Some((core, now))
    })
    .clone()
}

pub(super) fn run(bytes: &[u8]) {
    let Some((mut core, mut now)) = fresh() else { return };
    let genesis = *core.chain().genesis();
    let mut rest = bytes;
    for number in 0..u64::try_from(MESSAGES_MAX).unwrap_or(0) {
        let Some((length, after)) = rest.split_first_chunk::<2>() else { break };
        let length = usize::from(u16::from_le_bytes(*length)).min(after.len());
        let (one, after) = after.split_at(length);
        rest = after;
        let from = Peer(number.rem_euclid(PEERS));
        let input = match message(one) {
            None => Some(Input::Wake),
            Some(Message::Gossip(gossip)) => {
                gossip_input((from, MessageId(number)), &gossip, &genesis, core.next_version())
            }
            Some(Message::Request(request)) => {
                Some(Input::Request { from, id: AnswerId(number), request })
            }
            Some(Message::Response(result)) => Some(Input::Response { from, id: number, result }),
        };
        now = now.saturating_add(BETWEEN_MS);
        let effects = input.into_iter().flat_map(|input| core.on_input(Millis(now), input));
        let halt = effects.into_iter().find(|effect| matches!(effect, Effect::Halt(_)));
        assert!(halt.is_none(), "messages of peers stop no node: {halt:?}");
    }
    core.on_input(Millis(now.saturating_add(1_000)), Input::Wake);
}
