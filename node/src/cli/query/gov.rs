//! `serin query gov`, `serin gov status|tracks|preview`: how referenda stand, for people or as JSON.
//!
//! The texts show the numbers of JSON-RPC with their units; nothing is decided here.

use super::super::CommandError;
use super::super::client::Client;
use super::power::{power_lines, turnout_lines, votes_lines};
use super::{Output, print, tokens, upgrade_text};
use crate::rpc::api::ApiClient;
use crate::rpc::view::governance::{GovernanceView, PreviewView, ReferendumView, TrackView};
use clap::Args;

/// Arguments of `query gov`.
#[derive(Debug, Args)]
pub(in crate::cli) struct GovArguments {
    /// Number of a referendum; all, where none is named.
    index: Option<u32>,
    #[command(flatten)]
    output: Output,
}

/// Arguments of `gov tracks`.
#[derive(Debug, Args)]
pub(in crate::cli) struct TracksArguments {
    #[command(flatten)]
    output: Output,
}

/// Asks and prints.
pub(in crate::cli) fn run(arguments: &GovArguments) -> Result<(), CommandError> {
    let client = Client::new(arguments.output.rpc_url())?;
    let Some(index) = arguments.index else {
        let view = client.wait(client.http().governance())?;
        return print(&arguments.output, &view, overview_text);
    };
    let view = client.wait(client.http().referendum(index))?;
    let view =
        view.ok_or_else(|| CommandError::Failed(format!("there is no referendum {index}")))?;
    print(&arguments.output, &view, referendum_text)
}

/// All tracks.
pub(in crate::cli) fn tracks(arguments: &TracksArguments) -> Result<(), CommandError> {
    let client = Client::new(arguments.output.rpc_url())?;
    let view = client.wait(client.http().tracks())?;
    print(&arguments.output, &view, |view| tracks_text(view))
}

/// Parts per billion as percent with two decimals.
pub(super) fn percent(ppb: u32) -> String {
    let hundredths = ppb.div_euclid(100_000);
    format!("{}.{:02} %", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}

/// A bar of twenty places.
fn bar(ppb: u32) -> String {
    let full = usize::try_from(ppb.div_euclid(50_000_000)).unwrap_or(20).min(20);
    format!("{}{}", "#".repeat(full), ".".repeat(20_usize.saturating_sub(full)))
}

fn overview_text(view: &GovernanceView) -> String {
    let mut lines = vec![
        format!("slot         {}", view.slot),
        format!("electorate   {} of {}", tokens(&view.electorate), tokens(&view.issuance)),
        format!("treasury     {}", tokens(&view.treasury)),
        format!("referenda    {} so far", view.count),
        format!(
            "participants {} with {}, {} of what can vote (that this node has seen)",
            view.participants,
            tokens(&view.participants_tokens),
            percent(view.participation_ppb)
        ),
    ];
    lines.extend(power_lines("their tokens", &view.power));
    lines.extend(view.upgrade.as_ref().map(upgrade_text));
    lines.extend(view.referenda.iter().map(line_of));
    lines.join("\n")
}

fn line_of(view: &ReferendumView) -> String {
    format!(
        "  {} on {}: {}, approval {} of {}, support {} of {}; {}",
        view.index,
        view.track_name,
        view.phase,
        percent(view.approval_ppb),
        percent(view.approval_threshold_ppb),
        percent(view.support_ppb),
        percent(view.support_threshold_ppb),
        view.outlook
    )
}

fn referendum_text(view: &ReferendumView) -> String {
    let nobody = || "nobody".to_owned();
    let mut lines = vec![
        format!("referendum {} on track {} ({})", view.index, view.track_name, view.track),
        format!("phase      {}", view.phase),
        format!("outlook    {}", view.outlook),
    ];
    lines.extend(view.proposal.as_ref().map(|call| format!("proposal   {call}")));
    lines.push(format!("submitter  {}", view.submitter.clone().unwrap_or_else(nobody)));
    lines.push(format!("deposit by {}", view.depositor.clone().unwrap_or_else(nobody)));
    let times = [
        ("decides    from slot", view.deciding_since),
        ("decides    until slot", view.decides_until),
        ("approved   in slot", view.confirms_until),
    ];
    lines.extend(times.iter().filter_map(|(what, slot)| Some(format!("{what} {}", (*slot)?))));
    let share = |what: &str, has: u32, needs: u32| {
        format!("{what} {} {}, needs {}", bar(has), percent(has), percent(needs))
    };
    lines.push(share("approval  ", view.approval_ppb, view.approval_threshold_ppb));
    lines.push(share("support   ", view.support_ppb, view.support_threshold_ppb));
    let (ayes, nays) = (tokens(&view.ayes), tokens(&view.nays));
    lines.push(format!("votes      {ayes} for, {nays} against, with conviction"));
    lines.push(format!("curves     approval {}", curve(&view.approval_curve_ppb)));
    lines.push(format!("           support  {}", curve(&view.support_curve_ppb)));
    lines.extend(view.turnout.as_ref().map(turnout_lines));
    lines.extend(view.power.iter().flat_map(|power| power_lines("their votes", power)));
    lines.extend(votes_lines(&view.votes));
    lines.join("\n")
}

fn curve(points: &[u32]) -> String {
    let points: Vec<String> = points.iter().map(|point| percent(*point)).collect();
    points.join(" ")
}

fn tracks_text(view: &[TrackView]) -> String {
    let head = "id name                  deposit        deciding prepare decision confirm enact  \
                approval         support (slots; start to end of the decision)";
    let row = |track: &TrackView| {
        let ends = |curve: &[u32]| {
            let end = |point: Option<&u32>| point.map_or_else(String::new, |point| percent(*point));
            format!("{} to {}", end(curve.first()), end(curve.last()))
        };
        let note = if track.has_subject { "" } else { "  (nothing here has its powers)" };
        format!(
            "{:>2} {:<21} {:>14} {:>3} of {:<4} {:>5} {:>8} {:>7} {:>5}  {}  {}{note}",
            track.id,
            track.name,
            tokens(&track.decision_deposit),
            track.deciding,
            track.max_deciding,
            track.prepare_period,
            track.decision_period,
            track.confirm_period,
            track.min_enactment_period,
            ends(&track.approval_curve_ppb),
            ends(&track.support_curve_ppb),
        )
    };
    let rows: Vec<String> = view.iter().map(row).collect();
    format!("{head}\n{}", rows.join("\n"))
}

/// What a proposal would cost and need.
pub(in crate::cli) fn preview_text(view: &PreviewView) -> String {
    let known = if view.is_known {
        ""
    } else {
        "\nWARNING     the protocol version in force does not know this call: it would fail"
    };
    let preimage = if view.needs_preimage {
        format!("noted as a preimage for {}", tokens(&view.preimage_deposit))
    } else {
        "stands in the proposal itself".to_owned()
    };
    format!(
        "call        {} ({} bytes, {}), {preimage}\n\
         weight      {} of {} picoseconds that a block has for such calls\n\
         track       {} ({})\n\
         deposits    {} to submit, {} for the decision\n\
         support     {} at the start, {} at the end\n\
         time        {} slots to enactment if it passes at once{known}",
        view.call,
        view.bytes,
        view.hash,
        view.weight,
        view.weight_max,
        view.track.name,
        view.track.id,
        tokens(&view.submission_deposit),
        tokens(&view.track.decision_deposit),
        tokens(&view.support_at_start),
        tokens(&view.support_at_end),
        view.fastest_slots
    )
}
