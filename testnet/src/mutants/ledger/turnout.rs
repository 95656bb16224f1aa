//! Books of what was paid for taking part: who, for which referendum, and how often in a period.
//!
//! Written anew from the words of the rule: a period begins with the first payment after the end of the last one; in it an
//! account is paid so many times, all together so much, and a vote on a referendum once.

use serin_governance::ReferendumIndex;
use serin_governance::participation::ParticipationParameters;
use serin_state::types::{AccountId, Balance, Slot};
use std::collections::{BTreeMap, BTreeSet};

/// What was paid.
#[derive(Debug, Default)]
pub(super) struct Turnout {
    ends: Option<Slot>,
    times: BTreeMap<AccountId, u32>,
    sum: Balance,
    /// Who was paid for which referendum, ever.
    votes: BTreeSet<(AccountId, ReferendumIndex)>,
}

impl Turnout {
    /// Enters a payment in `now`; a sentence where the rule forbids it.
    pub(super) fn enter(
        &mut self,
        rule: &ParticipationParameters,
        now: Slot,
        (who, index, amount): (AccountId, ReferendumIndex, Balance),
    ) -> Result<(), String> {
        if self.ends.is_none_or(|ends| now >= ends) {
            self.ends = Some(now.saturating_add(rule.period_slots));
            self.times.clear();
            self.sum = Balance::ZERO;
        }
        let times = self.times.entry(who).or_default();
        *times = times.saturating_add(1);
        self.sum = self.sum.saturating_add(amount);
        if *times > rule.votes_max {
            return Err(format!("{who} was paid {times} times in a period"));
        }
        if self.sum > rule.budget {
            return Err(format!("a period paid {} of {}", self.sum, rule.budget));
        }
        if !self.votes.insert((who, index)) {
            return Err(format!("{who} was paid for referendum {index} twice"));
        }
        Ok(())
    }
}
