//! What joining keeps in the store until it is done: that it is under way, and the proof of its point.
//!
//! Links of the proof chain go where the core keeps them. The last batch writes what the core looks for on
//! opening, with the state, in one commit.

use super::point::SyncPoint;
use crate::core::rows::{self, StoredBlock};
use serin_state::codec::{decode, encode};
use serin_state::store::{Batch, Column, Store};
use serin_state::types::{Header, Height};

/// Key in `meta`: the encoded point whose state is being fetched.
const JOINING: &[u8] = b"joining";

/// Whether a store was left while joining was under way.
pub fn is_pending(store: &impl Store) -> bool {
    store.get(Column::Meta, JOINING).is_some()
}

/// Notes that the state of a point is being fetched.
pub(super) fn begun(point: &SyncPoint) -> Batch {
    let mut batch = Batch::default();
    batch.put(Column::Meta, JOINING, encode(point));
    batch
}

/// The point whose state is being fetched.
pub(super) fn point(store: &impl Store) -> Option<SyncPoint> {
    decode(&store.get(Column::Meta, JOINING)?).ok()
}

/// Forgets the point.
pub(super) fn forgotten() -> Batch {
    let mut batch = Batch::default();
    batch.delete(Column::Meta, JOINING);
    batch
}

/// What makes a fetched state a chain: its genesis, the point as the final block, and its proof.
pub(super) fn done(genesis: &Header, point: &SyncPoint) -> Batch {
    let mut batch = forgotten();
    batch.put(Column::Meta, rows::GENESIS, genesis.hash().0);
    let Some(header) = point.header() else { return batch };
    let height = header.height();
    for header in [genesis, header] {
        let block = StoredBlock {
            header: header.clone(),
            body: Vec::new(),
            outcomes: Vec::new(),
            events: Vec::new(),
        };
        rows::put_past(&mut batch, &header.hash(), &block);
    }
    rows::put_oldest(&mut batch, height.next().unwrap_or(Height(u32::MAX)));
    rows::put_point(&mut batch, height, encode(point));
    batch
}
