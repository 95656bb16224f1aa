//! Who decides, for JSON-RPC: votes with what they carry, turnout, and how concentrated the weights are.
//!
//! Records are read inside the event loop, [`VOTERS_MAX`] at most; what takes long, the index of power, is worked out
//! after it ([`Weighed`]). The judgements are those of [`serin_governance::insight`].

use super::super::view::governance::{ReferendumView, VoteView};
use super::super::view::power::{PowerView, TurnoutView};
use super::governance::Look;
use serin_governance::insight::{Concentration, Turnout, Voice, voices};
use serin_governance::voting::Record;
use serin_governance::{ReferendumIndex, TrackId};
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeMap;

/// Accounts whose records one answer reads.
pub(crate) const VOTERS_MAX: usize = 8_192;
/// Votes that a referendum's view shows.
const VOTES_SHOWN: usize = 256;
/// Accounts whose index of power is shown.
const INDICES_SHOWN: usize = 16;

/// A view that lacks the concentration of some weights.
#[derive(Debug)]
pub(crate) struct Weighed<V> {
    pub(crate) view: V,
    pub(crate) weights: Vec<Balance>,
    pub(crate) put: fn(&mut V, PowerView),
}

impl<V> Weighed<V> {
    /// Works the concentration out and puts it in.
    pub(crate) fn finish(mut self) -> V {
        (self.put)(&mut self.view, power(&self.weights));
        self.view
    }
}

fn power(weights: &[Balance]) -> PowerView {
    let concentration = Concentration::of(weights);
    let shares = &concentration.banzhaf.shares;
    PowerView {
        accounts: count(weights.len()),
        gini_ppb: concentration.gini.parts(),
        nakamoto_third: concentration.nakamoto_third,
        nakamoto_half: concentration.nakamoto_half,
        nakamoto_two_thirds: concentration.nakamoto_two_thirds,
        banzhaf_ppb: shares.iter().take(INDICES_SHOWN).map(|share| share.parts()).collect(),
        banzhaf_is_exact: concentration.banzhaf.is_exact,
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// Puts votes and turnout into the view of a referendum; what is left is the concentration.
pub(super) fn with_votes(
    context: &Look<'_, '_>,
    view: ReferendumView,
    (voters, electorate): (&[AccountId], Balance),
) -> Weighed<ReferendumView> {
    let (track, index) = (TrackId(view.track), ReferendumIndex(view.index));
    let record = |account: &AccountId| (*account, Record::read(context, *account, track));
    let records: BTreeMap<AccountId, Record> = voters.iter().take(VOTERS_MAX).map(record).collect();
    let carries = context.parameters.voting.abstention_carries;
    let voices = voices(&records, index, carries);
    let of_heads = count(voters.len());
    let turnout = Turnout::of(&voices, carries, (electorate, of_heads));
    let weights = voices.iter().map(Voice::votes).collect();
    let shown = voices.iter().take(VOTES_SHOWN).map(|voice| vote_view(voice, carries));
    let turnout = TurnoutView {
        capital: turnout.capital.0.to_string(),
        by_stake_ppb: turnout.by_stake.parts(),
        heads: turnout.heads,
        of_heads,
        by_head_ppb: turnout.by_head.parts(),
        voters: turnout.voters,
    };
    let votes = shown.collect();
    let view = ReferendumView { votes, turnout: Some(turnout), ..view };
    Weighed { view, weights, put: |view, power| view.power = Some(power) }
}

fn vote_view(voice: &Voice, carries: bool) -> VoteView {
    VoteView {
        account: voice.who.to_string(),
        vote: voice.vote.to_string(),
        weight: voice.votes().0.to_string(),
        delegated_votes: voice.lent.votes.0.to_string(),
        delegated_capital: voice.lent.capital.0.to_string(),
        delegators: voice.delegators,
        is_carried: voice.vote.carries(carries).is_some(),
    }
}
