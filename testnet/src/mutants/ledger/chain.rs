//! A chain without a network: a state in memory, and blocks executed on it one after the other.
//!
//! Claims are made up, since who may author a slot is not the runtime's question. Signatures are the simulator's. The
//! tracks of governance have periods of a few slots.

use crate::mutants::Seeded;
use crate::sim::crypto::{SimVerifier, sign_transaction};
use serin_consensus::leader::{CheckedClaim, Session};
use serin_governance::TrackId;
use serin_governance::curve::{Curve, Ppb};
use serin_governance::participation::ParticipationParameters;
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::invariants::Dump;
use serin_node::runtime::{
    BlockBuilder, BlockContext, Chain as Runtime, Event, InvalidTransaction, Outcome, Protocol,
    Verified, session,
};
use serin_state::layout::StateKey;
use serin_state::mutant::{Mutant, Mutation};
use serin_state::overlay::StateRead;
use serin_state::types::{
    AccountId, AuthorityIndex, Balance, ClaimKind, Hash, Header, LotteryProof, Millis, Signature,
    SignedTransaction, Slot, SlotClaim, Transaction, UnsealedHeader,
};

/// What the treasury begins with.
const TREASURY: Balance = Balance::tokens(8_000_000);
/// Accounts of the specification that take part.
const RICH: usize = 6;
/// Accounts that begin with nothing.
const POOR: u8 = 4;

/// A state under code that may have a bug.
#[derive(Debug)]
pub(super) struct Rows {
    values: Dump,
    mutant: Seeded,
}

impl StateRead for Rows {
    fn get(&self, key: &StateKey) -> Option<Vec<u8>> {
        self.values.get(key).cloned()
    }

    fn mutated(&self, mutation: Mutation) -> bool {
        self.mutant.has(mutation)
    }
}

/// What a block did.
#[derive(Debug)]
pub(super) struct Made {
    /// Of the transaction, or why it was refused.
    pub(super) outcome: Result<Outcome, InvalidTransaction>,
    /// What happened besides.
    pub(super) events: Vec<Event>,
}

/// The chain.
#[derive(Debug)]
pub(super) struct Chain {
    pub(super) runtime: Runtime,
    rows: Rows,
    /// The header of the last block.
    pub(super) head: Header,
    /// The validators that serve, and the ones announced.
    pub(super) session: Session,
    /// Who makes the blocks.
    pub(super) author: AuthorityIndex,
    /// Accounts that send: those of the specification first.
    pub(super) accounts: Vec<AccountId>,
}

/// The treasury's account.
pub(super) fn treasury() -> AccountId {
    AccountId::of_module(b"treasury")
}

impl Chain {
    /// Genesis.
    pub(super) fn new(mutant: Seeded) -> Self {
        Self::of(&Self::specification(), mutant)
    }

    /// The chain that the oracles look at: three tracks, a rich treasury, and every improvement on.
    pub(super) fn specification() -> ChainSpec {
        let mut spec = ChainSpec::local(4, 1_000, Millis(1_000_000_000_000));
        spec.staking = None;
        spec.governance.referenda.tracks.retain(|track| [0, 20, 30].contains(&track.id.0));
        for track in &mut spec.governance.referenda.tracks {
            track.max_deciding = 1;
            // High enough that who belongs to the electorate decides about some referenda.
            let (length, floor, ceil) = (Ppb::ONE, Ppb::percent(10), Ppb::percent(50));
            track.min_support = Curve::Linear { length, floor, ceil };
            track.decision_deposit = Balance::tokens(10);
            (track.prepare_period, track.decision_period) = (2, 30);
            (track.confirm_period, track.min_enactment_period) = (4, 6);
        }
        spec.governance.voting.vote_while_delegating = true;
        spec.governance.voting.locking_period_slots = 40;
        spec.governance.participation = ParticipationParameters {
            reward: Balance::tokens(2),
            capital_min: Balance::tokens(1),
            votes_max: 1,
            budget: Balance::tokens(20),
            period_slots: 120,
        };
        for (account, amount) in &mut spec.balances {
            if *account == treasury() {
                *amount = TREASURY;
            }
        }
        spec
    }

    /// The chain of a specification.
    pub(super) fn of(spec: &ChainSpec, mutant: Seeded) -> Self {
        let rich = spec.balances.iter().map(|(account, _)| *account).take(RICH);
        let poor = (0..POOR).map(|number| AccountId([number.saturating_add(1); 32]));
        let accounts = rich.chain(poor).collect();
        let genesis = spec.genesis();
        let values = genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?)));
        let rows = Rows { values: values.collect(), mutant };
        let session = session(&rows.values);
        let author = AuthorityIndex(0);
        Self { runtime: spec.chain(), rows, head: genesis.header, session, author, accounts }
    }

    /// The whole state.
    pub(super) const fn dump(&self) -> &Dump {
        &self.rows.values
    }

    /// The slot of the last block.
    pub(super) fn slot(&self) -> Slot {
        self.head.slot()
    }

    /// Signs for any account.
    pub(super) fn sign(&self, transaction: Transaction) -> Option<Verified<SignedTransaction>> {
        let (genesis, version) = (self.runtime.genesis(), Protocol::V1.version());
        let signed = sign_transaction(transaction, genesis, version);
        Verified::check_with(&SimVerifier, signed, genesis, version).ok()
    }

    /// A block so many slots later with one transaction, if that may be in it.
    pub(super) fn block(&mut self, slots: u64, transaction: &Verified<SignedTransaction>) -> Made {
        let slot = self.slot().saturating_add(slots);
        let claim = CheckedClaim {
            kind: ClaimKind::Primary,
            author: self.author,
            epoch: self.runtime.params().epoch_of(slot),
            score: 0,
            randomness: Hash::of(&slot.0.to_le_bytes()),
        };
        let knows = Protocol::V1.version();
        let context = BlockContext {
            chain: &self.runtime,
            parent: &self.head,
            slot,
            claim: &claim,
            session: &self.session,
            knows,
        };
        let Ok(mut builder) = BlockBuilder::begin(&self.rows, &context) else {
            let current = knows;
            let refused = InvalidTransaction::UnknownVersion { version: current };
            return Made { outcome: Err(refused), events: Vec::new() };
        };
        let outcome = builder.apply(transaction).cloned();
        let executed = builder.finish();
        let claim = SlotClaim {
            slot,
            author: self.author,
            kind: ClaimKind::Primary,
            proof: LotteryProof([0; 80]),
        };
        let unsealed = UnsealedHeader {
            version: executed.version,
            knows,
            parent: self.head.hash(),
            height: self.head.height().saturating_add(1),
            claim: Some(claim),
            body_root: executed.body_root,
            state_root: Hash::ZERO,
            outcome_root: executed.outcome_root,
            announcements: executed.announcements,
        };
        for (key, value) in executed.changes {
            match value {
                Some(value) => self.rows.values.insert(key, value),
                None => self.rows.values.remove(&key),
            };
        }
        self.head = Header { unsealed, seal: Signature([0; 64]) };
        self.session = executed.session;
        Made { outcome, events: executed.block_events }
    }
}

/// Tracks that referenda are submitted on.
pub(super) const TRACKS: [TrackId; 3] = [TrackId::ROOT, TrackId::REFERENDUM_CANCELLER, TrackId(30)];
