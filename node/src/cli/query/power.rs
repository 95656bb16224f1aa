//! Who decides, for people: turnout, concentration, votes, and the collective.
//!
//! The texts show the numbers of JSON-RPC with their units; nothing is decided here.

use super::super::CommandError;
use super::super::client::Client;
use super::gov::percent;
use super::{Output, print, tokens};
use crate::rpc::api::ApiClient;
use crate::rpc::view::governance::VoteView;
use crate::rpc::view::power::{CollectiveView, PollView, PowerView, TurnoutView};

/// Indices of power that a line shows.
const INDICES_SHOWN: usize = 8;

/// Asks for the collective and prints it.
pub(in crate::cli) fn collective(output: &Output) -> Result<(), CommandError> {
    let client = Client::new(output.rpc_url())?;
    let view = client.wait(client.http().collective())?;
    print(output, &view, collective_text)
}

/// How concentrated weights are.
pub(super) fn power_lines(of_what: &str, view: &PowerView) -> Vec<String> {
    if view.accounts == 0 {
        return Vec::new();
    }
    let indices = view.banzhaf_ppb.iter().take(INDICES_SHOWN).map(|share| percent(*share));
    let indices: Vec<String> = indices.collect();
    let estimate = if view.banzhaf_is_exact { "" } else { " (estimated)" };
    vec![
        format!(
            "power        of {of_what}: Gini {}.{:03}; more than a third, half, two thirds with {}, {}, {} accounts",
            view.gini_ppb.div_euclid(1_000_000_000),
            view.gini_ppb.rem_euclid(1_000_000_000).div_euclid(1_000_000),
            view.nakamoto_third,
            view.nakamoto_half,
            view.nakamoto_two_thirds
        ),
        format!("             Banzhaf{estimate} {}", indices.join(" ")),
    ]
}

/// Who takes part.
pub(super) fn turnout_lines(view: &TurnoutView) -> String {
    format!(
        "turnout    {} of the stake ({}), {} of {} who ever took part ({}); {} vote themselves",
        percent(view.by_stake_ppb),
        tokens(&view.capital),
        view.heads,
        view.of_heads,
        percent(view.by_head_ppb),
        view.voters
    )
}

/// A table of votes, the heaviest first.
pub(super) fn votes_lines(votes: &[VoteView]) -> Vec<String> {
    if votes.is_empty() {
        return Vec::new();
    }
    let head = format!(
        "  {:<48} {:>20} {:>9}  {}",
        "account", "votes with lent ones", "of others", "says"
    );
    let row = |view: &VoteView| {
        let lent = if view.is_carried || view.delegators == 0 {
            ""
        } else {
            " (lent votes are not carried)"
        };
        let (weight, account) = (tokens(&view.weight), &view.account);
        format!("  {account:<48} {weight:>20} {:>9}  {}{lent}", view.delegators, view.vote)
    };
    core::iter::once(head).chain(votes.iter().map(row)).collect()
}

fn collective_text(view: &CollectiveView) -> String {
    let roll: Vec<String> =
        (0..).zip(&view.roll).map(|(rank, count): (u32, _)| format!("{rank}: {count}")).collect();
    let mut lines = vec![
        format!("ranks      {}", roll.join("  ")),
        format!(
            "whitelist  {} votes from rank {} on; a call needs {} of them",
            view.votes,
            view.rank_min,
            percent(view.threshold_ppb)
        ),
    ];
    let members = view.members.iter();
    lines.extend(
        members.map(|one| format!("  {} rank {}, {} votes", one.account, one.rank, one.votes)),
    );
    lines.extend(view.polls.iter().map(poll_text));
    lines.join("\n")
}

fn poll_text(view: &PollView) -> String {
    let call =
        view.call.clone().unwrap_or_else(|| "a call whose bytes nobody has noted".to_owned());
    let state = match (view.is_whitelisted, view.end) {
        (true, _) => {
            "whitelisted: propose whitelist.dispatch on the track whitelisted_caller".to_owned()
        }
        (false, Some(end)) => format!("needs {} more votes by slot {end}", view.missing),
        (false, None) => "ended".to_owned(),
    };
    let ballots: Vec<String> =
        view.ballots.iter().map(|ballot| format!("\n    {ballot}")).collect();
    format!(
        "  {}\n    {call}\n    {} aye, {} nay; {state}{}",
        view.hash,
        view.ayes,
        view.nays,
        ballots.concat()
    )
}
