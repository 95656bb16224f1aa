//! Printing: results to standard output, sentences to standard error.
//!
//! A reader that has gone, as in `serin query block | head -1`, is no failure: what is left is not printed.

use std::fmt::Display;
use std::io::Write;

/// One line of a result.
pub(super) fn say(line: impl Display) {
    drop(writeln!(std::io::stdout().lock(), "{line}"));
}

/// One line for the person who reads along.
pub(super) fn complain(line: impl Display) {
    drop(writeln!(std::io::stderr().lock(), "{line}"));
}

/// A question whose answer is expected on the same line.
pub(super) fn ask(question: impl Display) {
    let mut output = std::io::stdout().lock();
    drop(write!(output, "{question}").and_then(|()| output.flush()));
}
