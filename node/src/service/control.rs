//! Commands of a launcher on standard input: `connect ADDRESS`, `block PEER`, `allow PEER`.
//!
//! The end of standard input ends the node, so that nodes end with their launcher however it ends.
//! Where the system can, the node is killed with it even while it is stopped.

use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::sync::mpsc;

/// Where commands come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Control {
    /// Standard input.
    Stdin,
}

/// One command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ControlLine {
    /// Dial this address, and again whenever the connection is lost.
    Connect(String),
    /// Cut and refuse all connections with this peer.
    Block(String),
    /// Undo `Block`.
    Allow(String),
    /// Standard input ended.
    End,
}

impl ControlLine {
    /// Reads one line; `None` where it is not a command.
    #[must_use]
    pub fn parse(line: &str) -> Option<Self> {
        let (verb, object) = line.trim().split_once(' ')?;
        let object = object.trim().to_owned();
        match verb {
            "connect" => Some(Self::Connect(object)),
            "block" => Some(Self::Block(object)),
            "allow" => Some(Self::Allow(object)),
            _ => None,
        }
    }
}

/// Starts reading standard input.
#[must_use]
pub(super) fn listen() -> mpsc::Receiver<ControlLine> {
    die_with_parent();
    let (sender, receiver) = mpsc::channel(16);
    tokio::spawn(async move {
        let mut lines = BufReader::new(tokio::io::stdin()).lines();
        while let Ok(Some(line)) = lines.next_line().await {
            let Some(command) = ControlLine::parse(&line) else {
                tracing::warn!(line, "not a control command");
                continue;
            };
            if sender.send(command).await.is_err() {
                return;
            }
        }
        // A closed receiver means that the node is ending already.
        drop(sender.send(ControlLine::End).await);
    });
    receiver
}

#[cfg(target_os = "linux")]
fn die_with_parent() {
    use nix::sys::{prctl, signal::Signal};
    if let Err(error) = prctl::set_pdeathsig(Signal::SIGKILL) {
        tracing::debug!(%error, "the system does not end this node with its launcher");
    }
}

#[cfg(not(target_os = "linux"))]
const fn die_with_parent() {}

#[cfg(test)]
mod tests {
    use super::ControlLine;

    #[test]
    fn lines_are_commands_with_one_object_or_nothing() {
        let cases = [
            (
                "a command",
                "connect /ip4/1.2.3.4/tcp/1",
                Some(ControlLine::Connect("/ip4/1.2.3.4/tcp/1".into())),
            ),
            (
                "spaces around are ignored",
                "  block  12D3 ",
                Some(ControlLine::Block("12D3".into())),
            ),
            ("the opposite", "allow 12D3", Some(ControlLine::Allow("12D3".into()))),
            ("no object", "block", None),
            ("unknown verb", "explode now", None),
        ];
        for (why, line, expected) in cases {
            assert_eq!(ControlLine::parse(line), expected, "{why}");
        }
    }
}
