//! Going back: final blocks are taken back on the database of a node that does not run.
//!
//! The state goes back by what the blocks replaced, the rows of the blocks are deleted, all in one synced batch. What was
//! signed stays signed: the journal of a validator still bars it from the rounds and slots that it used.

use super::rows;
use crate::chain_spec::ChainSpec;
use serin_consensus::chain::BLOCKS_MAX;
use serin_consensus::finality::BlockRef;
use serin_state::layers::{Layers, OpenError, RevertError};
use serin_state::store::{Batch, Column, Store};
use serin_state::types::{Hash, Height, SetId};

/// Why nothing was taken back.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RevertRefused {
    /// The store holds no chain, or another one.
    #[error("the database does not hold the chain of this specification")]
    OtherChain,
    /// Nothing was asked for.
    #[error("there is nothing to take back: give at least one block")]
    Nothing,
    /// There are not so many.
    #[error("only {finalized} blocks are final: that many cannot be taken back")]
    TooMany {
        /// Height of the final block.
        finalized: Height,
    },
    /// The state does not open.
    #[error("the database cannot be used: {0}")]
    State(#[from] OpenError),
    /// The state does not go back that far.
    #[error("{0}")]
    Layers(#[from] RevertError),
}

/// Takes the last `count` final blocks back, and every unfinalised one; gives the block that is final then.
///
/// # Errors
/// [`RevertRefused`]; then nothing has changed.
pub fn revert<S: Store>(spec: &ChainSpec, store: S, count: u32) -> Result<BlockRef, RevertRefused> {
    let genesis = spec.genesis().hash;
    if store.get(Column::Meta, rows::GENESIS) != Some(genesis.0.to_vec()) {
        return Err(RevertRefused::OtherChain);
    }
    if count == 0 {
        return Err(RevertRefused::Nothing);
    }
    let mut layers = Layers::open(store)?;
    let (_, finalized) = layers.final_block();
    let to = finalized.0.checked_sub(count).map(Height);
    let to = to.ok_or(RevertRefused::TooMany { finalized })?;
    let extra = rows_of(layers.store(), &genesis, to, finalized);
    let reverted = layers.revert(to, extra)?;
    Ok(BlockRef { hash: reverted.block, height: to })
}

/// What goes with the blocks above `to`.
fn rows_of(store: &impl Store, genesis: &Hash, to: Height, finalized: Height) -> Batch {
    let mut batch = Batch::default();
    for hash in rows::open_blocks(store, BLOCKS_MAX) {
        if let Some(block) = rows::block(store, &hash) {
            rows::delete_block(&mut batch, &hash, block.header.height());
        }
    }
    for height in (to.0.saturating_add(1)..=finalized.0).map(Height) {
        if let Some(hash) = rows::final_hash(store, height) {
            rows::delete_final(&mut batch, &hash);
        }
        rows::delete_final_hash(&mut batch, height);
        rows::delete_justification(&mut batch, height);
        rows::delete_point(&mut batch, height);
    }
    let mut set = SetId::first(genesis);
    while let Some(header) = rows::end_of(store, set) {
        if header.height() > to {
            rows::delete_link(&mut batch, set);
        }
        let Some(next) = set.next() else { break };
        set = next;
    }
    batch.delete(Column::Meta, rows::CHECKPOINT);
    rows::put_newest_proof(&mut batch, None);
    if rows::oldest(store) > to {
        rows::put_oldest(&mut batch, to.saturating_add(1));
    }
    batch
}
