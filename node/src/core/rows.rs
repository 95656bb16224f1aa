//! Rows that the core keeps beside the state: blocks, proofs of finality, and where it stood.
//!
//! Keys begin with a letter that names the kind. Heights are big-endian, so that a scan goes up the chain.

use crate::runtime::{Event, Outcome};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::finality::Justification;
use serin_state::codec::encode;
use serin_state::store::{Batch, Column, Store};
use serin_state::types::{Hash, Header, Height, SetId, SignedTransaction};

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

/// Key of the link that ends a voter set: the header that announces the next one, and its proof.
fn link_key(set: SetId) -> Vec<u8> {
    [&b"l"[..], &set.0.to_be_bytes()].concat()
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

/// Puts a final block of the past, found by height.
pub(super) fn put_past(batch: &mut Batch, hash: &Hash, block: &StoredBlock) {
    batch.put(Column::Block, block_key(hash), encode(block));
    batch.put(Column::Block, height_key(b'f', block.header.height()), hash.0);
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

/// Puts the header whose finality ends `proof`'s set, for ever.
pub(super) fn put_link(batch: &mut Batch, header: &Header, proof: &Justification) {
    batch.put(Column::Block, link_key(proof.set()), encode(&(header, proof)));
}

/// Encoded links from the one that ends `set` on, in order, as many as fit into `bytes_max`.
pub(super) fn links_from(store: &impl Store, set: SetId, bytes_max: usize) -> Vec<Vec<u8>> {
    let mut links: Vec<Vec<u8>> = Vec::new();
    let (mut next, mut bytes) = (set, 0_usize);
    while let Some(link) = store.get(Column::Block, &link_key(next)) {
        bytes = bytes.saturating_add(link.len());
        if bytes > bytes_max {
            break;
        }
        links.push(link);
        let Some(after) = next.next() else { break };
        next = after;
    }
    links
}

/// The block whose finality ended `set`.
pub(super) fn end_of(store: &impl Store, set: SetId) -> Option<Header> {
    let bytes = store.get(Column::Block, &link_key(set))?;
    Header::deserialize(&mut bytes.as_slice()).ok()
}

/// Deletes the link that ends `set`.
pub(super) fn delete_link(batch: &mut Batch, set: SetId) {
    batch.delete(Column::Block, link_key(set));
}

/// Deletes the name of the final block at `height`.
pub(super) fn delete_final_hash(batch: &mut Batch, height: Height) {
    batch.delete(Column::Block, height_key(b'f', height));
}

/// Puts the proof that the final block at `height` is final, where its state is served.
pub(super) fn put_point(batch: &mut Batch, height: Height, proof: Vec<u8>) {
    batch.put(Column::Block, height_key(b'p', height), proof);
}

/// Deletes the proof at `height`.
pub(super) fn delete_point(batch: &mut Batch, height: Height) {
    batch.delete(Column::Block, height_key(b'p', height));
}

/// The encoded proof that the block at `height` is final.
pub(super) fn point(store: &impl Store, height: Height) -> Option<Vec<u8>> {
    store.get(Column::Block, &height_key(b'p', height))
}

/// Heights of kept points from `height` on, at most `limit`.
pub(super) fn points_from(store: &impl Store, height: Height, limit: usize) -> Vec<Height> {
    let rows = store.scan(Column::Block, &height_key(b'p', height), limit);
    let height = |(key, _): (Vec<u8>, Vec<u8>)| match key.split_first() {
        Some((b'p', digits)) => digits.try_into().ok().map(|d| Height(u32::from_be_bytes(d))),
        _ => None,
    };
    rows.into_iter().map_while(height).collect()
}

/// Deletes a final block: header, body and what it did. Its hash stays.
pub(super) fn delete_final(batch: &mut Batch, hash: &Hash) {
    batch.delete(Column::Block, block_key(hash));
}

/// Key in `meta` of the lowest height from which on every block is kept.
const OLDEST: &[u8] = b"oldest";

/// The lowest height from which on every block is kept.
pub(super) fn oldest(store: &impl Store) -> Height {
    let bytes = store.get(Column::Meta, OLDEST).and_then(|bytes| bytes.try_into().ok());
    bytes.map_or(Height::ZERO, |bytes| Height(u32::from_be_bytes(bytes)))
}

/// Notes from which height on every block is kept.
pub(super) fn put_oldest(batch: &mut Batch, height: Height) {
    batch.put(Column::Meta, OLDEST, height.0.to_be_bytes());
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
    let first_final = store.scan(Column::Block, &height_key(b'f', Height(1)), 1);
    let is_final = |(key, _): &(Vec<u8>, Vec<u8>)| key.first() == Some(&b'f');
    !open_blocks(store, 1).is_empty() || first_final.first().is_some_and(is_final)
}

/// Whether a store opens as a chain: it was begun from genesis, or joining it was done.
pub fn holds_chain(store: &impl Store) -> bool {
    store.get(Column::Meta, GENESIS).is_some()
}
