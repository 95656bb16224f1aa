//! The checkers of invariants find what is wrong: each is given a state that was broken on purpose.
//!
//! A checker that never fails would make every simulation green, so it needs tests more than
//! anything else does.

use crate::world::{GENESIS_TIME, World, id, strangers};
use serin_consensus::staking::ledger::Bond;
use serin_governance::voting::Record;
use serin_node::chain_spec::ChainSpec;
use serin_node::runtime::Call;
use serin_node::runtime::invariants::{Dump, Violation, check_named, check_state, check_step};
use serin_state::codec::encode;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::read;
use serin_state::types::{Account, Balance, Bound, Nonce, Reason};

fn place(index: usize) -> StateKey {
    Item::Account(id(index)).key()
}

/// Alice's account, changed.
fn change(state: &mut Dump, change: impl Fn(&mut Account)) {
    let mut account: Account = read(state, &place(0)).unwrap();
    change(&mut account);
    state.insert(place(0), encode(&account));
}

fn bound(reason: u16, amount: u128) -> Bound {
    Bound { reason: Reason(reason), amount: Balance(amount) }
}

/// Moves what is held out of the free amount, so that the sum stays right.
fn hold(state: &mut Dump, holds: &[Bound]) {
    let sum: u128 = holds.iter().map(|hold| hold.amount.0).sum();
    change(state, |account| {
        account.free.0 -= sum;
        account.holds = holds.to_vec();
    });
}

#[test]
fn a_state_that_breaks_an_invariant_is_found() {
    type Break = fn(&mut Dump);
    type Expected = fn(Violation) -> bool;
    use Violation as V;
    let many: fn(&mut Dump) = |s| hold(s, &(0..17).map(|n| bound(n, 1)).collect::<Vec<_>>());
    #[rustfmt::skip]
    let cases: [(&str, Break, Expected); 10] = [
        ("no issuance", |s| { s.remove(&Item::Issuance.key()); }, |v| v == V::Incomplete),
        ("a unit too much", |s| change(s, |a| a.free.0 += 1), |v| matches!(v, V::Issuance { .. })),
        ("a unit too little", |s| change(s, |a| a.free.0 -= 1), |v| matches!(v, V::Issuance { .. })),
        ("a hold out of nothing", |s| change(s, |a| a.holds = vec![bound(1, 1)]), |v| matches!(v, V::Issuance { .. })),
        ("holds unsorted", |s| hold(s, &[bound(2, 1), bound(1, 1)]), |v| v == V::Reasons(place(0))),
        ("a reason twice", |s| hold(s, &[bound(2, 1), bound(2, 1)]), |v| v == V::Reasons(place(0))),
        ("a hold of nothing", |s| hold(s, &[bound(2, 0)]), |v| v == V::Reasons(place(0))),
        ("too many holds", many, |v| v == V::Reasons(place(0))),
        ("an empty account", |s| { s.insert(place(41), encode(&Account::default())); }, |v| v == V::Empty(place(41))),
        ("bytes that are no account", |s| { s.insert(place(41), vec![1]); }, |v| v == V::Unknown(place(41))),
    ];
    let good = World::local().state;
    let summary = check_state(&good).unwrap();
    assert_eq!(summary.accounts, 7, "six people and the treasury");
    for (why, break_it, expected) in cases {
        let mut state = good.clone();
        break_it(&mut state);
        let violation = check_state(&state).unwrap_err();
        assert!(expected(violation), "{why}: {violation:?}");
    }
    let mut state = good;
    hold(&mut state, &[bound(1, 5), bound(2, 7)]);
    change(&mut state, |account| account.freezes = vec![bound(9, 12)]);
    assert!(check_state(&state).is_ok(), "freezes overlap, holds are part of the sum");
}

#[test]
fn a_nonce_that_falls_or_vanishes_is_found() {
    let before = {
        let mut state = World::local().state;
        change(&mut state, |account| account.nonce = Nonce(3));
        state
    };
    let after = |nonce| {
        let mut state = before.clone();
        change(&mut state, |account| account.nonce = Nonce(nonce));
        state
    };
    assert_eq!(check_step(&before, &after(3)), Ok(()));
    assert_eq!(check_step(&before, &after(9)), Ok(()));
    assert_eq!(check_step(&before, &after(2)), Err(Violation::NonceFell(place(0))));
    let mut gone = before.clone();
    gone.remove(&place(0));
    assert_eq!(check_step(&before, &gone), Err(Violation::NonceFell(place(0))));
}

#[test]
fn rows_of_accounts_that_no_specification_names_are_judged_too() {
    type Break = fn(&mut Dump);
    let mut world = World::new(&ChainSpec::local(4, 1_000, GENESIS_TIME));
    for number in [40, 41] {
        let endow = Call::transfer(id(number), Balance::tokens(10_000));
        assert_eq!(world.one(0, &endow).result, Ok(()));
    }
    let words = |words: &str| Call::from_words(words, None).unwrap();
    let delegate = format!("voting.delegate root {} 1x 50", id(41));
    #[rustfmt::skip]
    let calls = [
        (41, "staking.bond 1000 stash".to_owned()),
        (41, "referenda.submit root [system.remark a]".to_owned()),
        (41, "voting.vote 0 aye 100 1x".to_owned()),
        (40, delegate),
        (40, "preimages.note [system.remark b]".to_owned()),
    ];
    for (who, text) in &calls {
        assert_eq!(world.one(*who, &words(text)).result, Ok(()), "{text}");
    }
    let good = world.state;
    assert!(check_named(&good, &strangers()).is_ok());
    assert!(matches!(check_state(&good), Err(Violation::Unknown(_))), "nobody named them");
    let cases: [(&str, Break); 3] = [
        ("a bond that is not held", |state| {
            let key = Item::Bond(id(41)).key();
            let mut bond: Bond = read(state, &key).unwrap();
            bond.active.0 += 1;
            state.insert(key, encode(&bond));
        }),
        ("a vote that is not counted", |state| {
            let key = Item::Voting(id(41), 0).key();
            let mut record: Record = read(state, &key).unwrap();
            record.votes.clear();
            state.insert(key, encode(&record));
        }),
        ("a deposit that is not held", |state| {
            let key = Item::Account(id(40)).key();
            let mut account: Account = read(state, &key).unwrap();
            for hold in account.holds.drain(..) {
                account.free.0 += hold.amount.0;
            }
            state.insert(key, encode(&account));
        }),
    ];
    for (why, break_it) in cases {
        let mut state = good.clone();
        break_it(&mut state);
        let found = check_named(&state, &strangers());
        let is_found = matches!(
            found,
            Err(Violation::Bond { .. } | Violation::Tally { .. } | Violation::Deposits { .. })
        );
        assert!(is_found, "{why}: {found:?}");
    }
}
