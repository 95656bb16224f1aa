//! Transactions that wait to be put into a block: by sender and nonce, taken in the order of what they pay.
//!
//! # Invariants
//! 1. Every waiting transaction is in both maps, under its sender and nonce and under its hash.
//! 2. Two transactions of one sender never wait with the same nonce: a replacement pays at least a tenth more.
//!
//! # Bounds
//! [`POOL_MAX`] transactions and [`POOL_BYTES_MAX`] bytes, [`SENDER_MAX`] of one sender. When full, the one that pays
//! least makes room for one that pays more.

use super::effect::SubmitError;
use crate::runtime::{Chain, Class, InvalidTransaction, Validity, Verified, check_transaction};
use core::cmp::Reverse;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Hash, Nonce, ProtocolVersion, SignedTransaction, Slot};
use std::collections::{BTreeMap, BTreeSet, BinaryHeap};

/// Most waiting transactions.
pub const POOL_MAX: usize = 16_384;
/// Most bytes of waiting transactions.
pub const POOL_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most waiting transactions of one sender, and the largest gap before one.
pub const SENDER_MAX: usize = 512;

/// A waiting transaction.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Waiting {
    transaction: Verified<SignedTransaction>,
    rank: Rank,
}

/// What the pool orders by, higher first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Rank {
    class: Class,
    priority: u128,
}

/// The pool.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Pool {
    senders: BTreeMap<AccountId, BTreeMap<Nonce, Waiting>>,
    places: BTreeMap<Hash, (AccountId, Nonce)>,
    bytes: usize,
}

/// What entering the pool did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Entered {
    /// Transactions that made room, with the reason.
    pub(super) dropped: Vec<(Hash, String)>,
}

impl Pool {
    pub(super) fn len(&self) -> usize {
        self.places.len()
    }

    /// A waiting transaction by hash.
    pub(super) fn get(&self, hash: &Hash) -> Option<&Verified<SignedTransaction>> {
        let (sender, nonce) = self.places.get(hash)?;
        self.senders.get(sender)?.get(nonce).map(|waiting| &waiting.transaction)
    }

    /// How many transactions of a sender wait without a gap from `nonce` on.
    pub(super) fn run_of(&self, sender: &AccountId, nonce: Nonce) -> u64 {
        let Some(waiting) = self.senders.get(sender) else { return 0 };
        let mut next = nonce;
        while waiting.contains_key(&next) {
            next = next.saturating_add(1);
        }
        next.since(nonce)
    }

    /// Takes a transaction that the state admits.
    pub(super) fn insert(
        &mut self,
        transaction: Verified<SignedTransaction>,
        validity: &Validity,
    ) -> Result<Entered, SubmitError> {
        let hash = transaction.hash();
        if self.places.contains_key(&hash) {
            return Err(SubmitError::Duplicate);
        }
        let (sender, nonce) = (transaction.transaction.sender, transaction.transaction.nonce);
        let limit = u64::try_from(SENDER_MAX).unwrap_or(u64::MAX);
        let of_sender = self.senders.get(&sender);
        let rank = Rank { class: validity.class, priority: validity.priority };
        let mut entered = Entered::default();
        match of_sender.and_then(|waiting| waiting.get(&nonce)) {
            Some(known) => {
                let least = known.rank.priority.saturating_add(known.rank.priority.div_ceil(10));
                if rank.priority < least.max(known.rank.priority.saturating_add(1)) {
                    return Err(SubmitError::Underpriced);
                }
                let replaced = known.transaction.hash();
                entered.dropped.push((replaced, "replaced by another one that pays more".into()));
            }
            None if validity.gap >= limit || of_sender.map_or(0, BTreeMap::len) >= SENDER_MAX => {
                return Err(SubmitError::SenderFull);
            }
            None => {}
        }
        self.make_room(rank, &transaction, &mut entered)?;
        for (dropped, _) in &entered.dropped {
            self.remove(dropped);
        }
        self.bytes = self.bytes.saturating_add(transaction.bytes());
        self.places.insert(hash, (sender, nonce));
        self.senders.entry(sender).or_default().insert(nonce, Waiting { transaction, rank });
        Ok(entered)
    }

    /// Finds what has to go so that `transaction` fits, beside what it replaces: of the senders' last ones the one that
    /// pays least, again and again, none that pays as much. The sender's own stay, or it would leave a gap before itself.
    fn make_room(
        &self,
        rank: Rank,
        transaction: &Verified<SignedTransaction>,
        entered: &mut Entered,
    ) -> Result<(), SubmitError> {
        let replaced = entered.dropped.iter().filter_map(|(hash, _)| self.get(hash));
        let freed: usize = replaced.map(Verified::bytes).sum();
        let mut bytes = self.bytes.saturating_add(transaction.bytes()).saturating_sub(freed);
        let mut count = self.places.len().saturating_sub(entered.dropped.len());
        if count < POOL_MAX && bytes <= POOL_BYTES_MAX {
            return Ok(());
        }
        let own = transaction.transaction.sender;
        let mut lasts: BinaryHeap<Reverse<(Rank, AccountId, Nonce)>> = BinaryHeap::new();
        for (sender, waiting) in self.senders.iter().filter(|(sender, _)| **sender != own) {
            let last = waiting.last_key_value();
            lasts.extend(last.map(|(nonce, last)| Reverse((last.rank, *sender, *nonce))));
        }
        while count >= POOL_MAX || bytes > POOL_BYTES_MAX {
            let least = lasts.pop().filter(|Reverse((least, ..))| *least < rank);
            let Reverse((_, sender, nonce)) = least.ok_or(SubmitError::PoolFull)?;
            let Some(waiting) = self.senders.get(&sender) else { continue };
            let Some(least) = waiting.get(&nonce) else { continue };
            bytes = bytes.saturating_sub(least.transaction.bytes());
            count = count.saturating_sub(1);
            let reason = "the pool is full of transactions that pay more";
            entered.dropped.push((least.transaction.hash(), reason.into()));
            let before = waiting.range(..nonce).next_back();
            lasts.extend(before.map(|(nonce, last)| Reverse((last.rank, sender, *nonce))));
        }
        Ok(())
    }

    /// Takes a transaction out.
    pub(super) fn remove(&mut self, hash: &Hash) -> Option<Verified<SignedTransaction>> {
        let (sender, nonce) = self.places.remove(hash)?;
        let waiting = self.senders.get_mut(&sender)?;
        let removed = waiting.remove(&nonce)?;
        if waiting.is_empty() {
            self.senders.remove(&sender);
        }
        self.bytes = self.bytes.saturating_sub(removed.transaction.bytes());
        Some(removed.transaction)
    }

    /// Drops what can no longer be in a block: used nonces of `senders`, and everything that expired before `slot`.
    pub(super) fn sweep(
        &mut self,
        chain: &Chain,
        state: &impl StateRead,
        slot: Slot,
        senders: &BTreeSet<AccountId>,
    ) -> Vec<(Hash, String)> {
        let mut dropped = Vec::new();
        for sender in senders {
            let Some(waiting) = self.senders.get(sender) else { continue };
            for waiting in waiting.values() {
                if let Err(error) = check_transaction(chain, state, slot, &waiting.transaction)
                    && is_lasting(&error)
                {
                    dropped.push((waiting.transaction.hash(), error.to_string()));
                }
            }
        }
        for (hash, _) in &dropped {
            self.remove(hash);
        }
        dropped
    }

    /// Drops everything whose last valid slot is before `slot`.
    pub(super) fn expire(&mut self, slot: Slot) -> Vec<(Hash, String)> {
        let all = self.senders.values().flat_map(BTreeMap::values);
        let over = all.filter(|one| one.transaction.transaction.last_valid_slot < slot);
        let dropped: Vec<(Hash, String)> = over
            .map(|one| {
                let last = one.transaction.transaction.last_valid_slot;
                (one.transaction.hash(), format!("it expired with slot {last}"))
            })
            .collect();
        for (hash, _) in &dropped {
            self.remove(hash);
        }
        dropped
    }

    /// Drops everything that was signed for another protocol version than `current`.
    pub(super) fn drop_versions(&mut self, current: ProtocolVersion) -> Vec<(Hash, String)> {
        let all = self.senders.values().flat_map(BTreeMap::values);
        let others = all.filter(|one| one.transaction.version() != current);
        let dropped: Vec<(Hash, String)> = others
            .map(|one| {
                let signed = one.transaction.version();
                let reason = InvalidTransaction::WrongVersion { signed, current };
                (one.transaction.hash(), reason.to_string())
            })
            .collect();
        for (hash, _) in &dropped {
            self.remove(hash);
        }
        dropped
    }

    /// Waiting transactions in the order in which an author tries them: each sender's by nonce, and of the senders'
    /// next ones the one that pays most.
    pub(super) fn in_order(&self) -> impl Iterator<Item = &Verified<SignedTransaction>> + '_ {
        let mut heads: BinaryHeap<(Rank, Reverse<AccountId>, Nonce)> = BinaryHeap::new();
        for (sender, waiting) in &self.senders {
            if let Some((nonce, first)) = waiting.first_key_value() {
                heads.push((first.rank, Reverse(*sender), *nonce));
            }
        }
        core::iter::from_fn(move || {
            let (_, sender, nonce) = heads.pop()?;
            let waiting = self.senders.get(&sender.0)?;
            let taken = waiting.get(&nonce)?;
            let next = nonce.saturating_add(1);
            if let Some(following) = waiting.get(&next) {
                heads.push((following.rank, sender, next));
            }
            Some(&taken.transaction)
        })
    }
}

/// Whether waiting does not help.
const fn is_lasting(error: &InvalidTransaction) -> bool {
    !matches!(
        error,
        InvalidTransaction::Future { .. }
            | InvalidTransaction::BlockFull
            | InvalidTransaction::CannotPay { .. }
    )
}

#[cfg(test)]
mod tests;
