//! Fetching the state of the point: sixteen parts of the key space, from several peers at once, each answer proven.
//!
//! Inputs: answers and time. Outputs: requests; at the end a store that opens as a chain. Bounds: one answer under way
//! for each part of the key space, [`IN_FLIGHT_MAX`] in all.

use super::machine::{Asked, Join, JoinStage, Stage};
use super::point::SyncPoint;
use super::servers::Servers;
use super::{IN_FLIGHT_MAX, JoinError, rows};
use crate::core::Peer;
use crate::core::start::StartError;
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::BlockRef;
use serin_network::message::{Request, StateRequest, StateValues};
use serin_state::codec::decode;
use serin_state::layers::{INTERVALS, ImportError, ImportTarget, StateImport};
use serin_state::layout::StateKey;
use serin_state::store::{Batch, Durability, Store, StoreError};
use serin_state::tree::RangeProof;
use serin_state::types::{Hash, Height, Millis};
use std::collections::BTreeSet;

/// How long nobody may serve the point before another one is chosen.
const DESERTED_MS: u64 = 10_000;

/// Keys that one request asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Part {
    pub(super) from: StateKey,
    pub(super) to: StateKey,
}

/// A state on its way.
#[derive(Clone, Debug)]
pub(super) struct Fetch<S> {
    import: StateImport<S>,
    point: SyncPoint,
    pub(super) target: BlockRef,
    root: Hash,
    flights: BTreeSet<Part>,
    deserted_since: Option<Millis>,
}

impl<S: Store> Fetch<S> {
    /// Begins with an empty store. The point is noted first, so that a crash in between is no loss.
    pub(super) fn begin(
        mut store: S,
        point: SyncPoint,
        begun: fn(&SyncPoint) -> Batch,
    ) -> Result<Self, StoreError> {
        store.commit(begun(&point), Durability::Synced)?;
        Self::resume(store, point).map_err(|error| StoreError::Io(error.to_string()))
    }

    /// Goes on with what a store holds.
    pub(super) fn resume(store: S, point: SyncPoint) -> Result<Self, StartError> {
        let header = point.header();
        let (block, height) = header.map_or((Hash::ZERO, Height::ZERO), |h| (h.hash(), h.height()));
        let root = header.map_or(Hash::ZERO, |header| header.unsealed.state_root);
        let import = match StateImport::pending(&store)? {
            Some(_) => StateImport::resume(store)?,
            None => StateImport::begin(store, ImportTarget { block, height, root })?,
        };
        let target = BlockRef { hash: block, height };
        let flights = BTreeSet::new();
        Ok(Self { import, point, target, root, flights, deserted_since: None })
    }

    pub(super) fn free(&mut self, part: &Part) {
        self.flights.remove(part);
    }

    /// What a crash leaves.
    pub(super) fn into_store(self) -> S {
        self.import.into_store()
    }

    pub(super) fn view(&self, servers: &Servers) -> (JoinStage, String) {
        let missing = self.import.missing();
        let target = self.target.height;
        let permille = covered_permille(&missing);
        let values = self.import.entries();
        let stage = JoinStage::Fetching { target, permille, values };
        let sentence = if self.flights.is_empty() && !servers.serves(&self.target) {
            format!(
                "waits for a peer that serves the state of block {target}: {permille} thousandths of it are here"
            )
        } else {
            format!(
                "fetches the state of block {target}: {permille} thousandths, {values} values so far"
            )
        };
        (stage, sentence)
    }
}

impl<S: Store, V: Verifier> Join<S, V> {
    /// Asks for parts that nobody is asked for, or ends.
    pub(super) fn fetch(&mut self, now: Millis) {
        let Stage::Fetching(fetch) = &self.stage else { return };
        let (target, missing) = (fetch.target, fetch.import.missing());
        if missing.is_empty() {
            self.finish();
            return;
        }
        let begun: BTreeSet<StateKey> = fetch.flights.iter().map(|part| part.from).collect();
        let mut room = IN_FLIGHT_MAX.saturating_sub(begun.len());
        for (from, to) in missing.into_iter().filter(|(from, _)| !begun.contains(from)) {
            if room == 0 {
                break;
            }
            let Some(peer) = self.servers.take(now, &target) else { break };
            room = room.saturating_sub(1);
            let part = Part { from, to };
            if let Stage::Fetching(fetch) = &mut self.stage {
                fetch.flights.insert(part);
            }
            let request = StateRequest::Range { block: target.hash, from, to };
            self.ask(peer, Request::State(request), Asked::Values(part));
        }
        self.leave_deserted(now);
    }

    /// Gives a point up that nobody has served for a while, where another one is served.
    fn leave_deserted(&mut self, now: Millis) {
        let Stage::Fetching(fetch) = &mut self.stage else { return };
        if !fetch.flights.is_empty() || self.servers.serves(&fetch.target) {
            fetch.deserted_since = None;
            return;
        }
        let since = *fetch.deserted_since.get_or_insert(now);
        if now.since(since) < DESERTED_MS || self.servers.best_point(now).is_none() {
            return;
        }
        let Stage::Fetching(fetch) = core::mem::replace(&mut self.stage, Stage::Moving) else {
            return;
        };
        let height = fetch.target.height;
        self.tell(format!(
            "nobody serves the state of block {height} any more: a newer one is fetched from the start"
        ));
        self.give_up(*fetch);
    }

    fn give_up(&mut self, fetch: Fetch<S>) {
        let given_up = fetch.import.abandon().and_then(|mut store| {
            store.commit(rows::forgotten(), Durability::Synced)?;
            Ok(store)
        });
        match given_up {
            Ok(store) => self.look_again(store),
            Err(error) => self.halt(&StoreError::Io(error.to_string())),
        }
    }

    pub(super) fn on_values(
        &mut self,
        now: Millis,
        from: Peer,
        part: Part,
        values: Option<StateValues>,
    ) {
        let Stage::Fetching(fetch) = &mut self.stage else { return };
        let target = fetch.target;
        let Some(values) = values else {
            self.servers.forget_point(from, &target);
            self.note_failure(
                now,
                from,
                format!("it no longer serves the state of block {}", target.height),
            );
            return;
        };
        if let Err(error) = check(&values, &part, &fetch.root) {
            self.drop_liar(now, from, &error);
            return;
        }
        match fetch.import.put(&part.from, &values.last, &values.entries) {
            // Two answers about one part: the first one counted.
            Ok(()) | Err(ImportError::NotNext) => {}
            Err(error) => self.halt(&StoreError::Io(error.to_string())),
        }
    }

    fn finish(&mut self) {
        let Stage::Fetching(fetch) = core::mem::replace(&mut self.stage, Stage::Moving) else {
            return;
        };
        let (values, height) = (fetch.import.entries(), fetch.target.height);
        let genesis = self.chain.spec().genesis().header;
        let extra = rows::done(&genesis, &fetch.point);
        match fetch.import.finish(extra) {
            Ok(layers) => {
                self.tell(format!("the state of block {height} is here: {values} values"));
                self.stage = Stage::Done(layers.into_store());
            }
            Err(error) => self.halt(&StoreError::Io(error.to_string())),
        }
    }
}

/// Whether values are all that the state with `root` holds from the start of `part` up to where they say.
fn check(values: &StateValues, part: &Part, root: &Hash) -> Result<(), JoinError> {
    if values.last < part.from || values.last > part.to {
        return Err(JoinError::OtherRange);
    }
    let proof: RangeProof = decode(&values.proof).map_err(|_| JoinError::Malformed)?;
    proof.verify(root, &part.from, &values.last, &values.entries)?;
    Ok(())
}

/// How much of the key space is not missing, in thousandths. Keys are hashes, so it is the share of values too.
fn covered_permille(missing: &[(StateKey, StateKey)]) -> u64 {
    let place = |key: &StateKey| {
        let [first, second, ..] = key.0;
        u64::from(u16::from_be_bytes([first, second]))
    };
    let whole = u64::from(u16::MAX).saturating_add(1);
    let left = missing.iter().fold(0_u64, |sum, (from, to)| {
        sum.saturating_add(place(to).saturating_add(1).saturating_sub(place(from)))
    });
    debug_assert!(missing.len() <= INTERVALS);
    whole.saturating_sub(left).saturating_mul(1_000).checked_div(whole).unwrap_or(0)
}
