//! `serin-testnet rules`: every consensus rule that can be chosen, and which line of the code reads it.
//!
//! What it prints comes from the rules themselves and from the sources that the program was built from.

use super::CommandError;
use clap::Args;
use serde::Serialize;
use serin_consensus::rules::{Choice, Rule, Rules};
use serin_testnet::mutants::source::place_of_rule;

/// Arguments of `rules`.
#[derive(Debug, Args)]
#[command(after_help = "A rule is set with --rule NAME=VALUE, for instance:\n  \
    serin-testnet sim --rule finality.threshold=1/2")]
pub(super) struct RulesArguments {
    /// Print one JSON object.
    #[arg(long)]
    json: bool,
}

/// A rule as scripts read it.
#[derive(Debug, Serialize)]
struct Entry {
    name: &'static str,
    meaning: &'static str,
    standard: String,
    choices: &'static [Choice],
    source: &'static str,
    line: Option<String>,
}

impl Entry {
    fn of(rule: &Rule) -> Self {
        Self {
            name: rule.name,
            meaning: rule.meaning,
            standard: rule.standard(),
            choices: rule.choices,
            source: rule.source,
            line: place_of_rule(rule.name).map(|place| place.to_string()),
        }
    }

    fn text(&self) -> String {
        let standard = |choice: &Choice| if choice.name == self.standard { "*" } else { " " };
        let mut lines = vec![format!("{}: {}", self.name, self.meaning)];
        lines.extend(self.choices.iter().map(|choice| {
            format!("  {} {:<26}{}", standard(choice), choice.name, choice.meaning.trim())
        }));
        lines.push(format!("    source  {}", self.source));
        lines.extend(self.line.iter().map(|line| format!("    line    {line}")));
        lines.join("\n")
    }
}

/// Lists the rules.
#[expect(clippy::print_stdout, reason = "the answer of the command")]
pub(super) fn run(arguments: &RulesArguments) -> Result<(), CommandError> {
    let entries: Vec<Entry> = Rules::all().iter().map(Entry::of).collect();
    if arguments.json {
        let line = serde_json::to_string(&entries)
            .map_err(|error| CommandError::Failed(error.to_string()))?;
        println!("{line}");
        return Ok(());
    }
    let texts: Vec<String> = entries.iter().map(Entry::text).collect();
    println!("{}\n\n* the standard", texts.join("\n\n"));
    Ok(())
}

/// The standard rules with these changes, each as NAME=VALUE.
pub(super) fn changed(rules: Rules, changes: &[String]) -> Result<Rules, CommandError> {
    let set = |mut rules: Rules, change: &String| {
        rules.set_from(change).map_err(|error| CommandError::Usage(error.to_string()))?;
        Ok(rules)
    };
    changes.iter().try_fold(rules, set)
}
