//! What JSON-RPC answers about the treasury.
//!
//! Inputs: the state after the head. Bounds: the newest [`SHOWN_MAX`] numbers of spends and of bounties are looked at.

use super::super::backend::Node;
use super::super::view::treasury::{BountyView, ParticipationView, SpendView, TreasuryView};
use super::governance::{Look, within};
use serin_governance::bounties::{self, Bounty, BountyStatus};
use serin_governance::participation::Period;
use serin_governance::treasury::Spend;
use serin_state::balances::Survival;
use serin_state::layout::Item;
use serin_state::types::{AccountId, Balance, Slot};

/// Numbers of spends and of bounties of an answer.
const SHOWN_MAX: u32 = 1_024;

fn units(amount: Balance) -> String {
    amount.0.to_string()
}

/// `governance_treasury`.
pub(crate) fn treasury(node: &Node<'_>) -> Result<TreasuryView, String> {
    within(node, |context| {
        let account = AccountId::of_module(b"treasury");
        TreasuryView {
            slot: context.now.0,
            spendable: units(context.ledger().spendable(account, Survival::KeepAlive)),
            period_ends: context.read::<Slot>(Item::TreasuryPeriod).map(|slot| slot.0),
            burn_ppm: context.parameters.treasury.burn_ppm,
            spends: latest(context, Item::SpendCount, spend),
            bounties: latest(context, Item::BountyCount, bounty),
            participation: participation(context),
        }
    })
}

/// What is left of the newest numbers, the newest first.
fn latest<T>(
    context: &Look<'_, '_>,
    count: Item,
    view: fn(&Look<'_, '_>, u32) -> Option<T>,
) -> Vec<T> {
    let count: u32 = context.read(count).unwrap_or_default();
    let first = count.saturating_sub(SHOWN_MAX);
    (first..count).rev().filter_map(|index| view(context, index)).collect()
}

fn spend(context: &Look<'_, '_>, index: u32) -> Option<SpendView> {
    let spend: Spend = context.read(Item::Spend(index))?;
    Some(SpendView {
        index,
        amount: units(spend.amount),
        beneficiary: spend.beneficiary.to_string(),
        valid_from: spend.valid_from.0,
        expires: spend.expires.0,
    })
}

fn bounty(context: &Look<'_, '_>, index: u32) -> Option<BountyView> {
    let Bounty { value, fee, status, .. } = bounties::get(context, index)?;
    let (stage, curator, beneficiary, due) = match status {
        BountyStatus::Proposed => ("proposed", None, None, None),
        BountyStatus::Funded => ("funded", None, None, None),
        BountyStatus::Offered { curator } => ("offered", Some(curator), None, None),
        BountyStatus::Active { curator, update_due } => {
            ("active", Some(curator), None, Some(update_due.0))
        }
        BountyStatus::Pending { curator, beneficiary, unlocks } => {
            ("awarded", Some(curator), Some(beneficiary), Some(unlocks.0))
        }
    };
    Some(BountyView {
        index,
        description: context.read(Item::BountyDescription(index)).unwrap_or_default(),
        value: units(value),
        fee: units(fee),
        stage: stage.to_owned(),
        curator: curator.map(|account| account.to_string()),
        beneficiary: beneficiary.map(|account| account.to_string()),
        due,
    })
}

fn participation(context: &Look<'_, '_>) -> Option<ParticipationView> {
    let rule = context.parameters.participation;
    if rule.reward.is_zero() {
        return None;
    }
    let period: Option<Period> = context.read(Item::ParticipationPeriod);
    let period = period.filter(|period| context.now < period.ends);
    Some(ParticipationView {
        reward: units(rule.reward),
        capital_min: units(rule.capital_min),
        votes_max: rule.votes_max,
        budget: units(rule.budget),
        paid: units(period.map_or(Balance::ZERO, |period| period.paid)),
        period_ends: period.map(|period| period.ends.0),
    })
}
