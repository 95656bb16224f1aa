//! For whom a block has room: what an election costs, against the weight limit of the block that holds it.
//!
//! Costs are picoseconds of a reference core. Those of approvals are rounded up from the benchmark beside sp-npos-elections at Kusama's
//! size (2,000 candidates, 12,500 ballots of 24 targets, 1,000 seats: 180 ms, 232 ms with ten passes); rows are those of a store in
//! memory. They are part of the protocol. All that Kusama has is charged 0.3 of the 2 seconds of its block; a chain with shorter slots
//! elects among fewer.

use serin_state::types::Weight;

/// Reading a row of somebody who stands or votes: each has two.
const ROW: u64 = 2_000_000;
/// One approval, in all rounds.
const APPROVAL: u64 = 800_000;
/// One approval in a pass of balancing.
const PASS: u64 = 20_000;

/// The room that is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    left: u64,
    approval: u64,
}

impl Room {
    /// All of a block, for an election with so many passes of balancing.
    #[must_use]
    pub fn new(Weight(left): Weight, passes: u32) -> Self {
        // A pass costs little, and there are a hundred at most.
        let balancing = PASS.saturating_mul(u64::from(passes));
        Self { left, approval: APPROVAL.saturating_add(balancing) }
    }

    /// Takes the room of one ballot with so many targets; whether there was enough.
    pub fn take(&mut self, targets: usize) -> bool {
        let targets = u64::try_from(targets).unwrap_or(u64::MAX);
        let cost = self.approval.saturating_mul(targets).saturating_add(ROW.saturating_mul(2));
        let left = self.left.checked_sub(cost);
        self.left = left.unwrap_or(0);
        left.is_some()
    }

    /// Keeps those of `voters` at the front for whom there is room; `targets` counts what one approves of.
    pub fn admit<T>(&mut self, voters: &mut Vec<T>, targets: impl Fn(&T) -> usize) {
        let count = voters.iter().take_while(|one| self.take(targets(one))).count();
        voters.truncate(count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// How many nominators with so many targets there is room for beside candidates, in milliseconds of a block.
    fn nominators(milliseconds: u64, candidates: usize, targets: usize, passes: u32) -> usize {
        let mut room = Room::new(Weight(milliseconds.saturating_mul(1_000_000_000)), passes);
        let mut standing = vec![(); candidates];
        room.admit(&mut standing, |()| 1);
        let mut voters = vec![(); 30_000];
        room.admit(&mut voters, |()| targets);
        assert!(voters.is_empty() || standing.len() == candidates, "candidates come first");
        voters.len()
    }

    #[test]
    fn a_block_has_room_for_as_many_as_it_can_count() {
        #[rustfmt::skip]
        let cases = [
            (2_000, 2_500, 24,   0, 30_000, "two of six seconds: more than Kusama's 12,500"),
            (  333, 2_500, 24,   0, 13_836, "a third of a second: all that Kusama has"),
            (  333, 2_500, 24, 100,  4_438, "balanced a hundred times"),
            (   33,     4, 16,   0,  1_963, "slots of a tenth of a second"),
            (    1,   250, 16,   0,      0, "no room beside the candidates"),
            (    0,     0, 16,   0,      0, "none at all"),
        ];
        for (milliseconds, candidates, targets, passes, expected, why) in cases {
            assert_eq!(nominators(milliseconds, candidates, targets, passes), expected, "{why}");
        }
    }
}
