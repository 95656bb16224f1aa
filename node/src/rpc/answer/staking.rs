//! What JSON-RPC answers about staking, read from the state after the head.
//!
//! The judgements are staking's own: the same election, curve and shares. Runs inside the event loop.

use super::super::backend::Node;
use super::super::view::staking::{
    BackerView, ChunkView, ExposureView, KeysView, RewardView, SeatView, StakerView, StakingView,
    ValidatorView,
};
use crate::runtime::query;
use serin_consensus::staking::era::curve::era_pay;
use serin_consensus::staking::era::{self, EraInfo, Exposure};
use serin_consensus::staking::ledger::{self, Kind};
use serin_consensus::staking::offence;
use serin_consensus::staking::{Context, Moment, Perbill, active_era, insight, keys, parameters};
use serin_state::overlay::{Overlay, StateRead};
use serin_state::types::{AccountId, Balance, Era, Weight};

/// Past eras whose rewards are shown.
const ERAS_SHOWN: u32 = 84;
/// Nominators of an exposure that are shown.
const BACKERS_SHOWN: usize = 512;

pub(super) type Look<'a, 'b> = Context<'a, &'b dyn StateRead>;

/// Looks at staking after the head.
pub(super) fn within<T>(
    node: &Node<'_>,
    look: impl FnOnce(&mut Look<'_, '_>) -> T,
) -> Result<T, String> {
    let core = node.core;
    let head = core.head();
    let view = core.layers().view(&head.hash);
    let view = view.ok_or_else(|| format!("the node holds no state of block {}", head.hash))?;
    let numbers = parameters(&view).ok_or_else(|| {
        "this chain has no staking: its validators are those of its specification".to_owned()
    })?;
    let deposit = query::parameters(&view).existential_deposit;
    let now = Moment {
        slot: core.block(&head.hash).map(|block| block.header.slot()).unwrap_or_default(),
        session: query::session_head(&view).number(),
        era: active_era(&view),
        elected: era::elected_era(&view),
    };
    let state: &dyn StateRead = &view;
    let mut overlay = Overlay::new(state);
    Ok(look(&mut Context::new(&mut overlay, &numbers, deposit, now)))
}

pub(super) fn units(amount: Balance) -> String {
    amount.0.to_string()
}

/// `staking_overview`.
pub(crate) fn overview(node: &Node<'_>) -> Result<StakingView, String> {
    let slot_ms = node.core.chain().params().slot_ms;
    within(node, |context| overview_of(context, slot_ms))
}

/// The era of the head as if it ended now.
fn as_if_ended(context: &mut Look<'_, '_>, slot_ms: u64) -> Option<EraInfo> {
    let issuance = context.accounts().issuance();
    let now = context.now;
    let info = era::era_info(&*context.state, now.era)?;
    let elapsed = now.slot.since(info.start).saturating_mul(slot_ms);
    let pay = era_pay(&context.parameters.eras, info.stake, issuance, elapsed).stakers;
    Some(EraInfo { pay: Some(pay), ..info })
}

fn overview_of(context: &mut Look<'_, '_>, slot_ms: u64) -> StakingView {
    let now = context.now;
    let issuance = context.accounts().issuance();
    let expected = as_if_ended(context, slot_ms);
    let staked = expected.map_or(Balance::ZERO, |info| info.stake);
    let pay = expected.and_then(|info| info.pay).unwrap_or_default();
    let numbers = context.parameters;
    let out = offence::disabled(&*context.state, now.era);
    let seats = era::seats(&*context.state, now.era);
    let exposed: Vec<(AccountId, Exposure)> = seats
        .iter()
        .filter_map(|seat| {
            Some((seat.account, era::exposure(&*context.state, now.era, seat.account)?))
        })
        .collect();
    let stakes: Vec<Balance> = exposed.iter().map(|(_, exposure)| exposure.total).collect();
    let weight_max = query::parameters(&*context.state).block_weight_max;
    let (preview, waiting) = preview(context, weight_max);
    StakingView {
        era: now.era.0,
        elected_era: now.elected.0,
        session: now.session,
        era_session: expected.map_or(0, |info| info.session),
        sessions_per_era: numbers.eras.sessions_per_era,
        bonding_eras: numbers.bonding.bonding_eras,
        seats: numbers.election.seats,
        issuance: units(issuance),
        staked: units(staked),
        staked_ppb: Perbill::from_rational(staked.0, issuance.0).parts(),
        expected_pay: units(pay),
        validators: exposed
            .into_iter()
            .map(|(account, exposure)| ValidatorView {
                disabled: out.contains(&account),
                ..validator_view(account, &exposure, expected.as_ref())
            })
            .collect(),
        candidates: Kind::Candidates.len(&*context.state),
        nominators: Kind::Nominators.len(&*context.state),
        preview,
        waiting,
        offline: offline_before(context),
        gini_ppb: insight::gini(&stakes).parts(),
        nakamoto_third: insight::nakamoto(&stakes, 1, 3),
        nakamoto_two_thirds: insight::nakamoto(&stakes, 2, 3),
    }
}

/// Who was offline in the era before this one.
fn offline_before(context: &Look<'_, '_>) -> Vec<String> {
    let before = context.now.era.0.checked_sub(1).map(Era);
    let offline = before.map(|era| offence::offline(context, era)).unwrap_or_default();
    offline.iter().map(AccountId::to_string).collect()
}

fn validator_view(
    account: AccountId,
    exposure: &Exposure,
    info: Option<&EraInfo>,
) -> ValidatorView {
    ValidatorView {
        account: account.to_string(),
        own: units(exposure.own),
        total: units(exposure.total),
        nominators: exposure.nominators,
        commission_ppb: exposure.commission.parts(),
        points: exposure.points,
        expected_pay: units(info.map_or(Balance::ZERO, |info| earned(info, exposure))),
        disabled: false,
    }
}

/// What stands behind a validator of the era of the head.
fn exposure_view(
    context: &mut Look<'_, '_>,
    account: AccountId,
    slot_ms: u64,
) -> Option<ExposureView> {
    let now = context.now.era;
    let exposure = era::exposure(&*context.state, now, account)?;
    let expected = as_if_ended(context, slot_ms);
    let pages = expected.map_or(0, |info| exposure.pages(info.page));
    let state = &*context.state;
    let nominators = (0..pages).flat_map(|page| era::exposure_page(state, now, account, page));
    let backer = |(account, stake): (AccountId, Balance)| BackerView {
        account: account.to_string(),
        stake: units(stake),
    };
    let disabled = offence::disabled(state, now).contains(&account);
    Some(ExposureView {
        validator: ValidatorView {
            disabled,
            ..validator_view(account, &exposure, expected.as_ref())
        },
        nominators: nominators.take(BACKERS_SHOWN).map(backer).collect(),
    })
}

/// What a validator and its nominators earn together.
fn earned(info: &EraInfo, exposure: &Exposure) -> Balance {
    let share = Perbill::from_rational(exposure.points.into(), info.points.into());
    if exposure.points == 0 { Balance::ZERO } else { share.of_floor(info.pay.unwrap_or_default()) }
}

/// Whom an election would elect now, and who would wait.
fn preview(context: &Look<'_, '_>, weight_max: Weight) -> (Vec<SeatView>, Vec<String>) {
    let mut elected = era::preview(context, weight_max);
    elected.sort_by_key(|backing| (core::cmp::Reverse(backing.total()), backing.account));
    let is_elected = |who: &AccountId| elected.iter().any(|backing| backing.account == *who);
    let candidates = Kind::Candidates.members(&*context.state);
    let waiting = candidates.iter().filter(|who| !is_elected(who)).map(AccountId::to_string);
    let waiting = waiting.collect();
    let seat = |backing: &era::Backing| SeatView {
        account: backing.account.to_string(),
        total: units(backing.total()),
    };
    (elected.iter().map(seat).collect(), waiting)
}

/// `staking_account`.
pub(crate) fn staker(node: &Node<'_>, account: AccountId) -> Result<StakerView, String> {
    let slot_ms = node.core.chain().params().slot_ms;
    within(node, |context| {
        let exposure = exposure_view(context, account, slot_ms);
        StakerView { exposure, ..staker_of(context, account) }
    })
}

fn staker_of(context: &Look<'_, '_>, account: AccountId) -> StakerView {
    let state = &*context.state;
    let row = ledger::bond_of(state, account);
    let is_bonded = row.is_some();
    let bond = row.unwrap_or_default();
    let candidate = ledger::candidate(state, account);
    let nominations = ledger::nominations(state, account);
    let intention = match (&candidate, &nominations) {
        (Some(_), _) => "validates",
        (None, Some(_)) => "nominates",
        (None, None) => "idle",
    };
    let chunk = |chunk: &ledger::Chunk| ChunkView { amount: units(chunk.amount), era: chunk.era.0 };
    let targets = nominations.map(|row| row.targets).unwrap_or_default();
    StakerView {
        account: account.to_string(),
        era: context.now.era.0,
        total: units(bond.total),
        active: units(bond.active),
        unlocking: bond.unlocking.iter().map(chunk).collect(),
        payee: is_bonded.then(|| ledger::payee_of(state, account).to_string()),
        intention: intention.to_owned(),
        commission_ppb: candidate.map(|row| row.terms.commission.parts()),
        blocked: candidate.is_some_and(|row| row.terms.blocked),
        targets: targets.iter().map(AccountId::to_string).collect(),
        keys: keys::registrations(state, account).iter().map(keys_view).collect(),
        exposure: None,
        rewards: rewards(context, account),
    }
}

fn keys_view(one: &keys::Registration) -> KeysView {
    KeysView {
        signing_from: one.signing_from,
        lottery_from: one.lottery_from,
        seal: one.keys.map(|keys| keys.seal.to_string()),
        lottery: one.keys.map(|keys| keys.lottery.to_string()),
        vote: one.keys.map(|keys| keys.vote.to_string()),
    }
}

/// What a validator earned in past eras, the newest first.
fn rewards(context: &Look<'_, '_>, account: AccountId) -> Vec<RewardView> {
    let state = &*context.state;
    let newest = context.now.era.0;
    let oldest = era::oldest_era(state).0.max(newest.saturating_sub(ERAS_SHOWN));
    let of = |number: u32| {
        let info = era::era_info(state, Era(number))?;
        let exposure = era::exposure(state, Era(number), account)?;
        let pages = exposure.pages(info.page);
        Some(RewardView {
            era: number,
            points: exposure.points,
            pay: units(earned(&info, &exposure)),
            pages,
            unclaimed: (0..pages).filter(|page| !exposure.is_paid(*page)).collect(),
        })
    };
    (oldest..newest).rev().filter_map(of).filter(|reward| reward.points > 0).collect()
}
