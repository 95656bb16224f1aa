//! The nodes of one network and what can be done to them.
//!
//! # Invariants
//! 1. Every running node is told to connect to every other as soon as both listen.
//! 2. `cut` holds the pairs that a partition separates; it is told again to a node that restarts.

use super::process::{NodePlan, NodeProcess, State};
use super::{LaunchError, rpc};
use crate::scenario::{Action, Node, Scenario, Sync};
use serin_node::chain_spec::ChainSpec;
use serin_node::rpc::view::StatusView;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// How a network is set up.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The folder of everything.
    pub folder: PathBuf,
    /// The node's program.
    pub program: PathBuf,
    /// What the network consists of.
    pub scenario: Scenario,
    /// The chain, for a new network.
    pub spec: ChainSpec,
}

/// What one look at a node showed.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Name of the node.
    pub name: String,
    /// What its process does.
    pub state: State,
    /// What it answered; nothing from a node that is not running or did not answer in time.
    pub status: Option<StatusView>,
    /// Resident memory in MiB.
    pub rss_mb: Option<u64>,
}

/// A running network.
#[derive(Debug)]
pub struct Network {
    folder: PathBuf,
    nodes: Vec<NodeProcess>,
    introduced: Vec<bool>,
    cut: BTreeSet<(usize, usize)>,
}

impl Network {
    /// Writes the chain specification and starts every node. A folder that holds a network already
    /// goes on with its chain.
    ///
    /// # Errors
    /// [`LaunchError`] where a file cannot be written or a process not started.
    pub fn start(setup: &Setup) -> Result<Self, LaunchError> {
        let chain_file = setup.folder.join("chain.json");
        let written = |error: &std::io::Error| LaunchError::file(&chain_file, error);
        fs::create_dir_all(&setup.folder).map_err(|error| written(&error))?;
        let chain_id = if chain_file.exists() {
            let text = fs::read_to_string(&chain_file).map_err(|error| written(&error))?;
            let spec = ChainSpec::from_json(&text)
                .map_err(|error| LaunchError::OldChain { error: error.to_string() })?;
            spec.id
        } else {
            fs::write(&chain_file, setup.spec.to_json()).map_err(|error| written(&error))?;
            setup.spec.id.clone()
        };
        let plan = |node: &Node| NodePlan {
            name: node.name.clone(),
            key_uri: node.validator.then(|| key_uri(&setup.scenario, node)),
            chain_id: chain_id.clone(),
            chain_file: chain_file.clone(),
            folder: setup.folder.join(&node.name),
            program: setup.program.clone(),
            extra: arguments(node),
        };
        let start = |node: &Node| {
            if node.late {
                Ok(NodeProcess::dead(plan(node)))
            } else {
                NodeProcess::start(plan(node))
            }
        };
        let nodes: Result<Vec<_>, _> = setup.scenario.nodes.iter().map(start).collect();
        let nodes = nodes?;
        let introduced = vec![false; nodes.len()];
        Ok(Self { folder: setup.folder.clone(), nodes, introduced, cut: BTreeSet::new() })
    }

    /// The folder of everything.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The nodes, in the order of the scenario.
    #[must_use]
    pub fn nodes(&self) -> &[NodeProcess] {
        &self.nodes
    }

    /// Tells nodes that have begun to listen about each other, and who may not talk to whom.
    pub fn introduce(&mut self) {
        for index in 0..self.nodes.len() {
            let known = self.introduced.get(index).copied().unwrap_or(true);
            let Some(node) = self.nodes.get_mut(index) else { continue };
            if known || node.state() != State::Running || node.endpoints().is_none() {
                continue;
            }
            self.introduce_one(index);
        }
    }

    fn introduce_one(&mut self, index: usize) {
        let Some(own) = self.endpoints(index) else { return };
        for other in (0..self.nodes.len()).filter(|other| *other != index) {
            let Some(theirs) = self.endpoints(other) else { continue };
            if self.is_cut(index, other) {
                self.tell(index, &format!("block {}", theirs.peer_id));
            }
            self.tell(index, &format!("connect {}", theirs.address));
            // The other one dials too: whichever comes first, one connection stays.
            self.tell(other, &format!("connect {}", own.address));
        }
        if let Some(introduced) = self.introduced.get_mut(index) {
            *introduced = true;
        }
    }

    fn endpoints(&self, index: usize) -> Option<super::process::Endpoints> {
        self.nodes.get(index)?.known_endpoints().cloned()
    }

    fn tell(&mut self, index: usize, line: &str) {
        if let Some(node) = self.nodes.get_mut(index) {
            node.tell(line);
        }
    }

    fn is_cut(&self, one: usize, other: usize) -> bool {
        self.cut.contains(&(one.min(other), one.max(other)))
    }

    /// Looks at every node.
    pub fn look(&mut self) -> Vec<Seen> {
        let look = |node: &mut NodeProcess| Seen {
            name: node.name().to_owned(),
            state: node.state(),
            status: (node.state() == State::Running)
                .then(|| node.endpoints().cloned())
                .flatten()
                .and_then(|endpoints| rpc::status(&endpoints.rpc).ok()),
            rss_mb: node.rss_mb(),
        };
        self.nodes.iter_mut().map(look).collect()
    }

    /// Names of nodes that have ended without being asked.
    pub fn ended(&mut self) -> Vec<(String, String)> {
        let ended = |node: &mut NodeProcess| {
            node.ended().map(|status| {
                let lines = node.last_log_lines();
                (node.name().to_owned(), format!("{status}; its log ends with:\n{lines}"))
            })
        };
        self.nodes.iter_mut().filter_map(ended).collect()
    }

    /// Carries out one action; transfers are carried out by the caller, who has the accounts.
    ///
    /// # Errors
    /// [`LaunchError`] for a name that no node has, or a process that cannot be started.
    pub fn act(&mut self, action: &Action) -> Result<(), LaunchError> {
        match action {
            Action::Kill(name) => {
                let index = self.index(name)?;
                self.node(index, NodeProcess::kill);
            }
            Action::Restart(name) => self.restart(name)?,
            Action::Pause(name) => {
                let index = self.index(name)?;
                self.node(index, NodeProcess::pause);
            }
            Action::Resume(name) => {
                let index = self.index(name)?;
                self.node(index, NodeProcess::resume);
            }
            Action::Partition(groups) => self.partition(groups)?,
            Action::Heal => self.heal(),
            Action::Transfers { .. } => {}
        }
        Ok(())
    }

    fn node(&mut self, index: usize, change: fn(&mut NodeProcess)) {
        if let Some(node) = self.nodes.get_mut(index) {
            change(node);
        }
    }

    fn index(&self, name: &str) -> Result<usize, LaunchError> {
        let names = || self.nodes.iter().map(NodeProcess::name).collect::<Vec<_>>().join(", ");
        self.nodes
            .iter()
            .position(|node| node.name() == name)
            .ok_or_else(|| LaunchError::NoSuchNode { name: name.to_owned(), names: names() })
    }

    fn restart(&mut self, name: &str) -> Result<(), LaunchError> {
        let index = self.index(name)?;
        if let Some(introduced) = self.introduced.get_mut(index) {
            *introduced = false;
        }
        let Some(node) = self.nodes.get_mut(index) else { return Ok(()) };
        node.kill();
        node.spawn()
    }

    /// Starts a second process with the keys of node `name`, which signs without a journal, and returns its name. Its
    /// headers tell that it knows the first protocol version only, so that they differ from those of the node.
    ///
    /// # Errors
    /// [`LaunchError`] for a name that no validator has, or a process that cannot be started.
    pub fn twin(&mut self, name: &str) -> Result<String, LaunchError> {
        let index = self.index(name)?;
        let plan = self.nodes.get(index).map(|node| node.plan().clone());
        let Some(mut plan) = plan.filter(|plan| plan.key_uri.is_some()) else {
            return Err(LaunchError::NoKeys { name: name.to_owned() });
        };
        let twin = format!("{name}-twin");
        if self.index(&twin).is_ok() {
            self.restart(&twin)?;
            return Ok(twin);
        }
        plan.folder = self.folder.join(&twin);
        plan.name.clone_from(&twin);
        let arguments = ["--unsafe-twin", "--protocol-max", "1"];
        plan.extra.extend(arguments.map(str::to_owned));
        self.nodes.push(NodeProcess::start(plan)?);
        self.introduced.push(false);
        Ok(twin)
    }

    fn partition(&mut self, groups: &[Vec<String>]) -> Result<(), LaunchError> {
        let mut group_of = vec![None; self.nodes.len()];
        for (number, group) in groups.iter().enumerate() {
            for name in group {
                let index = self.index(name)?;
                if let Some(entry) = group_of.get_mut(index) {
                    *entry = Some(number);
                }
            }
        }
        self.heal();
        let members: Vec<(usize, usize)> = group_of
            .iter()
            .enumerate()
            .filter_map(|(index, group)| group.map(|group| (index, group)))
            .collect();
        for (one, its_group) in &members {
            for (other, other_group) in &members {
                if its_group != other_group {
                    self.cut.insert(((*one).min(*other), (*one).max(*other)));
                    self.tell_about(*one, *other, "block");
                }
            }
        }
        Ok(())
    }

    fn heal(&mut self) {
        for (one, other) in std::mem::take(&mut self.cut) {
            self.tell_about(one, other, "allow");
            self.tell_about(other, one, "allow");
        }
    }

    fn tell_about(&mut self, one: usize, other: usize, verb: &str) {
        if let Some(endpoints) = self.endpoints(other) {
            self.tell(one, &format!("{verb} {}", endpoints.peer_id));
        }
    }

    /// Ends every node: asks first, and kills what has not ended after two seconds.
    pub fn end(&mut self) {
        for node in &mut self.nodes {
            node.ask_to_end();
        }
        for _ in 0..40 {
            self.ended();
            if self.nodes.iter().all(|node| node.state() == State::Dead) {
                return;
            }
            super::clock::pause(50);
        }
        for node in &mut self.nodes {
            node.kill();
        }
    }
}

/// The secret of a validator's session keys: that of its position among the validators.
fn key_uri(scenario: &Scenario, node: &Node) -> String {
    let validators = scenario.nodes.iter().filter(|other| other.validator);
    let position = validators.take_while(|other| other.name != node.name).count();
    serin_node::chain_spec::development_uri(position)
}

/// What a node is started with beside its place and keys.
fn arguments(node: &Node) -> Vec<String> {
    let sync: &[&str] = match node.sync {
        Sync::Full => &[],
        Sync::Proof => &["--sync", "proof"],
    };
    let version = node.protocol_max.map(|version| version.to_string());
    let version = version.into_iter().flat_map(|version| ["--protocol-max".to_owned(), version]);
    let sync = sync.iter().map(|word| (*word).to_owned());
    sync.chain(version).chain(node.arguments.iter().cloned()).collect()
}
