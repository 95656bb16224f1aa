//! What one run of the laboratory consists of: a plain value that says everything.
//!
//! Equal cases give equal runs, on every machine. Whoever searches, makes and changes cases; whoever shrinks, takes
//! elements out of their lists; whoever replays, decodes one from text.
//!
//! # Invariants
//! 1. Taking one element out of a list moves nothing else: every draw is keyed by (seed, purpose, link or node, number on
//!    that link or of that node), never by what came before.
//! 2. Times are milliseconds since the genesis time. Nodes are numbered from 0, validator by validator; sets of them are
//!    [`Nodes`].
//!
//! # Bounds
//! [`NODES_MAX`] validators, [`ELEMENTS_MAX`] elements a list, [`SLOTS_MAX`] slots.

mod attack;

pub use attack::{Adversary, Attack, Forgery, Kind, Pretence, Scope};

use borsh::io::{Error, ErrorKind, Read, Result as IoResult, Write};
use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::rules::Rules;
use serin_state::mutant::Mutation;

/// The version that encoded cases begin with. A case of another version is refused.
pub const CASE_VERSION: u8 = 1;
/// Most validators of a case.
pub const NODES_MAX: usize = 64;
/// Most elements of any list of a case.
pub const ELEMENTS_MAX: usize = 1_024;
/// Most slots of a case.
pub const SLOTS_MAX: u32 = 1_000_000;

/// A set of nodes: bit i is node i.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    BorshSerialize,
    BorshDeserialize,
)]
pub struct Nodes(pub u64);

/// Everything about one run.
#[derive(Clone, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Case {
    /// [`CASE_VERSION`].
    pub version: u8,
    /// Of everything that is drawn.
    pub seed: u64,
    /// The weight of each validator, at least 1; as many as there are. The chain of the laboratory weighs all the same, as
    /// Kusama does, so only equal weights are drawn.
    pub weights: Vec<u32>,
    /// How many slots the run has.
    pub slots: u32,
    /// Length of a slot in milliseconds, at least 50.
    pub slot_ms: u16,
    /// Slots of an epoch, at least 2.
    pub epoch_slots: u32,
    /// Whether the set of validators changes.
    pub rotation: Option<Rotate>,
    /// The rules of the chain.
    pub rules: Rules,
    /// The bug in the code of every node, if any.
    #[borsh(serialize_with = "write_mutation", deserialize_with = "read_mutation")]
    pub mutation: Option<Mutation>,
    /// How messages travel.
    pub link: Link,
    /// From this slot on the network is kind: nothing is lost, reordered or cut, and delays are at most
    /// [`KIND_DELAY_MS`]. Faults have ended by then; adversaries go on.
    pub gst_slot: u32,
    /// Clocks that are wrong.
    pub clocks: Vec<Clock>,
    /// What breaks, when, and for how long.
    pub faults: Vec<Fault>,
    /// Who breaks the rules, and how.
    pub adversaries: Vec<Adversary>,
    /// What users hand in.
    pub load: Vec<Load>,
    /// Single messages that are lost or late, whatever the link says.
    pub meddling: Vec<Meddling>,
}

/// Longest delay of a message after [`Case::gst_slot`], in milliseconds.
pub const KIND_DELAY_MS: u64 = 50;

/// A schedule of validator sets: a window over the list that moves on by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Rotate {
    /// Epochs with blocks that a set serves, at least 1.
    pub every_epochs: u8,
    /// Validators in it, at least 1, at most all.
    pub active: u8,
}

/// How messages travel between any two nodes before [`Case::gst_slot`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Link {
    /// Least delay, in milliseconds; 0 counts as 1.
    pub delay_ms: u16,
    /// What is added to it at most.
    pub jitter_ms: u16,
    /// Lost messages, in parts per million.
    pub loss_ppm: u32,
    /// Messages that arrive twice, in parts per million.
    pub twice_ppm: u32,
    /// Messages that later ones overtake, in parts per million.
    pub overtaken_ppm: u32,
    /// Bytes a second that a node sends; 0 is without a bound.
    pub bandwidth: u32,
}

/// A clock that goes wrong: from `at_ms` on it shows `by_ms` more than the time. A node's clock never falls.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Clock {
    /// Whose.
    pub node: u8,
    /// When.
    pub at_ms: u32,
    /// By how much; the last entry of a node counts.
    pub by_ms: i32,
}

/// Something that breaks and is mended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Fault {
    /// When.
    pub at_ms: u32,
    /// For how long; a fault that has not ended at [`Case::gst_slot`] ends there.
    pub lasts_ms: u32,
    /// What.
    pub what: Broken,
}

/// What breaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub enum Broken {
    /// A node ends; its disk keeps everything.
    Crash {
        /// Which.
        node: u8,
    },
    /// The power of a node fails at its `step`-th write to the disk after this time: that write does not happen, some
    /// of the unsynced ones before it are lost, and nothing that it would have revealed leaves the node. Step 0: at once.
    PowerLoss {
        /// Which.
        node: u8,
        /// Which write.
        step: u16,
    },
    /// The power of a node fails when its `step`-th write is on the disk and before anything leaves the node.
    PowerLossAfter {
        /// Which.
        node: u8,
        /// Which write.
        step: u16,
    },
    /// The disk of a node takes no more; the node ends, and starts again on a larger one.
    DiskFull {
        /// Which.
        node: u8,
    },
    /// A node stands still; what is sent to it waits.
    Pause {
        /// Which.
        node: u8,
    },
    /// Nothing passes between these nodes and the others.
    Partition {
        /// One side.
        side: Nodes,
    },
    /// Nothing passes from these nodes to the others; the other way is open.
    OneWay {
        /// Who is not heard.
        side: Nodes,
    },
    /// Checks and execution take a node time: it works off what it is sent one after the other, however much waits.
    Busy {
        /// Which.
        node: u8,
        /// Milliseconds for the signatures of a vote, a proof or a header.
        check_ms: u16,
        /// Milliseconds to execute a block.
        execute_ms: u16,
    },
    /// A node leaves with its disk; at the end another one joins in its place with an empty one. Of a validator it has the
    /// keys and what they signed, as an operator moves them; the chain it gets from its peers.
    Replace {
        /// Which.
        node: u8,
    },
}

/// Transfers that are handed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Load {
    /// When the first one is.
    pub at_ms: u32,
    /// How many, a slot apart.
    pub count: u16,
}

/// What happens to one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, BorshSerialize, BorshDeserialize)]
pub struct Meddling {
    /// Its sender.
    pub from: u8,
    /// Its receiver.
    pub to: u8,
    /// Which one from that sender to that receiver, from 0.
    pub number: u32,
    /// How much later than at once it arrives, in milliseconds; `None`: never.
    pub delay_ms: Option<u32>,
}

impl Nodes {
    /// The nodes below `count`.
    #[must_use]
    pub fn all(count: usize) -> Self {
        Self((0..count).map(Self::of).fold(0, |all, one| all | one.0))
    }

    /// One node; none where the number is too high.
    #[must_use]
    pub fn of(node: usize) -> Self {
        let shift = u32::try_from(node).unwrap_or(u32::MAX);
        Self(1_u64.checked_shl(shift).unwrap_or(0))
    }

    /// Whether a node is in it.
    #[must_use]
    pub fn has(self, node: usize) -> bool {
        self.0 & Self::of(node).0 != 0
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Its nodes in order.
    pub fn iter(self) -> impl Iterator<Item = usize> {
        (0..NODES_MAX).filter(move |node| self.has(*node))
    }
}

impl Case {
    /// A quiet network of `validators` of equal weight on the standard rules.
    #[must_use]
    pub fn quiet(seed: u64, validators: usize, slots: u32) -> Self {
        Self {
            version: CASE_VERSION,
            seed,
            weights: vec![1; validators],
            slots,
            slot_ms: 1_000,
            epoch_slots: 60,
            rotation: None,
            rules: Rules::standard(),
            mutation: None,
            link: Link { delay_ms: 10, ..Link::default() },
            gst_slot: 0,
            clocks: Vec::new(),
            faults: Vec::new(),
            adversaries: Vec::new(),
            load: Vec::new(),
            meddling: Vec::new(),
        }
    }

    /// Every validator that some adversary owns.
    #[must_use]
    pub fn byzantine(&self) -> Nodes {
        let own = Nodes::all(self.weights.len());
        Nodes(self.adversaries.iter().fold(0, |all, one| all | one.nodes.0) & own.0)
    }

    /// Whether less than a third of the weight of every set of validators is Byzantine, as the standard rules ask.
    #[must_use]
    pub fn is_honest_enough(&self) -> bool {
        let byzantine = self.byzantine();
        let count = self.weights.len();
        let active = self.rotation.map_or(count, |rotate| usize::from(rotate.active)).max(1);
        let starts = if active >= count { 1 } else { count };
        (0..starts).all(|start| {
            let (mut bad, mut all) = (0_u64, 0_u64);
            for place in start..start.saturating_add(active) {
                let node = place.checked_rem(count).unwrap_or(0);
                let weight = self.weights.get(node).copied().map_or(0, u64::from);
                all = all.saturating_add(weight);
                if byzantine.has(node) {
                    bad = bad.saturating_add(weight);
                }
            }
            bad.saturating_mul(3) < all
        })
    }

    /// How many elements its lists have: what a shrinker makes small.
    #[must_use]
    pub fn elements(&self) -> usize {
        [
            self.clocks.len(),
            self.faults.len(),
            self.adversaries.len(),
            self.load.len(),
            self.meddling.len(),
        ]
        .into_iter()
        .fold(0, usize::saturating_add)
    }

    /// Says what is wrong with it, if anything.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.version != CASE_VERSION {
            let version = self.version;
            return Err(format!(
                "the case has version {version}, this program knows {CASE_VERSION}"
            ));
        }
        if !(1..=NODES_MAX).contains(&self.weights.len()) || self.weights.contains(&0) {
            return Err(format!("a case has 1 to {NODES_MAX} validators of weight 1 or more"));
        }
        if self.slots > SLOTS_MAX {
            return Err(format!("a case has at most {SLOTS_MAX} slots"));
        }
        let lists = [&self.clocks.len(), &self.faults.len(), &self.adversaries.len()];
        let more = [&self.load.len(), &self.meddling.len()];
        if lists.into_iter().chain(more).any(|length| *length > ELEMENTS_MAX) {
            return Err(format!("a list of a case has at most {ELEMENTS_MAX} elements"));
        }
        Ok(())
    }
}

impl Default for Link {
    fn default() -> Self {
        Self {
            delay_ms: 1,
            jitter_ms: 0,
            loss_ppm: 0,
            twice_ppm: 0,
            overtaken_ppm: 0,
            bandwidth: 0,
        }
    }
}

#[expect(
    clippy::ref_option,
    clippy::trivially_copy_pass_by_ref,
    reason = "the shape that the derive asks for"
)]
fn write_mutation<W: Write>(mutation: &Option<Mutation>, writer: &mut W) -> IoResult<()> {
    mutation.map_or("", Mutation::name).serialize(writer)
}

fn read_mutation<R: Read>(reader: &mut R) -> IoResult<Option<Mutation>> {
    let name = String::deserialize_reader(reader)?;
    if name.is_empty() {
        return Ok(None);
    }
    let found = name.parse().map_err(|_| Error::new(ErrorKind::InvalidData, "no such mutation"))?;
    Ok(Some(found))
}
