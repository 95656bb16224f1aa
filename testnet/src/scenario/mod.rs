//! One description of a run: nodes, links, faults at a time, actions and expectations, in TOML.
//!
//! `serin-testnet up` carries it out on processes, `serin-testnet sim` in virtual time, tests replay it.
//! Times are written as `10s`, `250ms` or `12slots` and count from the start of the run. A node is
//! meant by its name.
//!
//! ```toml
//! preset = "local"      # chain preset: parameters, rules, slot length
//! validators = 4        # nodes named alice, bob, charlie, ...; or [[node]] tables
//! slot_ms = 1000
//! nominators = 300      # accounts //Nominator//1 and on, that stake for nominations = 16 of them each
//!
//! [link]                # every link, where no [[link_between]] says otherwise
//! delay_ms = 20
//! loss_ppm = 0
//!
//! [[event]]
//! at = "10s"
//! partition = [["alice", "bob"], ["charlie", "dave"]]
//!
//! [[event]]
//! at = "20s"
//! heal = true
//!
//! [[expect]]
//! at = "60s"
//! what = "finalized"
//! at_least = 20
//! ```

mod nominators;
mod parse;
mod time;

#[cfg(test)]
mod tests;

pub use parse::{ScenarioError, parse};
pub use time::{At, AtError};

use serde::Deserialize;
use serin_consensus::rules::Rules;
use serin_node::chain_spec::{ChainSpec, Rotation, SpecError};
use serin_state::types::Millis;

/// Most nodes of one run.
pub const NODES_MAX: usize = 1_000;

/// How many validators a nominator names where nothing else is said: the most on Polkadot.
pub const NOMINATIONS: usize = 16;

/// A run.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Chain preset whose parameters and rules hold.
    #[serde(default = "default_preset")]
    pub preset: String,
    /// Number of validators, where no `[[node]]` is given.
    pub validators: Option<usize>,
    /// The simulator steps validators with equal views once: so many nodes stand for all `validators`. Processes are one
    /// a validator.
    pub views: Option<usize>,
    /// Accounts that nominate from the start.
    #[serde(default)]
    pub nominators: usize,
    /// How many validators each of them names, 1 to the chain's `nominations_max`.
    #[serde(default = "default_nominations")]
    pub nominations: usize,
    /// Length of a slot in milliseconds, instead of the preset's.
    pub slot_ms: Option<u64>,
    /// Slots in an epoch, instead of the preset's.
    pub epoch_slots: Option<u64>,
    /// Validators rotate every this many epochs; `rotation_active` of them are active.
    pub rotation_epochs: Option<u64>,
    /// How many validators are active at a time, with `rotation_epochs`.
    pub rotation_active: Option<usize>,
    /// The consensus rules, where they are not the standard ones.
    #[serde(default)]
    pub rules: Rules,
    /// The nodes.
    #[serde(default, rename = "node")]
    pub nodes: Vec<Node>,
    /// Every link, where `link_between` does not say otherwise.
    #[serde(default)]
    pub link: Link,
    /// Links with values of their own.
    #[serde(default)]
    pub link_between: Vec<LinkBetween>,
    /// What happens.
    #[serde(default, rename = "event")]
    pub events: Vec<Event>,
    /// What must hold.
    #[serde(default, rename = "expect")]
    pub expectations: Vec<Expectation>,
}

/// One node.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Node {
    /// Its name, unique; `//Name` with a capital is its development account.
    pub name: String,
    /// Whether it has the keys of a validator.
    #[serde(default = "yes")]
    pub validator: bool,
    /// Whether it is started by a `restart` event only.
    #[serde(default)]
    pub late: bool,
    /// How it fetches the chain.
    #[serde(default)]
    pub sync: Sync,
    /// Newest protocol version that it knows, instead of all of this release: for showing upgrades.
    pub protocol_max: Option<u32>,
    /// Further arguments of `serin node`. For processes; the simulator has none.
    #[serde(default)]
    pub arguments: Vec<String>,
}

/// How a node without data fetches the chain.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Sync {
    /// Every block from genesis, executed.
    #[default]
    Full,
    /// The proof chain and the state of a recent final block, then the blocks after it.
    Proof,
}

/// How messages travel between two nodes, in both directions. The simulator obeys all of it;
/// processes on one machine have real links and refuse a description that sets any.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Link {
    /// Least time from sender to receiver, in milliseconds.
    pub delay_ms: u64,
    /// At most this much more, drawn anew for each message, in milliseconds.
    pub jitter_ms: u64,
    /// Messages lost, in parts per million.
    pub loss_ppm: u32,
}

/// A link with values of its own.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkBetween {
    /// The two nodes.
    pub nodes: [String; 2],
    /// How messages travel.
    #[serde(flatten)]
    pub link: Link,
}

/// Something that happens at a time. Exactly one action is given.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "parse::EventTable")]
pub struct Event {
    /// When.
    pub at: At,
    /// What.
    pub action: Action,
}

/// What can happen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Action {
    /// End a process at once, or lose a simulated node's memory.
    Kill(String),
    /// Start a node that was killed.
    Restart(String),
    /// Stop a node where it stands.
    Pause(String),
    /// Let it go on.
    Resume(String),
    /// Cut every link between nodes of different groups; nodes in no group stay connected to all.
    Partition(Vec<Vec<String>>),
    /// Mend all links.
    Heal,
    /// Send transfers between development accounts, spread over the nodes.
    Transfers {
        /// How many.
        count: u32,
    },
}

/// What must hold at a time.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expectation {
    /// When.
    pub at: At,
    /// Of what: the lowest over the running nodes counts.
    pub what: Measure,
    /// At least this much.
    pub at_least: Option<u64>,
    /// At most this much; the highest over the running nodes counts.
    pub at_most: Option<u64>,
}

/// What can be measured on every node.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Measure {
    /// Height of the best block.
    Best,
    /// Height of the final block.
    Finalized,
    /// Number of the epoch.
    Epoch,
}

fn default_preset() -> String {
    "local".to_owned()
}

const fn default_nominations() -> usize {
    NOMINATIONS
}

const fn yes() -> bool {
    true
}

/// Names of the development accounts, in the order in which validators take them.
pub const NAMES: [&str; 6] = ["alice", "bob", "charlie", "dave", "eve", "ferdie"];

/// The name of validator number `index`: a development name, or `validator-7` and on.
#[must_use]
pub fn validator_name(index: usize) -> String {
    NAMES
        .get(index)
        .map_or_else(|| format!("validator-{}", index.saturating_add(1)), |name| (*name).to_owned())
}

impl Node {
    /// A validator that runs from the start.
    #[must_use]
    pub const fn validator(name: String) -> Self {
        let arguments = Vec::new();
        Self { name, validator: true, late: false, sync: Sync::Full, protocol_max: None, arguments }
    }
}

impl Scenario {
    /// A network of `validators` nodes on the preset `local`, with nothing happening.
    #[must_use]
    pub fn of_validators(validators: usize) -> Self {
        let scenario = Self {
            preset: default_preset(),
            rules: Rules::standard(),
            validators: None,
            views: None,
            nominators: 0,
            nominations: NOMINATIONS,
            slot_ms: None,
            epoch_slots: None,
            rotation_epochs: None,
            rotation_active: None,
            nodes: Vec::new(),
            link: Link::default(),
            link_between: Vec::new(),
            events: Vec::new(),
            expectations: Vec::new(),
        };
        scenario.with_validators(validators)
    }

    /// The same with so many validators, each a node, or in as many views as it says.
    #[must_use]
    pub fn with_validators(mut self, validators: usize) -> Self {
        let nodes = self.views.unwrap_or(validators);
        self.validators = Some(validators);
        self.nodes = (0..nodes).map(|index| Node::validator(validator_name(index))).collect();
        self
    }

    /// Position of the node with this name.
    #[must_use]
    pub fn index_of(&self, name: &str) -> Option<usize> {
        self.nodes.iter().position(|node| node.name == name)
    }

    /// How messages travel between two nodes.
    #[must_use]
    pub fn link(&self, one: usize, other: usize) -> Link {
        let is = |name: &str, index| self.index_of(name) == Some(index);
        let own = self.link_between.iter().rev().find(|between| {
            let [a, b] = &between.nodes;
            (is(a, one) && is(b, other)) || (is(a, other) && is(b, one))
        });
        own.map_or(self.link, |between| between.link)
    }
}

impl Scenario {
    /// The chain specification that the scenario describes, with slot 0 at `genesis_time`.
    ///
    /// # Errors
    /// [`SpecError`] for an unknown preset or numbers that contradict each other.
    pub fn chain_spec(&self, genesis_time: Millis) -> Result<ChainSpec, SpecError> {
        let nodes = self.nodes.iter().filter(|node| node.validator).count();
        let validators = self.views.and(self.validators).unwrap_or(nodes);
        let mut spec = ChainSpec::preset(&self.preset, Some(validators), genesis_time)?;
        if let Some(slot_ms) = self.slot_ms {
            spec = spec.with_slot_ms(slot_ms);
        }
        if let Some(epoch_slots) = self.epoch_slots {
            spec.params.epoch_slots = epoch_slots;
        }
        if let Some(every_epochs) = self.rotation_epochs {
            let active = self.rotation_active.unwrap_or(validators);
            let active = u32::try_from(active).unwrap_or(u32::MAX);
            spec.rotation = Some(Rotation { every_epochs, active });
        }
        spec.rules = self.rules;
        nominators::add(&mut spec, self.nominators, self.nominations);
        spec.check()?;
        Ok(spec)
    }
}
