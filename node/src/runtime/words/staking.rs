//! The calls of staking in words.
//!
//! Commissions are percent, as `10` or `2.5`; a payee is `staked`, `stash`, `none` or an account.

use super::{Words, WordsError, parse_account};
use serin_consensus::staking::era::EraCall;
use serin_consensus::staking::keys::{KeySet, KeysCall, Possession};
use serin_consensus::staking::ledger::{LedgerCall, Payee, Terms};
use serin_consensus::staking::offence::OffenceCall;
use serin_consensus::staking::{Call, Perbill};
use serin_state::codec::decode_bounded;
use serin_state::types::{AccountId, Era};

/// Where rewards go.
///
/// # Errors
/// What is wrong with it.
pub fn parse_payee(text: &str) -> Result<Payee, String> {
    match text {
        "staked" => Ok(Payee::Staked),
        "stash" => Ok(Payee::Stash),
        "none" => Ok(Payee::None),
        _ => parse_account(text).map(Payee::Account),
    }
}

/// A share in percent, with up to seven digits behind the point.
///
/// # Errors
/// What is wrong with it.
pub fn parse_percent(text: &str) -> Result<Perbill, String> {
    let why = || "it is percent from 0 to 100, such as 10 or 2.5".to_owned();
    let text = text.strip_suffix('%').unwrap_or(text).trim_end();
    let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
    let is_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_digits(whole) || !is_digits(fraction) || fraction.len() > 7 {
        return Err(why());
    }
    let parts: u64 = format!("{whole}{fraction:0<7}").parse().map_err(|_| why())?;
    let parts = u32::try_from(parts).map_err(|_| why())?;
    Perbill::try_from(parts).map_err(|_| why())
}

/// Keys and proof as `serin key rotate` prints them: the encoded call's arguments in hexadecimal.
///
/// # Errors
/// What is wrong with it.
pub fn parse_keys(text: &str) -> Result<KeysCall, String> {
    let why = || "it is what `serin key rotate` prints: 0x and 608 digits".to_owned();
    let bytes = hex::decode(text.strip_prefix("0x").unwrap_or(text)).map_err(|_| why())?;
    let (keys, proof): (KeySet, Box<Possession>) =
        decode_bounded(&bytes, bytes.len()).map_err(|_| why())?;
    Ok(KeysCall::Set { keys, proof })
}

pub(super) fn keys(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    Ok(Some(Call::Keys(match name {
        "set" => words.parsed("KEYS_AND_PROOF", parse_keys)?,
        "purge" => KeysCall::Purge,
        _ => return Ok(None),
    })))
}

impl Words<'_> {
    fn payee(&mut self) -> Result<Payee, WordsError> {
        self.parsed("staked|stash|none|ACCOUNT", parse_payee)
    }

    /// One account or more, to the end.
    pub(super) fn accounts(&mut self) -> Result<Vec<AccountId>, WordsError> {
        let mut accounts = vec![self.account("ACCOUNT")?];
        while !self.is_over() {
            accounts.push(self.account("ACCOUNT")?);
        }
        Ok(accounts)
    }
}

pub(super) fn call(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    if name == "payout" {
        let (validator, era) = (words.account("VALIDATOR")?, words.number("ERA")?);
        let (era, page) = (Era(era), words.number("PAGE")?);
        return Ok(Some(Call::Era(EraCall::Payout { validator, era, page })));
    }
    if name == "cancel_slash" {
        let (account, era) = (words.account("VALIDATOR")?, words.number("ERA").map(Era)?);
        return Ok(Some(Call::Offence(OffenceCall::Cancel { era, account })));
    }
    ledger(name, words)
}

fn ledger(name: &str, words: &mut Words<'_>) -> Result<Option<Call>, WordsError> {
    let call = match name {
        "bond" => LedgerCall::Bond { amount: words.amount()?, payee: words.payee()? },
        "bond_extra" => LedgerCall::BondExtra { amount: words.amount()? },
        "unbond" => LedgerCall::Unbond { amount: words.amount()? },
        "rebond" => LedgerCall::Rebond { amount: words.amount()? },
        "withdraw" => LedgerCall::Withdraw,
        "nominate" => LedgerCall::Nominate { targets: words.accounts()? },
        "validate" => {
            let commission = words.parsed("COMMISSION_PERCENT", parse_percent)?;
            let blocked = words.parsed("open|blocked", |text| match text {
                "open" => Ok(false),
                "blocked" => Ok(true),
                _ => Err("it is open or blocked"),
            })?;
            LedgerCall::Validate { terms: Terms { commission, blocked } }
        }
        "chill" => LedgerCall::Chill,
        "chill_other" => LedgerCall::ChillOther { account: words.account("ACCOUNT")? },
        "kick" => LedgerCall::Kick { nominators: words.accounts()? },
        "set_payee" => LedgerCall::SetPayee { payee: words.payee()? },
        "reap" => LedgerCall::Reap { account: words.account("ACCOUNT")? },
        _ => return Ok(None),
    };
    Ok(Some(Call::Ledger(call)))
}
