//! Shuffling stake around the ends of eras: the same money is to be elected, exposed or paid twice, and never is.
//!
//! Who backs whom in an era is read once, in the block of its election, and what is bonded can leave only after the bonding
//! duration: whatever is moved between the two counts once in each era, or not at all.

use super::stakers::{Stakers, bond, ledger_call, nominate, payout, person, transfer, whole};
use serin_consensus::staking::Error;
use serin_consensus::staking::era::EraError;
use serin_consensus::staking::ledger::{LedgerCall, LedgerError, Payee, Terms};
use serin_node::runtime::DispatchError;
use serin_state::types::{AccountId, Balance, Era};

const STEADY: AccountId = person(71);
const SHUFFLER: AccountId = person(72);
const OTHER: AccountId = person(73);
/// What each of the two nominators bonds.
const STAKE: Balance = Balance::tokens(600_000);
/// What goes on nominating while the rest moves.
const TOKEN: Balance = Balance::tokens(1);
/// What each has besides, for fees.
const PURSE: Balance = Balance::tokens(100);

fn town() -> Stakers {
    let all = STAKE.saturating_add(PURSE);
    let nominators: [(_, _, _, &[usize]); 3] = [
        (STEADY, all, STAKE, &[0]),
        (SHUFFLER, all, STAKE, &[0]),
        (OTHER, PURSE, Balance::ZERO, &[]),
    ];
    Stakers::new((5, 4, Balance::tokens(1_000_000)), &nominators)
}

/// What a claim brings to two accounts.
fn claim(town: &mut Stakers, validator: AccountId, era: Era) -> (Balance, Balance) {
    let before = (town.free(STEADY), town.free(SHUFFLER));
    let claimant = town.validators[1];
    town.act(claimant, &payout(validator, era));
    let gain = |now: Balance, then: Balance| now.saturating_sub(then);
    (gain(town.free(STEADY), before.0), gain(town.free(SHUFFLER), before.1))
}

#[test]
fn who_moves_its_nomination_after_every_election_is_exposed_and_paid_like_who_never_does() {
    let mut town = town();
    let (home, away) = (town.validators[0], town.validators[1]);
    for who in [STEADY, SHUFFLER] {
        town.act(who, &ledger_call(LedgerCall::SetPayee { payee: Payee::Stash }));
    }
    println!("era  steady exposed  shuffler exposed  steady paid  shuffler paid, in tokens");
    for _ in 0..5 {
        let era = town.election();
        let active = town.bond_of(SHUFFLER).active;
        // Right after the snapshot all of it backs somebody else, and half of it is on its way out.
        let half = Balance(active.0 / 2);
        town.act(SHUFFLER, &nominate(&[away]));
        town.act(SHUFFLER, &ledger_call(LedgerCall::Unbond { amount: half }));
        let withdrawal = town.refused(SHUFFLER, &ledger_call(LedgerCall::Withdraw));
        assert_eq!(withdrawal, Error::from(LedgerError::NothingToWithdraw).into());
        town.reach_era(era);
        // In the era too, and back before the next election.
        town.act(SHUFFLER, &ledger_call(LedgerCall::Chill));
        town.act(SHUFFLER, &ledger_call(LedgerCall::Rebond { amount: half }));
        town.act(SHUFFLER, &nominate(&[home]));
        assert_eq!(town.exposed(era, SHUFFLER), active, "what was active in the election");
        assert_eq!(town.behind(era, home, SHUFFLER), active, "behind whom it was then");
        assert_eq!(town.behind(era, away, SHUFFLER), Balance::ZERO);
        assert_eq!(town.exposed(era, STEADY), STAKE);
        town.reach_era(era.saturating_add(1));
        let home_pays = claim(&mut town, home, era);
        let away_pays = claim(&mut town, away, era);
        assert!(home_pays.0 > Balance::ZERO);
        assert_eq!(home_pays.0, home_pays.1, "equal stakes behind one validator earn the same");
        assert_eq!(away_pays, (Balance::ZERO, Balance::ZERO), "nothing for where it went");
        let claimant = town.validators[1];
        let again = town.refused(claimant, &payout(home, era));
        assert_eq!(again, Error::from(EraError::AlreadyPaid).into(), "once");
        let exposed = [STEADY, SHUFFLER].map(|who| whole(town.exposed(era, who)));
        let paid = [home_pays.0, home_pays.1].map(|one| one.to_string());
        println!("{era:>3}  {:>14}  {:>16}  {}  {}", exposed[0], exposed[1], paid[0], paid[1]);
    }
    let lead = town.wealth(STEADY).saturating_sub(town.wealth(SHUFFLER));
    println!("after five eras the shuffler is {lead} behind: its fees");
    assert!(lead > Balance::ZERO && lead < Balance::tokens(1), "{lead}");
}

#[test]
fn money_that_moves_to_a_second_account_backs_nobody_for_the_bonding_duration() {
    let mut town = town();
    let home = town.validators[0];
    let first = town.election();
    town.reach_era(first);
    // The era goes on with this money behind `home`; now the same money is to back it from a second account.
    let stuck = town.refused(SHUFFLER, &transfer(OTHER, STAKE));
    assert!(
        matches!(stuck, DispatchError::Balances(_)),
        "what is bonded cannot be sent: {stuck:?}"
    );
    let due = town.era().saturating_add(town.bonding_eras());
    // It goes on nominating with a token, in case that what unbonds should count too.
    let moved = STAKE.saturating_sub(TOKEN);
    town.act(SHUFFLER, &ledger_call(LedgerCall::Unbond { amount: moved }));
    let (mut exposed, mut last) = (Vec::new(), first);
    while exposed.len() < 8 {
        let both = [SHUFFLER, OTHER].map(|who| town.exposed(last, who));
        let sum = both[0].saturating_add(both[1]);
        assert!(sum <= STAKE, "once in era {last}: {both:?}");
        exposed.push((last, sum));
        if town.era() < due {
            let early = town.refused(SHUFFLER, &ledger_call(LedgerCall::Withdraw));
            assert_eq!(early, Error::from(LedgerError::NothingToWithdraw).into());
        } else if town.era() == due {
            town.act(SHUFFLER, &ledger_call(LedgerCall::Withdraw));
            town.act(SHUFFLER, &transfer(OTHER, moved));
            town.act(OTHER, &bond(moved));
            town.act(OTHER, &nominate(&[home]));
        }
        last = town.election();
        town.reach_era(last);
    }
    let line: Vec<String> =
        exposed.iter().map(|(era, sum)| format!("{era}: {}", whole(*sum))).collect();
    println!("exposed from both accounts together, by era: {}", line.join(", "));
    let eras = |amount| exposed.iter().filter(|(_, sum)| *sum == amount).count();
    assert_eq!((eras(TOKEN), eras(STAKE)), (4, 4), "the move costs the pay of four eras");
}

#[test]
fn one_bond_cannot_be_elected_in_two_names() {
    let mut town = town();
    let first = town.election();
    // Candidate 4 waits with the least behind it; all have bonded a million.
    let seated = town.seats(first);
    let (one, two) = (seated[3], town.validators.iter().find(|who| !seated.contains(who)).copied());
    let two = two.unwrap();
    let own = town.bond_of(one).active;
    // Elected, it wants to stand behind the other name in the election of the era after as well, before its own era has ended.
    town.act(one, &ledger_call(LedgerCall::Chill));
    town.act(one, &ledger_call(LedgerCall::Unbond { amount: own }));
    let early = town.refused(one, &ledger_call(LedgerCall::Withdraw));
    assert_eq!(early, Error::from(LedgerError::NothingToWithdraw).into());
    let free = town.free(one);
    let stuck = town.refused(one, &transfer(two, free.saturating_add(own)));
    assert!(matches!(stuck, DispatchError::Balances(_)), "{stuck:?}");
    town.reach_era(first);
    assert_eq!(town.behind(first, one, one), own, "it answers for its era with what it had");
    let second = town.election();
    assert_eq!(town.exposed(second, one), Balance::ZERO, "and is not elected with what unbonds");
    assert_eq!(town.behind(second, two, two), Balance::tokens(1_000_000), "which helped nobody");
    // Standing again takes money that is active, and what unbonds is not.
    let terms = Terms::default();
    let refused = town.refused(one, &ledger_call(LedgerCall::Validate { terms }));
    assert!(matches!(refused, DispatchError::Staking(_)), "{refused:?}");
    println!(
        "{} tokens were behind one name in era {first} and behind none in era {second}",
        whole(own)
    );
}
