//! Nominators of a scenario: who they are, what they bond, whom they name.
//!
//! All of it follows from their numbers, so a description gives one chain on every machine. Bonds are spread from
//! [`BOND_MIN`] up to a thousand times as much, small ones often and large ones rarely, as people's are.

use serin_node::chain_spec::{ChainSpec, GenesisNominator};
use serin_state::derive::Seed;
use serin_state::random::Random;
use serin_state::types::{AccountId, Balance};
use std::collections::BTreeSet;

/// What the poorest bonds.
const BOND_MIN: u64 = 10;
/// Number of the sequence that everything is drawn from.
const SEED: u64 = 0;
/// What each has besides its bond, for fees.
const FREE: Balance = Balance::tokens(100);

/// The secret of the nominator with this number, from zero: `//Nominator//1` and on. Known to everybody.
#[must_use]
pub(super) fn nominator_uri(number: usize) -> String {
    format!("//Nominator//{}", number.saturating_add(1))
}

/// Adds so many nominators of so many validators each, as far as there are validators.
pub(super) fn add(spec: &mut ChainSpec, nominators: usize, nominations: usize) {
    let Some(stake) = &mut spec.staking else { return };
    let random = Random::from_number(SEED);
    let validators: Vec<AccountId> = spec.validators.iter().map(|one| one.account).collect();
    for number in 0..nominators {
        let Ok(seed) = Seed::from_uri(&nominator_uri(number)) else { continue };
        let account = AccountId::from(seed.key().public());
        let own = u64::try_from(number).unwrap_or(u64::MAX);
        let bond = Balance::tokens(bond(&random, own).into());
        let mut targets = BTreeSet::new();
        let mut draw = 0_u64;
        while targets.len() < nominations.min(validators.len()) {
            let place = random.draw("nominate", own, draw).below(length(&validators));
            targets.extend(usize::try_from(place).ok().and_then(|at| validators.get(at)).copied());
            draw = draw.saturating_add(1);
        }
        let targets = targets.into_iter().collect();
        spec.balances.push((account, bond.saturating_add(FREE)));
        stake.nominators.push(GenesisNominator { account, bond, targets });
    }
}

/// Tokens that a nominator bonds: as often between 10 and 20 as between 5,120 and 10,240.
fn bond(random: &Random, number: u64) -> u64 {
    let doublings = u32::try_from(random.draw("wealth", number, 0).below(10)).unwrap_or(0);
    let floor = BOND_MIN.saturating_mul(2_u64.saturating_pow(doublings));
    floor.saturating_add(random.draw("wealth", number, 1).below(floor))
}

fn length(list: &[AccountId]) -> u64 {
    u64::try_from(list.len()).unwrap_or(u64::MAX)
}
