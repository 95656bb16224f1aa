//! What JSON-RPC answers about who decides: turnout, concentration, and the collective. Scripts rely on the names.
//!
//! Shares are in parts per billion, amounts decimal strings in the smallest unit, times slots. All of it is about the
//! accounts that this node has seen take part: the state keeps accounts hashed and cannot be asked for all of them.

use serde::{Deserialize, Serialize};

/// How many of those who could take part did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TurnoutView {
    /// Tokens that take part, in votes of any kind and in delegations that are carried.
    pub capital: String,
    /// That as a share of the electorate.
    pub by_stake_ppb: u32,
    /// Accounts that take part, by a vote or by a delegation that is carried.
    pub heads: u32,
    /// Accounts that have ever taken part in governance, as far as this node has seen.
    pub of_heads: u32,
    /// The heads as a share of these.
    pub by_head_ppb: u32,
    /// Accounts that vote themselves.
    pub voters: u32,
}

/// How concentrated weights are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PowerView {
    /// Accounts with a weight.
    pub accounts: u32,
    /// Gini's coefficient: zero where all weigh the same, close to a billion where one has all.
    pub gini_ppb: u32,
    /// The fewest accounts with more than a third of the weight.
    pub nakamoto_third: u32,
    /// The fewest accounts with more than half of the weight.
    pub nakamoto_half: u32,
    /// The fewest accounts with more than two thirds of the weight.
    pub nakamoto_two_thirds: u32,
    /// Banzhaf's index of the heaviest accounts: shares of all changes of outcome.
    pub banzhaf_ppb: Vec<u32>,
    /// Whether every coalition was tried; else the index is an estimate, the same on every node.
    pub banzhaf_is_exact: bool,
}

/// `governance_collective`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct CollectiveView {
    /// Members by rank, from 0 to 9.
    pub roll: Vec<u32>,
    /// The least rank that votes on the whitelist.
    pub rank_min: u8,
    /// All votes of those that vote on the whitelist.
    pub votes: u32,
    /// Share of these that must be for a call.
    pub threshold_ppb: u32,
    /// Members that this node knows by name, the highest first.
    pub members: Vec<MemberView>,
    /// Polls on calls, and calls that are whitelisted, of those that this node has seen.
    pub polls: Vec<PollView>,
}

/// A member of the collective.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Address.
    pub account: String,
    /// From 0 to 9.
    pub rank: u8,
    /// Votes on the whitelist.
    pub votes: u32,
}

/// A poll of the collective on a call, or a call that it has whitelisted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PollView {
    /// Hash of the call's bytes.
    pub hash: String,
    /// The call in words, where its bytes are noted.
    pub call: Option<String>,
    /// Whether it may be dispatched by the track `whitelisted_caller`.
    pub is_whitelisted: bool,
    /// The first slot in which nobody can vote any more, of a poll.
    pub end: Option<u64>,
    /// Votes for it.
    pub ayes: u32,
    /// Votes against it.
    pub nays: u32,
    /// Votes for it that are missing.
    pub missing: u32,
    /// Who said what: `5Grw... aye 3`.
    pub ballots: Vec<String>,
}
