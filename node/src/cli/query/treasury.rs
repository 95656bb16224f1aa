//! `serin gov treasury`, for people: the pot, what is approved, bounties, and what is paid for taking part.
//!
//! The text shows the numbers of JSON-RPC with their units; nothing is decided here.

use super::super::CommandError;
use super::super::client::Client;
use super::{Output, print, tokens};
use crate::rpc::api::ApiClient;
use crate::rpc::view::treasury::{BountyView, SpendView, TreasuryView};

/// Asks for the treasury and prints it.
pub(in crate::cli) fn run(output: &Output) -> Result<(), CommandError> {
    let client = Client::new(output.rpc_url())?;
    let view = client.wait(client.http().treasury())?;
    print(output, &view, treasury_text)
}

fn treasury_text(view: &TreasuryView) -> String {
    let mut lines = vec![format!("slot       {}", view.slot)];
    lines.push(format!("spendable  {}", tokens(&view.spendable)));
    if let Some(ends) = view.period_ends {
        let hundredths = view.burn_ppm.div_euclid(100);
        lines.push(format!(
            "period     ends with slot {ends}; {}.{:02} % of what is left is burnt then",
            hundredths.div_euclid(100),
            hundredths.rem_euclid(100)
        ));
    }
    lines.push(match &view.participation {
        None => "taking part is not paid".to_owned(),
        Some(rule) => format!(
            "taking part is paid {} a vote of at least {}, {} times a period; {} of {} are paid in this one",
            tokens(&rule.reward),
            tokens(&rule.capital_min),
            rule.votes_max,
            tokens(&rule.paid),
            tokens(&rule.budget)
        ),
    });
    lines.push(format!("spends     {}", view.spends.len()));
    lines.extend(view.spends.iter().map(|spend| spend_line(spend, view.slot)));
    lines.push(format!("bounties   {}", view.bounties.len()));
    lines.extend(view.bounties.iter().map(|bounty| bounty_lines(bounty, view.slot)));
    lines.join("\n")
}

fn spend_line(view: &SpendView, slot: u64) -> String {
    let when = if slot < view.valid_from {
        format!("can be paid from slot {} on", view.valid_from)
    } else if slot < view.expires {
        let index = view.index;
        format!("before slot {}: serin tx call --from .. treasury.payout {index}", view.expires)
    } else {
        "expired: serin tx call --from .. treasury.clear takes it away".to_owned()
    };
    format!("  {} {} for {}, {when}", view.index, tokens(&view.amount), view.beneficiary)
}

/// What it is, and who can do what next.
fn bounty_lines(view: &BountyView, slot: u64) -> String {
    let (index, due) = (view.index, view.due.unwrap_or_default());
    let curator = view.curator.as_deref().unwrap_or_default();
    let next = match view.stage.as_str() {
        "proposed" => {
            format!("waits for approval: serin gov submit --track .. bounties.approve {index}")
        }
        "funded" => format!(
            "has no curator: serin gov submit --track .. bounties.propose_curator {index} ACCOUNT FEE"
        ),
        "offered" => format!("{curator} may take it over: bounties.accept_curator {index}"),
        "active" => {
            format!(
                "{curator} may award it: bounties.award {index} ACCOUNT; must report by slot {due}"
            )
        }
        _ => {
            let who = view.beneficiary.as_deref().unwrap_or_default();
            let when = if slot < due { format!(" from slot {due} on") } else { String::new() };
            format!("awarded to {who}, paid to whom it belongs by bounties.claim {index}{when}")
        }
    };
    format!(
        "  {index} {} with {} for the curator: {}\n    {next}",
        tokens(&view.value),
        tokens(&view.fee),
        view.description
    )
}
