//! What the event loop drives: the core, or what stands in its place while the node joins.
//!
//! Both take the same inputs and give the same effects. When joining is done the core opens the same database; peers
//! that are connected are told to it by the event loop.

use super::journal::JournalSigner;
use super::{NodeCore, NodeJoin};
use crate::chain_spec::ChainSpec;
use crate::core::{Effect, History, Input, StartError, StartOptions};
use serin_consensus::crypto::Strict;
use serin_state::types::Millis;

/// A node on its way.
pub(super) struct Joining {
    pub(super) join: NodeJoin,
    pub(super) signer: JournalSigner,
    pub(super) spec: ChainSpec,
    pub(super) history: History,
    pub(super) options: StartOptions,
}

/// What runs.
pub(super) enum Stage {
    /// It fetches what it needs.
    Joining(Box<Joining>),
    /// It runs.
    Running(Box<NodeCore>),
    /// Only inside [`Stage::take_over`], or after it failed.
    Between,
}

impl Stage {
    pub(super) fn on_input(&mut self, now: Millis, input: Input) -> Vec<Effect> {
        match self {
            Self::Joining(joining) => joining.join.on_input(now, input),
            Self::Running(core) => core.on_input(now, input),
            Self::Between => Vec::new(),
        }
    }

    pub(super) fn core(&self) -> Option<&NodeCore> {
        match self {
            Self::Running(core) => Some(core),
            Self::Joining(_) | Self::Between => None,
        }
    }

    /// Opens the core where joining is done; true where it did.
    pub(super) fn take_over(&mut self) -> Result<bool, StartError> {
        let done = matches!(self, Self::Joining(joining) if joining.join.is_done());
        if !done {
            return Ok(false);
        }
        let Self::Joining(joining) = core::mem::replace(self, Self::Between) else {
            return Ok(false);
        };
        let Joining { join, signer, spec, history, options } = *joining;
        let next_request = join.next_request();
        let Some(store) = join.into_store() else { return Ok(false) };
        let core = NodeCore::start(spec, store, signer, Strict, options)?;
        let core = core.with_history(history).numbered_from(next_request);
        *self = Self::Running(Box::new(core));
        Ok(true)
    }
}
