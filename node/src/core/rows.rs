//! Rows that the core keeps beside the state: blocks, proofs of finality, and where it stood.
//!
//! Keys begin with a letter that names the kind. Heights are big-endian, so that a scan goes up the chain.

use crate::runtime::{Event, Outcome};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_state::codec::encode;
use serin_state::store::{Batch, Column, Store};
use serin_state::types::{Hash, Header, Height, SignedTransaction};

/// Key in `meta` of the genesis hash.
pub(super) const GENESIS: &[u8] = b"genesis";
/// Key in `meta` of the voter's checkpoint.
pub(super) const CHECKPOINT: &[u8] = b"voter";

/// Key in `meta` of the height of the newest justification, where the next one replaces it.
const NEWEST_PROOF: &[u8] = b"proof";

/// A block as it is kept, with what its transactions did.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct StoredBlock {
    /// The header.
    pub header: Header,
    /// The transactions.
    pub body: Vec<SignedTransaction>,
    /// One a transaction.
    pub outcomes: Vec<Outcome>,
    /// Of the block itself.
    pub events: Vec<Event>,
}

fn block_key(hash: &Hash) -> Vec<u8> {
    [b"b", &hash.0[..]].concat()
}

fn height_key(letter: u8, height: Height) -> Vec<u8> {
    [&[letter][..], &height.0.to_be_bytes()].concat()
}

fn open_key(height: Height, hash: &Hash) -> Vec<u8> {
    [&height_key(b'u', height)[..], &hash.0].concat()
}

/// Puts an unfinalised block.
pub(super) fn put_block(batch: &mut Batch, hash: &Hash, block: &StoredBlock) {
    batch.put(Column::Block, block_key(hash), encode(block));
    batch.put(Column::Block, open_key(block.header.height(), hash), Vec::new());
}

/// Notes that a block is final: found by height from now on.
pub(super) fn put_final(batch: &mut Batch, hash: &Hash, height: Height) {
    batch.put(Column::Block, height_key(b'f', height), hash.0);
    batch.delete(Column::Block, open_key(height, hash));
}

/// Deletes a block of a fork that lost.
pub(super) fn delete_block(batch: &mut Batch, hash: &Hash, height: Height) {
    batch.delete(Column::Block, block_key(hash));
    batch.delete(Column::Block, open_key(height, hash));
}

/// Puts an encoded justification of the final block at `height`.
pub(super) fn put_justification(batch: &mut Batch, height: Height, bytes: Vec<u8>) {
    batch.put(Column::Block, height_key(b'j', height), bytes);
}

/// Deletes the justification at `height`.
pub(super) fn delete_justification(batch: &mut Batch, height: Height) {
    batch.delete(Column::Block, height_key(b'j', height));
}

/// A kept block.
pub(super) fn block(store: &impl Store, hash: &Hash) -> Option<StoredBlock> {
    let bytes = store.get(Column::Block, &block_key(hash))?;
    StoredBlock::try_from_slice(&bytes).ok()
}

/// Notes which justification the next one replaces; none where the newest is kept for ever.
pub(super) fn put_newest_proof(batch: &mut Batch, height: Option<Height>) {
    match height {
        Some(height) => batch.put(Column::Meta, NEWEST_PROOF, height.0.to_be_bytes()),
        None => batch.delete(Column::Meta, NEWEST_PROOF),
    }
}

/// Height of the justification that the next one replaces.
pub(super) fn newest_proof(store: &impl Store) -> Option<Height> {
    let bytes = store.get(Column::Meta, NEWEST_PROOF)?;
    bytes.try_into().ok().map(|bytes| Height(u32::from_be_bytes(bytes)))
}

/// Hash of the final block at `height`.
pub(super) fn final_hash(store: &impl Store, height: Height) -> Option<Hash> {
    let bytes = store.get(Column::Block, &height_key(b'f', height))?;
    bytes.try_into().ok().map(Hash)
}

/// The encoded justification of the final block at `height`.
pub(super) fn justification(store: &impl Store, height: Height) -> Option<Vec<u8>> {
    store.get(Column::Block, &height_key(b'j', height))
}

/// The first kept justification at `height` or above.
pub(super) fn justification_from(store: &impl Store, height: Height) -> Option<Vec<u8>> {
    let rows = store.scan(Column::Block, &height_key(b'j', height), 1);
    rows.into_iter().next().filter(|(key, _)| key.first() == Some(&b'j')).map(|(_, value)| value)
}

/// Hashes of unfinalised blocks, lowest first, at most `limit`.
pub(super) fn open_blocks(store: &impl Store, limit: usize) -> Vec<Hash> {
    let rows = store.scan(Column::Block, b"u", limit);
    let hash = |(key, _): (Vec<u8>, Vec<u8>)| {
        (key.first() == Some(&b'u')).then(|| key.get(5..)?.try_into().ok().map(Hash)).flatten()
    };
    rows.into_iter().map_while(hash).collect()
}

/// Whether a store holds blocks above genesis.
pub fn holds_blocks(store: &impl Store) -> bool {
    !open_blocks(store, 1).is_empty() || final_hash(store, Height(1)).is_some()
}
