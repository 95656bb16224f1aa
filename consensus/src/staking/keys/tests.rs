//! Session keys: when they serve, whose they are, and proofs that hold for one account, chain and set alone.

use super::*;
use crate::crypto::Strict;
use crate::staking::ledger::{LedgerCall, LedgerError, Payee};
use crate::staking::offence::Grounds;
use crate::staking::{Call, Event, Moment, Parameters, dispatch};
use serin_state::derive::Seed;
use serin_state::overlay::Overlay;
use serin_state::types::{Balance, Era, Slot};
use std::collections::BTreeMap;

type Base = BTreeMap<serin_state::layout::StateKey, Vec<u8>>;

const ALICE: AccountId = AccountId([1; 32]);
const BOB: AccountId = AccountId([2; 32]);

struct Secrets(SessionSecrets);

impl Secrets {
    fn of(seed: u8) -> Self {
        Self(SessionSecrets::of(&Seed::new([seed; 32])))
    }

    fn keys(&self) -> KeySet {
        self.0.keys()
    }

    fn proof(&self, genesis: &Hash, account: AccountId) -> Possession {
        self.0.possession(genesis, account).1
    }

    fn call(&self) -> Call {
        let proof = Box::new(self.proof(&Hash::ZERO, ALICE));
        Call::Keys(KeysCall::Set { keys: self.keys(), proof })
    }
}

/// Two accounts with a bond each.
fn bonded() -> Overlay<Base> {
    let mut state = Overlay::new(Base::new());
    for account in [ALICE, BOB] {
        let bond = LedgerCall::Bond { amount: Balance(500), payee: Payee::Staked };
        serin_state::balances::Ledger::new(&mut state, Balance(10))
            .mint(account, Balance(1_000))
            .unwrap();
        run(&mut state, 0, account, Call::Ledger(bond)).unwrap();
    }
    state
}

fn run(
    state: &mut Overlay<Base>,
    session: u64,
    who: AccountId,
    call: Call,
) -> Result<Vec<Event>, Error> {
    let mut parameters = Parameters::kusama(6_000);
    parameters.bonding.min_validator_bond = Balance(100);
    let now = Moment { slot: Slot(0), session, era: Era(0), elected: Era(0) };
    state.begin();
    let mut context = Context::new(state, &parameters, Balance(10), now);
    let grounds = Grounds { genesis: &Hash::ZERO, params: &crate::leader::fixture::PARAMS };
    let done = dispatch(&mut context, Origin::Signed(who), grounds, call);
    let events = context.events;
    if done.is_ok() {
        state.keep();
    } else {
        state.discard();
    }
    done.map(|()| events)
}

#[test]
fn keys_sign_two_sessions_later_and_play_the_lottery_three() {
    let mut state = bonded();
    let [first, second] = [1, 2].map(Secrets::of);
    run(&mut state, 5, ALICE, first.call()).unwrap();
    assert_eq!(keys_for(&state, 6, ALICE), None, "too early for any key");
    assert_eq!(keys_for(&state, 7, ALICE), None, "without a lottery key nobody serves");
    assert_eq!(keys_for(&state, 8, ALICE), Some(first.keys()));

    run(&mut state, 9, ALICE, second.call()).unwrap();
    assert_eq!(keys_for(&state, 10, ALICE), Some(first.keys()));
    let mixed = KeySet { lottery: first.keys().lottery, ..second.keys() };
    assert_eq!(keys_for(&state, 11, ALICE), Some(mixed));
    assert_eq!(keys_for(&state, 12, ALICE), Some(second.keys()));
    assert_eq!(keys_for(&state, 12, BOB), None);

    run(&mut state, 12, ALICE, Call::Keys(KeysCall::Purge)).unwrap();
    assert_eq!(keys_for(&state, 13, ALICE), Some(second.keys()));
    assert_eq!(keys_for(&state, 14, ALICE), None);
}

#[test]
fn genesis_keys_serve_from_the_first_session_on() {
    let mut state = bonded();
    let parameters = Parameters::kusama(6_000);
    let keys = Secrets::of(1).keys();
    let mut context = Context::new(&mut state, &parameters, Balance(10), Moment::default());
    found(&mut context, ALICE, keys);
    assert_eq!(keys_for(&state, 0, ALICE), Some(keys));
    let owner = KeyOwner { account: ALICE, kind: KeyKind::Lottery };
    assert_eq!(owner_of(&state, &keys.lottery.0), Some(owner));
}

#[test]
fn registrations_stay_few_and_forgotten_keys_are_free() {
    let mut state = bonded();
    for session in 0..20_u8 {
        for again in [100, 0] {
            let call = Secrets::of(session + again).call();
            run(&mut state, session.into(), ALICE, call).unwrap();
        }
        assert!(registrations(&state, ALICE).len() <= REGISTRATIONS_MAX, "session {session}");
    }
    let owner = |seed| owner_of(&state, &Secrets::of(seed).keys().vote.0);
    assert_eq!(owner(15), None, "three newer ones serve or will");
    for seed in 16..20 {
        assert_eq!(owner(seed).map(|owner| owner.account), Some(ALICE), "{seed}");
        assert_eq!(owner(seed + 100), None, "replaced in the same session");
    }
    run(&mut state, 30, BOB, Secrets::of(15).call()).unwrap();
}

#[test]
fn keys_that_cannot_be_registered_are_refused_and_nothing_changes() {
    let mut state = bonded();
    run(&mut state, 0, ALICE, Secrets::of(1).call()).unwrap();
    let taken = Secrets::of(1).call();
    let with = |change: fn(&mut KeySet)| {
        let mut keys = Secrets::of(2).keys();
        change(&mut keys);
        let proof = Box::new(Secrets::of(2).proof(&Hash::ZERO, ALICE));
        Call::Keys(KeysCall::Set { keys, proof })
    };
    let stranger = AccountId([3; 32]);
    let cases: [(&str, AccountId, Call, Error); 7] = [
        ("no bond", stranger, Secrets::of(2).call(), LedgerError::NotBonded.into()),
        ("another's keys", BOB, taken, KeysError::Taken.into()),
        (
            "another's vote key alone",
            BOB,
            with(|keys| keys.vote = Secrets::of(1).keys().vote),
            KeysError::Taken.into(),
        ),
        (
            "one's own key for another purpose",
            ALICE,
            with(|keys| keys.seal = Secrets::of(1).keys().vote),
            KeysError::Taken.into(),
        ),
        ("one key twice", BOB, with(|keys| keys.vote = keys.seal), KeysError::Shared.into()),
        (
            "seal and lottery",
            BOB,
            with(|keys| keys.lottery.0 = keys.seal.0),
            KeysError::Shared.into(),
        ),
        ("nothing to purge", BOB, Call::Keys(KeysCall::Purge), KeysError::NoKeys.into()),
    ];
    let before = state.clone().into_changes();
    for (why, who, call, error) in cases {
        assert_eq!(run(&mut state, 1, who, call), Err(error), "{why}");
        assert_eq!(state.clone().into_changes(), before, "{why}");
    }
}

#[test]
fn a_proof_holds_for_its_account_its_chain_and_its_keys_alone() {
    let genesis = Hash::of(b"chain");
    let (secrets, other) = (Secrets::of(1), Secrets::of(2));
    let keys = secrets.keys();
    let proof = secrets.proof(&genesis, ALICE);
    let holds = |keys: KeySet, genesis: &Hash, account, proof: &Possession| {
        keys.is_possessed(&Strict, genesis, account, proof)
    };
    assert!(holds(keys, &genesis, ALICE, &proof));
    assert!(!holds(keys, &genesis, BOB, &proof), "another account cannot register them");
    assert!(!holds(keys, &Hash::of(b"other"), ALICE, &proof), "another chain");
    let swapped = KeySet { seal: keys.vote, vote: keys.seal, ..keys };
    assert!(!holds(swapped, &genesis, ALICE, &proof), "seal and vote key are not exchanged");
    // Each key alone replaced by one whose secret the registrant does not show.
    for stolen in [
        KeySet { seal: other.keys().seal, ..keys },
        KeySet { lottery: other.keys().lottery, ..keys },
        KeySet { vote: other.keys().vote, ..keys },
    ] {
        assert!(!holds(stolen, &genesis, ALICE, &proof), "{stolen:?}");
    }
    let foreign = other.proof(&genesis, ALICE);
    for broken in [
        Possession { seal: foreign.seal, ..proof },
        Possession { lottery: foreign.lottery, ..proof },
        Possession { vote: foreign.vote, ..proof },
    ] {
        assert!(!holds(keys, &genesis, ALICE, &broken));
    }
}
