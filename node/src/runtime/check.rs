//! Whether a transaction may stand in a block: everything but its signature, cheap questions first.
//!
//! # Order
//! size, protocol version, expiry, decoding and nesting, limits of a block; then the sender's account:
//! it exists, the nonce is not used, fee and tip can be paid. A nonce that is too high is no error here:
//! the answer says how many transactions are missing before it, so that a pool can keep it.
//!
//! Nothing here writes.

use super::fee::{FeeMultiplier, Usage, fee};
use super::{
    BadCall, Call, Chain, InvalidTransaction, Parameters, Protocol, SystemCall, Verified, weight,
};
use serin_consensus::staking::offence::{self, OffenceCall, Report};
use serin_consensus::staking::{self, Context, Moment};
use serin_state::balances::Survival;
use serin_state::codec::Wire;
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::{Overlay, StateRead, read};
use serin_state::types::{
    Account, AccountId, Balance, EXPIRY_SLOTS_MAX, Nonce, ProtocolVersion, SignedTransaction, Slot,
    Transaction,
};

/// Which part of a block's limits a transaction may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// All but the reserved part.
    Ordinary,
    /// The reserved part as well: evidence, governance, the root account.
    Operational,
}

/// A transaction that may stand in a block, as soon as nothing is missing before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Validity {
    /// What is paid without the tip.
    pub fee: Balance,
    /// Fee and tip.
    pub payment: Balance,
    /// What it takes of a block's limits.
    pub usage: Usage,
    /// Which part of the limits it may use.
    pub class: Class,
    /// Payment for each millionth of a block's limits: what pools order by, higher first, after the class.
    pub priority: u128,
    /// The nonce that the sender's next transaction has to have.
    pub expected: Nonce,
    /// How many transactions of the sender are missing before this one; 0 where it is its turn.
    pub gap: u64,
}

/// What all checks and dispatches of a block read once.
#[derive(Clone, Copy, Debug)]
pub(super) struct Prices {
    pub(super) parameters: Parameters,
    pub(super) multiplier: FeeMultiplier,
    pub(super) protocol: Protocol,
}

impl Prices {
    /// # Errors
    /// The version of the state, where this code does not know it.
    pub(super) fn read(state: &(impl StateRead + ?Sized)) -> Result<Self, ProtocolVersion> {
        let version = super::query::version(state);
        Ok(Self {
            parameters: super::query::parameters(state),
            multiplier: super::query::fee_multiplier(state),
            protocol: Protocol::of(version).ok_or(version)?,
        })
    }
}

/// Whether `transaction` may stand in a block at `slot` on `state`.
///
/// # Errors
/// See [`InvalidTransaction`]; never [`InvalidTransaction::Future`] or
/// [`InvalidTransaction::BlockFull`], which depend on the block.
pub fn check_transaction(
    chain: &Chain,
    state: &(impl StateRead + ?Sized),
    slot: Slot,
    transaction: &Verified<SignedTransaction>,
) -> Result<Validity, InvalidTransaction> {
    let prices =
        Prices::read(state).map_err(|version| InvalidTransaction::UnknownVersion { version })?;
    check(chain, &prices, state, slot, transaction)
}

pub(super) fn check(
    chain: &Chain,
    prices: &Prices,
    state: &(impl StateRead + ?Sized),
    slot: Slot,
    verified: &Verified<SignedTransaction>,
) -> Result<Validity, InvalidTransaction> {
    let transaction = &verified.transaction;
    check_form(verified, prices.protocol.version(), slot)?;
    let call =
        Call::decode(&transaction.call, prices.protocol).map_err(InvalidTransaction::BadCall)?;
    if !verified.is_proven() {
        return Err(InvalidTransaction::Unproven);
    }
    let usage = usage(verified, &call, prices.protocol).map_err(InvalidTransaction::BadCall)?;
    let class = class_of(chain, transaction.sender, &call);
    let limit = limit_of(&prices.parameters, class);
    if !usage.fits(&limit) {
        return Err(InvalidTransaction::TooHeavy);
    }
    let fee = match &call {
        Call::Staking(staking::Call::Offence(OffenceCall::Report { report }))
            if is_free(chain, state, slot, report)? =>
        {
            Balance::ZERO
        }
        Call::System(_) | Call::Balances(_) | Call::Governance(_) | Call::Staking(_) => {
            fee(&prices.parameters, prices.multiplier, &usage)
        }
    };
    let payment = fee.saturating_add(transaction.tip);
    let sender = check_sender(state, &prices.parameters, transaction, payment)?;
    let share = u128::from(usage.share_ppm(&limit).max(1));
    Ok(Validity {
        fee,
        payment,
        usage,
        class,
        priority: payment.0.checked_div(share).unwrap_or(0),
        expected: sender.nonce,
        gap: transaction.nonce.since(sender.nonce),
    })
}

/// Size, protocol version and expiry: what needs no state but its version.
fn check_form(
    verified: &Verified<SignedTransaction>,
    current: ProtocolVersion,
    slot: Slot,
) -> Result<(), InvalidTransaction> {
    let (bytes, bytes_max) = (verified.bytes(), SignedTransaction::BYTES_MAX);
    if bytes > bytes_max {
        return Err(InvalidTransaction::Oversized { bytes, bytes_max });
    }
    let signed = verified.version();
    if signed != current {
        return Err(InvalidTransaction::WrongVersion { signed, current });
    }
    let last_valid_slot = verified.transaction.last_valid_slot;
    let latest = slot.saturating_add(EXPIRY_SLOTS_MAX);
    if last_valid_slot < slot {
        return Err(InvalidTransaction::Expired { last_valid_slot, slot });
    }
    if last_valid_slot > latest {
        return Err(InvalidTransaction::ExpiresTooLate { last_valid_slot, latest });
    }
    Ok(())
}

/// Whether a report is free: it raises what its offender loses. One that the state refuses must not wait in pools.
fn is_free(
    chain: &Chain,
    state: &(impl StateRead + ?Sized),
    slot: Slot,
    report: &Report,
) -> Result<bool, InvalidTransaction> {
    let Some(parameters) = staking::parameters(state) else { return Ok(false) };
    let era = staking::active_era(state);
    let now = Moment { slot, session: 0, era, elected: era };
    let mut overlay = Overlay::new(state);
    let context = Context::new(&mut overlay, &parameters, Balance::ZERO, now);
    let judged = offence::check_report(&context, super::staking::grounds(chain), report)
        .map_err(InvalidTransaction::Evidence)?;
    Ok(offence::is_worth_it(&context, &judged))
}

fn usage(
    verified: &Verified<SignedTransaction>,
    call: &Call,
    protocol: Protocol,
) -> Result<Usage, BadCall> {
    let bytes = u64::try_from(verified.bytes()).unwrap_or(u64::MAX);
    Ok(Usage { weight: call.weigh(protocol)?.saturating_add(weight::TRANSACTION.0), bytes })
}

/// Only the root account's own calls as root are operational: anybody else's would fail, and must not
/// fill the reserved part on the way.
fn class_of(chain: &Chain, sender: AccountId, call: &Call) -> Class {
    match call {
        Call::System(SystemCall::AsRoot { .. }) if chain.root() == Some(sender) => {
            Class::Operational
        }
        // What the state refuses is no valid transaction, so only evidence that counts has this class.
        Call::Staking(staking::Call::Offence(OffenceCall::Report { .. })) => Class::Operational,
        Call::System(_) | Call::Balances(_) | Call::Governance(_) | Call::Staking(_) => {
            Class::Ordinary
        }
    }
}

/// What all transactions of `class` and below may take together.
pub(super) fn limit_of(parameters: &Parameters, class: Class) -> Usage {
    match class {
        Class::Ordinary => parameters.ordinary_limit(),
        Class::Operational => parameters.block_limit(),
    }
}

/// The sender's account, if it can pay and has not used the nonce. A fee never ends an account.
fn check_sender(
    state: &(impl StateRead + ?Sized),
    parameters: &Parameters,
    transaction: &Transaction,
    needed: Balance,
) -> Result<Account, InvalidTransaction> {
    let existential_deposit = parameters.existential_deposit;
    let account: Account =
        read(state, &Item::Account(transaction.sender).key()).unwrap_or_default();
    let (expected, got) = (account.nonce, transaction.nonce);
    let is_used = got < expected && !state.mutated(Mutation::LG02);
    if is_used || got.next().is_none() {
        return Err(InvalidTransaction::Stale { expected, got });
    }
    // Evidence is free, and who brings it needs no tokens.
    if needed.is_zero() {
        return Ok(account);
    }
    if !account.is_alive(existential_deposit) {
        return Err(InvalidTransaction::UnknownSender);
    }
    let spendable = account.spendable(existential_deposit, Survival::KeepAlive);
    if needed > spendable {
        return Err(InvalidTransaction::CannotPay { spendable, needed });
    }
    Ok(account)
}
