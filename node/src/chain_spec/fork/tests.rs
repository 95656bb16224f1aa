//! A new chain keeps what people had and lets nobody of the old one go on producing.
//!
//! The state is that of a genesis with founding validators that have bonds, as the presets make it.

use super::*;
use serin_consensus::staking::ledger::Bond;
use serin_state::types::{Account, AccountId, Balance, Millis};

fn state_of(spec: &ChainSpec) -> StateFile {
    let genesis = spec.genesis();
    let values: Vec<_> =
        genesis.changes.into_iter().filter_map(|(key, value)| Some((key, value?))).collect();
    StateFile {
        genesis: Hash::ZERO,
        block: Hash::ZERO,
        height: Height(0),
        state_root: Hash::ZERO,
        values: Inherited(values),
    }
}

#[test]
fn a_new_chain_has_the_old_accounts_and_bonds_and_no_candidate_of_the_old_one() {
    let old = ChainSpec::local(8, 200, Millis(1_000));
    let (lost, new) = old.validators.split_at(4);
    let mut before = old.clone();
    before.validators = lost.to_vec();
    let forked = state_of(&before).fork(new.to_vec(), (None, None)).unwrap();
    let state: BTreeMap<StateKey, Vec<u8>> = forked
        .genesis()
        .changes
        .into_iter()
        .filter_map(|(key, value)| Some((key, value?)))
        .collect();
    let (mut sum, mut bonded) = (Balance::ZERO, Balance::ZERO);
    let accounts: BTreeSet<AccountId> = before.balances.iter().map(|(who, _)| *who).collect();
    for who in &accounts {
        let account: Account = read(&state, &Item::Account(*who).key()).unwrap();
        let held = account.holds.iter().map(|hold| hold.amount);
        sum = held.fold(sum.saturating_add(account.free), Balance::saturating_add);
        let bond: Option<Bond> = read(&state, &Item::Bond(*who).key());
        bonded = bonded.saturating_add(bond.unwrap_or_default().total);
        assert!(!state.contains_key(&Item::Candidate(*who).key()), "{who}");
    }
    assert_eq!(Some(sum), read(&state, &Item::Issuance.key()), "nothing is lost or made");
    assert!(!bonded.is_zero(), "founders of the preset have bonds");
}
