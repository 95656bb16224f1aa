//! Offences that this validator has seen are brought to the chain.
//!
//! Evidence is kept until the chain knows it, or will not take it; with every new head it is tried again, as a
//! transaction that the validator signs with its seal key and pays nothing for. The chain counts an offence once,
//! whoever brings it first.
//!
//! Bounds: [`EVIDENCE_MAX`] pieces of evidence, one try a head.

use super::{Core, Effect, Signer};
use crate::runtime::{Call, Verified, query};
use serin_consensus::crypto::Verifier;
use serin_consensus::leader::membership::prove_membership;
use serin_consensus::leader::{Session, Validators};
use serin_consensus::staking;
use serin_consensus::staking::offence::{Evidence, OffenceCall, Place, Report};
use serin_network::message::{Gossip, TransactionList};
use serin_state::codec::encode;
use serin_state::store::Store;
use serin_state::types::{
    AccountId, AuthorityIndex, Balance, Hash, Millis, SignedTransaction, Transaction,
    TransactionSignature,
};
use std::collections::VecDeque;

/// Evidence that waits at most; more is left to others.
pub(super) const EVIDENCE_MAX: usize = 64;
/// Past sessions that an offence is looked for in.
const SESSIONS_BACK_MAX: u64 = 16;
/// Lists of validators of past sessions that are remembered, to show membership in them.
const LISTS_MAX: usize = 16;
/// Slots that a report waits in pools at most.
const REPORT_SLOTS: u64 = 256;

/// Evidence that the chain does not know yet, and what is needed to bring it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Reports {
    waiting: VecDeque<Evidence>,
    lists: VecDeque<Validators>,
    /// The head for which the first of them was tried.
    tried: Hash,
}

impl Reports {
    /// Keeps evidence, if it is new and there is room.
    pub(super) fn keep(&mut self, evidence: Evidence) {
        if self.waiting.len() < EVIDENCE_MAX && !self.waiting.contains(&evidence) {
            self.waiting.push_back(evidence);
        }
    }

    /// Remembers the validators of a session.
    pub(super) fn remember(&mut self, session: &Session) {
        let list = session.current();
        if self.lists.back() == Some(list) || self.lists.contains(list) {
            return;
        }
        self.lists.push_back(list.clone());
        if self.lists.len() > LISTS_MAX {
            self.lists.pop_front();
        }
    }
}

/// What a try to bring evidence came to.
enum Tried {
    /// It waits in the pool, or may be taken later.
    Later,
    /// The chain has it, or will never take it.
    Done,
}

impl<S: Store, K: Signer, V: Verifier> Core<S, K, V> {
    /// Tries to bring the first piece of evidence, once a head.
    pub(super) fn bring_evidence(&mut self, now: Millis) {
        let head = self.blocks.tree.head().hash;
        if self.reports.waiting.is_empty() || self.reports.tried == head {
            return;
        }
        self.reports.tried = head;
        let Some(evidence) = self.reports.waiting.front().cloned() else { return };
        match self.try_to_bring(now, &evidence) {
            Tried::Done => drop(self.reports.waiting.pop_front()),
            // Another one is tried next.
            Tried::Later => self.reports.waiting.rotate_left(1),
        }
    }

    fn try_to_bring(&mut self, now: Millis, evidence: &Evidence) -> Tried {
        let head = self.blocks.tree.head().hash;
        let (Some(keys), Some(view)) = (self.signer.identity(), self.layers.view(&head)) else {
            return Tried::Done;
        };
        let Some(report) = self.report_of(evidence) else { return Tried::Done };
        if staking::parameters(&view).is_none() {
            return Tried::Done;
        }
        let sender = AccountId::from(keys.seal);
        let nonce = query::account(&view, sender).nonce;
        if self.pool.run_of(&sender, nonce) > 0 {
            return Tried::Later;
        }
        let call = OffenceCall::Report { report: Box::new(report) };
        let transaction = Transaction {
            sender,
            nonce,
            last_valid_slot: self.slot_at(now).saturating_add(REPORT_SLOTS),
            tip: Balance::ZERO,
            call: encode(&Call::Staking(staking::Call::Offence(call))),
        };
        let (genesis, version) = (*self.chain.genesis(), query::version(&view));
        let statement = transaction.statement(version);
        let Some(signature) = self.signer.sign_report(&genesis, &statement) else {
            return Tried::Done;
        };
        let signature = TransactionSignature::Ed25519(signature);
        let signed = SignedTransaction { transaction, signature };
        let Ok(verified) = Verified::check_with(&self.verifier, signed.clone(), &genesis, version)
        else {
            return Tried::Done;
        };
        match self.enter_pool(now, verified) {
            Ok(()) => {
                let list = TransactionList(vec![signed]);
                self.effects.push(Effect::Gossip(Gossip::Transactions(list)));
                Tried::Later
            }
            // The state knows it, or finds it too old.
            Err(_) => Tried::Done,
        }
    }

    /// The evidence with its session and the offender's membership in it; `None` where the session is not known here.
    fn report_of(&self, evidence: &Evidence) -> Option<Report> {
        let head = self.blocks.tree.head().hash;
        let view = self.layers.view(&head)?;
        let session = &self.blocks.executed.get(&head)?.session;
        let place = evidence.place()?;
        let falls = |number: &u64| {
            query::session_record(&view, *number).is_some_and(|record| match place {
                Place::Slot(slot) => self.chain.params().epoch_of(slot) == record.epoch,
                Place::Round(set, _) => set == record.set_id(self.chain.genesis()),
            })
        };
        let last = session.number();
        let number = (last.saturating_sub(SESSIONS_BACK_MAX)..=last).rev().find(falls)?;
        let root = query::session_record(&view, number)?.root;
        let known = self.reports.lists.iter().chain([session.current()]);
        let list = known.into_iter().find(|list| list.root() == root)?;
        let key = evidence.key();
        let members = list.members();
        let place = members.iter().position(|one| one.seal == key || one.vote == key)?;
        let index = AuthorityIndex(u32::try_from(place).ok()?);
        let membership = prove_membership(list, index)?;
        let own = self.signer.identity()?.seal;
        let own = session.current().members().iter().find(|member| member.seal == own);
        let beneficiary = own.map_or_else(|| AccountId::of_module(b"treasury"), |one| one.account);
        Some(Report { evidence: evidence.clone(), session: number, membership, beneficiary })
    }
}
