//! `serin staking`: bonding, nominating, validating, and session keys.
//!
//! Every command makes one call and sends it like `serin tx`; the node's answer says what came of it. Whoever wants to
//! validate bonds, registers session keys and validates; whoever wants to nominate bonds and nominates.

use super::client::Client;
use super::query::account_id;
use super::send::{Order, SendArguments, parse_amount, send};
use super::{CommandError, key};
use crate::rpc::api::ApiClient;
use crate::runtime::Call;
use crate::runtime::words::{parse_keys, parse_payee, parse_percent};
use clap::{Args, Subcommand};
use serin_consensus::staking::Call as Staking;
use serin_consensus::staking::era::EraCall;
use serin_consensus::staking::keys::KeysCall;
use serin_consensus::staking::ledger::{LedgerCall, Payee, Terms};
use serin_state::types::{AccountId, Era, Hash};

/// Pages that one `staking payout` claims at most.
const PAYOUTS_MAX: usize = 64;

/// What can be done.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples, from a bond to a seat:\n  \
    serin staking bond 1000 --from //Eve\n  \
    serin staking set-keys --from //Eve --secret //Eve\n  \
    serin staking validate --commission 10 --from //Eve\n  \
    serin staking bond 500 --payee stash --from //Ferdie\n  \
    serin staking nominate //Eve //Alice --from //Ferdie\n  \
    serin staking unbond 200 --from //Ferdie")]
pub(super) enum StakingCommand {
    /// Bond free tokens for the first time.
    Bond(BondArguments),
    /// Bond more.
    BondExtra(AmountArguments),
    /// Begin to free tokens: they can be withdrawn after the bonding duration.
    Unbond(AmountArguments),
    /// Bond tokens again that unbond, the newest first.
    Rebond(AmountArguments),
    /// Free what has waited long enough.
    Withdraw(SignerArguments),
    /// Nominate candidates, in place of those before.
    Nominate(AccountsArguments),
    /// Want to be elected, or change the terms.
    Validate(ValidateArguments),
    /// Neither validate nor nominate, from the next election on.
    Chill(ChillArguments),
    /// Take yourself off the nominations of others.
    Kick(AccountsArguments),
    /// Say where rewards go.
    Payee(PayeeArguments),
    /// Register session keys for a validator, with a proof that you hold them.
    SetKeys(KeysArguments),
    /// Have no session keys any more.
    PurgeKeys(SignerArguments),
    /// Pay a validator and its nominators for eras that have ended. By anybody.
    Payout(PayoutArguments),
    /// End a bond that slashes left below the existential deposit.
    Reap(ReapArguments),
}

/// Who signs, and how it is sent.
#[derive(Debug, Args)]
pub(super) struct SignerArguments {
    /// Secret of the sender: a mnemonic, a 0x seed or //Alice.
    #[arg(long, value_name = "URI", env = "SERIN_KEY_URI", hide_env_values = true)]
    pub(super) from: String,
    #[command(flatten)]
    pub(super) send: SendArguments,
}

/// Arguments of `staking bond`.
#[derive(Debug, Args)]
pub(super) struct BondArguments {
    /// How much, in tokens.
    amount: String,
    /// Where rewards go: staked, stash, none or an account.
    #[arg(long, value_name = "PAYEE", default_value = "staked")]
    payee: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// An amount.
#[derive(Debug, Args)]
pub(super) struct AmountArguments {
    /// How much, in tokens.
    pub(super) amount: String,
    #[command(flatten)]
    pub(super) signer: SignerArguments,
}

/// One account or more.
#[derive(Debug, Args)]
pub(super) struct AccountsArguments {
    /// Whom: addresses, public keys or //Name.
    #[arg(required = true, value_name = "ACCOUNT")]
    accounts: Vec<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking validate`.
#[derive(Debug, Args)]
pub(super) struct ValidateArguments {
    /// What you take of rewards before they are shared, in percent.
    #[arg(long, value_name = "PERCENT", default_value = "10")]
    commission: String,
    /// Take no new nominations.
    #[arg(long)]
    blocked: bool,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking chill`.
#[derive(Debug, Args)]
pub(super) struct ChillArguments {
    /// Another, whose stake is below the minimum where its roster is nearly full.
    #[arg(long, value_name = "ACCOUNT")]
    other: Option<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking payee`.
#[derive(Debug, Args)]
pub(super) struct PayeeArguments {
    /// staked, stash, none or an account.
    payee: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking set-keys`.
#[derive(Debug, Args)]
pub(super) struct KeysArguments {
    /// What `serin key rotate` printed.
    #[arg(long, value_name = "HEX", conflicts_with = "secret", required_unless_present = "secret")]
    keys: Option<String>,
    /// The secret that the node was started with: its session keys are registered.
    #[arg(long, value_name = "URI")]
    secret: Option<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking payout`.
#[derive(Debug, Args)]
pub(super) struct PayoutArguments {
    /// The validator.
    validator: String,
    /// The era; every page of every era that nobody has claimed, where none is named.
    #[arg(long, value_name = "ERA")]
    era: Option<u32>,
    /// Which page of its exposure.
    #[arg(long, value_name = "PAGE", default_value_t = 0, requires = "era")]
    page: u32,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `staking reap`.
#[derive(Debug, Args)]
pub(super) struct ReapArguments {
    /// Whose bond.
    account: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Carries a command out.
pub(super) fn run(command: &StakingCommand) -> Result<(), CommandError> {
    let (signer, call) = match command {
        StakingCommand::Bond(BondArguments { amount, payee, signer }) => {
            let (amount, payee) = (parse_amount(amount)?, payee_of(payee)?);
            (signer, LedgerCall::Bond { amount, payee })
        }
        StakingCommand::BondExtra(AmountArguments { amount, signer }) => {
            (signer, LedgerCall::BondExtra { amount: parse_amount(amount)? })
        }
        StakingCommand::Unbond(AmountArguments { amount, signer }) => {
            (signer, LedgerCall::Unbond { amount: parse_amount(amount)? })
        }
        StakingCommand::Rebond(AmountArguments { amount, signer }) => {
            (signer, LedgerCall::Rebond { amount: parse_amount(amount)? })
        }
        StakingCommand::Withdraw(signer) => (signer, LedgerCall::Withdraw),
        StakingCommand::Nominate(AccountsArguments { accounts, signer }) => {
            (signer, LedgerCall::Nominate { targets: accounts_of(accounts)? })
        }
        StakingCommand::Validate(ValidateArguments { commission, blocked, signer }) => {
            let commission = parse_percent(commission)
                .map_err(|error| CommandError::Usage(format!("--commission: {error}")))?;
            (signer, LedgerCall::Validate { terms: Terms { commission, blocked: *blocked } })
        }
        StakingCommand::Chill(ChillArguments { other: None, signer }) => {
            (signer, LedgerCall::Chill)
        }
        StakingCommand::Chill(ChillArguments { other: Some(other), signer }) => {
            (signer, LedgerCall::ChillOther { account: account_id(other)? })
        }
        StakingCommand::Kick(AccountsArguments { accounts, signer }) => {
            (signer, LedgerCall::Kick { nominators: accounts_of(accounts)? })
        }
        StakingCommand::Payee(PayeeArguments { payee, signer }) => {
            (signer, LedgerCall::SetPayee { payee: payee_of(payee)? })
        }
        StakingCommand::Reap(ReapArguments { account, signer }) => {
            (signer, LedgerCall::Reap { account: account_id(account)? })
        }
        StakingCommand::SetKeys(arguments) => return set_keys(arguments),
        StakingCommand::Payout(arguments) => return payout(arguments),
        StakingCommand::PurgeKeys(signer) => return sign(signer, Staking::Keys(KeysCall::Purge)),
    };
    sign(signer, Staking::Ledger(call))
}

pub(super) fn sign(signer: &SignerArguments, call: Staking) -> Result<(), CommandError> {
    let from = key::secret(&signer.from)?;
    let client = Client::new(signer.send.rpc_url())?;
    send(&client, &signer.send, &[Order { from, call: Call::Staking(call) }])
}

fn payee_of(text: &str) -> Result<Payee, CommandError> {
    parse_payee(text).map_err(|error| {
        CommandError::Usage(format!("a payee is staked, stash, none or an account: {error}"))
    })
}

pub(super) fn accounts_of(texts: &[String]) -> Result<Vec<AccountId>, CommandError> {
    texts.iter().map(|text| account_id(text)).collect()
}

/// Registers the keys that a node has made, or those of the secret that it was started with.
fn set_keys(arguments: &KeysArguments) -> Result<(), CommandError> {
    let KeysArguments { keys, secret, signer } = arguments;
    let call = match (keys, secret) {
        (Some(text), _) => {
            parse_keys(text).map_err(|error| CommandError::Usage(format!("--keys: {error}")))?
        }
        (None, Some(uri)) => {
            let account = key::secret(&signer.from)?.public().into();
            let genesis = genesis(&Client::new(signer.send.rpc_url())?)?;
            let (keys, proof) = key::session(uri)?.possession(&genesis, account);
            KeysCall::Set { keys, proof: Box::new(proof) }
        }
        (None, None) => {
            return Err(CommandError::Usage(
                "name the keys: --keys with what `serin key rotate` printed, or --secret".into(),
            ));
        }
    };
    sign(signer, Staking::Keys(call))
}

/// Claims one page, or all that nobody has claimed yet, each in a transaction of its own.
fn payout(arguments: &PayoutArguments) -> Result<(), CommandError> {
    let PayoutArguments { validator, era, page, signer } = arguments;
    let validator = account_id(validator)?;
    let client = Client::new(signer.send.rpc_url())?;
    let pages: Vec<(Era, u32)> = if let Some(era) = era {
        vec![(Era(*era), *page)]
    } else {
        let view = client.wait(client.http().staker(validator.to_string()))?;
        let rewards = view.rewards.iter();
        let open = rewards.flat_map(|one| one.unclaimed.iter().map(|page| (Era(one.era), *page)));
        open.take(PAYOUTS_MAX).collect()
    };
    if pages.is_empty() {
        return Err(CommandError::Failed(format!(
            "{validator} has no reward that nobody has claimed"
        )));
    }
    let from = key::secret(&signer.from)?;
    let order = |(era, page)| {
        let call = Call::Staking(Staking::Era(EraCall::Payout { validator, era, page }));
        Order { from: from.clone(), call }
    };
    let orders: Vec<Order> = pages.into_iter().map(order).collect();
    send(&client, &signer.send, &orders)
}

/// The hash of the chain that the node follows.
fn genesis(client: &Client) -> Result<Hash, CommandError> {
    let status = client.wait(client.http().status())?;
    status.genesis.parse().map_err(|error| {
        CommandError::Failed(format!("the node names a genesis that is no hash: {error}"))
    })
}
