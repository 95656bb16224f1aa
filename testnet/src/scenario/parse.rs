//! From TOML to a checked [`Scenario`]: names that exist, one action an event, bounds kept.
//!
//! What this accepts can be carried out: names exist, groups are disjoint, numbers are in range. The first thing
//! that is wrong is told as a sentence.

use super::{Action, At, Event, NODES_MAX, Node, Scenario};
use serde::Deserialize;
use serin_node::runtime::Protocol;
use serin_state::types::ProtocolVersion;
use std::collections::BTreeSet;

/// Why a text is no scenario.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ScenarioError {
    /// Not TOML, an unknown field, a wrong type.
    #[error("{0}")]
    Format(String),
    /// No node, or too many.
    #[error("a network has 1 to {NODES_MAX} nodes, not {0}; give validators or [[node]] tables")]
    NodeCount(usize),
    /// `validators` and `[[node]]` were both given.
    #[error("give validators or [[node]] tables, not both")]
    NodesTwice,
    /// Two nodes have one name.
    #[error("two nodes are named {0:?}")]
    SameName(String),
    /// A name that no node has.
    #[error("no node is named {0:?}")]
    UnknownName(String),
    /// A node stands in two groups of one partition.
    #[error("{0:?} stands in two groups of one partition")]
    TwoGroups(String),
    /// A node is to know a version that there is none of.
    #[error("protocol_max of {node:?} must be between 1 and {newest}")]
    ProtocolMax {
        /// Which.
        node: String,
        /// The newest of this release.
        newest: ProtocolVersion,
    },
    /// Views of nodes that are listed, none, or more than validators.
    #[error("views needs validators, and is 1 to as many")]
    Views,
    /// A loss above one million.
    #[error("loss_ppm is at most 1,000,000")]
    Loss,
}

/// An event as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EventTable {
    at: At,
    kill: Option<String>,
    restart: Option<String>,
    pause: Option<String>,
    resume: Option<String>,
    partition: Option<Vec<Vec<String>>>,
    heal: Option<bool>,
    transfers: Option<u32>,
}

impl TryFrom<EventTable> for Event {
    type Error = &'static str;

    fn try_from(table: EventTable) -> Result<Self, &'static str> {
        let mut actions = [
            table.kill.map(Action::Kill),
            table.restart.map(Action::Restart),
            table.pause.map(Action::Pause),
            table.resume.map(Action::Resume),
            table.partition.map(Action::Partition),
            table.heal.and_then(|heal| heal.then_some(Action::Heal)),
            table.transfers.map(|count| Action::Transfers { count }),
        ]
        .into_iter()
        .flatten();
        match (actions.next(), actions.next()) {
            (Some(action), None) => Ok(Self { at: table.at, action }),
            (None, _) => Err(
                "an event needs one of kill, restart, pause, resume, partition, heal, transfers",
            ),
            (Some(_), Some(_)) => Err("an event has exactly one action"),
        }
    }
}

/// Reads a scenario.
///
/// # Errors
/// The first thing that is wrong with it, as a sentence.
pub fn parse(text: &str) -> Result<Scenario, ScenarioError> {
    let mut scenario: Scenario =
        toml::from_str(text).map_err(|error| ScenarioError::Format(error.to_string()))?;
    match (scenario.nodes.is_empty(), scenario.validators) {
        (true, Some(count)) if scenario.views.unwrap_or(count) <= NODES_MAX => {
            scenario = scenario.with_validators(count);
        }
        (true, count) => return Err(ScenarioError::NodeCount(count.unwrap_or(0))),
        (false, Some(_)) => return Err(ScenarioError::NodesTwice),
        (false, None) => {}
    }
    check(&scenario)?;
    Ok(scenario)
}

fn check(scenario: &Scenario) -> Result<(), ScenarioError> {
    let count = scenario.nodes.len();
    if count == 0 || count > NODES_MAX {
        return Err(ScenarioError::NodeCount(count));
    }
    let most = scenario.validators.unwrap_or(0);
    if scenario.views.is_some_and(|views| !(1..=most).contains(&views)) {
        return Err(ScenarioError::Views);
    }
    let mut names = BTreeSet::new();
    for node in &scenario.nodes {
        if !names.insert(node.name.as_str()) {
            return Err(ScenarioError::SameName(node.name.clone()));
        }
    }
    let newest = Protocol::NEWEST.version();
    let known = |node: &&Node| {
        node.protocol_max.is_none_or(|max| Protocol::of(ProtocolVersion(max)).is_some())
    };
    if let Some(node) = scenario.nodes.iter().find(|node| !known(node)) {
        return Err(ScenarioError::ProtocolMax { node: node.name.clone(), newest });
    }
    let links = scenario.link_between.iter().map(|between| between.link).chain([scenario.link]);
    if links.into_iter().any(|link| link.loss_ppm > 1_000_000) {
        return Err(ScenarioError::Loss);
    }
    let meant = scenario.link_between.iter().flat_map(|between| &between.nodes);
    let meant = meant.chain(scenario.events.iter().flat_map(|event| names_of(&event.action)));
    if let Some(unknown) = meant.into_iter().find(|name| !names.contains(name.as_str())) {
        return Err(ScenarioError::UnknownName(unknown.clone()));
    }
    scenario.events.iter().try_for_each(|event| check_groups(&event.action))
}

fn names_of(action: &Action) -> Vec<&String> {
    match action {
        Action::Kill(name) | Action::Restart(name) | Action::Pause(name) | Action::Resume(name) => {
            vec![name]
        }
        Action::Partition(groups) => groups.iter().flatten().collect(),
        Action::Heal | Action::Transfers { .. } => Vec::new(),
    }
}

fn check_groups(action: &Action) -> Result<(), ScenarioError> {
    let mut seen = BTreeSet::new();
    if let Action::Partition(groups) = action {
        for name in groups.iter().flatten() {
            if !seen.insert(name) {
                return Err(ScenarioError::TwoGroups(name.clone()));
            }
        }
    }
    Ok(())
}
