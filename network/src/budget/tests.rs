//! A bucket lets its burst through, then its rate, whatever the peer does.

#![expect(clippy::arithmetic_side_effects, reason = "small numbers of a test")]

use super::*;
use crate::message::{BlockRange, Direction, Fields, RangeStart};
use proptest::prelude::*;
use serin_state::types::Height;

#[test]
fn a_bucket_gives_its_burst_then_its_rate() {
    let mut bucket = Bucket::new(Millis(0), Rate { burst: 3, per_second: 2 });
    let taken = |bucket: &mut Bucket, now| bucket.take(Millis(now), 1);
    assert!((0..3).all(|_| taken(&mut bucket, 0)));
    assert!(!taken(&mut bucket, 0), "the burst is spent");
    assert!(!taken(&mut bucket, 499), "half a second has not passed");
    assert!(taken(&mut bucket, 500));
    assert!(!taken(&mut bucket, 500));
    assert!((0..3).all(|_| taken(&mut bucket, 1_000_000)), "full again");
    assert!(!taken(&mut bucket, 1_000_000), "and no fuller than the burst");
}

#[test]
fn blocks_are_paid_by_the_block() {
    let mut budget = Budget::new(Millis(0));
    let request = |count| {
        Request::Blocks(BlocksRequest::Range(BlockRange {
            start: RangeStart::Height(Height(1)),
            direction: Direction::Ascending,
            count,
            fields: Fields::ALL,
        }))
    };
    assert!((0..128).all(|_| budget.on_request(Millis(0), &request(128))));
    assert!(!budget.on_request(Millis(0), &request(1)));
    assert!(budget.on_gossip(Millis(0), Topic::Blocks), "another bucket");
}

proptest! {
    /// Over any schedule no more passes than burst + rate * time.
    #[test]
    fn no_schedule_beats_the_rate(steps in proptest::collection::vec((0_u64..400, 1_u64..9), 1..200)) {
        let rate = Rate { burst: 10, per_second: 7 };
        let mut bucket = Bucket::new(Millis(0), rate);
        let (mut now, mut passed) = (0, 0);
        for (wait, cost) in steps {
            now += wait;
            if bucket.take(Millis(now), cost) {
                passed += cost;
            }
            prop_assert!(passed * 1_000 <= rate.burst * 1_000 + rate.per_second * now);
        }
    }
}
