//! What evidence does to a validator in blocks: it authors no more in its era, its votes still count, and its place is proven against its session.
//!
//! On the chain of the refusals: validators 0, 2, 3 and 9, of whom 2 is known to have sealed a slot twice. Who wins a slot is made up.

use crate::refusals::evidence::{self, Brought};
use crate::refusals::stage::{ERA, Stage};
use crate::world::{World, id};
use serin_consensus::leader::membership::{check_membership, prove_membership};
use serin_consensus::staking::ledger::{LedgerCall, bond_of};
use serin_consensus::staking::{Call as Staking, active_era, offence};
use serin_node::runtime::{BlockBuilder, BlockError, Call, execute, query};
use serin_state::types::{AccountId, AuthorityIndex, Balance, ClaimKind, Era, Slot};

fn place_of(world: &World, account: AccountId) -> u32 {
    let members = world.session.current().members();
    let place = members.iter().position(|member| member.account == account).unwrap();
    u32::try_from(place).unwrap()
}

/// Why validator `number` may make no block at `slot`, as an author and as everybody else finds it.
fn refusal(world: &World, number: usize, slot: Slot) -> Option<BlockError> {
    let claim = world.claim(slot, place_of(world, id(number)), ClaimKind::Primary);
    let context = world.context(slot, &claim);
    let begun = BlockBuilder::begin(&world.state, &context);
    let (made, error) = match begun {
        Ok(builder) => (builder.finish(), None),
        // What it would have made, had the state let it.
        Err(error) => (world.build(slot, &[]).unwrap(), Some(error)),
    };
    let header = world.header(slot, &made);
    let imported = execute(&world.state, &context, &header.unsealed, &[]).err();
    assert_eq!(imported, error, "author and importer agree about {number}");
    error
}

#[test]
fn a_block_by_an_author_who_is_disabled_in_the_state_of_its_parent_is_invalid() {
    let Stage { mut world, .. } = Stage::new();
    let disabled = Some(BlockError::AuthorDisabled { author: id(2) });
    assert_eq!(refusal(&world, 2, world.next_slot()), disabled);
    for number in [0, 3, 9] {
        assert_eq!(refusal(&world, number, world.next_slot()), None, "{number}");
    }
    // To the end of the era, and no longer.
    while active_era(&world.state) == Era(ERA) {
        let epoch = world.head.slot().0 / 10 + 1;
        let first = Slot(epoch * 10);
        let before = world.clone();
        world.block_at(first, &[]);
        let is_last = active_era(&world.state) > Era(ERA);
        let expected = if is_last { None } else { disabled };
        assert_eq!(refusal(&before, 2, first), expected, "the first block of epoch {epoch}");
    }
    assert_eq!(refusal(&world, 2, world.next_slot()), None, "in era {}", ERA + 1);
}

#[test]
fn of_four_one_is_disabled_at_most_and_it_stays_the_first_where_no_other_is_worse() {
    let stage = Stage::new();
    let Stage { mut world, known, .. } = stage;
    let brought = Brought::of(&Stage::new());
    let is_disabled =
        |world: &World, number| offence::disabled(&world.state, Era(ERA)).contains(&id(number));
    assert!(is_disabled(&world, 2));
    // Validators 3 and 2 seal another slot twice each: one of four first, then two together, who rise together.
    for number in [3, 2] {
        let report = evidence::report(&brought.seals(number, known.0 + 1));
        world.one(11, &report).result.unwrap();
        let members = offence::disabled(&world.state, Era(ERA)).members().len();
        assert_eq!(members, 1, "at most (4 - 1) / 3");
    }
    assert!(is_disabled(&world, 2), "it was there first, and no worse is known");
    assert_eq!(refusal(&world, 3, world.next_slot()), None);
}

#[test]
fn the_votes_of_an_offender_count_until_the_next_set_and_no_set_changes_for_it() {
    let Stage { mut world, known, .. } = Stage::new();
    let set = |world: &World| world.session.set_id(world.chain.genesis());
    let weights = |world: &World| {
        let members = world.session.current().members();
        members.iter().map(|one| (one.account, one.weight)).collect::<Vec<_>>()
    };
    let (first, before) = (set(&world), weights(&world));
    assert_eq!(before.len(), 4);
    let more = evidence::report(&Brought::of(&Stage::new()).seals(3, known.0 + 1));
    let slot = world.next_slot();
    let transaction = world.signed(4, &more);
    let executed = world.block_at(slot, &[transaction]);
    assert_eq!(executed.outcomes[0].result, Ok(()));
    assert_eq!((executed.announcements.next_set, executed.announcements.next_epoch), (None, None));
    assert_eq!((set(&world), weights(&world)), (first, before.clone()), "as before the report");
    world.block_at(Slot((known.0 / 10 + 1) * 10), &[]);
    assert_eq!((set(&world), weights(&world)), (first, before), "to the end of the era");
}

#[test]
fn a_member_of_every_session_that_can_be_slashed_is_proven_against_its_root_alone() {
    let stage = Stage::new();
    let world = &stage.world;
    let newest = world.session.number();
    assert!(newest > 10);
    for session in 0..=newest {
        let record = query::session_record(&world.state, session).unwrap();
        let proven =
            |list| check_membership(&record, &prove_membership(list, AuthorityIndex(0)).unwrap());
        // Account 0 is first in both lists; the set of era 1 was another.
        assert_eq!(proven(&stage.first).is_ok(), session < 2, "session {session}");
        assert_eq!(proven(world.session.current()).is_ok(), record.era >= 2, "session {session}");
    }
}

fn query_bonding(world: &World) -> u32 {
    serin_consensus::staking::parameters(&world.state).unwrap().bonding.bonding_eras
}

#[test]
fn what_was_unbonded_is_slashed_with_the_rest_and_withdrawn_only_after_it() {
    let Stage { mut world, .. } = Stage::new();
    // Account 4 stands behind validators 0 and 2 in era 6, and lets all go that it may.
    let row = |world: &World| bond_of(&world.state, id(4)).unwrap();
    world.one(4, &Call::Staking(Staking::Ledger(LedgerCall::Chill))).result.unwrap();
    let amount = row(&world).active;
    let unbond = Call::Staking(Staking::Ledger(LedgerCall::Unbond { amount }));
    world.one(4, &unbond).result.unwrap();
    let chunk = row(&world).unlocking[0];
    assert_eq!((chunk.amount, row(&world).active), (amount, Balance::ZERO));
    assert!(
        chunk.era >= Era(ERA + query_bonding(&world)),
        "no era that exposes it can be slashed then"
    );
    let exposed: u128 = (0..9)
        .flat_map(|page| {
            serin_consensus::staking::era::exposure_page(&world.state, Era(ERA), id(2), page)
        })
        .filter(|(account, _)| *account == id(4))
        .map(|(_, stake)| stake.0)
        .sum();
    assert!(exposed > 0);
    while active_era(&world.state) < chunk.era {
        let epoch = world.head.slot().0 / 10 + 1;
        for slot in 0..4 {
            world.block_at(Slot(epoch * 10 + slot), &[]);
        }
    }
    // One of four loses 56.25 % of what stood behind it, rounded up in the chunk.
    let lost = amount.0 - row(&world).unlocking[0].amount.0;
    assert!(lost.abs_diff(exposed / 10_000 * 5_625) < 100_000, "{lost} of {exposed}");
    let (free, left) = (world.free(id(4)), row(&world).total.0);
    let outcome = world.one(4, &Call::Staking(Staking::Ledger(LedgerCall::Withdraw)));
    assert_eq!(outcome.result, Ok(()));
    assert_eq!(world.free(id(4)) + outcome.fee.0 - free, left, "what the slash left, and no more");
}
