//! Bribed nominators: what an attacker's validators need behind them for a third of the seats, and what an attack with them
//! costs those who took the bribe.
//!
//! Nobody sells only a vote: the stake stands behind the validator and is slashed with it, in proportion. A third of the
//! validators in one slot loses everything, so whoever wants to attack with others' stake has to outbid all of it.

use super::stakers::{Stakers, ledger_call, nominate, person, transfer, whole};
use serin_consensus::staking::election::{Ballot, Electorate};
use serin_consensus::staking::ledger::LedgerCall;
use serin_state::random::Random;
use serin_state::types::{AccountId, Balance};

/// How many of `seats` stop finality: one more than may be faulty.
#[expect(clippy::arithmetic_side_effects, reason = "amounts of a test are far from every bound")]
const fn blocking(seats: usize) -> usize {
    (seats - 1) / 3 + 1
}

fn candidate(number: usize) -> AccountId {
    AccountId([u8::try_from(number).unwrap(); 32])
}

/// What honest voters say who have [`ALL`] together: targets of each by number of an honest candidate.
struct Honest {
    candidates: usize,
    ballots: Vec<Vec<usize>>,
}

/// All honest stake.
const ALL: u64 = 1_000_000_000_000;

#[expect(clippy::arithmetic_side_effects, reason = "amounts of a test are far from every bound")]
impl Honest {
    /// Everybody approves of every honest candidate.
    fn united(candidates: usize) -> Self {
        Self { candidates, ballots: vec![(0..candidates).collect(); 20] }
    }

    /// Everybody approves of 24 that were drawn.
    fn scattered(candidates: usize, voters: u64) -> Self {
        let random = Random::from_number(5);
        let ballot = |voter| {
            let draw =
                |at| random.draw("target", voter, at).below(u64::try_from(candidates).unwrap());
            let mut targets: Vec<usize> =
                (0..24).map(|at| usize::try_from(draw(at)).unwrap()).collect();
            targets.sort_unstable();
            targets.dedup();
            targets
        };
        Self { candidates, ballots: (0..voters).map(ballot).collect() }
    }

    /// How many seats go to `wanted` candidates of an attacker with `stake`, who says the same for each of them.
    fn lost(&self, seats: usize, wanted: usize, stake: u64) -> usize {
        let of_the_honest = 0..self.candidates;
        let attackers = self.candidates..self.candidates + wanted;
        let each = ALL / u64::try_from(self.ballots.len()).unwrap();
        let honest = self.ballots.iter().map(|targets| (each, targets.clone()));
        let part = stake / u64::try_from(wanted).unwrap();
        let bought = attackers.clone().map(|number| (part, vec![number]));
        let ballots = (0_u64..).zip(honest.chain(bought)).map(|(voter, (stake, targets))| {
            let mut account = [0; 32];
            account[..8].copy_from_slice(&voter.to_le_bytes());
            let targets = targets.into_iter().map(candidate).collect();
            Ballot { voter: AccountId(account), stake, targets }
        });
        let candidates = of_the_honest.chain(attackers).map(candidate).collect();
        let outcome = Electorate::new(candidates, ballots.collect()).unwrap().elect(seats, None);
        let is_honest = |who: AccountId| (0..self.candidates).any(|one| candidate(one) == who);
        outcome.winners.iter().filter(|winner| !is_honest(winner.account)).count()
    }

    /// The least stake that brings `wanted` seats, in parts of ten thousand of all stake with it.
    fn price(&self, seats: usize, wanted: usize) -> u64 {
        let (mut too_little, mut enough) = (0, 2 * ALL);
        assert_eq!(self.lost(seats, wanted, enough), wanted);
        while enough - too_little > ALL / 100_000 {
            let middle = u64::midpoint(too_little, enough);
            if self.lost(seats, wanted, middle) == wanted {
                enough = middle;
            } else {
                too_little = middle;
            }
        }
        enough * 10_000 / (ALL + enough)
    }
}

#[test]
fn a_third_of_the_seats_takes_a_third_of_the_stake_where_the_honest_stand_together() {
    println!("seats  to stop finality  all honest agree  k / (n + 1)  24 targets drawn");
    for seats in [4, 6, 10, 100] {
        let wanted = blocking(seats);
        // A ballot has room for 24 targets.
        let united = (seats <= 24).then(|| Honest::united(seats).price(seats, wanted));
        // Phragmén is proportional: k of n seats go to whoever has more than k / (n + 1) of the stake, and to nobody with less.
        let rule = u64::try_from(wanted * 10_000 / (seats + 1)).unwrap();
        let scattered = Honest::scattered(seats + seats / 2, 600).price(seats, wanted);
        let shown = united.map_or_else(|| "-".to_owned(), percent);
        println!(
            "{seats:>5}  {wanted:>16}  {shown:>16}  {:>11}  {:>16}",
            percent(rule),
            percent(scattered)
        );
        assert!(united.is_none_or(|price| price.abs_diff(rule) <= 2), "{united:?} of {rule}");
        // Who scatters stake over half as many candidates again as there are seats makes seats cheaper, but not cheap.
        assert!(scattered <= rule + 2 && scattered * 10 >= rule * 6, "{scattered} of {rule}");
    }
}

fn percent(parts: u64) -> String {
    format!("{}.{:02} %", parts / 100, parts % 100)
}

const BRIBER: AccountId = person(99);
/// What each nominator has staked, honest or bribed.
const STAKE: Balance = Balance::tokens(500_000);
/// The bribe: a fifth of that, more than two years of Kusama's highest inflation bring to a staker.
const BRIBE: Balance = Balance::tokens(100_000);
const PURSE: Balance = Balance::tokens(10);
const HONEST: [AccountId; 6] =
    [person(81), person(82), person(83), person(84), person(85), person(86)];
const BRIBED: [AccountId; 4] = [person(91), person(92), person(93), person(94)];
/// The attacker's validators.
const ATTACKERS: [usize; 2] = [6, 7];

/// Six seats, eight candidates with little of their own. All nominators stand behind the first six; the briber has 500,000 tokens.
fn town() -> Stakers {
    let own: &[usize] = &[0, 1, 2, 3, 4, 5];
    let of = |who: &AccountId| (*who, STAKE.saturating_add(PURSE), STAKE, own);
    let mut nominators: Vec<_> = HONEST.iter().chain(&BRIBED).map(of).collect();
    nominators.push((BRIBER, Balance::tokens(500_000), Balance::ZERO, own));
    Stakers::new((8, 6, Balance::tokens(100)), &nominators)
}

/// Everybody who is bribed takes the money and turns: two back one attacker each, one both, one hedges.
fn bribe(town: &mut Stakers) {
    let of = |town: &Stakers, numbers: &[usize]| -> Vec<AccountId> {
        numbers.iter().map(|number| town.validators[*number]).collect()
    };
    let targets: [&[usize]; 4] = [&[6], &[7], &[6, 7], &[6, 0, 1, 2, 3, 4, 5]];
    for (who, targets) in BRIBED.iter().zip(targets) {
        town.act(BRIBER, &transfer(*who, BRIBE));
        let targets = of(town, targets);
        town.act(*who, &nominate(&targets));
    }
}

/// Bribes, attacks with so many of the attacker's validators, and waits until nothing of the stake can be slashed any more.
#[expect(clippy::arithmetic_side_effects, reason = "amounts of a test are far from every bound")]
fn attack(offenders: &[usize], share_percent: u128) {
    let mut town = town();
    let quiet = town.election();
    assert!(ATTACKERS.iter().all(|one| !town.seats(quiet).contains(&town.validators[*one])));
    let wealth = BRIBED.map(|who| town.wealth(who));
    bribe(&mut town);
    let era = town.election();
    assert!(ATTACKERS.iter().all(|one| town.seats(era).contains(&town.validators[*one])));
    // The first takes the money and runs: right after the election all of its stake unbonds.
    town.act(BRIBED[0], &ledger_call(LedgerCall::Chill));
    town.act(BRIBED[0], &ledger_call(LedgerCall::Unbond { amount: STAKE }));
    town.reach_era(era);
    let reporter = HONEST[0];
    let before = town.wealth(reporter);
    town.accuse(offenders, reporter);
    let disabled = ATTACKERS.iter().filter(|one| town.is_disabled(town.validators[**one])).count();
    assert_eq!(disabled, 1, "(6 - 1) / 3");
    while town.era() < era.saturating_add(town.bonding_eras()) {
        let next = town.era().saturating_add(1);
        town.reach_era(next);
    }
    println!("{offenders:?} of 6 seal one slot twice: {share_percent} % of what stood behind each");
    println!("nominator   staked   bribe  behind them     lost  gain in all, in tokens");
    let mut sum = Balance::ZERO;
    for ((number, who), had) in (1..).zip(BRIBED).zip(wealth) {
        let behind = offenders.iter().map(|one| town.behind(era, town.validators[*one], who));
        let behind = behind.fold(Balance::ZERO, Balance::saturating_add);
        let lost = STAKE.saturating_sub(town.bond_of(who).total);
        let expected = behind.0 / 100 * share_percent;
        assert!(lost.0.abs_diff(expected) <= 100, "in proportion: {lost} of {expected}");
        let gain = whole(town.wealth(who)).cast_signed() - whole(had).cast_signed();
        println!(
            "{number:>9} {:>8} {:>7} {:>12} {:>8} {gain:>12}",
            whole(STAKE),
            whole(BRIBE),
            whole(behind),
            whole(lost)
        );
        if behind == STAKE || share_percent == 100 {
            assert!(gain < 0 && lost > BRIBE, "the bribe was less than it has cost");
        }
        sum = sum.saturating_add(lost);
    }
    assert!(!sum.is_zero());
    for who in HONEST {
        assert_eq!(town.bond_of(who).total, STAKE, "others lose nothing");
    }
    // What the validators had of their own goes too, and a tenth of it all is the reporter's.
    let own = Balance::tokens(100 * u128::try_from(offenders.len()).unwrap());
    let all = sum.0 + own.0 / 100 * share_percent;
    let reward = town.reporter_share().of_floor(Balance(all));
    let gained = town.wealth(reporter).saturating_sub(before);
    assert!(gained.0.abs_diff(reward.0) < Balance::tokens(1).0, "{gained} of {reward}");
    let stake = whole(town.stake(era));
    println!(
        "together {} of {stake} tokens at stake are gone; the reporter has {}",
        whole(sum),
        whole(gained)
    );
}

#[test]
fn one_offender_of_six_costs_who_backs_it_alone_more_than_a_bribe_of_a_fifth() {
    attack(&[6], 25);
}

#[test]
fn a_third_of_the_validators_together_costs_everybody_behind_them_everything() {
    attack(&[6, 7], 100);
}
