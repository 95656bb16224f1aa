//! A reward for taking part: the treasury pays for votes that stood until their referendum was decided.
//!
//! ```text
//!   vote on an ongoing referendum --> decided --> vote removed (by the voter, or anybody once it locks nothing)
//!                                                      |
//!                              treasury --- reward ----+   at most votes_max a voter, at most budget in all, a period
//! ```
//!
//! The side taken, conviction and the outcome do not matter, and abstaining counts; lending one's vote to a delegate does
//! not. A referendum that was cancelled, killed or never decided pays nothing. It is paid when the vote is removed, which
//! whoever wants to unlock does anyway: no call and no list of voters is needed, and a vote costs the same rows as without.
//!
//! Off in every preset: no published chain has it. Its known attack is to submit empty proposals and be paid for the votes on
//! them; the two caps bound what that earns, and `capital_min` what many accounts of one owner earn. They are a bound, not a
//! cure: the caps are what all honest voters together can lose to such a farmer.
//!
//! # Invariants
//! 1. A period pays at most `budget`, and an account at most `votes_max` times.
//! 2. A vote is paid for at most once: it is gone afterwards.
//! 3. Nothing is made: what is paid comes from the treasury, and where that is too poor nothing is paid.
//!
//! # Bounds
//! Four rows a removed vote; one row of 12 bytes an account that was ever paid.

mod surface;

#[cfg(test)]
mod tests;

pub use surface::{ParticipationEvent, ParticipationParameters, Period, Taken};

use crate::voting::AccountVote;
use crate::{Context, ReferendumIndex, treasury};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance};

/// Pays for a vote that was removed from a decided referendum, where all bounds leave room. Refuses nothing: a vote can be
/// removed whether or not it is paid for.
pub(crate) fn reward<R: StateRead>(
    context: &mut Context<'_, R>,
    who: AccountId,
    (index, vote): (ReferendumIndex, &AccountVote),
) {
    let ParticipationParameters { reward, capital_min, votes_max, budget, .. } =
        context.parameters.participation;
    if reward.is_zero() || vote.balance() < capital_min {
        return;
    }
    let period = current(context);
    let taken: Taken = context.read(Item::Participation(who)).unwrap_or_default();
    let votes = if taken.period == period.number { taken.votes } else { 0 };
    let paid = period.paid.saturating_add(reward);
    let fits = votes < votes_max || context.mutated(Mutation::GV19);
    if !fits || paid > budget || treasury::pay(context, who, reward).is_err() {
        return;
    }
    context.write(Item::ParticipationPeriod, &Period { paid, ..period });
    let taken = Taken { period: period.number, votes: votes.saturating_add(1) };
    context.write(Item::Participation(who), &taken);
    context.event(ParticipationEvent::Rewarded { who, index, amount: reward });
}

/// The period that goes on: the next one begins with the first payment after the end of the last.
fn current<R: StateRead>(context: &Context<'_, R>) -> Period {
    let last: Option<Period> = context.read(Item::ParticipationPeriod);
    match last {
        Some(period) if context.now < period.ends => period,
        _ => Period {
            number: last.map_or(1, |period| period.number.saturating_add(1)),
            ends: context.now.saturating_add(context.parameters.participation.period_slots),
            paid: Balance::ZERO,
        },
    }
}
