//! `serin pools`: sharing one bond, for small holders and for those who run a pool.
//!
//! Every command makes one call and sends it like `serin tx`. A role that is not named stays as it is, and at the
//! creation of a pool it is the sender's.

use super::client::Client;
use super::query::account_id;
use super::send::parse_amount;
use super::staking::{AmountArguments, SignerArguments, accounts_of, sign};
use super::{CommandError, key};
use crate::rpc::api::ApiClient;
use crate::rpc::view::pools::PoolView;
use crate::runtime::words::{parse_percent, parse_pool_state, parse_role};
use clap::{Args, Subcommand};
use serin_consensus::staking::pools::{ChangeRate, PoolCall, PoolId, Roles};
use serin_consensus::staking::{Call as Staking, Perbill};
use serin_state::types::AccountId;

/// What can be done.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples, from a pool to what it earns:\n  \
    serin pools create 100 --from //Alice\n  \
    serin query pools\n  \
    serin pools nominate 0 //Bob //Charlie --from //Alice\n  \
    serin pools join 0 5 --from //Eve\n  \
    serin pools claim --from //Eve\n  \
    serin pools unbond --all --from //Eve\n  \
    serin pools withdraw --from //Eve\n  \
    serin pools commission 0 5 --from //Alice")]
pub(super) enum PoolsCommand {
    /// Create a pool with a first bond; two existential deposits besides come back at its end.
    Create(CreateArguments),
    /// Join a pool with tokens that are free.
    Join(JoinArguments),
    /// Add to what you have in your pool.
    BondExtra(AmountArguments),
    /// Add your rewards to what you have in your pool.
    Compound(SignerArguments),
    /// Pay a member its rewards: you, or anybody.
    Claim(MemberArguments),
    /// Begin to free what you have; they can be withdrawn after the bonding duration.
    Unbond(UnbondArguments),
    /// Take what has waited long enough; for others where the pool is destroyed.
    Withdraw(MemberArguments),
    /// Nominate validators for a pool. By its root and nominator.
    Nominate(NominateArguments),
    /// Nominate nobody for a pool. By its root and nominator.
    Chill(PoolArguments),
    /// Open, block or end a pool. By its root and bouncer.
    SetState(StateArguments),
    /// Give roles anew. By its root.
    SetRoles(RolesArguments),
    /// Set what is taken of rewards to come, in percent. By its root.
    Commission(CommissionArguments),
    /// Promise a highest commission, in percent, never to be raised. By its root.
    CommissionMax(PromiseArguments),
    /// Promise how fast the commission rises at most. By its root.
    CommissionRate(RateArguments),
    /// Pay the commission to its payee. By it and the root.
    ClaimCommission(PoolArguments),
}

/// Who may do what.
#[derive(Debug, Args)]
pub(super) struct RoleArguments {
    /// Sets roles and commission: an account or none.
    #[arg(long, value_name = "ACCOUNT")]
    root: Option<String>,
    /// Nominates: an account or none.
    #[arg(long, value_name = "ACCOUNT")]
    nominator: Option<String>,
    /// Opens, blocks and ends the pool: an account or none.
    #[arg(long, value_name = "ACCOUNT")]
    bouncer: Option<String>,
}

/// Arguments of `pools create`.
#[derive(Debug, Args)]
pub(super) struct CreateArguments {
    /// Your bond, in tokens.
    amount: String,
    #[command(flatten)]
    roles: RoleArguments,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools join`.
#[derive(Debug, Args)]
pub(super) struct JoinArguments {
    /// Its number: serin query pools.
    pool: u32,
    /// With how much, in tokens.
    amount: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// A member.
#[derive(Debug, Args)]
pub(super) struct MemberArguments {
    /// Another member than the sender.
    #[arg(long, value_name = "ACCOUNT")]
    member: Option<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools unbond`.
#[derive(Debug, Args)]
pub(super) struct UnbondArguments {
    /// How many points, in tokens: one a token while the pool was never slashed.
    #[arg(conflicts_with = "all", required_unless_present = "all")]
    points: Option<String>,
    /// All of them.
    #[arg(long)]
    all: bool,
    #[command(flatten)]
    member: MemberArguments,
}

/// A pool.
#[derive(Debug, Args)]
pub(super) struct PoolArguments {
    /// Its number.
    pool: u32,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools nominate`.
#[derive(Debug, Args)]
pub(super) struct NominateArguments {
    /// Its number.
    pool: u32,
    /// Whom: addresses, public keys or //Name.
    #[arg(required = true, value_name = "ACCOUNT")]
    accounts: Vec<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools set-state`.
#[derive(Debug, Args)]
pub(super) struct StateArguments {
    /// Its number.
    pool: u32,
    /// open, blocked, or destroying for ever.
    state: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools set-roles`.
#[derive(Debug, Args)]
pub(super) struct RolesArguments {
    /// Its number.
    pool: u32,
    #[command(flatten)]
    roles: RoleArguments,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools commission`.
#[derive(Debug, Args)]
pub(super) struct CommissionArguments {
    /// Its number.
    pool: u32,
    /// In percent.
    percent: String,
    /// Who gets it: the sender, where nobody is named.
    #[arg(long, value_name = "ACCOUNT")]
    payee: Option<String>,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools commission-max`.
#[derive(Debug, Args)]
pub(super) struct PromiseArguments {
    /// Its number.
    pool: u32,
    /// In percent.
    percent: String,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Arguments of `pools commission-rate`.
#[derive(Debug, Args)]
pub(super) struct RateArguments {
    /// Its number.
    pool: u32,
    /// By how much at once, in percent.
    percent: String,
    /// How long after the last change, in slots.
    slots: u64,
    #[command(flatten)]
    signer: SignerArguments,
}

/// Carries a command out.
pub(super) fn run(command: &PoolsCommand) -> Result<(), CommandError> {
    let (signer, call) = match command {
        PoolsCommand::Create(arguments) => (&arguments.signer, create(arguments)?),
        PoolsCommand::Join(JoinArguments { pool, amount, signer }) => {
            (signer, PoolCall::Join { pool: PoolId(*pool), amount: parse_amount(amount)? })
        }
        PoolsCommand::BondExtra(AmountArguments { amount, signer }) => {
            (signer, PoolCall::BondExtra { amount: parse_amount(amount)? })
        }
        PoolsCommand::Compound(signer) => (signer, PoolCall::Compound),
        PoolsCommand::Claim(arguments) => {
            (&arguments.signer, PoolCall::Claim { member: arguments.account()? })
        }
        PoolsCommand::Unbond(arguments) => (&arguments.member.signer, unbond(arguments)?),
        PoolsCommand::Withdraw(arguments) => {
            (&arguments.signer, PoolCall::Withdraw { member: arguments.account()? })
        }
        PoolsCommand::Nominate(NominateArguments { pool, accounts, signer }) => {
            let (pool, targets) = (PoolId(*pool), accounts_of(accounts)?);
            (signer, PoolCall::Nominate { pool, targets })
        }
        PoolsCommand::Chill(PoolArguments { pool, signer }) => {
            (signer, PoolCall::Chill { pool: PoolId(*pool) })
        }
        PoolsCommand::SetState(StateArguments { pool, state, signer }) => {
            let wrong = |error| CommandError::Usage(format!("the state of a pool: {error}"));
            let state = parse_pool_state(state).map_err(wrong)?;
            (signer, PoolCall::SetState { pool: PoolId(*pool), state })
        }
        PoolsCommand::SetRoles(arguments) => (&arguments.signer, set_roles(arguments)?),
        PoolsCommand::Commission(arguments) => (&arguments.signer, commission(arguments)?),
        PoolsCommand::CommissionMax(PromiseArguments { pool, percent, signer }) => {
            let (pool, most) = (PoolId(*pool), percent_of(percent)?);
            (signer, PoolCall::SetCommissionMax { pool, most })
        }
        PoolsCommand::CommissionRate(RateArguments { pool, percent, slots, signer }) => {
            let rate = ChangeRate { rise_max: percent_of(percent)?, delay_slots: *slots };
            (signer, PoolCall::SetChangeRate { pool: PoolId(*pool), rate })
        }
        PoolsCommand::ClaimCommission(PoolArguments { pool, signer }) => {
            (signer, PoolCall::ClaimCommission { pool: PoolId(*pool) })
        }
    };
    sign(signer, Staking::Pools(call))
}

fn sender(signer: &SignerArguments) -> Result<AccountId, CommandError> {
    Ok(key::secret(&signer.from)?.public().into())
}

fn percent_of(text: &str) -> Result<Perbill, CommandError> {
    parse_percent(text).map_err(|error| CommandError::Usage(format!("a share in percent: {error}")))
}

impl MemberArguments {
    fn account(&self) -> Result<AccountId, CommandError> {
        self.member.as_ref().map_or_else(|| sender(&self.signer), |member| account_id(member))
    }
}

/// The account of a role; what it was where it is not named.
fn role(
    named: Option<&String>,
    before: Option<AccountId>,
) -> Result<Option<AccountId>, CommandError> {
    let Some(text) = named else { return Ok(before) };
    parse_role(text)
        .map_err(|error| CommandError::Usage(format!("a role is an account or none: {error}")))
}

fn roles_of(arguments: &RoleArguments, before: Roles) -> Result<Roles, CommandError> {
    let RoleArguments { root, nominator, bouncer } = arguments;
    Ok(Roles {
        root: role(root.as_ref(), before.root)?,
        nominator: role(nominator.as_ref(), before.nominator)?,
        bouncer: role(bouncer.as_ref(), before.bouncer)?,
    })
}

fn create(arguments: &CreateArguments) -> Result<PoolCall, CommandError> {
    let me = Some(sender(&arguments.signer)?);
    let roles = roles_of(&arguments.roles, Roles { root: me, nominator: me, bouncer: me })?;
    Ok(PoolCall::Create { amount: parse_amount(&arguments.amount)?, roles })
}

fn commission(arguments: &CommissionArguments) -> Result<PoolCall, CommandError> {
    let CommissionArguments { pool, percent, payee, signer } = arguments;
    let payee = payee.as_ref().map_or_else(|| sender(signer), |payee| account_id(payee))?;
    Ok(PoolCall::SetCommission { pool: PoolId(*pool), share: percent_of(percent)?, payee })
}

/// So many points, or all that the node says the member has.
fn unbond(arguments: &UnbondArguments) -> Result<PoolCall, CommandError> {
    let member = arguments.member.account()?;
    if let Some(points) = &arguments.points {
        return Ok(PoolCall::Unbond { member, points: parse_amount(points)?.0 });
    }
    let client = Client::new(arguments.member.signer.send.rpc_url())?;
    let view = client.wait(client.http().pool_member(member.to_string()))?;
    let view = view
        .ok_or_else(|| CommandError::Failed(format!("{member} is in no pool: serin pools join")))?;
    let points = view.points.parse().map_err(|error| {
        CommandError::Failed(format!("the node names points that are no number: {error}"))
    })?;
    Ok(PoolCall::Unbond { member, points })
}

fn set_roles(arguments: &RolesArguments) -> Result<PoolCall, CommandError> {
    let client = Client::new(arguments.signer.send.rpc_url())?;
    let view = client.wait(client.http().pools())?;
    let pool = view.pools.iter().find(|one| one.pool == arguments.pool).ok_or_else(|| {
        CommandError::Failed(format!("there is no pool {}: serin query pools", arguments.pool))
    })?;
    let roles = roles_of(&arguments.roles, roles_in(pool)?)?;
    Ok(PoolCall::SetRoles { pool: PoolId(arguments.pool), roles })
}

/// The roles that a node tells.
fn roles_in(view: &PoolView) -> Result<Roles, CommandError> {
    let account = |text: &Option<String>| text.as_ref().map(|text| account_id(text)).transpose();
    Ok(Roles {
        root: account(&view.root)?,
        nominator: account(&view.nominator)?,
        bouncer: account(&view.bouncer)?,
    })
}
