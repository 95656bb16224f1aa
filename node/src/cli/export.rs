//! `serin export-blocks` and `serin import-blocks`: final blocks of a stopped node, to a file and from one.
//!
//! Progress goes to standard error, a line every thousand blocks. A file that breaks off or is wrong somewhere is taken up to
//! there; doing it again goes on. The layout of a file stands in `core/exchange.rs`.

use super::output::{complain, say};
use super::{ChainArguments, CommandError, stopped};
use crate::core::{self, BLOCKS_MAGIC, FILE_BLOCK_BYTES_MAX, StartOptions};
use crate::service::journal::JournalSigner;
use crate::service::{Clock, NodeCore};
use clap::Args;
use serde_json::json;
use serin_consensus::crypto::Strict;
use serin_state::types::{Hash, Height};
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};

/// Blocks between two lines of progress.
const PROGRESS_EVERY: u32 = 1_000;

/// Arguments of `serin export-blocks`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  serin export-blocks --base-path data --chain chain.json blocks.bin"
)]
pub(super) struct ExportArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// The first height. Default: the lowest that the node has.
    #[arg(long, value_name = "HEIGHT")]
    from: Option<u32>,
    /// The last height. Default: the final block.
    #[arg(long, value_name = "HEIGHT")]
    to: Option<u32>,
    /// Where to write: a file, or - for standard output.
    file: String,
    /// Print one JSON object at the end, to standard error where the blocks go to standard output.
    #[arg(long)]
    json: bool,
}

/// Arguments of `serin import-blocks`.
#[derive(Debug, Args)]
#[command(
    after_help = "Example:\n  serin import-blocks --base-path other --chain chain.json blocks.bin"
)]
pub(super) struct ImportArguments {
    #[command(flatten)]
    chain: ChainArguments,
    /// What to read: a file, or - for standard input.
    file: String,
    /// Print one JSON object at the end.
    #[arg(long)]
    json: bool,
}

fn failed(error: &io::Error) -> CommandError {
    CommandError::Failed(format!("the file: {error}"))
}

/// Writes blocks.
pub(super) fn export(arguments: &ExportArguments) -> Result<(), CommandError> {
    let (spec, store) = stopped::open(&arguments.chain)?;
    let genesis = spec.genesis().hash;
    let (oldest, newest) = core::exportable(&store);
    let newest = newest
        .ok_or_else(|| CommandError::Failed("the database holds no final block yet".to_owned()))?;
    let from = arguments.from.map_or(oldest, Height);
    let to = arguments.to.map_or(newest, Height);
    if from < oldest || to > newest || from > to {
        return Err(CommandError::Usage(format!(
            "blocks {from} to {to} were asked for, and the database has {oldest} to {newest}"
        )));
    }
    let output: Box<dyn Write> = if arguments.file == "-" {
        Box::new(io::stdout().lock())
    } else {
        Box::new(File::create(&arguments.file).map_err(|error| failed(&error))?)
    };
    let mut output = BufWriter::new(output);
    let write = |output: &mut BufWriter<_>, bytes: &[u8]| {
        output.write_all(bytes).map_err(|error| failed(&error))
    };
    write(&mut output, BLOCKS_MAGIC)?;
    write(&mut output, &genesis.0)?;
    write(&mut output, &from.0.to_le_bytes())?;
    for height in from.0..=to.0 {
        let block = core::exported(&store, Height(height)).ok_or_else(|| {
            CommandError::Failed(format!("block {height} is not in the database: it was pruned"))
        })?;
        let length = u32::try_from(block.len()).unwrap_or(u32::MAX);
        write(&mut output, &length.to_le_bytes())?;
        write(&mut output, &block)?;
        tell(height.saturating_sub(from.0).saturating_add(1), to.0.saturating_sub(from.0));
    }
    output.flush().map_err(|error| failed(&error))?;
    let summary = json!({"blocks": to.0.saturating_sub(from.0).saturating_add(1), "from": from.0, "to": to.0});
    let text = format!("Wrote blocks {from} to {to}.");
    report(arguments.json, arguments.file == "-", &summary, &text);
    Ok(())
}

/// Takes blocks in.
pub(super) fn import(arguments: &ImportArguments) -> Result<(), CommandError> {
    let input: Box<dyn Read> = if arguments.file == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(File::open(&arguments.file).map_err(|error| failed(&error))?)
    };
    let mut input = BufReader::new(input);
    let (spec, store) = stopped::open_or_begin(&arguments.chain)?;
    let genesis = spec.genesis().hash;
    read_head(&mut input, &genesis)?;
    let signer = JournalSigner::observer();
    let mut node = NodeCore::start(spec, store, signer, Strict, StartOptions::default())
        .map_err(|error| CommandError::Start(error.to_string()))?;
    let (mut seen, mut new) = (0_u32, 0_u32);
    while let Some(block) = read_block(&mut input, seen)? {
        let refused =
            |error| CommandError::Refuted(format!("block number {seen} of the file: {error}"));
        let taken = node.import_from_file(Clock.now(), &block).map_err(refused)?;
        new = new.saturating_add(u32::from(taken));
        seen = seen.saturating_add(1);
        tell(seen, 0);
    }
    let (best, finalized) = (node.head().height, node.finalized().height);
    let summary = json!({"blocks": seen, "new": new, "best": best.0, "finalized": finalized.0});
    let text = format!("Took {new} new of {seen} blocks in: best {best}, final {finalized}.");
    report(arguments.json, false, &summary, &text);
    Ok(())
}

fn read_head(input: &mut impl Read, genesis: &Hash) -> Result<(), CommandError> {
    let mut magic = [0; BLOCKS_MAGIC.len()];
    let mut of = Hash([0; 32]);
    let mut first = [0; 4];
    let head = input
        .read_exact(&mut magic)
        .and_then(|()| input.read_exact(&mut of.0))
        .and_then(|()| input.read_exact(&mut first));
    if head.is_err() || magic != *BLOCKS_MAGIC {
        return Err(CommandError::Refuted("this is not a file of serin export-blocks".to_owned()));
    }
    if of != *genesis {
        return Err(CommandError::Refuted(format!(
            "the file holds blocks of the chain with genesis {of}, and the specification is of {genesis}"
        )));
    }
    Ok(())
}

/// The next block; nothing at the end of the file.
fn read_block(input: &mut impl Read, number: u32) -> Result<Option<Vec<u8>>, CommandError> {
    let broken = || {
        CommandError::Refuted(format!(
            "the file breaks off in block number {number}: what came before is taken in"
        ))
    };
    let mut length = [0; 4];
    let mut read = 0;
    while read < length.len() {
        let rest = length.get_mut(read..).unwrap_or_default();
        match input.read(rest).map_err(|error| failed(&error))? {
            0 if read == 0 => return Ok(None),
            0 => return Err(broken()),
            more => read = read.saturating_add(more),
        }
    }
    let length = usize::try_from(u32::from_le_bytes(length)).unwrap_or(usize::MAX);
    if length > FILE_BLOCK_BYTES_MAX {
        return Err(CommandError::Refuted(format!(
            "block number {number} of the file is said to have {length} bytes, and at most {FILE_BLOCK_BYTES_MAX} are possible"
        )));
    }
    let mut block = Vec::new();
    let limit = u64::try_from(length).unwrap_or(u64::MAX);
    input.take(limit).read_to_end(&mut block).map_err(|error| failed(&error))?;
    if block.len() == length { Ok(Some(block)) } else { Err(broken()) }
}

fn tell(done: u32, of: u32) {
    if done.is_multiple_of(PROGRESS_EVERY) {
        if of > 0 {
            complain(format_args!("{done} of {of} blocks"));
        } else {
            complain(format_args!("{done} blocks"));
        }
    }
}

fn report(as_json: bool, to_errors: bool, summary: &serde_json::Value, text: &str) {
    let line = if as_json { summary.to_string() } else { text.to_owned() };
    if to_errors {
        complain(format_args!("{line}"));
    } else {
        say(format_args!("{line}"));
    }
}
