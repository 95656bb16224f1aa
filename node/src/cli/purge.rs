//! `serin purge-chain`: deletes a database. Keys and the signing journal stay where they are.
//!
//! The database can be fetched again from peers; what was signed cannot be unsigned, so the journal is never
//! deleted by a command.

use super::output::{ask, say};
use super::{ChainArguments, CommandError};
use crate::service::Paths;
use clap::Args;
use std::io::{self, IsTerminal};

/// Arguments of `serin purge-chain`.
#[derive(Debug, Args)]
pub(super) struct PurgeArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// Do not ask.
    #[arg(short, long)]
    yes: bool,
}

/// Deletes the database after asking.
pub(super) fn run(arguments: &PurgeArguments) -> Result<(), CommandError> {
    let base = match &arguments.chain.base_path {
        Some(base) => base.clone(),
        None => super::run::default_base_path()?,
    };
    let spec = super::spec::load(&arguments.chain.chain)?;
    let database = Paths::new(&base, &spec.id).database();
    if !database.exists() {
        say(format_args!("There is no database at {}.", database.display()));
        return Ok(());
    }
    if !arguments.yes && !confirmed(&database.display().to_string())? {
        say(format_args!("Nothing was deleted."));
        return Ok(());
    }
    std::fs::remove_dir_all(&database).map_err(|error| {
        CommandError::Failed(format!("{} cannot be deleted: {error}", database.display()))
    })?;
    say(format_args!("Deleted {}. Keys and the signing journal are kept.", database.display()));
    Ok(())
}

fn confirmed(database: &str) -> Result<bool, CommandError> {
    if !io::stdin().is_terminal() {
        return Err(CommandError::Usage(
            "nobody can be asked here: add --yes to delete the database".into(),
        ));
    }
    ask(format_args!("Delete {database}? [y/N] "));
    let mut answer = String::new();
    io::stdin()
        .read_line(&mut answer)
        .map_err(|error| CommandError::Failed(format!("the answer cannot be read: {error}")))?;
    Ok(answer.trim().eq_ignore_ascii_case("y"))
}
