//! The calls of pools in words.
//!
//! A pool is its number; a role is an account or `none`; points are said like tokens, since the first are one a unit.

use super::staking::parse_percent;
use super::{Words, WordsError, parse_account};
use serin_consensus::staking::Call;
use serin_consensus::staking::pools::{ChangeRate, PoolCall, PoolId, Roles, State};
use serin_state::types::{AccountId, Balance};

/// A role of a pool: an account, or `none`.
///
/// # Errors
/// What is wrong with the account.
pub fn parse_role(text: &str) -> Result<Option<AccountId>, String> {
    if text == "none" { Ok(None) } else { parse_account(text).map(Some) }
}

/// What a pool is: `open`, `blocked` or `destroying`.
///
/// # Errors
/// What it may be.
pub fn parse_pool_state(text: &str) -> Result<State, &'static str> {
    match text {
        "open" => Ok(State::Open),
        "blocked" => Ok(State::Blocked),
        "destroying" => Ok(State::Destroying),
        _ => Err("it is open, blocked or destroying"),
    }
}

impl Words<'_> {
    fn pool(&mut self) -> Result<PoolId, WordsError> {
        self.number("POOL").map(PoolId)
    }

    fn roles(&mut self) -> Result<Roles, WordsError> {
        Ok(Roles {
            root: self.parsed("ROOT", parse_role)?,
            nominator: self.parsed("NOMINATOR", parse_role)?,
            bouncer: self.parsed("BOUNCER", parse_role)?,
        })
    }

    fn points(&mut self) -> Result<u128, WordsError> {
        self.parsed("POINTS", |text| Balance::parse(&text.replace(',', ""))).map(|points| points.0)
    }
}

pub(super) fn pools(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "create" => PoolCall::Create { amount: words.amount()?, roles: words.roles()? },
        "join" => PoolCall::Join { pool: words.pool()?, amount: words.amount()? },
        "bond_extra" => PoolCall::BondExtra { amount: words.amount()? },
        "compound" => PoolCall::Compound,
        "claim" => PoolCall::Claim { member: words.account("ACCOUNT")? },
        "unbond" => PoolCall::Unbond { member: words.account("ACCOUNT")?, points: words.points()? },
        "withdraw" => PoolCall::Withdraw { member: words.account("ACCOUNT")? },
        "nominate" => PoolCall::Nominate { pool: words.pool()?, targets: words.accounts()? },
        "chill" => PoolCall::Chill { pool: words.pool()? },
        "set_state" => PoolCall::SetState {
            pool: words.pool()?,
            state: words.parsed("open|blocked|destroying", parse_pool_state)?,
        },
        "set_roles" => PoolCall::SetRoles { pool: words.pool()?, roles: words.roles()? },
        "set_commission" => PoolCall::SetCommission {
            pool: words.pool()?,
            share: words.parsed("PERCENT", parse_percent)?,
            payee: words.account("ACCOUNT")?,
        },
        "set_commission_max" => PoolCall::SetCommissionMax {
            pool: words.pool()?,
            most: words.parsed("PERCENT", parse_percent)?,
        },
        "set_change_rate" => PoolCall::SetChangeRate {
            pool: words.pool()?,
            rate: ChangeRate {
                rise_max: words.parsed("PERCENT", parse_percent)?,
                delay_slots: words.number("SLOTS")?,
            },
        },
        "claim_commission" => PoolCall::ClaimCommission { pool: words.pool()? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Pools(call)))
}
