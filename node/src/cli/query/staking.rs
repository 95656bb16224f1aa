//! `serin query staking`: validators, what they earn, the next election, and how stake is spread; or one account.
//!
//! The texts show the numbers of JSON-RPC with their units; nothing is decided here.

use super::super::CommandError;
use super::super::client::Client;
use super::{Output, account_id, print, tokens};
use crate::rpc::api::ApiClient;
use crate::rpc::view::staking::{
    ExposureView, KeysView, RewardView, StakerView, StakingView, ValidatorView,
};
use clap::Args;

/// Seats of the next election, and nominators of an exposure, that are shown.
const SEATS_SHOWN: usize = 32;

/// Arguments of `query staking`.
#[derive(Debug, Args)]
pub(in crate::cli) struct StakingArguments {
    /// Bond, keys and rewards of an account: address, public key or //Name; of all, where none is named.
    account: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Asks and prints.
pub(in crate::cli) fn run(arguments: &StakingArguments) -> Result<(), CommandError> {
    let client = Client::new(arguments.output.rpc_url())?;
    let Some(account) = &arguments.account else {
        let view = client.wait(client.http().staking())?;
        return print(&arguments.output, &view, overview_text);
    };
    let account = account_id(account)?.to_string();
    let view = client.wait(client.http().staker(account))?;
    print(&arguments.output, &view, staker_text)
}

/// Parts per billion as percent with two decimals.
pub(super) fn percent(ppb: u32) -> String {
    let hundredths = ppb.div_euclid(100_000);
    format!("{}.{:02} %", hundredths.div_euclid(100), hundredths.rem_euclid(100))
}

fn overview_text(view: &StakingView) -> String {
    let done = view.session.saturating_sub(view.era_session).saturating_add(1);
    let next = if view.elected_era > view.era { ", the next one is elected" } else { "" };
    let mut lines = vec![
        format!("era          {}, session {done} of {}{next}", view.era, view.sessions_per_era),
        format!(
            "staked       {} of {}: {}",
            tokens(&view.staked),
            tokens(&view.issuance),
            percent(view.staked_ppb)
        ),
        format!("expected pay {} if the era ended now", tokens(&view.expected_pay)),
        format!("unbonding    takes {} eras", view.bonding_eras),
        format!(
            "spread       Gini {}; {} validators have more than 1/3, {} more than 2/3",
            percent(view.gini_ppb),
            view.nakamoto_third,
            view.nakamoto_two_thirds
        ),
        format!(
            "stakers      {} candidates for {} seats, {} nominators",
            view.candidates, view.seats, view.nominators
        ),
        format!("validators   {}", view.validators.len()),
    ];
    lines.extend(view.validators.iter().map(validator_line));
    let before = view.era.saturating_sub(1);
    let offline = view.offline.iter();
    lines.extend(
        offline.map(|who| format!("  {who} made no block in era {before}: it was offline")),
    );
    lines.push(format!("an election now would give {} seats", view.preview.len()));
    let seats = view.preview.iter().take(SEATS_SHOWN);
    lines.extend(seats.map(|seat| format!("  {} {}", seat.account, tokens(&seat.total))));
    if view.preview.len() > SEATS_SHOWN {
        lines.push("  and others: --json shows all".to_owned());
    }
    lines.extend(view.waiting.iter().take(SEATS_SHOWN).map(|who| format!("  {who} waits")));
    lines.join("\n")
}

fn validator_line(view: &ValidatorView) -> String {
    let out = if view.disabled { ", disabled for an offence" } else { "" };
    format!(
        "  {} {}, of its own {}, {} nominators, commission {}, {} points, expects {}{out}",
        view.account,
        tokens(&view.total),
        tokens(&view.own),
        view.nominators,
        percent(view.commission_ppb),
        view.points,
        tokens(&view.expected_pay)
    )
}

fn staker_text(view: &StakerView) -> String {
    let Some(payee) = &view.payee else {
        return format!("{} has no bond: serin staking bond", view.account);
    };
    let mut lines = vec![
        format!("account   {}", view.account),
        format!("bonded    {}, active {}", tokens(&view.total), tokens(&view.active)),
    ];
    lines.extend(view.unlocking.iter().map(|chunk| {
        let left = chunk.era.saturating_sub(view.era);
        let when = match left {
            0 => "can be withdrawn".to_owned(),
            _ => format!("free in era {}, {left} from now", chunk.era),
        };
        format!("  unbonds {} {when}", tokens(&chunk.amount))
    }));
    lines.push(format!("rewards   go to {payee}"));
    let closed = if view.blocked { ", takes no new nominations" } else { "" };
    lines.push(match view.commission_ppb {
        Some(commission) => format!("validates commission {}{closed}", percent(commission)),
        None => format!("intention {}", view.intention),
    });
    lines.extend(view.targets.iter().map(|target| format!("  nominates {target}")));
    lines.extend(view.keys.iter().map(keys_line));
    lines.extend(view.exposure.iter().flat_map(exposure_lines));
    lines.extend(view.rewards.iter().map(reward_line));
    lines.join("\n")
}

fn exposure_lines(view: &ExposureView) -> Vec<String> {
    let mut lines = vec!["serves    in this era, with behind it".to_owned()];
    lines.push(validator_line(&view.validator));
    let backers = view.nominators.iter().take(SEATS_SHOWN);
    lines.extend(backers.map(|one| format!("    {} {}", one.account, tokens(&one.stake))));
    if view.nominators.len() > SEATS_SHOWN {
        lines.push("    and others: --json shows more".to_owned());
    }
    lines
}

fn keys_line(view: &KeysView) -> String {
    let when = format!(
        "sign from session {} on, play the lottery from {} on",
        view.signing_from, view.lottery_from
    );
    view.seal.as_ref().map_or_else(
        || format!("keys      none from session {} on", view.signing_from),
        |seal| format!("keys      with seal key {seal}, {when}"),
    )
}

fn reward_line(view: &RewardView) -> String {
    let claims = match view.unclaimed.len() {
        0 => "all paid".to_owned(),
        open => format!("{open} of {} pages unclaimed", view.pages),
    };
    format!("  era {}: {} points, {}, {claims}", view.era, view.points, tokens(&view.pay))
}
