//! What JSON-RPC answers about governance, read from the state after the head.
//!
//! The judgements are `serin_governance`'s own: the same curves, the same machine. Runs inside the event loop.

use super::super::backend::Node;
use super::super::view::governance::{GovernanceView, PreviewView, ReferendumView, TrackView};
use super::super::view::power::PowerView;
use super::power::{VOTERS_MAX, Weighed, with_votes};
use crate::runtime::words::Numbers;
use crate::runtime::{Call, query};
use serin_governance::curve::{Curve, Ppb};
use serin_governance::referenda::insight::{Insight, Outlook};
use serin_governance::referenda::{self, Ended, Ongoing, Outcome, Phase, Referendum, Rules, Track};
use serin_governance::scheduler::Proposal;
use serin_governance::voting::ballots;
use serin_governance::{Context, ReferendumIndex, TrackId};
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Hash};

/// Ended referenda that the overview shows.
const ENDED_SHOWN: u32 = 16;
/// Referenda that the overview looks at, the latest ones.
const LOOKED_AT: u32 = 1_024;
/// Points at which curves are shown, less one.
const CURVE_POINTS: u32 = 10;

/// Looks at governance after the head.
pub(super) fn within<T>(
    node: &Node<'_>,
    look: impl FnOnce(&mut Context<'_, &dyn StateRead>) -> T,
) -> Result<T, String> {
    let core = node.core;
    let head = core.head();
    let view = core.layers().view(&head.hash);
    let view = view.ok_or_else(|| format!("the node holds no state of block {}", head.hash))?;
    let parameters = query::governance(&view);
    let deposit = query::parameters(&view).existential_deposit;
    let slot = core.block(&head.hash).map(|block| block.header.slot()).unwrap_or_default();
    let state: &dyn StateRead = &view;
    let mut overlay = Overlay::new(state);
    Ok(look(&mut Context::new(&mut overlay, &parameters, deposit, slot)))
}

/// Governance's state after the head.
pub(super) type Look<'a, 'b> = Context<'a, &'b dyn StateRead>;

/// `governance_overview`.
pub(crate) fn overview(node: &Node<'_>) -> Result<Weighed<GovernanceView>, String> {
    let core = node.core;
    let upgrade = core.upgrade().map(super::upgrade_view);
    let names = &node.about.participants;
    let participants = names.iter().count();
    within(node, |context| {
        let electorate = context.electorate();
        let treasury = Context::<&dyn StateRead>::treasury();
        let tokens = |who| query::account(&*context.state, who).total();
        let weights: Vec<Balance> = names.iter().take(VOTERS_MAX).map(tokens).collect();
        let in_treasury = tokens(treasury);
        let sum = weights.iter().fold(Balance::ZERO, |sum, tokens| sum.saturating_add(*tokens));
        let share = if electorate.is_zero() { Ppb::ZERO } else { Ppb::ratio(sum.0, electorate.0) };
        let view = GovernanceView {
            slot: context.now.0,
            issuance: context.ledger().issuance().0.to_string(),
            treasury: in_treasury.0.to_string(),
            electorate: electorate.0.to_string(),
            count: query::referendum_count(&*context.state),
            referenda: latest(context, electorate),
            participants,
            participants_tokens: sum.0.to_string(),
            participation_ppb: share.parts(),
            power: PowerView::default(),
            upgrade,
        };
        Weighed { view, weights, put: |view, power| view.power = power }
    })
}

/// The referenda of the overview, the latest first.
fn latest(context: &Look<'_, '_>, electorate: Balance) -> Vec<ReferendumView> {
    let count = query::referendum_count(&*context.state);
    let mut ended = 0_u32;
    let mut shown = Vec::new();
    for index in (count.saturating_sub(LOOKED_AT)..count).rev() {
        let Some(row) = referenda::get(context, ReferendumIndex(index)) else { continue };
        if let Referendum::Ended(_) = row {
            ended = ended.saturating_add(1);
            if ended > ENDED_SHOWN {
                continue;
            }
        }
        shown.push(view_of(context, ReferendumIndex(index), &row, electorate));
    }
    shown
}

/// `governance_referendum`.
pub(crate) fn referendum(
    node: &Node<'_>,
    index: u32,
) -> Result<Option<Weighed<ReferendumView>>, String> {
    let voters: Vec<AccountId> = node.about.participants.iter().collect();
    within(node, |context| {
        let index = ReferendumIndex(index);
        let row = referenda::get(context, index)?;
        let electorate = context.electorate();
        let view = view_of(context, index, &row, electorate);
        Some(with_votes(context, view, (&voters, electorate)))
    })
}

fn view_of(
    context: &Look<'_, '_>,
    index: ReferendumIndex,
    row: &Referendum,
    electorate: Balance,
) -> ReferendumView {
    let (track, phase, tally) = match row {
        Referendum::Ongoing(ongoing) => {
            let tally = ballots::tally(context, index).unwrap_or_default();
            (ongoing.track, ongoing.phase, tally)
        }
        Referendum::Ended(ended) => (ended.track, Phase::Ended(ended.outcome), ended.tally),
    };
    let parameters = &context.parameters.referenda;
    let Some(of_track) = parameters.track(track) else { return ReferendumView::default() };
    let rules = Rules {
        track: of_track,
        submitted: match row {
            Referendum::Ongoing(ongoing) => ongoing.submitted,
            Referendum::Ended(ended) => ended.at,
        },
        undeciding_timeout: parameters.undeciding_timeout,
        exact_alarms: parameters.exact_alarms,
    };
    let insight = Insight::of(&rules, context.now, phase, tally, electorate);
    let view = ReferendumView {
        index: index.0,
        track: track.0,
        track_name: of_track.name.clone(),
        phase: phase_name(phase).to_owned(),
        ayes: tally.ayes.0.to_string(),
        nays: tally.nays.0.to_string(),
        support: tally.support.0.to_string(),
        approval_ppb: insight.approval.parts(),
        support_ppb: insight.support.parts(),
        approval_threshold_ppb: insight.approval_threshold.parts(),
        support_threshold_ppb: insight.support_threshold.parts(),
        votes_missing: insight.votes_missing.0.to_string(),
        support_missing: insight.support_missing.0.to_string(),
        outlook: insight.to_string(),
        approval_curve_ppb: curve(&of_track.min_approval),
        support_curve_ppb: curve(&of_track.min_support),
        ..ReferendumView::default()
    };
    let view = with_outlook(view, &insight);
    match row {
        Referendum::Ongoing(ongoing) => with_ongoing(context, view, of_track, ongoing),
        Referendum::Ended(ended) => with_ended(view, ended),
    }
}

fn with_outlook(view: ReferendumView, insight: &Insight) -> ReferendumView {
    let (passes_from, approved_at, rejected_at) = match insight.outlook {
        Outlook::Approved { passes, slot } => (Some(passes.0), Some(slot.0), None),
        Outlook::Rejected { slot } => (None, None, Some(slot.0)),
        Outlook::Waiting | Outlook::Ended => (None, None, None),
    };
    ReferendumView {
        passes_from,
        approved_at,
        rejected_at,
        votes_missing_at_end: insight.needs.map(|needs| needs.votes.0.to_string()),
        support_missing_at_end: insight.needs.map(|needs| needs.support.0.to_string()),
        ..view
    }
}

fn with_ongoing(
    context: &Look<'_, '_>,
    view: ReferendumView,
    track: &Track,
    ongoing: &Ongoing,
) -> ReferendumView {
    let (since, until) = match ongoing.phase {
        Phase::Deciding { since } => (Some(since), None),
        Phase::Confirming { since, until } => (Some(since), Some(until)),
        Phase::Preparing | Phase::Queued | Phase::Ended(_) => (None, None),
    };
    ReferendumView {
        proposal: Some(proposal(context, &ongoing.proposal)),
        slot: ongoing.submitted.0,
        submitter: Some(ongoing.submission_deposit.who.to_string()),
        depositor: ongoing.decision_deposit.map(|deposit| deposit.who.to_string()),
        deciding_since: since.map(|slot| slot.0),
        decides_until: since.map(|slot| slot.saturating_add(track.decision_period).0),
        confirms_until: until.map(|slot| slot.0),
        ..view
    }
}

fn with_ended(view: ReferendumView, ended: &Ended) -> ReferendumView {
    ReferendumView {
        slot: ended.at.0,
        submitter: ended.submission_deposit.map(|deposit| deposit.who.to_string()),
        depositor: ended.decision_deposit.map(|deposit| deposit.who.to_string()),
        ..view
    }
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Preparing => "preparing",
        Phase::Queued => "queued",
        Phase::Deciding { .. } => "deciding",
        Phase::Confirming { .. } => "confirming",
        Phase::Ended(Outcome::Approved) => "approved",
        Phase::Ended(Outcome::Rejected) => "rejected",
        Phase::Ended(Outcome::TimedOut) => "timed_out",
        Phase::Ended(Outcome::Cancelled) => "cancelled",
        Phase::Ended(Outcome::Killed) => "killed",
    }
}

fn proposal(context: &Look<'_, '_>, proposal: &Proposal) -> String {
    match proposal {
        Proposal::Inline(bytes) => Call::describe(bytes),
        Proposal::Lookup { hash, len } => call_of(context, *hash)
            .unwrap_or_else(|| format!("{len} bytes with hash {hash} that nobody has noted")),
    }
}

/// The call with a hash in words, where its bytes are noted.
pub(super) fn call_of(context: &Look<'_, '_>, hash: Hash) -> Option<String> {
    let bytes = serin_governance::preimages::bytes(context, hash)?;
    Some(Call::describe(&bytes))
}

fn curve(curve: &Curve) -> Vec<u32> {
    let at =
        |point| curve.threshold(Ppb::ratio(u128::from(point), u128::from(CURVE_POINTS))).parts();
    (0..=CURVE_POINTS).map(at).collect()
}

/// `governance_tracks`.
pub(crate) fn tracks(node: &Node<'_>) -> Result<Vec<TrackView>, String> {
    within(node, |context| {
        let tracks = &context.parameters.referenda.tracks;
        tracks.iter().map(|track| track_view(context, track)).collect()
    })
}

fn track_view(context: &Look<'_, '_>, track: &Track) -> TrackView {
    let queued = referenda::queue(context, track.id).0.len();
    TrackView {
        id: track.id.0,
        name: track.name.clone(),
        has_subject: track.subject == referenda::Subject::Here,
        max_deciding: track.max_deciding,
        deciding: referenda::deciding_count(context, track.id),
        queued: u32::try_from(queued).unwrap_or(u32::MAX),
        decision_deposit: track.decision_deposit.0.to_string(),
        prepare_period: track.prepare_period,
        decision_period: track.decision_period,
        confirm_period: track.confirm_period,
        min_enactment_period: track.min_enactment_period,
        approval_curve_ppb: curve(&track.min_approval),
        support_curve_ppb: curve(&track.min_support),
    }
}

/// `governance_preview`; the error is a sentence about a parameter.
pub(crate) fn preview(node: &Node<'_>, track: u16, call: &str) -> Result<PreviewView, String> {
    let digits = call.strip_prefix("0x").unwrap_or(call);
    let bytes =
        hex::decode(digits).map_err(|error| format!("the call is not hexadecimal: {error}"))?;
    let version = node.core.next_version();
    let protocol = crate::runtime::Protocol::of(version).ok_or("this node is outdated")?;
    let known = Call::decode(&bytes, protocol).and_then(|call| call.weigh(protocol));
    within(node, |context| {
        let parameters = context.parameters;
        let track = parameters.referenda.track(TrackId(track)).ok_or("there is no such track")?;
        let electorate = context.electorate();
        // Whole parts first, so that nothing leaves 128 bits.
        let part = |share: Ppb| {
            let (whole, rest) =
                (electorate.0.div_euclid(1_000_000_000), electorate.0.rem_euclid(1_000_000_000));
            let share = u128::from(share.parts());
            let rest = rest.saturating_mul(share).div_euclid(1_000_000_000);
            whole.saturating_mul(share).saturating_add(rest).to_string()
        };
        let length = u128::try_from(bytes.len()).unwrap_or(u128::MAX);
        let needs_preimage = bytes.len() > Proposal::INLINE_BYTES_MAX;
        let deposit = parameters.preimages.deposit_byte.saturating_mul(length);
        let deposit = deposit.saturating_add(parameters.preimages.deposit_base);
        let slots = [track.prepare_period, track.confirm_period, track.min_enactment_period];
        Ok(PreviewView {
            call: Call::describe(&bytes),
            bytes: bytes.len(),
            hash: Hash::of(&bytes).to_string(),
            needs_preimage,
            preimage_deposit: if needs_preimage { deposit.0 } else { 0 }.to_string(),
            submission_deposit: parameters.referenda.submission_deposit.0.to_string(),
            is_known: known.is_ok(),
            weight: known.map_or(0, |weight| weight.0),
            weight_max: parameters.scheduler.weight_max.0,
            track: track_view(context, track),
            support_at_start: part(track.min_support.threshold(Ppb::ZERO)),
            support_at_end: part(track.min_support.threshold(Ppb::ONE)),
            fastest_slots: slots.into_iter().fold(0, u64::saturating_add),
        })
    })?
}

/// `state_parameters`.
pub(crate) fn parameters(node: &Node<'_>) -> Result<Numbers, String> {
    let core = node.core;
    let head = core.head();
    let view = core.layers().view(&head.hash);
    let view = view.ok_or_else(|| format!("the node holds no state of block {}", head.hash))?;
    let (parameters, governance) = (query::parameters(&view), query::governance(&view));
    Ok(Numbers { parameters, governance, staking: serin_consensus::staking::parameters(&view) })
}
