//! Calls in words, for people: `balances.transfer //Bob 1.5` is a call, and so is `system.as_root [system.stop_upgrade]`.
//!
//! A call is its name and its arguments, as [`USAGE`] lists them. Accounts are addresses, public keys or `//Name`;
//! amounts are tokens; calls inside calls stand in brackets; `0x` and digits are an encoded call. What is wrong is a
//! sentence that says what was expected. Bounds: [`WORDS_MAX`], and calls nest as deep as calls may.

mod governance;
mod pools;
mod staking;

pub use governance::{origin_of, parse_track};
pub use pools::{parse_pool_state, parse_role};
pub use staking::{parse_keys, parse_payee, parse_percent};

use super::{BalancesCall, Call, NESTING_MAX, Parameters, Protocol, SystemCall};
use core::str::FromStr;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serin_state::codec::encode;
use serin_state::derive::Seed;
use serin_state::types::{AccountId, Balance, Height, ProtocolVersion};

/// Longest text of a call, in bytes.
pub const WORDS_MAX: usize = 256 * 1024;

/// Every call that can be said in words, with its arguments.
pub const USAGE: [(&str, &str); 91] = [
    ("system.remark", "TEXT.."),
    ("system.remark_with_event", "TEXT.."),
    ("system.as_root", "[CALL]"),
    ("system.batch", "[CALL] .."),
    ("system.set_parameters", "NAME=VALUE .."),
    ("system.set_governance", "NAME=VALUE .."),
    ("system.set_staking", "NAME=VALUE .."),
    ("system.schedule_upgrade", "VERSION HEIGHT"),
    ("system.stop_upgrade", ""),
    ("balances.transfer", "ACCOUNT TOKENS"),
    ("balances.transfer_keep_alive", "ACCOUNT TOKENS"),
    ("balances.transfer_all", "ACCOUNT"),
    ("balances.force_transfer", "FROM TO TOKENS"),
    ("balances.mint", "ACCOUNT TOKENS"),
    ("balances.burn", "TOKENS"),
    ("voting.vote", "INDEX aye|nay TOKENS CONVICTION REASON.."),
    ("voting.vote_split", "INDEX AYE_TOKENS NAY_TOKENS REASON.."),
    ("voting.vote_abstain", "INDEX AYE_TOKENS NAY_TOKENS ABSTAIN_TOKENS REASON.."),
    ("voting.remove_vote", "TRACK INDEX"),
    ("voting.remove_other_vote", "ACCOUNT TRACK INDEX"),
    ("voting.unlock", "TRACK ACCOUNT"),
    ("voting.delegate", "TRACK ACCOUNT CONVICTION TOKENS"),
    ("voting.undelegate", "TRACK"),
    ("voting.delegate_all", "ACCOUNT CONVICTION TOKENS"),
    ("voting.undelegate_all", ""),
    ("referenda.submit", "TRACK [CALL] AFTER_SLOTS"),
    ("referenda.submit_preimage", "TRACK HASH LENGTH AFTER_SLOTS"),
    ("referenda.place_decision_deposit", "INDEX"),
    ("referenda.refund_decision_deposit", "INDEX"),
    ("referenda.refund_submission_deposit", "INDEX"),
    ("referenda.cancel", "INDEX"),
    ("referenda.kill", "INDEX"),
    ("referenda.set_metadata", "INDEX HASH"),
    ("preimages.note", "[CALL]"),
    ("preimages.unnote", "HASH"),
    ("preimages.request", "HASH"),
    ("preimages.unrequest", "HASH"),
    ("treasury.spend", "ACCOUNT TOKENS"),
    ("treasury.tip", "ACCOUNT TOKENS"),
    ("treasury.payout", "SPEND"),
    ("treasury.void", "SPEND"),
    ("treasury.clear", "SPEND"),
    ("bounties.propose", "TOKENS DESCRIPTION.."),
    ("bounties.approve", "BOUNTY"),
    ("bounties.propose_curator", "BOUNTY ACCOUNT FEE_TOKENS"),
    ("bounties.accept_curator", "BOUNTY"),
    ("bounties.unassign_curator", "BOUNTY"),
    ("bounties.award", "BOUNTY ACCOUNT"),
    ("bounties.claim", "BOUNTY"),
    ("bounties.close", "BOUNTY"),
    ("bounties.extend", "BOUNTY"),
    ("collective.add", "ACCOUNT"),
    ("collective.promote", "ACCOUNT"),
    ("collective.demote", "ACCOUNT"),
    ("collective.remove", "ACCOUNT"),
    ("whitelist.vote", "HASH aye|nay"),
    ("whitelist.clear", "HASH"),
    ("whitelist.add", "HASH"),
    ("whitelist.remove", "HASH"),
    ("whitelist.dispatch", "HASH"),
    ("staking.bond", "TOKENS staked|stash|none|ACCOUNT"),
    ("staking.bond_extra", "TOKENS"),
    ("staking.unbond", "TOKENS"),
    ("staking.rebond", "TOKENS"),
    ("staking.withdraw", ""),
    ("staking.nominate", "ACCOUNT .."),
    ("staking.validate", "COMMISSION_PERCENT open|blocked"),
    ("staking.chill", ""),
    ("staking.chill_other", "ACCOUNT"),
    ("staking.kick", "ACCOUNT .."),
    ("staking.set_payee", "staked|stash|none|ACCOUNT"),
    ("staking.reap", "ACCOUNT"),
    ("staking.payout", "VALIDATOR ERA PAGE"),
    ("staking.cancel_slash", "VALIDATOR ERA"),
    ("keys.set", "KEYS_AND_PROOF"),
    ("keys.purge", ""),
    ("pools.create", "TOKENS ROOT NOMINATOR BOUNCER"),
    ("pools.join", "POOL TOKENS"),
    ("pools.bond_extra", "TOKENS"),
    ("pools.compound", ""),
    ("pools.claim", "ACCOUNT"),
    ("pools.unbond", "ACCOUNT POINTS"),
    ("pools.withdraw", "ACCOUNT"),
    ("pools.nominate", "POOL ACCOUNT .."),
    ("pools.chill", "POOL"),
    ("pools.set_state", "POOL open|blocked|destroying"),
    ("pools.set_roles", "POOL ROOT NOMINATOR BOUNCER"),
    ("pools.set_commission", "POOL PERCENT ACCOUNT"),
    ("pools.set_commission_max", "POOL PERCENT"),
    ("pools.set_change_rate", "POOL PERCENT SLOTS"),
    ("pools.claim_commission", "POOL"),
];

/// Why a text is no call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum WordsError {
    /// Longer than a call may be said.
    #[error("a call has at most {WORDS_MAX} bytes in words")]
    TooLong,
    /// No name.
    #[error("a call begins with its name, such as balances.transfer")]
    Empty,
    /// A name that no call has.
    #[error("there is no call {0:?}; the calls are: {names}", names = names())]
    UnknownCall(String),
    /// An argument is missing.
    #[error("{call} lacks {what}: {call} {usage}", usage = usage(call))]
    Missing {
        /// Of which call.
        call: &'static str,
        /// What is missing.
        what: &'static str,
    },
    /// An argument is not what it should be.
    #[error("{call}: {text:?} is no {what}: {why}")]
    Bad {
        /// Of which call.
        call: &'static str,
        /// What was expected.
        what: &'static str,
        /// What stands there.
        text: String,
        /// What is wrong with it.
        why: String,
    },
    /// More than the call takes.
    #[error("{call} takes no further {text:?}: {call} {usage}", usage = usage(call))]
    TooMany {
        /// Which call.
        call: &'static str,
        /// The first that is too much.
        text: String,
    },
    /// Numbers are to change that the caller does not know.
    #[error("{0} needs the numbers in force; ask a node for them")]
    NoNumbers(&'static str),
    /// Brackets do not match.
    #[error("brackets do not match in {0:?}")]
    Brackets(String),
    /// Calls inside calls, too deep.
    #[error("calls stand inside calls more than {NESTING_MAX} levels deep")]
    TooDeep,
    /// Digits that are no call.
    #[error("the bytes are no call")]
    Bytes,
}

fn names() -> String {
    USAGE.map(|(name, _)| name).join(", ")
}

fn usage(call: &str) -> &'static str {
    USAGE.iter().find(|(name, _)| *name == call).map_or("", |(_, usage)| usage)
}

/// The numbers in force, of which a text names those that are to change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Numbers {
    /// Prices and limits.
    pub parameters: Parameters,
    /// Governance's.
    pub governance: serin_governance::Parameters,
    /// Staking's; none on a chain of fixed validators.
    pub staking: Option<serin_consensus::staking::Parameters>,
}

impl Call {
    /// The call that `text` says. Without `numbers` it cannot be one that changes some of them.
    ///
    /// # Errors
    /// [`WordsError`], a sentence for the user.
    pub fn from_words(text: &str, numbers: Option<&Numbers>) -> Result<Self, WordsError> {
        if text.len() > WORDS_MAX {
            return Err(WordsError::TooLong);
        }
        parse(text, numbers, NESTING_MAX)
    }
}

/// An account as people name it: an address, a public key, the derivation path of a development account, or
/// `treasury`.
///
/// # Errors
/// What is wrong with it.
pub fn parse_account(text: &str) -> Result<AccountId, String> {
    if text == "treasury" {
        return Ok(super::block::treasury());
    }
    if text.starts_with("//") {
        return Seed::from_uri(text)
            .map(|seed| seed.key().public().into())
            .map_err(|error| error.to_string());
    }
    text.parse().map_err(|error: <AccountId as FromStr>::Err| error.to_string())
}

/// Recursion ends after [`NESTING_MAX`] levels.
fn parse(text: &str, numbers: Option<&Numbers>, levels_left: usize) -> Result<Call, WordsError> {
    let text = text.trim();
    if let Some(digits) = text.strip_prefix("0x") {
        let bytes = hex::decode(digits).map_err(|_| WordsError::Bytes)?;
        return Call::decode(&bytes, Protocol::NEWEST).map_err(|_| WordsError::Bytes);
    }
    let words = split(text)?;
    let (name, rest) = words.split_first().ok_or(WordsError::Empty)?;
    let known = USAGE.iter().find(|(known, _)| known == name);
    let (call, _) = known.ok_or_else(|| WordsError::UnknownCall((*name).to_owned()))?;
    let mut words = Words { call, rest: rest.iter(), numbers, levels_left };
    let call = call_of(call, text, &mut words)?;
    words.end()?;
    Ok(call)
}

fn call_of(name: &str, text: &str, words: &mut Words<'_>) -> Result<Call, WordsError> {
    let call = match name.split_once('.') {
        Some(("system", name)) => system(name, text, words)?.map(Call::System),
        Some(("balances", name)) => balances(name, words)?.map(Call::Balances),
        Some(("voting", name)) => governance::voting(name, words)?.map(Call::Governance),
        Some(("referenda", name)) => governance::referenda(name, words)?.map(Call::Governance),
        Some(("treasury", name)) => governance::treasury(name, words)?.map(Call::Governance),
        Some(("bounties", name)) => governance::bounties(name, words)?.map(Call::Governance),
        Some(("collective", name)) => governance::collective(name, words)?.map(Call::Governance),
        Some(("whitelist", name)) => governance::whitelist(name, words)?.map(Call::Governance),
        Some(("staking", name)) => staking::call(name, words)?.map(Call::Staking),
        Some(("pools", name)) => pools::pools(name, words)?.map(Call::Staking),
        Some(("keys", name)) => staking::keys(name, words)?.map(Call::Staking),
        Some(("preimages", name)) => governance::preimages(name, words)?.map(Call::Governance),
        Some(_) | None => None,
    };
    call.ok_or_else(|| WordsError::UnknownCall(name.to_owned()))
}

fn system(name: &str, text: &str, words: &mut Words<'_>) -> Result<Option<SystemCall>, WordsError> {
    let mut remark = || {
        words.rest = [].iter();
        let (_, said) = text.split_once(char::is_whitespace).unwrap_or_default();
        said.trim().as_bytes().to_vec()
    };
    Ok(Some(match name {
        "remark" => SystemCall::Remark { bytes: remark() },
        "remark_with_event" => SystemCall::RemarkWithEvent { bytes: remark() },
        "as_root" => SystemCall::AsRoot { call: words.call()? },
        "batch" => {
            let mut calls = vec![words.call()?];
            while !words.rest.as_slice().is_empty() {
                calls.push(words.call()?);
            }
            SystemCall::Batch { calls }
        }
        "set_parameters" => {
            let parameters = words.changed(words.numbers()?.parameters)?;
            SystemCall::SetParameters { parameters: Box::new(parameters) }
        }
        "set_governance" => {
            let parameters = words.changed(words.numbers()?.governance.clone())?;
            SystemCall::SetGovernance { parameters: Box::new(parameters) }
        }
        "set_staking" => {
            let before = words.numbers()?.staking.ok_or(WordsError::NoNumbers(words.call))?;
            SystemCall::SetStaking { parameters: Box::new(words.changed(before)?) }
        }
        "schedule_upgrade" => SystemCall::ScheduleUpgrade {
            version: ProtocolVersion(words.number("VERSION")?),
            height: Height(words.number("HEIGHT")?),
        },
        "stop_upgrade" => SystemCall::StopUpgrade,
        _ => return Ok(None),
    }))
}

fn balances(name: &str, words: &mut Words<'_>) -> Result<Option<BalancesCall>, WordsError> {
    Ok(Some(match name {
        "transfer" => {
            BalancesCall::Transfer { to: words.account("ACCOUNT")?, amount: words.amount()? }
        }
        "transfer_keep_alive" => BalancesCall::TransferKeepAlive {
            to: words.account("ACCOUNT")?,
            amount: words.amount()?,
        },
        "transfer_all" => {
            BalancesCall::TransferAll { to: words.account("ACCOUNT")?, keep_alive: false }
        }
        "force_transfer" => BalancesCall::ForceTransfer {
            from: words.account("FROM")?,
            to: words.account("TO")?,
            amount: words.amount()?,
        },
        "mint" => BalancesCall::Mint { to: words.account("ACCOUNT")?, amount: words.amount()? },
        "burn" => BalancesCall::Burn { amount: words.amount()? },
        _ => return Ok(None),
    }))
}

/// Words at the outermost level; what stands in brackets is one of them, brackets included.
fn split(text: &str) -> Result<Vec<&str>, WordsError> {
    let unbalanced = || WordsError::Brackets(text.to_owned());
    let (mut words, mut depth, mut start) = (Vec::new(), 0_usize, None);
    for (at, letter) in text.char_indices() {
        match letter {
            '[' => depth = depth.saturating_add(1),
            ']' => depth = depth.checked_sub(1).ok_or_else(unbalanced)?,
            _ => {}
        }
        if letter.is_whitespace() && depth == 0 {
            words.extend(start.take().and_then(|start| text.get(start..at)));
        } else {
            start.get_or_insert(at);
        }
    }
    words.extend(start.and_then(|start| text.get(start..)));
    if depth == 0 { Ok(words) } else { Err(unbalanced()) }
}

/// The arguments of a call that are still to be read.
struct Words<'a> {
    call: &'static str,
    rest: core::slice::Iter<'a, &'a str>,
    numbers: Option<&'a Numbers>,
    levels_left: usize,
}

impl<'a> Words<'a> {
    fn numbers(&self) -> Result<&'a Numbers, WordsError> {
        self.numbers.ok_or(WordsError::NoNumbers(self.call))
    }

    /// `value` with what the words say: `name=value`, the name of a field or a path of names and places.
    fn changed<T: Serialize + DeserializeOwned>(&mut self, value: T) -> Result<T, WordsError> {
        let what = "NAME=VALUE";
        let mut json = serde_json::to_value(value).unwrap_or_default();
        let mut texts = vec![self.word(what)?.to_owned()];
        texts.extend(self.rest.by_ref().map(|text| (*text).to_owned()));
        let call = self.call;
        for text in &texts {
            let bad =
                |why: &str| WordsError::Bad { call, what, text: text.clone(), why: why.to_owned() };
            let (name, value) = text.split_once('=').ok_or_else(|| bad("there is no ="))?;
            let path = format!("/{}", name.replace('.', "/"));
            let place = json.pointer_mut(&path).ok_or_else(|| bad("there is no such number"))?;
            // Amounts are texts of digits, everything else is as JSON says it.
            *place = if place.is_string() {
                serde_json::Value::from(value)
            } else {
                serde_json::from_str(value).map_err(|error| bad(&error.to_string()))?
            };
        }
        let text = texts.join(" ");
        serde_json::from_value(json).map_err(|error| WordsError::Bad {
            call,
            what,
            text,
            why: error.to_string(),
        })
    }

    fn word(&mut self, what: &'static str) -> Result<&'a str, WordsError> {
        self.rest.next().copied().ok_or(WordsError::Missing { call: self.call, what })
    }

    fn parsed<T, E: ToString>(
        &mut self,
        what: &'static str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Result<T, WordsError> {
        let call = self.call;
        let text = self.word(what)?;
        parse(text).map_err(|error| WordsError::Bad {
            call,
            what,
            text: text.to_owned(),
            why: error.to_string(),
        })
    }

    fn account(&mut self, what: &'static str) -> Result<AccountId, WordsError> {
        self.parsed(what, parse_account)
    }

    fn amount(&mut self) -> Result<Balance, WordsError> {
        self.parsed("TOKENS", |text| Balance::parse(&text.replace(',', "")))
    }

    fn number<T: FromStr<Err: ToString>>(&mut self, what: &'static str) -> Result<T, WordsError> {
        self.parsed(what, |text| text.replace(',', "").parse())
    }

    fn is_over(&self) -> bool {
        self.rest.as_slice().is_empty()
    }

    /// All that is left, as a text; `None` where nothing is.
    fn text(&mut self) -> Option<String> {
        let text = self.rest.as_slice().join(" ");
        self.rest = [].iter();
        (!text.is_empty()).then_some(text)
    }

    /// A call in brackets, encoded.
    fn call(&mut self) -> Result<Vec<u8>, WordsError> {
        let levels_left = self.levels_left.checked_sub(1).ok_or(WordsError::TooDeep)?;
        let text = self.word("[CALL]")?;
        let inside = text.strip_prefix('[').and_then(|text| text.strip_suffix(']'));
        let inside = inside.ok_or_else(|| WordsError::Brackets(text.to_owned()))?;
        parse(inside, self.numbers, levels_left).map(|call| encode(&call))
    }

    fn end(&mut self) -> Result<(), WordsError> {
        let call = self.call;
        self.rest
            .next()
            .map_or(Ok(()), |extra| Err(WordsError::TooMany { call, text: (*extra).to_owned() }))
    }
}

#[cfg(test)]
mod tests;
