//! What holds after every block, as functions over whole states: for tests and the simulator.
//!
//! They read every value, so the node does not run them; they restate the rules instead of calling
//! the ledger, so that a mistake there is not repeated here.

mod eras;
mod governance;
mod staking;

pub use self::eras::check_election;
use self::governance::Rows;
use super::{BLOCK_HASHES, query};
use crate::chain_spec::ChainSpec;
use borsh::BorshDeserialize;
use core::ops::RangeInclusive;
use serin_consensus::staking::era::seated;
use serin_governance::ReferendumIndex;
use serin_governance::tally::Tally;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::read;
use serin_state::types::{Account, AccountId, Balance, Bound, Era, Hash, REASONS_MAX};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

/// What a state cannot be asked for, since its keys are hashed: who may have rows in it, and which hashes were named.
///
/// Accounts of the specification and hashes of noted calls are found anyway.
#[derive(Clone, Debug, Default)]
pub struct Names {
    /// Accounts that came later and may have voted, delegated, bonded or joined the collective.
    pub accounts: BTreeSet<AccountId>,
    /// Hashes that root may have requested, or the collective voted on, without their bytes.
    pub hashes: BTreeSet<Hash>,
}

/// A whole state: every key with its value.
pub type Dump = BTreeMap<StateKey, Vec<u8>>;

/// What a state that holds its invariants has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Summary {
    /// How many accounts are stored.
    pub accounts: usize,
    /// The sum of all of them.
    pub issuance: Balance,
}

/// Which invariant does not hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Violation {
    /// invariant(genesis)
    #[error("the state lacks what genesis writes")]
    Incomplete,
    /// invariant(layout)
    #[error("the value at {0:?} is neither a known item nor an account")]
    Unknown(StateKey),
    /// invariant(money)
    #[error("the accounts sum up to {sum}, and the issuance is {issuance}")]
    Issuance {
        /// Of all accounts.
        sum: Balance,
        /// As stored.
        issuance: Balance,
    },
    /// invariant(reasons)
    #[error("the holds or freezes at {0:?} are unsorted, empty or too many")]
    Reasons(StateKey),
    /// invariant(reaped)
    #[error("the account at {0:?} is stored and has nothing")]
    Empty(StateKey),
    /// invariant(tally)
    #[error("referendum {index} counts {tally}, and its votes are {recounted}")]
    Tally {
        /// Which.
        index: ReferendumIndex,
        /// As it is kept.
        tally: Tally,
        /// As the voters say.
        recounted: Tally,
    },
    /// invariant(locks)
    #[error("{account} has {frozen} frozen for its votes, which need {needed}")]
    Locks {
        /// Whose.
        account: AccountId,
        /// In the account.
        frozen: Balance,
        /// The most that a track needs.
        needed: Balance,
    },
    /// invariant(deposits)
    #[error("{account} has {held} held for deposits that are {stated} together")]
    Deposits {
        /// Whose.
        account: AccountId,
        /// In the account.
        held: Balance,
        /// As the rows of referenda and preimages say.
        stated: Balance,
    },
    /// invariant(pools)
    #[error("the points of pool {0} are not those of its members")]
    Pool(serin_consensus::staking::pools::PoolId),
    /// invariant(bond)
    #[error(
        "{account} has {held} held for a bond whose parts are {stated}, or its chunks are not in order"
    )]
    Bond {
        /// Whose.
        account: AccountId,
        /// In the account.
        held: Balance,
        /// As the row says.
        stated: Balance,
    },
    /// invariant(keys)
    #[error("a session key of {0} is somebody else's, or nobody's")]
    Keys(AccountId),
    /// invariant(roster)
    #[error("{0} and its place in the rosters of candidates and nominators do not agree")]
    Roster(AccountId),
    /// invariant(era)
    #[error("the rows of era {0} do not name each other, or a sum is none")]
    Era(Era),
    /// invariant(exposed)
    #[error(
        "{account} stands for {stated} in the election of this block, and has {active} at stake"
    )]
    Exposed {
        /// Who.
        account: AccountId,
        /// On all exposures of the era.
        stated: Balance,
        /// Of its bond.
        active: Balance,
    },
    /// invariant(nonce)
    #[error("the nonce at {0:?} fell")]
    NonceFell(StateKey),
}

/// Checks one state whose rows belong to accounts of the specification or are named by other rows.
///
/// # Errors
/// As [`check_named`].
pub fn check_state(state: &Dump) -> Result<Summary, Violation> {
    check_named(state, &Names::default())
}

/// Checks one state, with rows of those that `names` adds.
///
/// # Errors
/// The first [`Violation`] in the order of the keys.
pub fn check_named(state: &Dump, names: &Names) -> Result<Summary, Violation> {
    let complete = [Item::Specification, Item::Governance, Item::Session];
    if complete.iter().any(|item| !state.contains_key(&item.key())) {
        return Err(Violation::Incomplete);
    }
    let issuance: Balance = read(state, &Item::Issuance.key()).ok_or(Violation::Incomplete)?;
    let (mut accounts, mut sum) = (0_usize, Balance::ZERO);
    let known = Known::of(state, names);
    for (key, account) in accounts_of(state, &known.keys) {
        let account = account.ok_or(Violation::Unknown(key))?;
        check_account(key, &account)?;
        accounts = accounts.saturating_add(1);
        let held = account.holds.iter().map(|hold| hold.amount.0);
        sum = held.fold(sum.saturating_add(account.free), |sum, amount| {
            sum.saturating_add(Balance(amount))
        });
    }
    if sum != issuance {
        return Err(Violation::Issuance { sum, issuance });
    }
    known.governance.check(state)?;
    known.staking.check(state)?;
    eras::check(state)?;
    Ok(Summary { accounts, issuance })
}

/// Checks that `after` can follow `before` by any number of blocks.
///
/// # Errors
/// [`Violation::NonceFell`], also where an account that signed is gone.
pub fn check_step(before: &Dump, after: &Dump) -> Result<(), Violation> {
    check_step_named(before, after, &Names::default())
}

/// As [`check_step`], with rows of those that `names` adds.
///
/// # Errors
/// As [`check_step`].
pub fn check_step_named(before: &Dump, after: &Dump, names: &Names) -> Result<(), Violation> {
    for (key, account) in accounts_of(before, &Known::of(before, names).keys) {
        let later = after.get(&key).and_then(|bytes| Account::try_from_slice(bytes).ok());
        if account.map_or(0, |one| one.nonce.0) > later.map_or(0, |one| one.nonce.0) {
            return Err(Violation::NonceFell(key));
        }
    }
    Ok(())
}

/// What is stored under no other known key has to be an account.
fn accounts_of<'a>(
    state: &'a Dump,
    others: &'a BTreeSet<StateKey>,
) -> impl Iterator<Item = (StateKey, Option<Account>)> + 'a {
    state
        .iter()
        .filter(move |(key, _)| !others.contains(key) && !BLOCK_HASH_KEYS.contains(key))
        .map(|(key, bytes)| (*key, Account::try_from_slice(bytes).ok()))
}

/// Where hashes of past blocks lie, in every chain.
static BLOCK_HASH_KEYS: LazyLock<BTreeSet<StateKey>> =
    LazyLock::new(|| (0..BLOCK_HASHES).map(|index| Item::BlockHash(index).key()).collect());

/// Keys of everything else that is no account.
struct Known {
    keys: BTreeSet<StateKey>,
    governance: Rows,
    staking: staking::Rows,
}

impl Known {
    fn of(state: &Dump, names: &Names) -> Self {
        let single = [
            Item::Issuance,
            Item::Specification,
            Item::Parameters,
            Item::Session,
            Item::Validators,
            Item::NextValidators,
            Item::OldestSession,
            Item::Version,
            Item::FeeMultiplier,
            Item::Mountain,
            Item::Upgrade,
            Item::Governance,
        ];
        let spec: Option<ChainSpec> = read(state, &Item::Specification.key());
        let (validators, balances) =
            spec.map(|spec| (spec.validators, spec.balances)).unwrap_or_default();
        let named = balances.into_iter().map(|(account, _)| account);
        let voters: BTreeSet<AccountId> = named.chain(names.accounts.iter().copied()).collect();
        let voters: Vec<AccountId> = voters.into_iter().collect();
        let staking = staking::Rows::of(state, &voters);
        let founders = validators.iter().map(|one| one.account);
        let authors: BTreeSet<AccountId> =
            founders.chain(voters.iter().copied()).chain(seated(state)).collect();
        let governance = Rows::of(state, voters, &names.hashes);
        let keys = single
            .into_iter()
            .chain(authors.into_iter().map(Item::Knows))
            .chain(sessions_of(state).map(Item::SessionRecord))
            .map(|item| item.key())
            .chain(governance.keys.iter().chain(&staking.keys).copied())
            .chain(eras::keys(state))
            .collect();
        Self { keys, governance, staking }
    }
}

/// The sessions of which there is a record.
fn sessions_of(state: &Dump) -> RangeInclusive<u64> {
    let oldest: Option<u64> = read(state, &Item::OldestSession.key());
    oldest.unwrap_or(0)..=query::session_head(state).number()
}

fn check_account(key: StateKey, account: &Account) -> Result<(), Violation> {
    if *account == Account::default() {
        return Err(Violation::Empty(key));
    }
    if is_sound(&account.holds) && is_sound(&account.freezes) {
        Ok(())
    } else {
        Err(Violation::Reasons(key))
    }
}

fn is_sound(list: &[Bound]) -> bool {
    let ordered = list.iter().zip(list.iter().skip(1)).all(|(a, b)| a.reason < b.reason);
    ordered && list.len() <= REASONS_MAX && list.iter().all(|one| !one.amount.is_zero())
}
