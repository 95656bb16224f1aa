//! Blocks in a file: read from a store, and taken in like those of a peer.
//!
//! ```text
//!   "serin-blocks-1\\n"  genesis [32]  first height u32  { length u32, BlockData } ..
//! ```
//! Every block of a file goes through the one import, with all checks, and comes with its justification where the
//! exporting node had one. Bounds: one block in memory; its length is judged before it is read.

use super::import::Imported;
use super::{Core, Effect, Peer, Signer, rows};
use serin_consensus::crypto::Verifier;
use serin_network::limits::BLOCKS_RESPONSE_BYTES_MAX;
use serin_network::message::BlockData;
use serin_network::peers::Offence;
use serin_state::codec::{decode_bounded, encode};
use serin_state::store::Store;
use serin_state::types::{Hash, Height, Millis};

/// How a file of blocks begins.
pub const BLOCKS_MAGIC: &[u8; 15] = b"serin-blocks-1\n";
/// Longest encoding of one block in a file.
pub const FILE_BLOCK_BYTES_MAX: usize = BLOCKS_RESPONSE_BYTES_MAX;
/// Nobody: the name of a file as the sender of its blocks.
const FILE: Peer = Peer(u64::MAX);

/// Why a block of a file is not taken.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BadBlock {
    /// Not an encoding of a block.
    #[error("it is not the encoding of a block")]
    Malformed,
    /// Its parent is not in the database.
    #[error("its parent is not in the database: blocks before it are missing")]
    Detached,
    /// A check refused it.
    #[error("it is refused: {0}")]
    Refused(String),
    /// The database failed.
    #[error("{0}")]
    Halted(String),
}

/// A final block as it stands in a file; `None` where the store does not have it with its body.
pub fn exported<S: Store>(store: &S, height: Height) -> Option<Vec<u8>> {
    let hash = rows::final_hash(store, height)?;
    let block = rows::block(store, &hash)?;
    let justification = rows::justification(store, height);
    let (header, body) = (Some(block.header), Some(block.body));
    Some(encode(&BlockData { hash, header, body, justification }))
}

/// The lowest block that a store has with its body, genesis left aside, and the final one.
pub fn exportable<S: Store>(store: &S) -> (Height, Option<Height>) {
    let mut newest = None;
    let mut height = rows::oldest(store).max(Height(1));
    let oldest = height;
    while rows::final_hash(store, height).is_some() {
        newest = Some(height);
        let Some(next) = height.next() else { break };
        height = next;
    }
    (oldest, newest)
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Takes a block of a file in; true where it is new.
    ///
    /// # Errors
    /// [`BadBlock`]; what came before stays.
    pub fn import_from_file(&mut self, now: Millis, bytes: &[u8]) -> Result<bool, BadBlock> {
        let data: BlockData =
            decode_bounded(bytes, FILE_BLOCK_BYTES_MAX).map_err(|_| BadBlock::Malformed)?;
        let known = data.header.as_ref().is_some_and(|header| self.has(&header.hash()));
        let imported = self.import_data(now, FILE, data);
        let mut refusal = None;
        for effect in core::mem::take(&mut self.effects) {
            if let Effect::Punish(_, offence) = effect {
                refusal = Some(offence);
            }
        }
        if let Some(error) = self.layers.failure() {
            return Err(BadBlock::Halted(error.to_string()));
        }
        match (imported, refusal) {
            (Some(Imported::New | Imported::Known), None) => Ok(!known),
            (Some(Imported::Orphan), None) => Err(BadBlock::Detached),
            (_, Some(offence)) => Err(BadBlock::Refused(sentence(offence))),
            (Some(Imported::Refused(_)) | None, None) => {
                Err(BadBlock::Refused("this node cannot check it".to_owned()))
            }
        }
    }

    fn has(&self, hash: &Hash) -> bool {
        self.blocks.tree.contains(hash) || rows::block(self.layers.store(), hash).is_some()
    }
}

/// An offence as it reads of a file.
fn sentence(offence: Offence) -> String {
    format!("whoever made the file {offence}")
}
