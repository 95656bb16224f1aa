//! Random rounds: a tree of at most 13 blocks, at most 10 voters with weights, and their votes.

use serin_consensus::finality::{Ancestry, BlockRef, SignedVote, Stage, Vote, VoterSet};
use serin_state::random::{Draw, Random};
use serin_state::types::{
    Announcements, Hash, Header, Height, ProtocolVersion, PublicKey, Round, SetId, Signature,
    UnsealedHeader, VoteWeight, Voter,
};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub const SET: SetId = SetId(3);
pub const ROUND: Round = Round(5);

/// How many may equivocate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stages {
    /// At most f of the weight in each stage.
    BoundedBoth,
    /// Anybody.
    Unbounded,
}

/// Blocks by hash.
#[derive(Debug)]
pub struct Tree(BTreeMap<Hash, Header>);

impl Tree {
    pub fn reference(&self, hash: &Hash) -> BlockRef {
        BlockRef { hash: *hash, height: self.0[hash].height() }
    }

    pub fn blocks(&self) -> Vec<BlockRef> {
        self.0.keys().map(|hash| self.reference(hash)).collect()
    }

    pub fn header(&self, hash: &Hash) -> Option<Header> {
        self.0.get(hash).cloned()
    }

    pub fn parent(&self, hash: &Hash) -> Option<Hash> {
        self.0.get(hash).map(Header::parent)
    }

    pub fn descends(&self, base: &BlockRef, block: &BlockRef) -> bool {
        self.is_descendant(&base.hash, &block.hash)
    }
}

impl Ancestry for Tree {
    fn height(&self, block: &Hash) -> Option<Height> {
        self.0.get(block).map(Header::height)
    }

    fn common_ancestor(&self, one: &Hash, other: &Hash) -> Option<BlockRef> {
        let mut height = self.height(one)?.min(self.height(other)?);
        loop {
            let (left, right) = (self.ancestor_at(one, height)?, self.ancestor_at(other, height)?);
            if left == right {
                return Some(left);
            }
            height = height.previous()?;
        }
    }

    fn ancestor_at(&self, block: &Hash, height: Height) -> Option<BlockRef> {
        let mut header = self.0.get(block)?;
        while header.height() > height {
            header = self.0.get(&header.parent())?;
        }
        (header.height() == height).then(|| BlockRef { hash: header.hash(), height })
    }
}

/// One round.
#[derive(Debug)]
pub struct Case {
    pub tree: Tree,
    /// In order of making: each after its parent.
    blocks: Vec<BlockRef>,
    pub keys: Vec<PublicKey>,
    pub set: Arc<VoterSet>,
    pub votes: Vec<(usize, Stage, BlockRef)>,
}

struct Dice {
    random: Random,
    case: u64,
    next: u64,
}

impl Dice {
    fn draw(&mut self, purpose: &str) -> Draw {
        self.next += 1;
        self.random.draw(purpose, self.case, self.next)
    }

    fn below(&mut self, purpose: &str, bound: usize) -> usize {
        self.draw(purpose).below(bound as u64) as usize
    }
}

fn grow(dice: &mut Dice) -> (Tree, Vec<BlockRef>) {
    let mut tree = Tree(BTreeMap::new());
    let mut blocks: Vec<BlockRef> = Vec::new();
    for number in 0..2 + dice.below("blocks", 12) {
        let parent =
            number.checked_sub(1).map(|last| blocks[last - dice.below("parent", 4.min(number))]);
        let unsealed = UnsealedHeader {
            version: ProtocolVersion(1),
            knows: ProtocolVersion(2),
            parent: parent.map_or(Hash::ZERO, |parent| parent.hash),
            height: parent.map_or(Height(1), |parent| parent.height.next().unwrap()),
            claim: None,
            body_root: Hash::of(&number.to_be_bytes()),
            state_root: Hash::ZERO,
            outcome_root: Hash::ZERO,
            announcements: Announcements { next_epoch: None, next_set: None },
        };
        let header = Header { unsealed, seal: Signature([0; 64]) };
        blocks.push(BlockRef { hash: header.hash(), height: header.height() });
        tree.0.insert(header.hash(), header);
    }
    (tree, blocks)
}

impl Case {
    pub fn new(seed: u64, number: u64, stages: Stages) -> Self {
        let mut dice = Dice { random: Random::from_number(seed), case: number, next: 0 };
        let (tree, blocks) = grow(&mut dice);
        let count = 1 + dice.below("voters", 10);
        let even = dice.below("even", 2) == 0;
        let keys: Vec<PublicKey> =
            (0..count).map(|index| PublicKey([index as u8 + 1; 32])).collect();
        let weight = |_: &PublicKey| if even { 1 } else { 1 + dice.draw("weight").below(7) };
        let weights: Vec<u64> = keys.iter().map(weight).collect();
        let voters: Vec<Voter> = keys
            .iter()
            .zip(&weights)
            .map(|(key, weight)| Voter { key: *key, weight: VoteWeight(*weight) })
            .collect();
        let set = Arc::new(VoterSet::new(SET, &voters).unwrap());
        let mut case = Self { tree, blocks, keys, set, votes: Vec::new() };
        // Precommits gather at or below what prevotes gather at.
        let top = dice.below("favourite", case.blocks.len());
        let top = case.blocks[top];
        case.vote(&mut dice, Stage::Prevote, top, stages);
        let low = top.height.0 - dice.below("lower", 3).min(top.height.0 as usize - 1) as u32;
        let low = case.tree.ancestor_at(&top.hash, Height(low)).unwrap();
        case.vote(&mut dice, Stage::Precommit, low, stages);
        case
    }

    fn vote(&mut self, dice: &mut Dice, stage: Stage, favourite: BlockRef, stages: Stages) {
        let mut spare = self.set.faulty_max().0;
        for voter in 0..self.keys.len() {
            if dice.below("silent", 12) == 0 {
                continue;
            }
            let weight = self.set.voters()[voter].weight.0;
            let bounded = stages == Stages::BoundedBoth;
            let twice = dice.below("twice", 3) == 0 && (!bounded || weight <= spare);
            spare = spare.saturating_sub(if twice { weight } else { 0 });
            for second in [false, true].into_iter().take(if twice { 2 } else { 1 }) {
                let near = !second && dice.below("near", 5) > 0;
                let any = dice.below("target", self.blocks.len());
                self.votes.push((voter, stage, if near { favourite } else { self.blocks[any] }));
            }
        }
    }

    /// Every block descends from it, so that every vote counts: the peer refuses the round otherwise.
    pub fn base(&self) -> BlockRef {
        self.blocks[0]
    }

    pub fn signed(&self, voter: usize, stage: Stage, target: BlockRef) -> SignedVote {
        let vote = Vote { set: SET, round: ROUND, stage, target };
        SignedVote { vote, voter: self.keys[voter], signature: Signature([0; 64]) }
    }

    pub fn voter(&self, key: &PublicKey) -> usize {
        self.set.index_of(key).unwrap()
    }

    pub fn of(&self, stage: Stage) -> impl Iterator<Item = (usize, BlockRef)> + '_ {
        let of_stage = self.votes.iter().filter(move |(_, other, _)| *other == stage);
        of_stage.map(|(voter, _, target)| (*voter, *target))
    }

    /// Precommits, each once.
    pub fn precommits(&self) -> Vec<(usize, BlockRef)> {
        let votes: BTreeSet<_> = self.of(Stage::Precommit).collect();
        votes.into_iter().collect()
    }

    /// Weight of those who voted for two blocks.
    pub fn equivocating(&self, stage: Stage) -> u64 {
        let mut targets: BTreeMap<usize, BTreeSet<BlockRef>> = BTreeMap::new();
        for (voter, target) in self.of(stage) {
            targets.entry(voter).or_default().insert(target);
        }
        let liars = targets.into_iter().filter(|(_, targets)| targets.len() > 1);
        liars.map(|(voter, _)| self.set.voters()[voter].weight.0).sum()
    }

    /// The lowest target of a precommit, where all others descend from it.
    pub fn lowest_common_target(&self) -> Option<BlockRef> {
        let lowest = self.of(Stage::Precommit).map(|(_, at)| at).min_by_key(|at| at.height)?;
        let all = self.of(Stage::Precommit).all(|(_, at)| self.tree.descends(&lowest, &at));
        all.then_some(lowest)
    }
}
