//! A chain in memory for tests: a state as a map, blocks executed on it, no sockets and no lottery.
//!
//! Claims are made up: who may author a slot is not the runtime's question. Signatures are real.
//! [`World::block_at`] is the one way forward, and it checks what must hold after every block.

use serin_consensus::leader::{CheckedClaim, Session};
use serin_node::chain_spec::{ChainSpec, DEVELOPMENT_ENDOWMENT, development_uri};
use serin_node::runtime::invariants::{Dump, Names, check_named, check_step_named};
use serin_node::runtime::{
    BlockBuilder, BlockContext, BlockError, Call, Chain, Executed, InvalidTransaction, Outcome,
    Protocol, Verified, execute, query, session,
};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::overlay::Changes;
use serin_state::types::{
    Account, AccountId, AuthorityIndex, Balance, ClaimKind, Hash, Header, LotteryProof, Millis,
    Nonce, SecretKey, Signature, SignedTransaction, Slot, SlotClaim, Transaction, UnsealedHeader,
};
use std::sync::LazyLock;

/// 2026-01-01 00:00:00 UTC.
pub(crate) const GENESIS_TIME: Millis = Millis(1_767_225_600_000);

/// Deriving a key costs two thousand rounds of a hash: once is enough.
static KEYS: LazyLock<Vec<SecretKey>> = LazyLock::new(|| {
    (0..42).map(|index| Seed::from_uri(&development_uri(index)).unwrap().key()).collect()
});

/// The key of development account number `index`.
pub(crate) fn key(index: usize) -> SecretKey {
    KEYS[index].clone()
}

/// Its account.
pub(crate) fn id(index: usize) -> AccountId {
    key(index).public().into()
}

/// Accounts that no specification names, and that tests let act.
pub(crate) fn strangers() -> Names {
    Names { accounts: [6, 40, 41].map(id).into(), ..Names::default() }
}

pub(crate) fn treasury() -> AccountId {
    AccountId::of_module(b"treasury")
}

/// A chain and the state after its last block.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) chain: Chain,
    pub(crate) state: Dump,
    pub(crate) head: Header,
    pub(crate) session: Session,
    /// Who makes the blocks: a place in the session's list.
    author: u32,
}

impl World {
    pub(crate) fn new(spec: &ChainSpec) -> Self {
        let genesis = spec.genesis();
        let changes = genesis.changes.into_iter();
        let state: Dump = changes.filter_map(|(key, value)| Some((key, value?))).collect();
        let session = session(&state);
        Self { chain: spec.chain(), state, head: genesis.header, session, author: 0 }
    }

    /// Four validators, one second slots, and no staking: nothing is held of what anybody has.
    pub(crate) fn local() -> Self {
        let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
        spec.staking = None;
        for (_, amount) in &mut spec.balances {
            *amount = DEVELOPMENT_ENDOWMENT.min(*amount);
        }
        Self::new(&spec)
    }

    /// Four validators with a bond each, one second slots.
    pub(crate) fn staked() -> Self {
        Self::new(&ChainSpec::local(4, 1_000, GENESIS_TIME))
    }

    pub(crate) fn take(&mut self, changes: Changes) {
        for (key, value) in changes {
            match value {
                Some(value) => self.state.insert(key, value),
                None => self.state.remove(&key),
            };
        }
    }

    pub(crate) fn account(&self, id: AccountId) -> Account {
        query::account(&self.state, id)
    }

    pub(crate) fn free(&self, id: AccountId) -> u128 {
        self.account(id).free.0
    }

    pub(crate) fn next_slot(&self) -> Slot {
        self.head.slot().next().unwrap()
    }

    /// A signed transaction of development account `sender` with its next nonce.
    pub(crate) fn signed(&self, sender: usize, call: &Call) -> Verified<SignedTransaction> {
        let nonce = self.account(id(sender)).nonce;
        self.verified(sender, self.plain(sender, nonce, encode(call)))
    }

    /// An unsigned transaction, valid for ten slots, without tip.
    pub(crate) fn plain(&self, sender: usize, nonce: Nonce, call: Vec<u8>) -> Transaction {
        let last_valid_slot = self.head.slot().saturating_add(10);
        Transaction { sender: id(sender), nonce, last_valid_slot, tip: Balance::ZERO, call }
    }

    pub(crate) fn verified(
        &self,
        signer: usize,
        transaction: Transaction,
    ) -> Verified<SignedTransaction> {
        let genesis = self.chain.genesis();
        let version = query::version(&self.state);
        let signed = transaction.sign(&key(signer), genesis, version);
        Verified::check(signed, genesis, version).unwrap()
    }

    pub(crate) fn claim(&self, slot: Slot, author: u32, kind: ClaimKind) -> CheckedClaim {
        let randomness = Hash::of(&slot.0.to_le_bytes());
        let (author, epoch) = (AuthorityIndex(author), self.chain.params().epoch_of(slot));
        CheckedClaim { kind, author, epoch, score: 0, randomness }
    }

    /// A block on the head at `slot`, by an author that knows everything.
    pub(crate) fn context<'a>(&'a self, slot: Slot, claim: &'a CheckedClaim) -> BlockContext<'a> {
        let knows = Protocol::NEWEST.version();
        BlockContext {
            chain: &self.chain,
            parent: &self.head,
            slot,
            claim,
            session: &self.session,
            knows,
        }
    }

    /// Executes a block at `slot` as its author does; the first refusal ends it.
    pub(crate) fn build(
        &self,
        slot: Slot,
        body: &[Verified<SignedTransaction>],
    ) -> Result<Executed, InvalidTransaction> {
        let claim = self.claim(slot, self.author, ClaimKind::Primary);
        let context = self.context(slot, &claim);
        let mut builder = BlockBuilder::begin(&self.state, &context).unwrap();
        for transaction in body {
            builder.apply(transaction)?;
        }
        Ok(builder.finish())
    }

    /// The header for what was executed at `slot`.
    pub(crate) fn header(&self, slot: Slot, executed: &Executed) -> Header {
        let claim = SlotClaim {
            slot,
            author: AuthorityIndex(self.author),
            kind: ClaimKind::Primary,
            proof: LotteryProof([0; 80]),
        };
        let unsealed = UnsealedHeader {
            version: executed.version,
            knows: Protocol::NEWEST.version(),
            parent: self.head.hash(),
            height: self.head.height().next().unwrap(),
            claim: Some(claim),
            body_root: executed.body_root,
            state_root: Hash::ZERO,
            outcome_root: executed.outcome_root,
            announcements: executed.announcements.clone(),
        };
        Header { unsealed, seal: Signature([0; 64]) }
    }

    /// Executes `header` with `body` as everybody but its author does.
    pub(crate) fn execute(
        &self,
        header: &Header,
        body: &[Verified<SignedTransaction>],
    ) -> Result<Executed, BlockError> {
        let slot = header.slot();
        let claim = self.claim(slot, self.author, ClaimKind::Primary);
        let context = self.context(slot, &claim);
        execute(&self.state, &context, &header.unsealed, body)
    }

    /// Builds a block at `slot`, executes it as an importer would, compares, checks the invariants and
    /// moves on.
    pub(crate) fn block_at(
        &mut self,
        slot: Slot,
        body: &[Verified<SignedTransaction>],
    ) -> Executed {
        let built = self.build(slot, body).unwrap();
        let header = self.header(slot, &built);
        let executed = self.execute(&header, body).unwrap();
        assert_eq!(executed, built, "author and importer agree");
        let before = self.state.clone();
        self.take(executed.changes.clone());
        self.head = header;
        self.session = executed.session.clone();
        assert_eq!(self.session, session(&self.state), "what is kept is what is written");
        check_step_named(&before, &self.state, &strangers()).unwrap();
        check_named(&self.state, &strangers()).unwrap();
        assert!(session(&self.state).epoch() == self.chain.params().epoch_of(slot));
        executed
    }

    /// An empty block by another author than the first of the list.
    pub(crate) fn block_by(&mut self, author: u32, slot: Slot) -> Executed {
        self.author = author;
        let executed = self.block_at(slot, &[]);
        self.author = 0;
        executed
    }

    /// A block in the next slot with one transaction: its outcome. The block of an election comes first where one is due.
    pub(crate) fn one(&mut self, sender: usize, call: &Call) -> Outcome {
        let transaction = self.signed(sender, call);
        let tried = self.build(self.next_slot(), core::slice::from_ref(&transaction));
        if tried == Err(InvalidTransaction::BlockFull) {
            self.block_at(self.next_slot(), &[]);
        }
        self.block_at(self.next_slot(), &[transaction]).outcomes.remove(0)
    }
}
