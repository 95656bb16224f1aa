//! `serin revert`: takes final blocks back on the database of a node that does not run.
//!
//! For chains of one's own: on a chain with others, what they made final stays final for them.

use super::output::{complain, say};
use super::{ChainArguments, CommandError, stopped};
use crate::core;
use clap::Args;

/// Arguments of `serin revert`.
#[derive(Debug, Args)]
#[command(after_help = "Example:\n  serin revert --base-path data --chain chain.json 10\n\n\
    At most 256 blocks. The signing journal stays: a validator does not vote again in rounds it voted in, so the\n\
    only validator of a chain finalises nothing after it.")]
pub(super) struct RevertArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// How many final blocks to take back.
    blocks: u32,
}

/// Takes them back.
pub(super) fn run(arguments: &RevertArguments) -> Result<(), CommandError> {
    let (spec, store) = stopped::open(&arguments.chain)?;
    let block = core::revert(&spec, store, arguments.blocks)
        .map_err(|error| CommandError::Failed(error.to_string()))?;
    say(format_args!("Block {} {} is the final one now.", block.height, block.hash));
    complain(format_args!(
        "The signing journal was not touched: what this node's keys signed still bars them."
    ));
    Ok(())
}
