//! What a program does when nobody reads its output any more: `serin query status | head -1` ends quietly.
//!
//! Inputs: a panic of the printing macros. Outputs: the end of the process, with the exit code that a shell gives to a program
//! that a closed pipe ended. Any other panic is told as before.

use std::io::ErrorKind;

/// The exit code of a program that a closed pipe ended: 128 and the number of the signal.
pub const CLOSED_PIPE: i32 = 141;

/// Lets the process end without a word where its output is closed. Call it first thing.
pub fn end_with_the_reader() {
    let before = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let text = panic.payload().downcast_ref::<String>();
        if text.is_some_and(|text| is_closed_pipe(text)) {
            std::process::exit(CLOSED_PIPE);
        }
        before(panic);
    }));
}

/// Whether the printing macros say this of a closed pipe.
fn is_closed_pipe(text: &str) -> bool {
    let closed = std::io::Error::from(ErrorKind::BrokenPipe).to_string();
    let said = text.to_lowercase();
    said.starts_with("failed printing to") && said.contains(&closed.to_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_told_from_other_panics() {
        let cases = [
            ("failed printing to stdout: Broken pipe (os error 32)", true, "what print says"),
            ("failed printing to stderr: Broken pipe (os error 32)", true, "what eprint says"),
            ("failed printing to stdout: No space left on device", false, "another failure"),
            ("invariant(layers): Broken pipe", false, "not from printing"),
        ];
        for (text, expected, reason) in cases {
            assert_eq!(is_closed_pipe(text), expected, "{reason}");
        }
    }
}
