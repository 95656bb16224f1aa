//! The database of a node that does not run, for commands that read or change it.
//!
//! A running node holds a lock on its database, so opening it here fails with a sentence.

use super::{ChainArguments, CommandError};
use crate::chain_spec::ChainSpec;
use crate::service::Paths;
use serin_state::store::RocksStore;

/// The chain that is meant, and its database, which must exist.
pub(super) fn open(arguments: &ChainArguments) -> Result<(ChainSpec, RocksStore), CommandError> {
    open_if(arguments, false)
}

/// As [`open`], where the database may be begun.
pub(super) fn open_or_begin(
    arguments: &ChainArguments,
) -> Result<(ChainSpec, RocksStore), CommandError> {
    open_if(arguments, true)
}

fn open_if(
    arguments: &ChainArguments,
    begin: bool,
) -> Result<(ChainSpec, RocksStore), CommandError> {
    let base = match &arguments.base_path {
        Some(base) => base.clone(),
        None => super::run::default_base_path()?,
    };
    let spec = super::spec::load(&arguments.chain)?;
    let database = Paths::new(&base, &spec.id).database();
    if begin {
        std::fs::create_dir_all(&database)
            .map_err(|error| CommandError::Start(format!("{}: {error}", database.display())))?;
    } else if !database.exists() {
        return Err(CommandError::Start(format!(
            "there is no database at {}: give the --base-path and --chain of the node",
            database.display()
        )));
    }
    let store = RocksStore::open(&database).map_err(|error| {
        CommandError::Start(format!(
            "{error} (the database in {}). A node that runs must be stopped first",
            database.display()
        ))
    })?;
    Ok((spec, store))
}
