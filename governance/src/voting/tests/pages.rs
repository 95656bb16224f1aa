//! Where tallies are: opened on the first page with room, found from the vote, gone with the referendum.
//!
//! A page has [`PAGE_MAX`] tallies.

use super::world::{TRACKS, World, aye, delegate, vote};
use crate::ReferendumIndex;
use crate::tally::Tally;
use crate::voting::ballots::PAGE_MAX;

const TRACK: crate::TrackId = TRACKS[0];

fn full_pages(pages: usize) -> World {
    let mut world = World::new();
    for _ in 0..pages * PAGE_MAX {
        world.open(TRACK);
    }
    world
}

fn indices(world: &mut World) -> Vec<u32> {
    world.kept(TRACK).into_iter().map(|(index, _)| index.0).collect()
}

#[test]
fn all_tallies_of_a_track_are_found_whatever_ended() {
    let mut world = full_pages(3);
    let mut expected: Vec<u32> = indices(&mut world);
    assert_eq!(expected.len(), 3 * PAGE_MAX);
    // From the last page, the first, and the middle; the last page becomes empty.
    let last = (2 * PAGE_MAX..3 * PAGE_MAX).rev();
    for at in last.chain([0, PAGE_MAX / 2, PAGE_MAX]) {
        let index = u32::try_from(at).unwrap();
        assert_eq!(world.end(index, None), Tally::EMPTY);
        expected.retain(|other| *other != index);
        assert_eq!(indices(&mut world), expected);
    }
}

#[test]
fn room_that_ended_ones_left_is_taken_again() {
    let mut world = full_pages(2);
    world.end(3, Some(true));
    let new = world.open(TRACK);
    world.must(0, vote(new, aye(5)));
    world.must(1, delegate(TRACK, 0, 10));
    assert_eq!(world.counts(new), (15, 0, 15));
    assert_eq!(world.take_told(), [ReferendumIndex(new); 2]);
    let (read, _) = world.rows(|world| drop(world.must(2, delegate(TRACK, 0, 10))));
    assert!(read <= 6, "one page, the first: {read}");
}

#[test]
fn a_track_without_referenda_leaves_no_rows() {
    let mut world = World::new();
    let index = world.open(TRACK);
    world.end(index, None);
    world.settle();
    let (read, written) = world.rows(|world| {
        let next = world.open(TRACK);
        world.end(next, None);
    });
    assert!(read <= 3, "{read}");
    assert_eq!(written, 3, "ballot, page and counts, all deleted");
    assert!(world.changes().values().all(Option::is_none));
}

#[test]
#[should_panic(expected = "opened once")]
fn a_referendum_is_not_opened_twice() {
    let mut world = World::new();
    let index = world.open(TRACK);
    world.with(|ctx| crate::voting::ballots::open(ctx, TRACK, ReferendumIndex(index)));
}
