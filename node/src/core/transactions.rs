//! Transactions on their way into the pool, from clients, peers and blocks that lost the head.
//!
//! Signatures were checked before; here the state is asked. Outputs: the pool's changes, told to subscribers. A
//! transaction that leaves the pool is told with its reason, unless a block holds it.

use super::{Core, Effect, MessageId, Notification, Peer, Signer, SubmitError, Ticket, Validation};
use crate::runtime::{Verified, check_transaction, query};
use serin_consensus::crypto::Verifier;
use serin_network::message::{Gossip, TransactionList};
use serin_state::store::Store;
use serin_state::types::{AccountId, Hash, Millis, SignedTransaction, Slot};
use std::collections::BTreeSet;

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    pub(super) fn on_submit(
        &mut self,
        now: Millis,
        ticket: Ticket,
        transaction: Verified<SignedTransaction>,
    ) {
        let hash = transaction.hash();
        let list = TransactionList(vec![SignedTransaction::clone(&transaction)]);
        let result = self.enter_pool(now, transaction).map(|()| hash);
        if result.is_ok() {
            self.effects.push(Effect::Gossip(Gossip::Transactions(list)));
        }
        self.effects.push(Effect::Reply(ticket, result));
    }

    /// Accepts a list when any of it is new here: the others may be new elsewhere.
    pub(super) fn on_transactions(
        &mut self,
        now: Millis,
        _from: Peer,
        id: MessageId,
        list: Vec<Verified<SignedTransaction>>,
    ) {
        let mut any = false;
        for transaction in list {
            any |= self.enter_pool(now, transaction).is_ok();
        }
        let validation = if any { Validation::Accept } else { Validation::Ignore };
        self.effects.push(Effect::Validate(id, validation));
    }

    pub(super) fn enter_pool(
        &mut self,
        now: Millis,
        transaction: Verified<SignedTransaction>,
    ) -> Result<(), SubmitError> {
        let hash = transaction.hash();
        let slot = self.slot_at(now).max(self.head_slot());
        let head = self.blocks.tree.head().hash;
        let view = self.layers.view(&head);
        let view = view.ok_or_else(|| SubmitError::Invalid("the node has no state".into()))?;
        let validity = check_transaction(&self.chain, &view, slot, &transaction)
            .map_err(|error| SubmitError::Invalid(error.to_string()))?;
        let entered = self.pool.insert(transaction, &validity)?;
        self.tell(Notification::Pooled(hash));
        self.tell_dropped(entered.dropped);
        Ok(())
    }

    fn head_slot(&self) -> Slot {
        let head = self.blocks.tree.head().hash;
        self.blocks.tree.get(&head).map_or(Slot::ZERO, |block| block.slot)
    }

    /// A transaction of a block that is no longer on the best chain waits again, if it still can.
    pub(super) fn give_back(&mut self, transaction: SignedTransaction) {
        let head = self.blocks.tree.head().hash;
        let slot = self.head_slot();
        let version = self.next_version();
        let genesis = *self.chain.genesis();
        let verified = Verified::check_with(&self.verifier, transaction, &genesis, version);
        let (Ok(verified), Some(view)) = (verified, self.layers.view(&head)) else { return };
        if let Ok(validity) = check_transaction(&self.chain, &view, slot, &verified) {
            // One that no longer fits into the pool is lost to it; its sender sees it dropped by expiry.
            drop(self.pool.insert(verified, &validity));
        }
    }

    /// Drops what the new head has made impossible.
    pub(super) fn sweep_pool(&mut self, senders: &BTreeSet<AccountId>) {
        let head = self.blocks.tree.head().hash;
        let slot = self.head_slot();
        let mut dropped = self.pool.expire(slot);
        if let Some(view) = self.layers.view(&head) {
            dropped.extend(self.pool.drop_versions(query::version(&view)));
            dropped.extend(self.pool.sweep(&self.chain, &view, slot, senders));
        }
        self.tell_dropped(dropped);
    }

    fn tell_dropped(&mut self, dropped: Vec<(Hash, String)>) {
        for (hash, reason) in dropped {
            self.tell(Notification::Dropped(hash, reason));
        }
    }
}
