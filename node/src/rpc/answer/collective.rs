//! What JSON-RPC answers about the collective and the whitelist.
//!
//! Inputs: the state after the head, and the names that this node has seen in events: the state keeps members and polls
//! hashed. Bounds: [`SHOWN_MAX`] members and polls; a poll has as many ballots as the collective allows.

use super::super::backend::Node;
use super::super::view::power::{CollectiveView, MemberView, PollView};
use super::governance::{Look, call_of, within};
use serin_governance::collective::{self, Rank};
use serin_governance::whitelist;
use serin_state::types::{AccountId, Hash};

/// Members and polls of an answer.
const SHOWN_MAX: usize = 1_024;

/// `governance_collective`.
pub(crate) fn collective(node: &Node<'_>) -> Result<CollectiveView, String> {
    let participants = &node.about.participants;
    let names: Vec<AccountId> = participants.members().take(SHOWN_MAX).collect();
    let hashes: Vec<Hash> = participants.polls().take(SHOWN_MAX).collect();
    within(node, |context| {
        let rules = &context.parameters.whitelist;
        let roll = collective::roll(context);
        let votes = roll.votes(rules.rank_min);
        let standing = |who: &AccountId| Some((collective::standing(context, *who)?, *who));
        let mut members: Vec<(Rank, AccountId)> = names.iter().filter_map(standing).collect();
        members.sort_by_key(|(rank, who)| (core::cmp::Reverse(*rank), *who));
        let member = |(rank, who): (Rank, AccountId)| MemberView {
            account: who.to_string(),
            rank: rank.0,
            votes: rank.votes(rules.rank_min),
        };
        CollectiveView {
            roll: roll.0.to_vec(),
            rank_min: rules.rank_min.0,
            votes,
            threshold_ppb: rules.threshold.parts(),
            members: members.into_iter().map(member).collect(),
            polls: hashes.iter().filter_map(|hash| poll(context, *hash, votes)).collect(),
        }
    })
}

/// The poll on a call, or that it is whitelisted; `None` where neither is so.
fn poll(context: &Look<'_, '_>, hash: Hash, votes: u32) -> Option<PollView> {
    let is_whitelisted = whitelist::is_whitelisted(context, hash);
    let poll = whitelist::poll(context, hash);
    if poll.is_none() && !is_whitelisted {
        return None;
    }
    let ballots = poll.iter().flat_map(|poll| &poll.ballots);
    let side = |aye: bool| {
        let of_side = ballots.clone().filter(|ballot| ballot.aye == aye);
        of_side.fold(0_u32, |sum, ballot| sum.saturating_add(ballot.votes))
    };
    let share = u64::from(context.parameters.whitelist.threshold.parts());
    let needed = u64::from(votes).saturating_mul(share).div_ceil(1_000_000_000).max(1);
    let missing = u32::try_from(needed).unwrap_or(u32::MAX).saturating_sub(side(true));
    let said = |aye: bool| if aye { "aye" } else { "nay" };
    let shown = ballots.clone();
    Some(PollView {
        hash: hash.to_string(),
        call: call_of(context, hash),
        is_whitelisted,
        end: poll.as_ref().map(|poll| poll.end.0),
        ayes: side(true),
        nays: side(false),
        missing: if is_whitelisted { 0 } else { missing },
        ballots: shown
            .map(|ballot| format!("{} {} {}", ballot.who, said(ballot.aye), ballot.votes))
            .collect(),
    })
}
