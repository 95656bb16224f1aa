//! Proofs of what a state holds at given keys, and of what it does not hold.
//!
//! A proof is a walk of the binary tree from the root, left before right, through every node that
//! leads to an asked key. Whoever checks it knows the keys, so they are not repeated:
//!
//! ```text
//! Fork                  asked keys on both sides: the left walk follows, then the right one
//! Beside(hash)          asked keys on one side: the hash of the other one, then the walk goes on
//! BesideNothing         the same, and the other side is empty
//! Found(value)          the only leaf here is the only key asked here
//! Lone{key, value}      the only leaf here; every other key asked here is absent
//! Empty                 no leaf here; every key asked here is absent
//! ```
//!
//! # Invariants
//! 1. A tree and a set of keys have exactly one proof. Every byte of it counts: what could be said
//!    in a second way, and what is left over, is refused.
//!
//! # Bounds
//! [`PROOF_KEYS_MAX`] keys, [`Proof`]'s `BYTES_MAX` bytes; recursion ends at 256 bits.
#![expect(
    clippy::arithmetic_side_effects,
    reason = "depths stay below 256 bits, checked at each step"
)]

use super::page::{Node, leaf_hash};
use super::path::{bit, shares_prefix};
use super::place::Place;
use super::{MissingPage, PageSource, Tree};
use crate::codec::Wire;
use crate::layout::StateKey;
use crate::overlay::StateRead;
use crate::types::Hash;
use borsh::{BorshDeserialize, BorshSerialize};

/// How many keys one proof may cover.
pub const PROOF_KEYS_MAX: usize = 1_024;
/// Bits of a key: no leaf stands deeper.
const BITS: u16 = 256;

/// Asked keys in order, each with its value or `None` where it is absent.
pub type Answers = Vec<(StateKey, Option<Vec<u8>>)>;

/// One node on the walk of a [`Proof`].
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub enum Step {
    /// No leaf below: all keys asked here are absent.
    Empty,
    /// The leaf of the only key asked here: its value.
    Found(Vec<u8>),
    /// The only leaf below, where other or several keys are asked.
    Lone {
        /// The leaf's key.
        key: StateKey,
        /// Its value.
        value: Vec<u8>,
    },
    /// Keys are asked on both sides.
    Fork,
    /// Keys are asked on one side; this is the hash of the other.
    Beside(Hash),
    /// Keys are asked on one side; the other is empty.
    BesideNothing,
}

/// What a state holds at keys that both sides know, provable against its root.
#[derive(Clone, Debug, PartialEq, Eq, BorshSerialize, BorshDeserialize)]
pub struct Proof {
    /// The walk, in preorder.
    pub steps: Vec<Step>,
}

impl Wire for Proof {
    /// 4 MiB: as a block, so that the proof of a whole block's reads passes.
    const BYTES_MAX: usize = 4 * 1024 * 1024;
}

/// Why a proof is refused. Honest nodes never send one that is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProofError {
    /// No key was asked, or more than [`PROOF_KEYS_MAX`].
    #[error("a proof covers between 1 and {PROOF_KEYS_MAX} keys")]
    KeyCount,
    /// The walk ends before all keys are reached.
    #[error("the proof ends before every key is reached")]
    Truncated,
    /// Steps are left when all keys are reached.
    #[error("the proof has nodes that nothing needs")]
    Unused,
    /// The walk says in a second way what has one form.
    #[error("the proof is not in its only form")]
    NotCanonical,
    /// The walk belongs to another root.
    #[error("the proof belongs to another root")]
    WrongRoot,
}

impl Proof {
    /// The value at each of `keys` under `root`, sorted by key; `None` where the key is absent.
    ///
    /// # Errors
    /// [`ProofError`] for anything but the one proof that [`Tree::prove`] gives for these keys.
    pub fn verify(&self, root: &Hash, keys: &[StateKey]) -> Result<Answers, ProofError> {
        let keys = sorted(keys);
        if keys.is_empty() || keys.len() > PROOF_KEYS_MAX {
            return Err(ProofError::KeyCount);
        }
        let mut walk = Walk { steps: self.steps.iter(), values: Vec::with_capacity(keys.len()) };
        let node = walk.node(0, &keys)?;
        if walk.steps.next().is_some() {
            return Err(ProofError::Unused);
        }
        if node.hash() != *root {
            return Err(ProofError::WrongRoot);
        }
        assert!(walk.values.len() == keys.len(), "invariant(proof): every key has an answer");
        Ok(walk.values)
    }
}

impl Tree {
    /// The proof of what the state holds at `keys` (any order, repetition allowed). Pages come from
    /// `source` where they are not in memory, values from `values`.
    ///
    /// # Errors
    /// [`MissingPage`] where a page or the value of a leaf cannot be read.
    pub fn prove(
        &self,
        source: &dyn PageSource,
        values: &dyn StateRead,
        keys: &[StateKey],
    ) -> Result<Proof, MissingPage> {
        let mut prover = Prover { source, values, steps: Vec::new() };
        let keys = sorted(keys);
        if !keys.is_empty() {
            prover.walk(&Place::root(self), 0, &keys)?;
        }
        Ok(Proof { steps: prover.steps })
    }
}

fn sorted(keys: &[StateKey]) -> Vec<StateKey> {
    let mut keys = keys.to_vec();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys with a zero at bit `depth`, and those with a one.
fn halves(keys: &[StateKey], depth: u16) -> (&[StateKey], &[StateKey]) {
    keys.split_at(keys.partition_point(|key| !bit(key, depth)))
}

/// The checking side: reads the steps and folds them to the hash of the root.
struct Walk<'a> {
    steps: std::slice::Iter<'a, Step>,
    values: Answers,
}

impl Walk<'_> {
    /// The node `depth` bits down that all of `keys`, at least one, lie below.
    fn node(&mut self, depth: u16, keys: &[StateKey]) -> Result<Node, ProofError> {
        match self.steps.next().ok_or(ProofError::Truncated)? {
            Step::Empty => {
                self.values.extend(keys.iter().map(|key| (*key, None)));
                Ok(Node::Empty)
            }
            Step::Found(value) => {
                let [key] = keys else { return Err(ProofError::NotCanonical) };
                self.values.push((*key, Some(value.clone())));
                Ok(Node::Leaf(leaf_hash(key, value)))
            }
            Step::Lone { key, value } => self.lone(depth, keys, key, value),
            Step::Fork => {
                let (left, right) = Self::descend(depth, keys)?;
                if left.is_empty() || right.is_empty() {
                    return Err(ProofError::NotCanonical);
                }
                let left = self.node(depth + 1, left)?;
                let right = self.node(depth + 1, right)?;
                inner(left, right)
            }
            Step::Beside(hash) if *hash == Hash::ZERO => Err(ProofError::NotCanonical),
            // Whether the other side is a leaf or more is not known here, nor does it matter: a lone
            // leaf beside nothing has no inner node above it in any tree.
            Step::Beside(hash) => self.beside(depth, keys, Node::Inner(*hash)),
            Step::BesideNothing => self.beside(depth, keys, Node::Empty),
        }
    }

    fn lone(
        &mut self,
        depth: u16,
        keys: &[StateKey],
        key: &StateKey,
        value: &[u8],
    ) -> Result<Node, ProofError> {
        let misplaced = keys.first().is_none_or(|first| !shares_prefix(first, key, depth));
        if misplaced || keys == [*key] {
            return Err(ProofError::NotCanonical);
        }
        let answer = |asked: &StateKey| (*asked, (asked == key).then(|| value.to_vec()));
        self.values.extend(keys.iter().map(answer));
        Ok(Node::Leaf(leaf_hash(key, value)))
    }

    fn beside(&mut self, depth: u16, keys: &[StateKey], other: Node) -> Result<Node, ProofError> {
        match Self::descend(depth, keys)? {
            (left, []) => inner(self.node(depth + 1, left)?, other),
            ([], right) => inner(other, self.node(depth + 1, right)?),
            (_, _) => Err(ProofError::NotCanonical),
        }
    }

    fn descend(depth: u16, keys: &[StateKey]) -> Result<(&[StateKey], &[StateKey]), ProofError> {
        if depth < BITS { Ok(halves(keys, depth)) } else { Err(ProofError::NotCanonical) }
    }
}

/// The inner node above two children; refused where no tree has one.
fn inner(left: Node, right: Node) -> Result<Node, ProofError> {
    match Node::join(left, right) {
        Node::Inner(hash) => Ok(Node::Inner(hash)),
        Node::Empty | Node::Leaf(_) => Err(ProofError::NotCanonical),
    }
}

/// The proving side.
struct Prover<'a> {
    source: &'a dyn PageSource,
    values: &'a dyn StateRead,
    steps: Vec<Step>,
}

impl Prover<'_> {
    fn walk(&mut self, place: &Place, depth: u16, keys: &[StateKey]) -> Result<(), MissingPage> {
        match place.node() {
            Node::Empty => self.steps.push(Step::Empty),
            Node::Leaf(_) => {
                let missing = MissingPage { path: place.path() };
                let leaf = place.leaf().ok_or(missing)?;
                let value = self.values.get(&leaf.key).ok_or(missing)?;
                self.steps.push(if keys == [leaf.key] {
                    Step::Found(value)
                } else {
                    Step::Lone { key: leaf.key, value }
                });
            }
            Node::Inner(_) => {
                let (left, right) = place.children(self.source)?;
                match halves(keys, depth) {
                    (keys, []) => self.one_side(&right.node(), &left, depth, keys)?,
                    ([], keys) => self.one_side(&left.node(), &right, depth, keys)?,
                    (left_keys, right_keys) => {
                        self.steps.push(Step::Fork);
                        self.walk(&left, depth + 1, left_keys)?;
                        self.walk(&right, depth + 1, right_keys)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn one_side(
        &mut self,
        other: &Node,
        place: &Place,
        depth: u16,
        keys: &[StateKey],
    ) -> Result<(), MissingPage> {
        self.steps.push(match other {
            Node::Empty => Step::BesideNothing,
            Node::Leaf(hash) | Node::Inner(hash) => Step::Beside(*hash),
        });
        self.walk(place, depth + 1, keys)
    }
}
