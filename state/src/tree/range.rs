//! Proofs that entries are all that a state holds between two keys, both included.
//!
//! Whoever checks a proof has the entries. A subtree that lies wholly between the keys is computed from
//! them, so only nodes that a boundary cuts through are in the proof, at most two on each level:
//!
//! ```text
//!    from ----------- to                 walk, left before right, through the nodes that are cut:
//!      .       R      .                  R     Fork           both sides reach into the range
//!      .     /   \    .                  A     Beside(hash)   one side is outside: its hash
//!      .   A       B  .                  B     Fork
//!      .  / \     / \ .                  ...
//!   [outs.]  [in][in]  C                 C     Only, Lone or Empty: one leaf or none below
//! ```
//!
//! # Invariants
//! 1. A tree and two keys have exactly one proof. Every byte of it counts: what could be said in a
//!    second way, and what is left over, is refused.
//!
//! # Bounds
//! [`STEPS_MAX`] steps, refused before any is read. Forged entries cost whoever checks them one hash for
//! each bit that two neighbours share: at most 256 an entry, then the root differs.

use super::page::{Leaf, Node, leaf_hash};
use super::path::{bit, shares_prefix};
use super::place::Place;
use super::{MissingPage, PageSource, Tree};
use crate::codec::Wire;
use crate::layout::StateKey;
use crate::overlay::StateRead;
use crate::types::Hash;
use borsh::io::{Error, ErrorKind, Read, Result as IoResult};
use borsh::{BorshDeserialize, BorshSerialize};

/// Most steps of a [`RangeProof`]: two boundaries, and 256 bits each.
pub const STEPS_MAX: usize = 512;
/// From this many leaves on, hashing is split over all cores.
#[cfg(feature = "parallel")]
const PARALLEL_LEAVES_MIN: usize = 256;

/// One node that a boundary of the range cuts through.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum RangeStep {
    /// No leaf below.
    Empty,
    /// The only leaf below is an entry.
    Only,
    /// The only leaf below lies outside the range.
    Lone {
        /// The leaf's key.
        key: StateKey,
        /// Its value.
        value: Vec<u8>,
    },
    /// Both sides reach into the range.
    Fork,
    /// One side lies outside the range; this is its hash.
    Beside(Hash),
    /// One side lies outside the range, and is empty.
    BesideNothing,
}

/// That entries are all that a state holds in a range, provable against its root.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize)]
pub struct RangeProof {
    /// The walk, in preorder.
    pub steps: Vec<RangeStep>,
}

impl Wire for RangeProof {
    /// 4 MiB: as a block, for the values of two neighbours outside the range.
    const BYTES_MAX: usize = 4 * 1024 * 1024;
}

impl BorshDeserialize for RangeProof {
    fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
        let count = usize::try_from(u32::deserialize_reader(reader)?).unwrap_or(usize::MAX);
        if count > STEPS_MAX {
            return Err(Error::new(ErrorKind::InvalidData, "more steps than a tree has levels"));
        }
        let steps = (0..count).map(|_| RangeStep::deserialize_reader(reader));
        Ok(Self { steps: steps.collect::<IoResult<_>>()? })
    }
}

/// Why entries or their proof are refused. Honest nodes never send any that are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RangeError {
    /// The first key lies after the last one.
    #[error("the range ends before it begins")]
    Backwards,
    /// Entries are not in strictly ascending order, or lie outside the range.
    #[error("the entries are out of order or outside the range")]
    Entries,
    /// The walk ends too early.
    #[error("the proof ends before the range is covered")]
    Truncated,
    /// Steps are left when the range is covered.
    #[error("the proof has nodes that nothing needs")]
    Unused,
    /// The walk says in a second way what has one form, or contradicts the entries.
    #[error("the proof is not in its only form, or not about these entries")]
    NotCanonical,
    /// Entries and walk belong to another root.
    #[error("the entries and their proof belong to another root")]
    WrongRoot,
}

impl RangeProof {
    /// Accepts exactly where `entries`, strictly ascending, are all that the state with `root` holds
    /// from key `from` to key `to`, both included. None at all is an answer too.
    ///
    /// # Errors
    /// [`RangeError`] for anything but the one proof that [`Tree::prove_range`] gives for this range.
    pub fn verify(
        &self,
        root: &Hash,
        from: &StateKey,
        to: &StateKey,
        entries: &[(StateKey, Vec<u8>)],
    ) -> Result<(), RangeError> {
        if from > to {
            return Err(RangeError::Backwards);
        }
        let range = Range { from: *from, to: *to };
        let ascending = entries.is_sorted_by(|a, b| a.0 < b.0);
        if !ascending || !entries.iter().all(|(key, _)| range.contains(key)) {
            return Err(RangeError::Entries);
        }
        let mut walk = Walk { range, steps: self.steps.iter() };
        let node = walk.node(Region::WHOLE, &hash_leaves(entries))?;
        if walk.steps.next().is_some() {
            return Err(RangeError::Unused);
        }
        if node.hash() == *root { Ok(()) } else { Err(RangeError::WrongRoot) }
    }
}

impl Tree {
    /// The proof of what the state holds from key `from` to key `last`, both included. Pages come from
    /// `source` where they are not in memory, values of neighbours from `values`. Where `last` lies
    /// before `from` there is nothing to prove, and what comes back is refused by everyone.
    ///
    /// # Errors
    /// [`MissingPage`] where a page or the value of a leaf cannot be read.
    pub fn prove_range(
        &self,
        source: &dyn PageSource,
        values: &dyn StateRead,
        from: &StateKey,
        last: &StateKey,
    ) -> Result<RangeProof, MissingPage> {
        let range = Range { from: *from, to: *last };
        let mut prover = Prover { range, source, values, steps: Vec::new() };
        if from <= last {
            prover.walk(&Place::root(self), Region::WHOLE)?;
        }
        assert!(prover.steps.len() <= STEPS_MAX, "invariant(range): a boundary has one path");
        Ok(RangeProof { steps: prover.steps })
    }
}

/// Keys from one to another, both included.
#[derive(Clone, Copy)]
struct Range {
    from: StateKey,
    to: StateKey,
}

impl Range {
    fn contains(&self, key: &StateKey) -> bool {
        self.from <= *key && *key <= self.to
    }
}

/// How the keys below a node lie to a range.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cover {
    Inside,
    Outside,
    Cut,
}

/// The keys below a node of the binary tree: those that share its first bits.
#[derive(Clone, Copy)]
struct Region {
    depth: u16,
    first: StateKey,
    last: StateKey,
}

impl Region {
    const WHOLE: Self = Self { depth: 0, first: StateKey::FIRST, last: StateKey::LAST };

    /// The lower and the upper half. Only called on regions of more than one key.
    fn halves(&self) -> (Self, Self) {
        assert!(self.depth < 256, "invariant(range): one key is never cut");
        let (mut low, mut high) = (*self, *self);
        let byte = usize::from(self.depth / 8);
        let mask = 0x80_u8 >> (self.depth % 8);
        if let (Some(end), Some(start)) = (low.last.0.get_mut(byte), high.first.0.get_mut(byte)) {
            *end &= !mask;
            *start |= mask;
        }
        low.depth = low.depth.saturating_add(1);
        high.depth = low.depth;
        (low, high)
    }

    fn contains(&self, key: &StateKey) -> bool {
        shares_prefix(&self.first, key, self.depth)
    }

    fn cover(&self, range: &Range) -> Cover {
        if self.last < range.from || range.to < self.first {
            Cover::Outside
        } else if range.from <= self.first && self.last <= range.to {
            Cover::Inside
        } else {
            Cover::Cut
        }
    }
}

/// The checking side: reads the steps and folds them and the entries to the hash of the root.
struct Walk<'a> {
    range: Range,
    steps: std::slice::Iter<'a, RangeStep>,
}

impl Walk<'_> {
    /// The node above `region`, which reaches into the range and holds exactly `leaves` of the entries.
    fn node(&mut self, region: Region, leaves: &[Leaf]) -> Result<Node, RangeError> {
        if region.cover(&self.range) == Cover::Inside {
            return Ok(fold(leaves, region.depth));
        }
        match (self.steps.next().ok_or(RangeError::Truncated)?, leaves) {
            (RangeStep::Empty, []) => Ok(Node::Empty),
            (RangeStep::Only, [leaf]) => Ok(Node::Leaf(leaf.hash)),
            (RangeStep::Lone { key, value }, [])
                if region.contains(key) && !self.range.contains(key) =>
            {
                Ok(Node::Leaf(leaf_hash(key, value)))
            }
            (RangeStep::Fork, _) => self.fork(region, leaves),
            // As in a proof of keys, whether the other side is a leaf or more does not matter.
            (RangeStep::Beside(hash), _) if *hash != Hash::ZERO => {
                self.beside(region, leaves, Node::Inner(*hash))
            }
            (RangeStep::BesideNothing, _) => self.beside(region, leaves, Node::Empty),
            (
                RangeStep::Empty | RangeStep::Only | RangeStep::Lone { .. } | RangeStep::Beside(_),
                _,
            ) => Err(RangeError::NotCanonical),
        }
    }

    fn fork(&mut self, region: Region, leaves: &[Leaf]) -> Result<Node, RangeError> {
        let (low, high) = region.halves();
        let outside = |half: &Region| half.cover(&self.range) == Cover::Outside;
        if outside(&low) || outside(&high) {
            return Err(RangeError::NotCanonical);
        }
        let (left, right) = split(leaves, region.depth);
        let left = self.node(low, left)?;
        inner(left, self.node(high, right)?)
    }

    fn beside(&mut self, region: Region, leaves: &[Leaf], other: Node) -> Result<Node, RangeError> {
        let (low, high) = region.halves();
        // Entries lie in the range, so all of them are on the side that is not outside.
        match (low.cover(&self.range), high.cover(&self.range)) {
            (Cover::Outside, _) => inner(other, self.node(high, leaves)?),
            (_, Cover::Outside) => inner(self.node(low, leaves)?, other),
            (Cover::Inside | Cover::Cut, _) => Err(RangeError::NotCanonical),
        }
    }
}

/// The inner node above two children; refused where no tree has one.
fn inner(left: Node, right: Node) -> Result<Node, RangeError> {
    match Node::join(left, right) {
        Node::Inner(hash) => Ok(Node::Inner(hash)),
        Node::Empty | Node::Leaf(_) => Err(RangeError::NotCanonical),
    }
}

/// The leaves with a zero at bit `depth`, and those with a one.
fn split(leaves: &[Leaf], depth: u16) -> (&[Leaf], &[Leaf]) {
    leaves.split_at(leaves.partition_point(|leaf| !bit(&leaf.key, depth)))
}

/// The node that has exactly these leaves below it, strictly ascending, `depth` bits down.
fn fold(leaves: &[Leaf], depth: u16) -> Node {
    match leaves {
        [] => Node::Empty,
        [leaf] => Node::Leaf(leaf.hash),
        _ => {
            let (left, right) = split(leaves, depth);
            let (left, right) = fold_both(left, right, depth.saturating_add(1));
            Node::join(left, right)
        }
    }
}

#[cfg(feature = "parallel")]
fn fold_both(left: &[Leaf], right: &[Leaf], depth: u16) -> (Node, Node) {
    if left.len().min(right.len()) >= PARALLEL_LEAVES_MIN {
        return rayon::join(|| fold(left, depth), || fold(right, depth));
    }
    (fold(left, depth), fold(right, depth))
}

#[cfg(not(feature = "parallel"))]
fn fold_both(left: &[Leaf], right: &[Leaf], depth: u16) -> (Node, Node) {
    (fold(left, depth), fold(right, depth))
}

fn hash_entry((key, value): &(StateKey, Vec<u8>)) -> Leaf {
    Leaf { key: *key, hash: leaf_hash(key, value) }
}

#[cfg(feature = "parallel")]
fn hash_leaves(entries: &[(StateKey, Vec<u8>)]) -> Vec<Leaf> {
    use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
    if entries.len() < PARALLEL_LEAVES_MIN {
        return entries.iter().map(hash_entry).collect();
    }
    entries.par_iter().map(hash_entry).collect()
}

#[cfg(not(feature = "parallel"))]
fn hash_leaves(entries: &[(StateKey, Vec<u8>)]) -> Vec<Leaf> {
    entries.iter().map(hash_entry).collect()
}

/// The proving side.
struct Prover<'a> {
    range: Range,
    source: &'a dyn PageSource,
    values: &'a dyn StateRead,
    steps: Vec<RangeStep>,
}

impl Prover<'_> {
    fn walk(&mut self, place: &Place, region: Region) -> Result<(), MissingPage> {
        if region.cover(&self.range) == Cover::Inside {
            return Ok(());
        }
        match place.node() {
            Node::Empty => self.steps.push(RangeStep::Empty),
            Node::Leaf(_) => {
                let missing = MissingPage { path: place.path() };
                let key = place.leaf().ok_or(missing)?.key;
                self.steps.push(if self.range.contains(&key) {
                    RangeStep::Only
                } else {
                    RangeStep::Lone { key, value: self.values.get(&key).ok_or(missing)? }
                });
            }
            Node::Inner(_) => {
                let (left, right) = place.children(self.source)?;
                let (low, high) = region.halves();
                match (low.cover(&self.range), high.cover(&self.range)) {
                    (Cover::Outside, _) => self.one_side(&left.node(), &right, high)?,
                    (_, Cover::Outside) => self.one_side(&right.node(), &left, low)?,
                    (Cover::Inside | Cover::Cut, _) => {
                        self.steps.push(RangeStep::Fork);
                        self.walk(&left, low)?;
                        self.walk(&right, high)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn one_side(&mut self, other: &Node, place: &Place, region: Region) -> Result<(), MissingPage> {
        self.steps.push(match other {
            Node::Empty => RangeStep::BesideNothing,
            Node::Leaf(hash) | Node::Inner(hash) => RangeStep::Beside(*hash),
        });
        self.walk(place, region)
    }
}

#[cfg(test)]
mod tests;
