//! Reading the state: one function a thing that can be asked.
//!
//! What genesis writes is always there; a state without it is damaged, which the check of the root on
//! opening finds. So those reads assert instead of burdening every caller with a case that is our bug.

use super::{BLOCK_HASHES, FeeMultiplier, Parameters, Upgrade};
use crate::chain_spec::ChainSpec;
use borsh::BorshDeserialize;
use serin_consensus::leader::membership::SessionRecord;
use serin_consensus::leader::{Session, SessionHead, Validators};
use serin_governance::ReferendumIndex;
use serin_governance::referenda::Referendum;
use serin_state::layout::Item;
use serin_state::overlay::{StateRead, read};
use serin_state::tree::list::Mountain;
use serin_state::types::{Account, AccountId, Balance, Hash, Height, ProtocolVersion};

/// An account; one that never was is empty.
pub fn account(state: &(impl StateRead + ?Sized), id: AccountId) -> Account {
    read(state, &Item::Account(id).key()).unwrap_or_default()
}

/// The sum of all accounts.
pub fn issuance(state: &(impl StateRead + ?Sized)) -> Balance {
    of_genesis(state, Item::Issuance)
}

/// The specification, without bootnodes.
pub fn specification(state: &(impl StateRead + ?Sized)) -> ChainSpec {
    of_genesis(state, Item::Specification)
}

/// Prices and limits of the next block.
pub fn parameters(state: &(impl StateRead + ?Sized)) -> Parameters {
    of_genesis(state, Item::Parameters)
}

/// The numbers of governance of the next block.
pub fn governance(state: &(impl StateRead + ?Sized)) -> serin_governance::Parameters {
    of_genesis(state, Item::Governance)
}

/// A referendum, ongoing or ended.
pub fn referendum(state: &(impl StateRead + ?Sized), index: ReferendumIndex) -> Option<Referendum> {
    read(state, &Item::Referendum(index.0).key())
}

/// How many referenda there have ever been.
pub fn referendum_count(state: &(impl StateRead + ?Sized)) -> u32 {
    read(state, &Item::ReferendumCount.key()).unwrap_or_default()
}

/// Epoch and voter set after the block of `state`: reads and checks both lists of validators, so whoever goes on from block to block
/// keeps the value.
pub fn session(state: &(impl StateRead + ?Sized)) -> Session {
    let list = |item| Validators::new(of_genesis(state, item)).ok();
    let (current, next) = (list(Item::Validators), list(Item::NextValidators));
    let lists = current.zip(next);
    lists
        .and_then(|(current, next)| Session::join(session_head(state), current, next))
        .unwrap_or_else(|| {
            unreachable!(
                "invariant(session): the lists in every state are those that its head names"
            )
        })
}

/// The part of the session that changes with every block.
pub fn session_head(state: &(impl StateRead + ?Sized)) -> SessionHead {
    of_genesis(state, Item::Session)
}

/// When session `number` was and who served in it; `None` for one to come, and once stake bound in it is free.
pub fn session_record(state: &(impl StateRead + ?Sized), number: u64) -> Option<SessionRecord> {
    read(state, &Item::SessionRecord(number).key())
}

/// The protocol version of the next block.
pub fn version(state: &(impl StateRead + ?Sized)) -> ProtocolVersion {
    of_genesis(state, Item::Version)
}

/// The upgrade that was scheduled last: pending, or done.
pub fn upgrade(state: &(impl StateRead + ?Sized)) -> Option<Upgrade> {
    read(state, &Item::Upgrade.key())
}

/// The newest version that a validator's last block told; `None` where it made none.
pub fn knows(state: &(impl StateRead + ?Sized), account: AccountId) -> Option<ProtocolVersion> {
    read(state, &Item::Knows(account).key())
}

/// What fees of the next block are multiplied with.
pub fn fee_multiplier(state: &(impl StateRead + ?Sized)) -> FeeMultiplier {
    of_genesis(state, Item::FeeMultiplier)
}

/// The peaks over the hashes of all headers before the block of `state`.
pub fn mountain(state: &(impl StateRead + ?Sized)) -> Mountain {
    of_genesis(state, Item::Mountain)
}

/// The hash of the block at `height`, on the state after the block at `head`: of the last
/// [`BLOCK_HASHES`] before it.
pub fn block_hash(state: &(impl StateRead + ?Sized), head: Height, height: Height) -> Option<Hash> {
    let remembered = height < head && head.since(height) <= BLOCK_HASHES;
    remembered.then(|| read(state, &ring_item(height).key())).flatten()
}

/// Where the hash of the block at `height` lies.
pub(super) fn ring_item(height: Height) -> Item {
    Item::BlockHash(height.0.checked_rem(BLOCK_HASHES).unwrap_or(0))
}

fn of_genesis<T: BorshDeserialize>(state: &(impl StateRead + ?Sized), item: Item) -> T {
    read(state, &item.key()).unwrap_or_else(|| {
        unreachable!("invariant(genesis): every state holds {item:?}, since genesis writes it")
    })
}
