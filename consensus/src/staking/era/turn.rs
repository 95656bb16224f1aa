//! The turn of sessions and eras: what the first block of an epoch does for staking.
//!
//! ```text
//! session   s         ...        s + k - 1              s + k
//!           era E begins         election for E + 1     era E + 1 begins, E is paid
//! ```
//! With k = `sessions_per_era`. The session after an election is that of the elected set; where nobody could be elected the era goes on, and the
//! next session's first block tries again: so an era ends only where a set was announced.
//!
//! # Invariants
//! 1. The active era never falls; the rows of era E + 1 are there exactly from its election on.
//! 2. Seats and weights of an era never change. Keys of a seat are those in force in each session.
//!
//! # Bounds
//! The election: `candidates_max`, `nominators_max` and the weight of a block, whatever the rosters hold. Each session: one lookup of keys a seat.

use super::exposure::{self, Backing};
use super::{EraEvent, Seat, active_era, curve, era_info, seats};
use crate::leader::{Member, Validators};
use crate::staking::election::{Balancing, Ballot, Electorate, Room, Scale, Winner};
use crate::staking::keys::{self, KeySet};
use crate::staking::ledger::{self, Terms};
use crate::staking::{Context, Perbill, offence};
use serin_state::layout::Item;
use serin_state::mutant::Mutation;
use serin_state::overlay::StateRead;
use serin_state::types::{AccountId, Balance, Era, VoteWeight, Weight};
use std::collections::BTreeMap;

/// The weights of a set stay below this together.
const WEIGHT_TOTAL_MAX: u64 = (1 << 62) - 1;

/// A block that begins a session.
#[derive(Clone, Copy, Debug)]
pub struct SessionTurn<'a> {
    /// How long a slot is, in milliseconds.
    pub slot_ms: u64,
    /// The validators that were announced for the session.
    pub announced: &'a Validators,
    /// What the block may cost: who does not fit into it is not counted in an election.
    pub weight_max: Weight,
}

/// What staking says about the session after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Turned {
    /// Its validators; `None`: the announced ones stay.
    pub successor: Option<Validators>,
    /// Whether an election was held: the block takes no transactions of users.
    pub elected: bool,
}

/// Begins session `context.now.session`: ends and begins eras, elects, and says who serves in the session after.
pub fn begin_session<R: StateRead>(context: &mut Context<'_, R>, turn: SessionTurn<'_>) -> Turned {
    begin_era(context, turn.slot_ms);
    let era = active_era(context.state);
    let Some(info) = era_info(context.state, era) else {
        return Turned { successor: None, elected: false };
    };
    let next = context.now.session.saturating_add(1);
    let length = u64::from(context.parameters.eras.sessions_per_era);
    let is_last = next >= info.session.saturating_add(length);
    if is_last && let Some(validators) = elect(context, era.saturating_add(1), turn) {
        return Turned { successor: Some(validators), elected: true };
    }
    let seats = seats(context.state, era);
    let members = members(context, &seats, turn);
    Turned { successor: Validators::new(members).ok(), elected: is_last }
}

/// Writes the first era of a chain, for the validators of genesis in their order: era 0, or the one that a state taken over was in.
pub fn found<R: StateRead>(context: &mut Context<'_, R>, validators: &Validators) {
    let accounts: Vec<AccountId> = validators.members().iter().map(|one| one.account).collect();
    let candidates = ledger::candidates(context.state);
    let seats = accounts.len();
    // Genesis is no block, and nobody waits for it.
    let mut backings = supports(context, candidates, seats, Weight(u64::MAX));
    let set: Vec<(Seat, Backing)> = validators
        .members()
        .iter()
        .map(|member| {
            let backing = backings.remove(&member.account).unwrap_or(Backing {
                account: member.account,
                commission: Perbill::ZERO,
                own: Balance::ZERO,
                nominators: Vec::new(),
            });
            (Seat { account: member.account, weight: member.weight }, backing)
        })
        .collect();
    let era = active_era(context.state);
    exposure::write(context, era, 0, &set);
    exposure::begin_history(context, era);
    context.write(Item::ActiveEra, &era);
}

/// Where a set was elected in the last session: ends the era and begins the next.
fn begin_era<R: StateRead>(context: &mut Context<'_, R>, slot_ms: u64) {
    let ended = active_era(context.state);
    let era = ended.saturating_add(1);
    let Some(mut info) = era_info(context.state, era) else { return };
    assert_eq!(
        info.session, context.now.session,
        "invariant(era): it begins with the session after its election"
    );
    end_era(context, ended, slot_ms);
    offence::on_era_end(context, ended);
    info.start = context.now.slot;
    context.write(Item::EraInfo(era), &info);
    context.write(Item::ActiveEra, &era);
    context.now.era = era;
    context.event(EraEvent::Began { era });
}

/// Sets what an era pays; the treasury has its share at once.
fn end_era<R: StateRead>(context: &mut Context<'_, R>, era: Era, slot_ms: u64) {
    let Some(mut info) = era_info(context.state, era) else { return };
    let elapsed = context.now.slot.since(info.start).saturating_mul(slot_ms);
    let issuance = context.accounts().issuance();
    let pay = curve::era_pay(&context.parameters.eras, info.stake, issuance, elapsed);
    info.pay = Some(pay.stakers);
    context.write(Item::EraInfo(era), &info);
    // A treasury that would not live with its share gets none.
    let minted = context.mutated(Mutation::ST11)
        || context.accounts().mint(Context::<R>::treasury(), pay.treasury).is_ok();
    let treasury = if minted { pay.treasury } else { Balance::ZERO };
    context.event(EraEvent::Ended { era, stakers: pay.stakers, treasury });
}

/// Elects the set of `era`: its validators with their keys, or `None` where nobody can be.
fn elect<R: StateRead>(
    context: &mut Context<'_, R>,
    era: Era,
    turn: SessionTurn<'_>,
) -> Option<Validators> {
    let next = context.now.session.saturating_add(1);
    let mut candidates = ledger::candidates(context.state);
    // Somebody without keys could not serve.
    candidates.retain(|(account, ..)| keys::keys_for(context.state, next, *account).is_some());
    let seats = usize::try_from(context.parameters.election.seats).unwrap_or(usize::MAX);
    let set = seated(context, supports(context, candidates, seats, turn.weight_max));
    let only_seats: Vec<Seat> = set.iter().map(|(seat, _)| *seat).collect();
    let members = members(context, &only_seats, turn);
    let Ok(validators) = Validators::new(members) else {
        context.event(EraEvent::NotElected { era });
        return None;
    };
    let stake = exposure::write(context, era, next, &set);
    let validators_count = u32::try_from(set.len()).unwrap_or(u32::MAX);
    context.event(EraEvent::Elected { era, validators: validators_count, stake });
    Some(validators)
}

/// Whom an election would elect now, in a block that may cost so much, with what behind each, by account. Changes nothing.
#[must_use]
pub fn preview<R: StateRead>(context: &Context<'_, R>, weight_max: Weight) -> Vec<Backing> {
    let mut candidates = ledger::candidates(context.state);
    // Keys that are set now serve three sessions later.
    let served = context.now.session.saturating_add(keys::LOTTERY_DELAY);
    candidates.retain(|(account, ..)| keys::keys_for(context.state, served, *account).is_some());
    let seats = usize::try_from(context.parameters.election.seats).unwrap_or(usize::MAX);
    supports(context, candidates, seats, weight_max).into_values().collect()
}

/// Puts the elected in order: those who serve now keep theirs, the others follow by account. A set that stays is then the same list.
fn seated<R: StateRead>(
    context: &Context<'_, R>,
    mut elected: BTreeMap<AccountId, Backing>,
) -> Vec<(Seat, Backing)> {
    let serving = seats(context.state, active_era(context.state));
    let staying: Vec<Backing> =
        serving.iter().filter_map(|seat| elected.remove(&seat.account)).collect();
    let count = staying.len().saturating_add(elected.len());
    let seat = |backing: Backing| {
        (Seat { account: backing.account, weight: weight_of(context, &backing, count) }, backing)
    };
    staying.into_iter().chain(elected.into_values()).map(seat).collect()
}

/// One for everybody, or the stake by parameter: so much that all of them stay below 2^62.
fn weight_of<R: StateRead>(
    context: &Context<'_, R>,
    backing: &Backing,
    count: usize,
) -> VoteWeight {
    let numbers = &context.parameters.eras;
    if !numbers.weigh_by_stake {
        return VoteWeight(1);
    }
    let count = u64::try_from(count).unwrap_or(u64::MAX).max(1);
    let most = WEIGHT_TOTAL_MAX.div_euclid(count);
    let scaled = backing.total().0.checked_div(numbers.stake_divisor).unwrap_or(0);
    VoteWeight(u64::try_from(scaled).unwrap_or(u64::MAX).clamp(1, most))
}

/// The seats with the keys that are in force in the session after; whoever has none then serves with those announced for this one.
fn members<R: StateRead>(
    context: &Context<'_, R>,
    seats: &[Seat],
    turn: SessionTurn<'_>,
) -> Vec<Member> {
    let next = context.now.session.saturating_add(1);
    let announced: BTreeMap<AccountId, &Member> =
        turn.announced.members().iter().map(|one| (one.account, one)).collect();
    let member = |seat: &Seat| {
        let Seat { account, weight } = *seat;
        let Some(keys) = keys::keys_for(context.state, next, account) else {
            let before = announced.get(&account)?;
            return Some(Member { weight, ..**before });
        };
        let KeySet { seal, lottery, vote } = keys;
        Some(Member { account, seal, lottery, vote, weight })
    };
    seats.iter().filter_map(member).collect()
}

/// Elects among `candidates`, as far as a block has room for them and for nominators: everybody with backers, by account.
fn supports<R: StateRead>(
    context: &Context<'_, R>,
    mut candidates: Vec<(AccountId, Terms, Balance)>,
    seats: usize,
    weight_max: Weight,
) -> BTreeMap<AccountId, Backing> {
    let numbers = &context.parameters.election;
    let bound = |most: u32| usize::try_from(most).unwrap_or(usize::MAX);
    candidates.truncate(bound(numbers.candidates_max));
    let mut nominators = ledger::nominators(context.state);
    nominators.truncate(bound(numbers.nominators_max));
    let mut room = Room::new(weight_max, numbers.balancing_rounds);
    room.admit(&mut candidates, |_| 1);
    room.admit(&mut nominators, |(_, _, targets)| targets.len());
    let issuance: Balance = context.read(Item::Issuance).unwrap_or_default();
    let scale = Scale::of_issuance(issuance);
    let own = candidates.iter().map(|(account, _, active)| (*account, *active, vec![*account]));
    let ballots = own.chain(nominators).map(|(voter, active, targets)| Ballot {
        voter,
        stake: scale.vote(active),
        targets,
    });
    let accounts = candidates.iter().map(|(account, ..)| *account).collect();
    let Ok(electorate) = Electorate::new(accounts, ballots.collect()) else {
        // The bounds of the parameters are below those of the election, and no account stands twice in a roster.
        return BTreeMap::new();
    };
    let balancing = (numbers.balancing_rounds > 0).then(|| Balancing {
        iterations: u8::try_from(numbers.balancing_rounds).unwrap_or(u8::MAX),
        tolerance: 0,
    });
    let terms: BTreeMap<AccountId, Terms> =
        candidates.iter().map(|(account, terms, _)| (*account, *terms)).collect();
    let winners = electorate.elect(seats, balancing).winners.into_iter();
    let backed = winners.filter(|winner| winner.support > 0);
    backed
        .map(|winner| {
            let commission = terms.get(&winner.account).map_or(Perbill::ZERO, |one| one.commission);
            (winner.account, backing_of(&winner, commission, scale))
        })
        .collect()
}

fn backing_of(winner: &Winner, commission: Perbill, scale: Scale) -> Backing {
    let stakes = winner
        .backers
        .iter()
        .map(|backer| (backer.voter, scale.balance(backer.stake.into())))
        .filter(|(_, amount)| !amount.is_zero());
    let (own, nominators): (Vec<_>, Vec<_>) =
        stakes.partition(|(voter, _)| *voter == winner.account);
    let own = own.first().map_or(Balance::ZERO, |(_, amount)| *amount);
    Backing { account: winner.account, commission, own, nominators }
}
