//! `serin query pools`: all pools, or what one account has in its pool.
//!
//! The texts show the numbers of JSON-RPC with their units; nothing is decided here.

use super::super::CommandError;
use super::super::client::Client;
use super::staking::percent;
use super::{Output, account_id, print, tokens};
use crate::rpc::api::ApiClient;
use crate::rpc::view::pools::{PoolMemberView, PoolPartView, PoolView, PoolsView};
use clap::Args;

/// Arguments of `query pools`.
#[derive(Debug, Args)]
pub(in crate::cli) struct PoolsArguments {
    /// What an account has in its pool: address, public key or //Name; all pools, where none is named.
    account: Option<String>,
    #[command(flatten)]
    output: Output,
}

/// Asks and prints.
pub(in crate::cli) fn run(arguments: &PoolsArguments) -> Result<(), CommandError> {
    let client = Client::new(arguments.output.rpc_url())?;
    let Some(account) = &arguments.account else {
        let view = client.wait(client.http().pools())?;
        return print(&arguments.output, &view, overview_text);
    };
    let account = account_id(account)?.to_string();
    let view = client.wait(client.http().pool_member(account.clone()))?;
    let Some(view) = view else {
        return Err(CommandError::Failed(format!(
            "{account} is in no pool: serin query pools lists them, serin pools join POOL AMOUNT enters one"
        )));
    };
    print(&arguments.output, &view, member_text)
}

fn overview_text(view: &PoolsView) -> String {
    let mut lines = vec![
        format!("pools    {} of at most {}", view.living, view.pools_max),
        format!("members  {} of at most {}", view.members, view.members_max),
        format!(
            "bonds    at least {} to join, {} to create a pool",
            tokens(&view.min_join_bond),
            tokens(&view.min_create_bond)
        ),
        format!("highest commission {}", percent(view.commission_max_ppb)),
    ];
    lines.extend(view.pools.iter().map(pool_text));
    lines.join("\n")
}

fn pool_text(view: &PoolView) -> String {
    let role = |account: &Option<String>| account.clone().unwrap_or_else(|| "nobody".to_owned());
    let promise = view
        .commission_most_ppb
        .map_or_else(String::new, |most| format!(", never above {}", percent(most)));
    let mut lines = vec![
        format!(
            "pool {}: {}, {} members, {} active, {} leaving",
            view.pool,
            view.state,
            view.members,
            tokens(&view.active),
            tokens(&view.leaving)
        ),
        format!("  depositor  {}", view.depositor),
        format!("  root       {}", role(&view.root)),
        format!("  nominator  {}", role(&view.nominator)),
        format!("  bouncer    {}", role(&view.bouncer)),
        format!(
            "  commission {}{promise}, {} to be claimed",
            percent(view.commission_ppb),
            tokens(&view.commission_pending)
        ),
        format!("  its bond   {}", view.stake_account),
    ];
    lines.extend(view.targets.iter().map(|target| format!("  nominates  {target}")));
    lines.join("\n")
}

fn member_text(view: &PoolMemberView) -> String {
    let mut lines = vec![
        format!("account  {}", view.account),
        format!("pool     {}", view.pool),
        format!(
            "bonded   {} ({} points, {} of the pool)",
            tokens(&view.worth),
            view.points,
            percent(view.share_ppb)
        ),
        format!("rewards  {} to be claimed", tokens(&view.pending)),
    ];
    lines.extend(view.unbonding.iter().map(|part| part_line(part, view.era)));
    lines.join("\n")
}

fn part_line(part: &PoolPartView, era: u32) -> String {
    let left = part.era.saturating_sub(era);
    let when = match left {
        0 => "can be withdrawn".to_owned(),
        _ => format!("free in era {}, {left} from now", part.era),
    };
    format!("  unbonds {} {when}", tokens(&part.worth))
}
