//! Executing a block: begin, transactions one by one, finish.
//!
//! # Inputs and outputs
//! The state after the parent and the right to a slot go in; [`Executed`] comes out: the changes, and what
//! the header must say. Authors build with [`BlockBuilder`]; everybody else calls [`execute`], which does
//! the same and compares, so there is no second set of rules.
//!
//! # What a block does besides its transactions
//! - begin: remembers the parent's hash in a ring and in the mountain over all headers, moves the session,
//!   which says what is announced, and serves the agenda of governance;
//! - finish: shares out fees, tips and dust, adjusts the fee multiplier, reports events of its own.
//!
//! # Invariants
//! 1. Issuance equals the sum of all accounts after `finish`: every credit is booked or burnt.
//! 2. A transaction that is refused leaves no trace; one whose call fails leaves nonce and payment.
//!
//! # Bounds
//! Weight and bytes of all transactions, by the parameters of the parent's state.

use super::check::{Prices, check, limit_of};
use super::dispatch::{Dispatch, Setting};
use super::fee::{Usage, adjust, treasury_part};
use super::query::{self, ring_item};
use super::session::{self, Advanced};
use super::staking::Eras;
use super::{
    BalancesEvent, BlockError, Chain, Class, Event, InvalidTransaction, Outcome, Protocol,
    Validity, Verified, outcome_root, upgrade,
};
use serin_consensus::leader::{CheckedClaim, Session};
use serin_consensus::staking::offence;
use serin_governance::{Origin, ReferendumIndex};
use serin_state::balances::{Credit, Ledger, Survival};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::{Changes, Overlay, StateRead};
use serin_state::tree::list::list_root;
use serin_state::types::{
    AccountId, Announcements, Balance, Hash, Header, Height, ProtocolVersion, SignedTransaction,
    Slot, UnsealedHeader, Weight,
};

/// Where a block stands.
#[derive(Clone, Copy, Debug)]
pub struct BlockContext<'a> {
    /// The chain.
    pub chain: &'a Chain,
    /// The header of the parent.
    pub parent: &'a Header,
    /// The slot, above the parent's.
    pub slot: Slot,
    /// The right to the slot: of [`serin_consensus::leader::claim_slot`] or
    /// [`serin_consensus::leader::check_header`].
    pub claim: &'a CheckedClaim,
    /// The session after the parent: that of its state, with the lists that it names.
    pub session: &'a Session,
    /// Newest version that the author's node knows, as the header tells.
    pub knows: ProtocolVersion,
}

/// What a block does.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Executed {
    /// Changes to the parent's state.
    pub changes: Changes,
    /// One a transaction, in order.
    pub outcomes: Vec<Outcome>,
    /// What happened outside transactions.
    pub block_events: Vec<Event>,
    /// Merkle list over the transactions' hashes.
    pub body_root: Hash,
    /// Merkle list over the outcomes, the block's events last.
    pub outcome_root: Hash,
    /// What the header must announce.
    pub announcements: Announcements,
    /// The session after it: for its children.
    pub session: Session,
    /// The version the block follows.
    pub version: ProtocolVersion,
    /// What the transactions took of the limits.
    pub usage: Usage,
}

/// A block being executed on a state.
#[derive(Debug)]
pub struct BlockBuilder<'a, R> {
    chain: &'a Chain,
    slot: Slot,
    height: Height,
    author: AccountId,
    pub(super) prices: Prices,
    pub(super) governance: serin_governance::Parameters,
    staking: Option<serin_consensus::staking::Parameters>,
    /// Whether an election was held: there is no room for transactions then, so that no block is late.
    elected: bool,
    state: Overlay<R>,
    announcements: Announcements,
    session: Session,
    hashes: Vec<Hash>,
    outcomes: Vec<Outcome>,
    pub(super) block_events: Vec<Event>,
    usage: Usage,
    /// What the agenda took of the reserved part.
    pub(super) agenda_weight: Weight,
    fees: Credit,
    tips: Credit,
    pub(super) dust: Credit,
}

/// The root over transactions with these hashes.
#[must_use]
pub fn body_root(hashes: &[Hash]) -> Hash {
    let items: Vec<&[u8; 32]> = hashes.iter().map(Hash::as_bytes).collect();
    list_root(&items)
}

/// The account that keeps dust and a share of fees until governance spends them.
#[must_use]
pub(super) fn treasury() -> AccountId {
    AccountId::of_module(b"treasury")
}

impl<'a, R: StateRead> BlockBuilder<'a, R> {
    /// Begins a block on `state`, the one after the parent.
    ///
    /// # Errors
    /// [`BlockError::UnknownVersion`]: the chain was upgraded beyond this node. [`BlockError::AuthorDisabled`].
    pub fn begin(state: R, context: &BlockContext<'a>) -> Result<Self, BlockError> {
        let BlockContext { chain, parent, slot, claim, knows, .. } = *context;
        assert!(slot > parent.slot(), "invariant(slot): a child's slot is above its parent's");
        let prices =
            Prices::read(&state).map_err(|version| BlockError::UnknownVersion { version })?;
        let mut state = Overlay::new(state);
        remember(&mut state, parent);
        let staking = serin_consensus::staking::parameters(&state);
        let eras = Eras::of(chain, staking.as_ref(), &prices.parameters);
        let advanced = session::advance(&mut state, context, eras.as_ref());
        let Advanced { session, announcements, mut events, elected } = advanced;
        let mut dust = Credit::zero();
        let author = usize::try_from(claim.author.0).ok();
        let author = author.and_then(|index| session.current().members().get(index));
        let author = author.map(|member| member.account);
        if let Some(author) = author {
            let era = serin_consensus::staking::active_era(&state);
            if offence::disabled(&state, era).contains(&author) && !state.mutated(Mutation::ST10) {
                return Err(BlockError::AuthorDisabled { author });
            }
            upgrade::note_known(&mut state, author, knows);
            if let Some(eras) = eras {
                let (more, left) = eras.on_block(&mut state, (slot, session.number()), author);
                events.extend(more);
                dust = left;
            }
        }
        let mut builder = Self {
            chain,
            slot,
            height: parent.height().saturating_add(1),
            // The claim was checked, so it is of an authority.
            author: author.unwrap_or_else(treasury),
            governance: query::governance(&state),
            staking,
            elected,
            prices,
            state,
            block_events: events,
            announcements,
            session,
            hashes: Vec::new(),
            outcomes: Vec::new(),
            usage: Usage::default(),
            agenda_weight: Weight::ZERO,
            fees: Credit::zero(),
            tips: Credit::zero(),
            dust,
        };
        builder.serve_agenda();
        Ok(builder)
    }

    /// What the transactions so far took of the limits.
    #[must_use]
    pub const fn usage(&self) -> Usage {
        self.usage
    }

    /// Whether not even the smallest transaction has room any more.
    #[must_use]
    pub fn is_full(&self) -> bool {
        if self.elected {
            return true;
        }
        let least = Usage { weight: super::weight::TRANSACTION, bytes: 128 };
        !self.has_room(&least, Class::Operational)
    }

    /// Runs a transaction. One whose call fails is part of the block and pays.
    ///
    /// # Errors
    /// [`InvalidTransaction`] where it cannot be in this block; then nothing has changed.
    pub fn apply(
        &mut self,
        transaction: &Verified<SignedTransaction>,
    ) -> Result<&Outcome, InvalidTransaction> {
        let validity = check(self.chain, &self.prices, &self.state, self.slot, transaction)?;
        if validity.gap > 0 && !self.state.mutated(Mutation::LG01) {
            let (expected, got) = (validity.expected, transaction.transaction.nonce);
            return Err(InvalidTransaction::Future { expected, got });
        }
        if !self.has_room(&validity.usage, validity.class) {
            return Err(InvalidTransaction::BlockFull);
        }
        self.pay(transaction, &validity)?;
        self.usage = self.usage.plus(validity.usage);
        let outcome = self.dispatch(transaction, &validity);
        self.hashes.push(transaction.hash());
        Ok(self.outcomes.push_mut(outcome))
    }

    /// Ends the block.
    #[must_use]
    pub fn finish(mut self) -> Executed {
        self.share_out();
        let multiplier = adjust(&self.prices.parameters, self.prices.multiplier, &self.usage);
        if multiplier != self.prices.multiplier {
            self.state.write(Item::FeeMultiplier.key(), &multiplier);
        }
        self.block_events.extend(upgrade::switch(&mut self.state, self.height));
        assert_eq!(self.hashes.len(), self.outcomes.len(), "invariant(outcome): one each");
        Executed {
            changes: self.state.into_changes(),
            body_root: body_root(&self.hashes),
            outcome_root: outcome_root(&self.outcomes, &self.block_events),
            outcomes: self.outcomes,
            block_events: self.block_events,
            announcements: self.announcements,
            session: self.session,
            version: self.prices.protocol.version(),
            usage: self.usage,
        }
    }

    fn has_room(&self, usage: &Usage, class: Class) -> bool {
        if self.elected {
            return false;
        }
        // Ordinary transactions keep out of the reserved part, whoever uses it.
        let agenda = match class {
            Class::Ordinary => Weight::ZERO,
            Class::Operational => self.agenda_weight,
        };
        let all = self.usage.plus(*usage).plus(Usage { weight: agenda, bytes: 0 });
        all.fits(&limit_of(&self.prices.parameters, class))
    }

    fn ledger(&mut self) -> Ledger<'_, R> {
        Ledger::new(&mut self.state, self.prices.parameters.existential_deposit)
    }

    /// Counts the nonce and takes fee and tip.
    fn pay(
        &mut self,
        transaction: &Verified<SignedTransaction>,
        validity: &Validity,
    ) -> Result<(), InvalidTransaction> {
        let sender = transaction.transaction.sender;
        let (expected, got) = (validity.expected, transaction.transaction.nonce);
        let mut ledger = self.ledger();
        // Whoever brings evidence pays nothing and needs not live.
        let mut paid = if validity.payment.is_zero() {
            Credit::zero()
        } else {
            ledger.withdraw(sender, validity.payment, Survival::KeepAlive).map_err(|_| {
                InvalidTransaction::CannotPay { spendable: Balance::ZERO, needed: validity.payment }
            })?
        };
        // The check has refused the last nonce, so this counts.
        ledger.inc_nonce(sender).map_err(|_| InvalidTransaction::Stale { expected, got })?;
        assert_eq!(paid.amount(), validity.payment, "invariant(fee): a payer lives on");
        self.fees.merge(paid.split(validity.fee));
        self.tips.merge(paid);
        Ok(())
    }

    fn dispatch(
        &mut self,
        transaction: &Verified<SignedTransaction>,
        validity: &Validity,
    ) -> Outcome {
        let Validity { fee, usage, .. } = *validity;
        let origin = Origin::Signed(transaction.transaction.sender);
        let done = self.dispatching(None).run(origin, &transaction.transaction.call);
        self.dust.merge(done.dust);
        Outcome { result: done.result, fee, weight: usage.weight, events: done.events }
    }

    /// What runs a call on the block's state, for a referendum where one asks.
    pub(super) fn dispatching(&mut self, referendum: Option<ReferendumIndex>) -> Dispatch<'_, R> {
        let Self { chain, slot, height, ref governance, .. } = *self;
        let session = self.session.number();
        let (prices, staking) = (&self.prices, self.staking.as_ref());
        let setting = Setting { chain, prices, governance, staking, session, slot, height };
        Dispatch::new(setting, referendum, &mut self.state)
    }

    /// Books fees, tips and dust.
    fn share_out(&mut self) {
        let mut for_treasury = core::mem::replace(&mut self.fees, Credit::zero());
        let mut for_author = core::mem::replace(&mut self.tips, Credit::zero());
        match self.prices.protocol {
            // Tips are the author's: as on Kusama.
            Protocol::V1 => {}
            // They are shared as fees are: who pays for urgency pays for everybody's chain.
            Protocol::V2 => for_treasury.merge(for_author.split(for_author.amount())),
        }
        let treasury_fees = treasury_part(&self.prices.parameters, for_treasury.amount());
        let author_fees = for_treasury.amount().saturating_sub(treasury_fees);
        for_author.merge(for_treasury.split(author_fees));
        let dust = core::mem::replace(&mut self.dust, Credit::zero());
        if !self.state.mutated(Mutation::LG07) {
            for_treasury.merge(dust);
        }
        if for_author.amount().is_zero() && for_treasury.amount().is_zero() {
            return;
        }
        let author = self.author;
        let (to_author, refused) = self.book(author, for_author);
        for_treasury.merge(refused);
        if self.state.mutated(Mutation::LG05) {
            for_treasury = Credit::zero();
        }
        let (to_treasury, refused) = self.book(treasury(), for_treasury);
        let burnt = refused.amount();
        self.ledger().burn_credit(refused);
        let event = BalancesEvent::FeesShared { author, to_author, to_treasury, burnt };
        self.block_events.push(Event::Balances(event));
    }

    /// Gives `credit` to `account`: how much it got, and what it could not take because it would not
    /// live with it.
    fn book(&mut self, account: AccountId, credit: Credit) -> (Balance, Credit) {
        let amount = credit.amount();
        match self.ledger().deposit(account, credit) {
            Ok(()) => (amount, Credit::zero()),
            Err(refused) => (Balance::ZERO, refused.credit),
        }
    }
}

/// Notes the parent's hash in the ring and in the mountain.
fn remember<R: StateRead>(state: &mut Overlay<R>, parent: &Header) {
    let hash = parent.hash();
    state.write(ring_item(parent.height()).key(), &hash);
    let mut mountain = query::mountain(state);
    mountain.append(hash.as_bytes());
    assert_eq!(
        mountain.count,
        u64::from(parent.height().0).saturating_add(1),
        "invariant(mountain): it holds every header up to the parent"
    );
    state.write(Item::Mountain.key(), &mountain);
}

/// Executes a whole block and compares with its header: version, body root, limits, announcements and
/// outcome root. The state root is compared where the tree is.
///
/// # Errors
/// See [`BlockError`].
pub fn execute<R: StateRead>(
    state: R,
    context: &BlockContext<'_>,
    header: &UnsealedHeader,
    body: &[Verified<SignedTransaction>],
) -> Result<Executed, BlockError> {
    let hashes: Vec<Hash> = body.iter().map(Verified::hash).collect();
    if body_root(&hashes) != header.body_root {
        return Err(BlockError::BodyRoot);
    }
    let mut builder = BlockBuilder::begin(state, context)?;
    let (expected, claimed) = (builder.prices.protocol.version(), header.version);
    if claimed != expected {
        return Err(BlockError::WrongVersion { expected, claimed });
    }
    if builder.announcements != header.announcements && !builder.state.mutated(Mutation::BP17) {
        return Err(BlockError::Announcements);
    }
    for (index, transaction) in body.iter().enumerate() {
        builder.apply(transaction).map_err(|error| BlockError::Transaction { index, error })?;
    }
    let mutated = builder.state.mutated(Mutation::BP19);
    let executed = builder.finish();
    if executed.outcome_root != header.outcome_root && !mutated {
        return Err(BlockError::OutcomeRoot);
    }
    Ok(executed)
}
