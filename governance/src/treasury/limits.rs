//! What each track may spend, as on Kusama, and the table that documents show.
//!
//! The documents' table is written by this code: in Kusama's own sources the comments beside the limits say other
//! numbers than the code does (polkadot-fellows/runtimes 2.3.2, `origins.rs`).

use super::SpendLimit;
use crate::TrackId;
use crate::referenda::{ReferendaParameters, Subject, Track};
use serin_state::types::Balance;

/// Smallest units of a QUID, Kusama's 30th of a token.
const QUID: u128 = 33_333_333_333;

/// Kusama's limits: `Spender` of its runtime 2.3.2.
#[must_use]
pub fn track_limits() -> Vec<SpendLimit> {
    let limit = |(track, quid): (u16, u128)| SpendLimit {
        track: TrackId(track),
        amount: Balance(QUID.saturating_mul(quid)),
    };
    let rows =
        [(11, 10_000_000), (30, 250), (31, 1_000), (32, 10_000), (33, 100_000), (34, 1_000_000)];
    rows.into_iter().map(limit).collect()
}

/// All tracks with Kusama's numbers, in Markdown.
#[must_use]
pub fn limits_table() -> String {
    let parameters = ReferendaParameters::kusama(60_000);
    let limits = track_limits();
    let head = "| id | track | deciding at once | decision deposit | prepare | decide | confirm | enact after | spends at most |\n|---|---|---|---|---|---|---|---|---|\n";
    let row = |track: &Track| {
        let limit = limits.iter().find(|limit| limit.track == track.id);
        let spends = match (track.id, limit) {
            (TrackId::ROOT, _) => "anything".to_owned(),
            (_, Some(limit)) => limit.amount.to_string(),
            (_, None) if track.subject == Subject::KusamaOnly => {
                "nothing; no subject here".to_owned()
            }
            (_, None) => "nothing".to_owned(),
        };
        format!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {spends} |\n",
            track.id.0,
            track.name,
            track.max_deciding,
            track.decision_deposit,
            minutes(track.prepare_period),
            minutes(track.decision_period),
            minutes(track.confirm_period),
            minutes(track.min_enactment_period),
        )
    };
    core::iter::once(head.to_owned()).chain(parameters.tracks.iter().map(row)).collect()
}

/// Minutes in the largest unit that divides them.
fn minutes(count: u64) -> String {
    match count {
        days if days.is_multiple_of(1_440) => format!("{} d", days.div_euclid(1_440)),
        hours if hours.is_multiple_of(60) => format!("{} h", hours.div_euclid(60)),
        minutes => format!("{minutes} min"),
    }
}
