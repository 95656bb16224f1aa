//! `serin chain-spec export-state` and `fork-from`: a new chain from the final state of one that is lost.
//!
//! The first reads the database of a node that does not run, the second makes a specification out of what it wrote.

use super::output::{complain, say};
use super::{ChainArguments, CommandError, stopped};
use crate::chain_spec::{Inherited, StateFile};
use clap::Args;
use serin_state::layers::Layers;
use serin_state::layout::StateKey;
use serin_state::store::{Column, Store};
use std::path::PathBuf;

/// Rows read at a time.
const SCAN_ROWS: usize = 16_384;

/// Arguments of `chain-spec export-state`.
#[derive(Debug, Args)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// Where to write.
    file: PathBuf,
}

/// Arguments of `chain-spec fork-from`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  \
    serin chain-spec export-state --base-path data --chain chain.json state.json\n  \
    serin chain-spec fork-from state.json --validators-from new.json > fork.json\n\n\
    The new chain has another genesis hash, so no old signature counts on it, and slots go on counting\n\
    from the old genesis time. It begins with protocol version 1.")]
pub(super) struct ForkArguments {
    /// The file of `serin chain-spec export-state`.
    state: PathBuf,
    /// A specification (preset or file) whose validators the new chain has.
    #[arg(long, value_name = "CHAIN")]
    validators_from: String,
    /// Id of the new chain. Default: the old one with -fork.
    #[arg(long, value_name = "ID")]
    id: Option<String>,
    /// Name of the new chain, for people.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
}

/// Writes the final state.
pub(super) fn export(arguments: &ExportArguments) -> Result<(), CommandError> {
    let (spec, store) = stopped::open(&arguments.chain)?;
    let layers = Layers::open(store).map_err(|error| CommandError::Start(error.to_string()))?;
    let (block, height) = layers.final_block();
    let state_root = layers.root_of(&block).unwrap_or_default();
    let values = Inherited(values_of(layers.store()));
    let file = StateFile { genesis: spec.genesis().hash, block, height, state_root, values };
    std::fs::write(&arguments.file, file.to_json())
        .map_err(|error| CommandError::Failed(format!("{}: {error}", arguments.file.display())))?;
    say(format_args!("Wrote {} values after block {height} {block}.", file.values.0.len()));
    Ok(())
}

fn values_of(store: &impl Store) -> Vec<(StateKey, Vec<u8>)> {
    let (mut values, mut from) = (Vec::new(), Vec::new());
    loop {
        let rows = store.scan(Column::Account, &from, SCAN_ROWS);
        let Some((last, _)) = rows.last() else { return values };
        from.clone_from(last);
        from.push(0);
        let entry = |(key, value): (Vec<u8>, _)| Some((StateKey(key.try_into().ok()?), value));
        values.extend(rows.into_iter().filter_map(entry));
    }
}

/// Prints the new specification.
pub(super) fn fork(arguments: &ForkArguments) -> Result<(), CommandError> {
    let text = std::fs::read_to_string(&arguments.state)
        .map_err(|error| CommandError::Usage(format!("{}: {error}", arguments.state.display())))?;
    let refused = |error: crate::chain_spec::ForkError| CommandError::Refuted(error.to_string());
    let state = StateFile::from_json(&text).map_err(refused)?;
    let validators = super::spec::load(&arguments.validators_from)?.validators;
    let names = (arguments.id.clone(), arguments.name.clone());
    let spec = state.fork(validators, names).map_err(refused)?;
    say(format_args!("{}", spec.to_json()));
    complain(format_args!(
        "genesis hash {}; it goes on from block {} of the chain with genesis {}",
        spec.genesis().hash,
        state.height,
        state.genesis
    ));
    Ok(())
}
