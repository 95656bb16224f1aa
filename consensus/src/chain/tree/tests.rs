//! The tree against a model that keeps a list of blocks and computes every answer from it.
//!
//! Stories are drawn as text, one line a block: `b on a p 7` is block b on a, primary, lottery value 7.
//! Random moves are compared with the model after every move, over all pairs of blocks.

#![expect(
    clippy::arithmetic_side_effects,
    reason = "an overflow fails the test, which is what it should do"
)]

use super::*;
use crate::rules::{ForkChoice, TieBreak};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The hash that a name stands for; the order of hashes is the order of names.
fn hash(name: &str) -> Hash {
    let mut bytes = [0; 32];
    bytes[..name.len()].copy_from_slice(name.as_bytes());
    Hash(bytes)
}

fn name(hash: &Hash) -> String {
    let length = hash.0.iter().position(|byte| *byte == 0).unwrap_or(32);
    String::from_utf8(hash.0[..length].to_vec()).unwrap()
}

fn names(blocks: &[BlockRef]) -> String {
    blocks.iter().map(|block| name(&block.hash)).collect::<Vec<_>>().join(" ")
}

fn root() -> TreeBlock {
    TreeBlock {
        hash: hash("G"),
        parent: Hash::ZERO,
        height: Height(0),
        slot: Slot(0),
        kind: ClaimKind::Secondary,
        score: 0,
    }
}

fn rules(weight: ForkChoice, tie: TieBreak) -> ChainRules {
    ChainRules { weight, tie, ..ChainRules::default() }
}

fn tree() -> BlockTree {
    BlockTree::new(ChainRules::default(), root())
}

/// A child of `parent`, in the slot after it.
fn child(tree: &BlockTree, parent: &str, own: &str, kind: ClaimKind, score: u128) -> TreeBlock {
    let parent = *tree.get(&hash(parent)).unwrap();
    TreeBlock {
        hash: hash(own),
        parent: parent.hash,
        height: parent.height.next().unwrap(),
        slot: parent.slot.next().unwrap(),
        kind,
        score,
    }
}

/// Runs a story line by line and compares what each line changes with what stands after `->`.
///
/// `a on G p 5` inserts a primary block with lottery value 5 (`s`: secondary) and shows
/// `retracted | enacted`, or `=` where the head stays; `final a` shows `finalized | dropped | head`.
fn check(rules: ChainRules, story: &str) {
    let mut tree = BlockTree::new(rules, root());
    for line in story.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (input, expected) = line.split_once("->").unwrap();
        let words: Vec<&str> = input.split_whitespace().collect();
        let shown = match words[..] {
            [own, "on", parent, kind, score] => {
                let kind = if kind == "p" { ClaimKind::Primary } else { ClaimKind::Secondary };
                let block = child(&tree, parent, own, kind, score.parse().unwrap());
                show_change(tree.insert(block).unwrap().as_ref())
            }
            ["final", own] => {
                let pruned = tree.finalize(&hash(own)).unwrap();
                let change = show_change(pruned.head_change.as_ref());
                format!("{} | {} | {change}", names(&pruned.finalized), names(&pruned.dropped))
            }
            ["highest", "above", own] => {
                let height = tree.get(&hash(own)).unwrap().height;
                tree.drop_highest_leaf(height).map_or("=".to_owned(), |dropped| {
                    let change = show_change(dropped.head_change.as_ref());
                    format!("{} | {change}", names(&[dropped.block]))
                })
            }
            _ => panic!("{line}"),
        };
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert_eq!(plain(&shown), plain(expected), "{line}");
    }
}

fn show_change(change: Option<&HeadChange>) -> String {
    change.map_or("=".to_owned(), |change| {
        format!("{} | {}", names(&change.retracted), names(&change.enacted))
    })
}

#[test]
fn more_primaries_beat_a_longer_chain() {
    check(
        ChainRules::default(),
        "a on G s 9 ->  | a
         b on a s 9 ->  | b
         c on b s 9 ->  | c
         x on G p 9 -> c b a | x
         d on c p 9 -> x | a b c d
         y on x p 9 -> d c b a | x y",
    );
}

#[test]
fn a_longer_chain_wins_where_primaries_are_equal() {
    check(
        ChainRules::default(),
        "a on G p 9 ->  | a
         x on G s 1 -> =
         y on x p 5 -> a | x y
         b on a s 9 -> =
         c on b s 9 -> y x | a b c",
    );
}

#[test]
fn between_equal_chains_the_lower_lottery_value_of_the_head_wins_then_the_lower_hash() {
    check(
        ChainRules::default(),
        "b on G p 5 ->  | b
         c on G p 4 -> b | c
         d on G p 5 -> =
         e on G p 4 -> =
         a on G p 4 -> c | a",
    );
}

#[test]
fn first_seen_keeps_the_head_until_a_chain_is_longer() {
    check(
        rules(ForkChoice::PrimaryThenLength, TieBreak::FirstSeen),
        "b on G p 5 ->  | b
         a on G p 1 -> =
         c on a s 9 -> b | a c
         d on b s 1 -> =",
    );
}

#[test]
fn under_the_rule_length_primaries_do_not_count() {
    check(
        rules(ForkChoice::Length, TieBreak::LowerLottery),
        "a on G s 9 ->  | a
         x on G p 1 -> a | x
         b on a s 9 -> x | a b
         y on x p 9 -> =
         z on x s 8 -> b a | x z",
    );
}

#[test]
fn finality_drops_the_losing_forks_and_may_move_the_head() {
    check(
        ChainRules::default(),
        "a on G p 9 ->  | a
         b on a s 9 ->  | b
         x on a p 9 -> b | x
         y on x p 9 ->  | y
         z on G s 9 -> =
         final a -> a | z | =
         final b -> b | x y | y x | b
         c on b s 9 ->  | c
         final c -> c | | =
         final c -> | | =",
    );
}

#[test]
fn the_highest_block_without_children_makes_room_and_nothing_as_low_as_the_newcomer() {
    check(
        ChainRules::default(),
        "a on G p 9 ->  | a
         b on a p 9 ->  | b
         x on a s 9 -> =
         y on x s 9 -> =
         z on y s 9 -> =
         u on G s 9 -> =
         highest above u -> z | =
         highest above u -> y | =
         highest above a -> x | =
         highest above a -> b | b |
         highest above a -> =
         highest above G -> u | =
         c on a s 9 ->  | c",
    );
}

#[test]
fn a_refused_block_changes_nothing() {
    let mut tree = tree();
    let a = child(&tree, "G", "a", ClaimKind::Primary, 1);
    tree.insert(a).unwrap();
    let b = child(&tree, "a", "b", ClaimKind::Primary, 1);
    let before = tree.clone();
    #[rustfmt::skip]
    let cases = [
        ("known",                 a,                                           TreeError::Known,         Verdict::Ignore),
        ("the final block",       root(),                                      TreeError::Known,         Verdict::Ignore),
        ("unknown parent",        TreeBlock { parent: hash("?"), ..b },        TreeError::UnknownParent, Verdict::Retry),
        ("height left out",       TreeBlock { height: Height(3), ..b },        TreeError::NotNext,       Verdict::Punish),
        ("height repeated",       TreeBlock { height: Height(1), ..b },        TreeError::NotNext,       Verdict::Punish),
        ("the parent's slot",     TreeBlock { slot: a.slot, ..b },             TreeError::NotNext,       Verdict::Punish),
        ("a slot before it",      TreeBlock { slot: Slot(0), ..b },            TreeError::NotNext,       Verdict::Punish),
    ];
    for (why, block, refusal, verdict) in cases {
        assert_eq!(tree.insert(block), Err(refusal), "{why}");
        assert_eq!(refusal.verdict(), verdict, "{why}");
        assert_eq!(tree, before, "{why}");
    }
    assert_eq!(tree.finalize(&hash("?")), Err(TreeError::UnknownBlock));
    assert_eq!(tree, before);
}

#[test]
fn nothing_is_built_below_the_final_block_again() {
    let mut tree = tree();
    for (parent, own) in [("G", "a"), ("a", "b"), ("G", "x")] {
        tree.insert(child(&tree, parent, own, ClaimKind::Primary, 1)).unwrap();
    }
    let late = child(&tree, "x", "y", ClaimKind::Primary, 1);
    tree.finalize(&hash("b")).unwrap();
    assert_eq!(tree.insert(late), Err(TreeError::UnknownParent));
    for gone in ["G", "a", "x"] {
        assert_eq!(tree.finalize(&hash(gone)), Err(TreeError::UnknownBlock), "{gone}");
        assert!(!tree.contains(&hash(gone)), "{gone}");
    }
    assert_eq!((tree.root(), tree.head(), tree.len()), (tree.head(), tree.root(), 1));
}

#[test]
fn a_full_tree_refuses_until_a_fork_is_dropped_or_a_block_is_final() {
    let mut tree = tree();
    let mut parent = root();
    let next = |parent: &TreeBlock, mark: u64| {
        let mut hash = [0xee; 32];
        hash[..8].copy_from_slice(&mark.to_be_bytes());
        TreeBlock {
            hash: Hash(hash),
            parent: parent.hash,
            height: parent.height.next().unwrap(),
            slot: parent.slot.next().unwrap(),
            kind: ClaimKind::Secondary,
            score: 0,
        }
    };
    let mut mark = 0;
    while tree.len() < BLOCKS_MAX - 1 {
        mark += 1;
        let block = next(&parent, mark);
        tree.insert(block).unwrap();
        parent = block;
    }
    // One block of room: a fork takes it.
    let fork = next(&root(), u64::MAX);
    assert_eq!(tree.insert(fork), Ok(None));
    let block = next(&parent, mark + 1);
    assert_eq!(tree.insert(block), Err(TreeError::Full));
    assert_eq!(TreeError::Full.verdict(), Verdict::Retry, "the sender is not to blame");
    assert_eq!(tree.drop_highest_leaf(block.height), None, "a block above all others has no room");
    let on_fork = next(&fork, mark + 2);
    let head = tree.head();
    let dropped = tree.drop_highest_leaf(on_fork.height).unwrap();
    assert_eq!(dropped.block, head, "the highest goes");
    assert_eq!(tree.head().height, head.height.previous().unwrap());
    assert_eq!(tree.insert(on_fork), Ok(None));
    assert_eq!(
        tree.drop_highest_leaf(Height(1)).map(|gone| gone.block.height),
        Some(tree.head().height.next().unwrap())
    );
    let head = *tree.get(&tree.head().hash).unwrap();
    let block = next(&head, mark + 3);
    assert!(tree.insert(block).unwrap().is_some());
    let after = next(&block, mark + 4);
    assert_eq!(tree.insert(after), Err(TreeError::Full));
    let middle = tree.ancestor_at(&block.hash, Height(4_000)).unwrap();
    let pruned = tree.finalize(&middle.hash).unwrap();
    assert_eq!((pruned.finalized.len(), pruned.dropped.len()), (4_000, 2));
    assert!(tree.insert(after).unwrap().is_some());
}

#[test]
fn an_ancestor_is_found_in_few_steps_even_after_pruning() {
    let mut tree = tree();
    let mut parent = root();
    for mark in 1_u64..8_000 {
        let mut hash = [0xee; 32];
        hash[..8].copy_from_slice(&mark.to_be_bytes());
        let block = TreeBlock {
            hash: Hash(hash),
            parent: parent.hash,
            height: Height(u32::try_from(mark).unwrap()),
            slot: Slot(mark),
            ..parent
        };
        tree.insert(block).unwrap();
        parent = block;
        if mark.is_multiple_of(700) {
            let height = Height(u32::try_from(mark - 650).unwrap());
            let below = tree.ancestor_at(&parent.hash, height).unwrap();
            tree.finalize(&below.hash).unwrap();
        }
    }
    // Counts the steps that the walk takes.
    let steps = |tree: &BlockTree, target: Height| {
        let mut steps = 0;
        let mut node = &tree.nodes[&tree.head().hash];
        while node.block.height > target {
            node = &tree.nodes[&super::super::walk::step_down(node, target)];
            steps += 1;
        }
        assert_eq!(tree.ancestor_at(&tree.head().hash, target), Some(node.block.reference()));
        steps
    };
    let root = tree.root().height.0;
    let most = (root..8_000).map(|height| steps(&tree, Height(height))).max().unwrap();
    assert!(most <= 60, "{most} steps for at most 8,000 blocks");
}

#[test]
fn questions_about_unknown_blocks_have_no_answer() {
    let mut tree = tree();
    tree.insert(child(&tree, "G", "a", ClaimKind::Primary, 1)).unwrap();
    let (a, unknown) = (hash("a"), hash("?"));
    assert_eq!(tree.ancestor_at(&unknown, Height(0)), None);
    assert_eq!(tree.ancestor_at(&a, Height(2)), None, "above the block");
    assert!(!tree.is_descendant(&unknown, &a) && !tree.is_descendant(&a, &unknown));
    assert_eq!(tree.common_ancestor(&a, &unknown), None);
    assert_eq!((tree.path(&a, &unknown), tree.path(&unknown, &a)), (None, None));
    assert_eq!(tree.path(&a, &hash("G")), None, "downwards");
    assert_eq!(tree.best_containing(&unknown), None);
    assert_eq!(tree.children(&unknown), []);
    assert_eq!(tree.get(&unknown), None);
}

/// The naive model: a list of blocks, and every answer computed from it.
struct Model {
    rules: ChainRules,
    blocks: Vec<TreeBlock>,
    all: Vec<TreeBlock>,
    root: TreeBlock,
}

impl Model {
    fn chain(&self, hash: &Hash) -> Vec<TreeBlock> {
        let mut chain = Vec::new();
        let mut next = *hash;
        while let Some(block) = self.blocks.iter().find(|block| block.hash == next) {
            chain.push(*block);
            next = block.parent;
        }
        chain.reverse();
        chain
    }

    fn descends(&self, base: &Hash, block: &Hash) -> bool {
        self.chain(block).iter().any(|one| one.hash == *base)
    }

    /// Primaries over all blocks there ever were, so that pruning cannot change an order.
    fn primaries(&self, hash: &Hash) -> usize {
        let mut count = 0;
        let mut next = *hash;
        while let Some(block) = self.all.iter().find(|block| block.hash == next) {
            count += usize::from(block.kind == ClaimKind::Primary);
            next = block.parent;
        }
        count
    }

    fn is_better(&self, one: &TreeBlock, other: &TreeBlock) -> bool {
        let weight = |block: &TreeBlock| match self.rules.weight {
            ForkChoice::PrimaryThenLength => self.primaries(&block.hash),
            ForkChoice::Length => 0,
        };
        if weight(one) != weight(other) {
            return weight(one) > weight(other);
        }
        if one.height != other.height {
            return one.height > other.height;
        }
        match self.rules.tie {
            TieBreak::LowerLottery => (one.score, one.hash) < (other.score, other.hash),
            TieBreak::LowerHash => one.hash < other.hash,
            TieBreak::FirstSeen => {
                let place = |block: &TreeBlock| {
                    self.all.iter().position(|known| known.hash == block.hash).unwrap()
                };
                place(one) < place(other)
            }
        }
    }

    fn best<'a>(&'a self, among: impl Iterator<Item = &'a TreeBlock>) -> BlockRef {
        let best = among.reduce(|best, one| if self.is_better(one, best) { one } else { best });
        best.unwrap().reference()
    }

    fn head(&self) -> BlockRef {
        self.best(self.blocks.iter())
    }

    fn change(&self, old: &[TreeBlock]) -> Option<HeadChange> {
        let new = self.chain(&self.head().hash);
        if old.last() == new.last() {
            return None;
        }
        let retracted = old.iter().rev().filter(|block| !new.contains(block));
        let enacted = new.iter().filter(|block| !old.contains(block));
        Some(HeadChange {
            retracted: retracted.map(TreeBlock::reference).collect(),
            enacted: enacted.map(TreeBlock::reference).collect(),
        })
    }

    fn insert(&mut self, block: TreeBlock) -> Option<HeadChange> {
        let old = self.chain(&self.head().hash);
        self.blocks.push(block);
        self.all.push(block);
        self.change(&old)
    }

    fn finalize(&mut self, hash: &Hash) -> Pruned {
        let old = self.chain(&self.head().hash);
        let path = self.chain(hash);
        let kept = |block: &TreeBlock| self.descends(hash, &block.hash);
        let dropped: Vec<BlockRef> = self
            .blocks
            .iter()
            .filter(|block| !kept(block) && !path.contains(block))
            .map(TreeBlock::reference)
            .collect();
        let finalized = path.iter().skip(1).map(TreeBlock::reference).collect();
        let best = self.best(self.blocks.iter().filter(|block| kept(block)));
        let new = self.chain(&best.hash);
        let head_change = (old.last() != new.last()).then(|| HeadChange {
            retracted: old
                .iter()
                .rev()
                .filter(|block| !new.contains(block))
                .map(TreeBlock::reference)
                .collect(),
            enacted: new
                .iter()
                .filter(|block| !old.contains(block))
                .map(TreeBlock::reference)
                .collect(),
        });
        let blocks: Vec<TreeBlock> =
            self.blocks.iter().filter(|block| kept(block)).copied().collect();
        self.root = *path.last().unwrap();
        self.blocks = blocks;
        Pruned { finalized, dropped, head_change }
    }

    /// Every answer of `tree` equals the model's.
    fn agree(&self, tree: &BlockTree) {
        assert_eq!(tree.root(), self.root.reference());
        assert_eq!(tree.head(), self.head());
        assert_eq!(tree.len(), self.blocks.len());
        let order: Vec<TreeBlock> = tree.iter().copied().collect();
        let by_insertion = |block: &TreeBlock| self.all.iter().position(|one| one == block);
        assert!(order.is_sorted_by_key(by_insertion));
        let set: BTreeSet<Hash> = order.iter().map(|block| block.hash).collect();
        assert_eq!(set, self.blocks.iter().map(|block| block.hash).collect());
        for block in &self.blocks {
            let chain = self.chain(&block.hash);
            assert_eq!(tree.get(&block.hash), Some(block));
            for (above, ancestor) in chain.iter().enumerate() {
                let height = self.root.height.saturating_add(u32::try_from(above).unwrap());
                assert_eq!(tree.ancestor_at(&block.hash, height), Some(ancestor.reference()));
            }
            let below = self.root.height.previous();
            assert!(below.is_none_or(|height| tree.ancestor_at(&block.hash, height).is_none()));
            let descendants =
                self.blocks.iter().filter(|one| self.descends(&block.hash, &one.hash));
            assert_eq!(tree.best_containing(&block.hash), Some(self.best(descendants)));
            let children: Vec<Hash> = self
                .all
                .iter()
                .filter(|one| one.parent == block.hash && set.contains(&one.hash))
                .map(|one| one.hash)
                .collect();
            assert_eq!(tree.children(&block.hash), children);
        }
        for one in &self.blocks {
            for other in &self.blocks {
                let descends = self.descends(&one.hash, &other.hash);
                assert_eq!(tree.is_descendant(&one.hash, &other.hash), descends);
                let (own, others) = (self.chain(&one.hash), self.chain(&other.hash));
                let shared = own.iter().zip(&others).take_while(|(a, b)| a == b).last();
                let shared = shared.map(|(block, _)| block.reference());
                assert_eq!(tree.common_ancestor(&one.hash, &other.hash), shared);
                let path = descends.then(|| {
                    others.iter().skip(own.len()).map(TreeBlock::reference).collect::<Vec<_>>()
                });
                assert_eq!(tree.path(&one.hash, &other.hash), path);
            }
        }
    }
}

/// One move: mostly a block on one of the newest blocks, sometimes finality.
#[derive(Clone, Debug)]
enum Move {
    Insert { parent: prop::sample::Index, near: bool, won: bool, score: u8, gap: u64 },
    Finalize(prop::sample::Index),
    DropHighest(prop::sample::Index),
}

fn moves() -> impl Strategy<Value = Vec<Move>> {
    let insert = (any::<prop::sample::Index>(), any::<bool>(), any::<bool>(), 0_u8..4, 1_u64..4)
        .prop_map(|(parent, near, won, score, gap)| Move::Insert { parent, near, won, score, gap });
    let one = prop_oneof![
        12 => insert,
        1 => any::<prop::sample::Index>().prop_map(Move::Finalize),
        1 => any::<prop::sample::Index>().prop_map(Move::DropHighest),
    ];
    prop::collection::vec(one, 1..50)
}

fn chain_rules() -> impl Strategy<Value = ChainRules> {
    let weight = prop_oneof![Just(ForkChoice::PrimaryThenLength), Just(ForkChoice::Length)];
    let ties = [TieBreak::LowerLottery, TieBreak::FirstSeen, TieBreak::LowerHash];
    let tie = prop::sample::select(ties.to_vec());
    (weight, tie).prop_map(|(weight, tie)| ChainRules { weight, tie, ..ChainRules::default() })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn the_tree_answers_as_the_list_of_blocks_does(rules in chain_rules(), moves in moves()) {
        // Begins at a height other than zero: the far pointers depend on heights.
        let root = TreeBlock { height: Height(13), slot: Slot(20), ..root() };
        let mut tree = BlockTree::new(rules, root);
        let mut model = Model { rules, blocks: vec![root], all: vec![root], root };
        for (number, step) in moves.into_iter().enumerate() {
            match step {
                Move::Insert { parent, near, won, score, gap } => {
                    let count = model.blocks.len();
                    let from = if near { count.saturating_sub(3) } else { 0 };
                    let parent = model.blocks[from + parent.index(count - from)];
                    let block = TreeBlock {
                        hash: Hash::of(&u64::try_from(number).unwrap().to_le_bytes()),
                        parent: parent.hash,
                        height: parent.height.next().unwrap(),
                        slot: parent.slot.saturating_add(gap),
                        kind: if won { ClaimKind::Primary } else { ClaimKind::Secondary },
                        score: u128::from(score),
                    };
                    prop_assert_eq!(tree.insert(block), Ok(model.insert(block)));
                }
                Move::Finalize(pick) => {
                    let block = model.blocks[pick.index(model.blocks.len())];
                    prop_assert_eq!(tree.finalize(&block.hash), Ok(model.finalize(&block.hash)));
                }
                Move::DropHighest(pick) => {
                    let height = model.blocks[pick.index(model.blocks.len())].height;
                    let parents: Vec<Hash> = model.blocks.iter().map(|block| block.parent).collect();
                    let leaves = model.blocks.iter().filter(|block| !parents.contains(&block.hash));
                    let highest = leaves.map(|block| block.height).max().filter(|top| *top > height);
                    let dropped = tree.drop_highest_leaf(height);
                    prop_assert_eq!(dropped.as_ref().map(|gone| gone.block.height), highest);
                    if let Some(gone) = dropped {
                        prop_assert!(!parents.contains(&gone.block.hash), "nothing stands on it");
                        model.blocks.retain(|block| block.hash != gone.block.hash);
                    }
                }
            }
            model.agree(&tree);
        }
    }

    #[test]
    fn nodes_with_equal_blocks_have_equal_heads_whatever_the_order(
        parents in prop::collection::vec((any::<prop::sample::Index>(), any::<bool>(), 0_u8..3), 1..30),
        seed: u64,
    ) {
        let mut blocks = vec![root()];
        for (number, (parent, won, score)) in parents.into_iter().enumerate() {
            let parent = blocks[parent.index(blocks.len())];
            blocks.push(TreeBlock {
                hash: Hash::of(&u64::try_from(number).unwrap().to_le_bytes()),
                parent: parent.hash,
                height: parent.height.next().unwrap(),
                slot: parent.slot.next().unwrap(),
                kind: if won { ClaimKind::Primary } else { ClaimKind::Secondary },
                score: u128::from(score),
            });
        }
        // Another order in which parents come before children: by height, then by a seeded hash.
        let mut shuffled = blocks.clone();
        let key = |block: &TreeBlock| Hash::of(&[&block.hash.0[..], &seed.to_le_bytes()].concat());
        shuffled.sort_by_key(|block| (block.height, key(block)));
        let head = |blocks: &[TreeBlock]| {
            let mut tree = tree();
            for block in &blocks[1..] {
                tree.insert(*block).unwrap();
            }
            tree.head()
        };
        prop_assert_eq!(head(&blocks), head(&shuffled));
    }
}
