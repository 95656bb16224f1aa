//! From a call of staking to the module that runs it, what it weighs, and what it is called.
//!
//! Every module checks the origin itself. Weights are constants in picoseconds of a reference core: estimates
//! well above what calls take with a warm store, so that they hold a call's part in recomputing the state root.

use super::era::{self, EraCall};
use super::keys::{self, KeysCall};
use super::ledger::{self, LedgerCall};
use super::offence::{self, Grounds, OffenceCall};
use super::parameters::EXPOSURE_PAGE_LIMIT;
use super::pools::{self, PoolCall};
use super::{Call, Context, Error, Origin};
use serin_state::overlay::StateRead;
use serin_state::types::Weight;

const MICROSECOND: u64 = 1_000_000;
/// Of a target that is looked up, or a nominator that is kicked.
const LOOKED_UP: u64 = 10;
/// Of a nominator that is paid: its payee, its bond and its account.
const PAID: u64 = 40;

/// Runs a call.
///
/// # Errors
/// [`Error::BadOrigin`] where the origin lacks the powers, and those of the module. Nothing has changed then: the
/// caller drops what was written.
pub fn dispatch<R: StateRead>(
    context: &mut Context<'_, R>,
    origin: Origin,
    grounds: Grounds<'_>,
    call: Call,
) -> Result<(), Error> {
    match call {
        Call::Ledger(call) => ledger::apply(context, origin, call),
        Call::Keys(call) => keys::apply(context, origin, &call),
        Call::Offence(call) => offence::apply(context, origin, grounds, &call),
        Call::Era(call) => era::apply(context, origin, &call),
        Call::Pools(call) => pools::apply(context, origin, call),
    }
}

/// What a call weighs. It depends on the call alone, never on how many stake.
#[must_use]
pub fn weigh(call: &Call) -> Weight {
    let each = |count: usize, microseconds: u64| {
        u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(microseconds)
    };
    let microseconds = match call {
        Call::Ledger(LedgerCall::Bond { .. } | LedgerCall::Withdraw | LedgerCall::Reap { .. }) => {
            150
        }
        Call::Ledger(
            LedgerCall::BondExtra { .. } | LedgerCall::Unbond { .. } | LedgerCall::Rebond { .. },
        )
        | Call::Offence(OffenceCall::Cancel { .. }) => 80,
        Call::Ledger(LedgerCall::Nominate { targets }) => {
            each(targets.len(), LOOKED_UP).saturating_add(120)
        }
        Call::Ledger(LedgerCall::Kick { nominators }) => {
            // Each of them may lose its place.
            each(nominators.len(), LOOKED_UP.saturating_mul(6)).saturating_add(30)
        }
        Call::Ledger(
            LedgerCall::Validate { .. } | LedgerCall::Chill | LedgerCall::ChillOther { .. },
        )
        | Call::Keys(KeysCall::Purge) => 120,
        Call::Ledger(LedgerCall::SetPayee { .. }) => 40,
        // Two signatures and a proof of the lottery besides a dozen rows.
        Call::Keys(KeysCall::Set { .. }) => 450,
        // Two signatures, and everybody who offended in the same place.
        Call::Offence(OffenceCall::Report { .. }) => 2_000,
        // A page of the longest, whatever its length is.
        Call::Era(EraCall::Payout { .. }) => {
            u64::from(EXPOSURE_PAGE_LIMIT).saturating_mul(PAID).saturating_add(150)
        }
        Call::Pools(call) => weigh_pools(call),
    };
    Weight(microseconds.saturating_mul(MICROSECOND))
}

/// In microseconds: rows of the pool, of the member and of up to three accounts, besides the bond's.
fn weigh_pools(call: &PoolCall) -> u64 {
    match call {
        PoolCall::Create { .. } | PoolCall::Withdraw { .. } => 400,
        PoolCall::Join { .. }
        | PoolCall::BondExtra { .. }
        | PoolCall::Compound
        | PoolCall::Unbond { .. } => 300,
        PoolCall::Nominate { targets, .. } => {
            let count = u64::try_from(targets.len()).unwrap_or(u64::MAX);
            count.saturating_mul(LOOKED_UP).saturating_add(160)
        }
        PoolCall::Claim { .. } | PoolCall::ClaimCommission { .. } | PoolCall::Chill { .. } => 160,
        PoolCall::SetState { .. }
        | PoolCall::SetRoles { .. }
        | PoolCall::SetCommission { .. }
        | PoolCall::SetCommissionMax { .. }
        | PoolCall::SetChangeRate { .. } => 60,
    }
}

impl Call {
    /// Module and name, as `staking.bond`.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Era(EraCall::Payout { .. }) => "staking.payout",
            Self::Ledger(call) => match call {
                LedgerCall::Bond { .. } => "staking.bond",
                LedgerCall::BondExtra { .. } => "staking.bond_extra",
                LedgerCall::Unbond { .. } => "staking.unbond",
                LedgerCall::Rebond { .. } => "staking.rebond",
                LedgerCall::Withdraw => "staking.withdraw",
                LedgerCall::Nominate { .. } => "staking.nominate",
                LedgerCall::Validate { .. } => "staking.validate",
                LedgerCall::Chill => "staking.chill",
                LedgerCall::ChillOther { .. } => "staking.chill_other",
                LedgerCall::Kick { .. } => "staking.kick",
                LedgerCall::SetPayee { .. } => "staking.set_payee",
                LedgerCall::Reap { .. } => "staking.reap",
            },
            Self::Keys(KeysCall::Set { .. }) => "keys.set",
            Self::Keys(KeysCall::Purge) => "keys.purge",
            Self::Offence(OffenceCall::Report { .. }) => "staking.report",
            Self::Offence(OffenceCall::Cancel { .. }) => "staking.cancel_slash",
            Self::Pools(call) => call.name(),
        }
    }
}

impl PoolCall {
    const fn name(&self) -> &'static str {
        match self {
            Self::Create { .. } => "pools.create",
            Self::Join { .. } => "pools.join",
            Self::BondExtra { .. } => "pools.bond_extra",
            Self::Compound => "pools.compound",
            Self::Claim { .. } => "pools.claim",
            Self::Unbond { .. } => "pools.unbond",
            Self::Withdraw { .. } => "pools.withdraw",
            Self::Nominate { .. } => "pools.nominate",
            Self::Chill { .. } => "pools.chill",
            Self::SetState { .. } => "pools.set_state",
            Self::SetRoles { .. } => "pools.set_roles",
            Self::SetCommission { .. } => "pools.set_commission",
            Self::SetCommissionMax { .. } => "pools.set_commission_max",
            Self::SetChangeRate { .. } => "pools.set_change_rate",
            Self::ClaimCommission { .. } => "pools.claim_commission",
        }
    }
}
