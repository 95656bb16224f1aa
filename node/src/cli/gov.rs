//! `serin gov`: proposing, voting, delegating, and everything around a referendum.
//!
//! Every command makes one call and sends it like `serin tx`; what a referendum needs is told in numbers. Proposals are
//! calls in words (`serin tx call --from //Alice help` lists them); a long one is noted as a preimage on the way.

use super::client::Client;
use super::output::say;
use super::query::{account_id, gov as show, json};
use super::send::{Order, SendArguments, parse_amount, send};
use super::tx::call_of;
use super::{CommandError, NodeAddress};
use crate::rpc::api::ApiClient;
use crate::runtime::Call;
use crate::runtime::words::{origin_of, parse_track};
use clap::{Args, Subcommand, ValueEnum};
use serin_governance::preimages::PreimageCall;
use serin_governance::referenda::{Enactment, ReferendaCall};
use serin_governance::scheduler::Proposal;
use serin_governance::voting::{AccountVote, Conviction, VotingCall};
use serin_governance::{Call as Governance, Origin, ReferendumIndex, TrackId};
use serin_state::codec::encode;
use serin_state::types::{Balance, Hash};

/// What can be done.
#[derive(Debug, Subcommand)]
#[command(after_help = "Examples:\n  \
    serin gov submit --from //Alice --track root balances.force_transfer TREASURY //Bob 10\n  \
    serin gov deposit 0 --from //Alice\n  \
    serin gov vote 0 aye 1000 --conviction 2x --from //Bob --reason 'it is time'\n  \
    serin gov vote 0 split --aye 10 --nay 5 --from //Charlie\n  \
    serin gov delegate --to //Bob --track root 500 --conviction 1x --from //Dave\n  \
    serin gov status 0\n\n\
    Money of the treasury is spent by calls in words, proposed on a track that may spend so much:\n  \
    serin gov submit --from //Alice --track small_tipper treasury.tip //Bob 5\n  \
    serin gov submit --from //Alice --track small_spender treasury.spend //Bob 100\n  \
    serin tx call --from //Alice bounties.propose 100 a wallet for phones\n  \
    serin gov submit --from //Alice --track small_spender bounties.approve 0\n  \
    serin gov treasury")]
pub(super) enum GovCommand {
    /// Propose a call for a track.
    #[command(
        after_help = "Example:\n  serin gov submit --from //Alice --track small_spender treasury.spend //Bob 100"
    )]
    Submit(SubmitArguments),
    /// Pay the deposit that lets a referendum be decided.
    #[command(after_help = "Example:\n  serin gov deposit 0 --from //Bob")]
    Deposit(IndexArguments),
    /// Vote, or vote anew.
    #[command(
        after_help = "Example:\n  serin gov vote 0 aye 1000 --conviction 2x --from //Bob --reason 'it is time'"
    )]
    Vote(VoteArguments),
    /// Take a vote back.
    #[command(after_help = "Example:\n  serin gov unvote 0 --track root --from //Bob")]
    Unvote(UnvoteArguments),
    /// Let somebody else vote with your weight.
    #[command(
        after_help = "Example:\n  serin gov delegate 500 --to //Bob --track root --conviction 1x --from //Dave"
    )]
    Delegate(DelegateArguments),
    /// Vote yourself again.
    #[command(after_help = "Example:\n  serin gov undelegate --track root --from //Dave")]
    Undelegate(TrackArguments),
    /// Free tokens that no vote holds any longer.
    #[command(after_help = "Example:\n  serin gov unlock --track root --from //Dave")]
    Unlock(UnlockArguments),
    /// Get deposits of an ended referendum back.
    #[command(after_help = "Example:\n  serin gov refund 0 --submission --from //Alice")]
    Refund(RefundArguments),
    /// Propose to end a referendum without an outcome; its deposits come back.
    #[command(after_help = "Example:\n  serin gov cancel 0 --from //Alice")]
    Cancel(EndArguments),
    /// Propose to end a referendum and take its deposits.
    #[command(after_help = "Example:\n  serin gov kill 0 --from //Alice")]
    Kill(EndArguments),
    /// Keep the bytes of a call on the chain, or take them away.
    #[command(
        subcommand,
        after_help = "Example:\n  serin gov preimage note --from //Alice system.remark hello"
    )]
    Preimage(PreimageCommand),
    /// How a referendum stands, or all of them.
    #[command(after_help = "Example:\n  serin gov status 0")]
    Status(show::GovArguments),
    /// All tracks, with what they ask for.
    #[command(after_help = "Example:\n  serin gov tracks")]
    Tracks(show::TracksArguments),
    /// The collective: its members, and its polls on calls.
    #[command(after_help = "Example:\n  serin gov collective --json")]
    Collective(super::query::Output),
    /// The treasury: its pot, approved spends, bounties.
    #[command(after_help = "Example:\n  serin gov treasury --json")]
    Treasury(super::query::Output),
    /// What a proposal would cost and need, before it is made.
    #[command(
        after_help = "Example:\n  serin gov preview --track root system.set_parameters base_fee=7"
    )]
    Preview(PreviewArguments),
}

/// Who signs, and how it is sent.
#[derive(Debug, Args)]
pub(super) struct Signer {
    /// Secret of the sender: a mnemonic, a 0x seed or //Alice.
    #[arg(long, value_name = "URI", env = "SERIN_KEY_URI", hide_env_values = true)]
    from: String,
    #[command(flatten)]
    send: SendArguments,
}

/// Arguments of `gov submit`.
#[derive(Debug, Args)]
pub(super) struct SubmitArguments {
    /// On which track: its name or number.
    #[arg(long, value_name = "TRACK")]
    track: String,
    /// How many slots after approval it is to run; the track's own delay is the least.
    #[arg(long, value_name = "SLOTS", default_value_t = 0)]
    after: u64,
    #[command(flatten)]
    signer: Signer,
    /// The call, in words.
    #[arg(required = true, value_name = "WORD")]
    call: Vec<String>,
}

/// Arguments that name a referendum.
#[derive(Debug, Args)]
pub(super) struct IndexArguments {
    /// Number of the referendum.
    index: u32,
    #[command(flatten)]
    signer: Signer,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Way {
    /// For.
    Aye,
    /// Against.
    Nay,
    /// Both, with --aye and --nay.
    Split,
    /// Neither: --abstain, with --aye and --nay where wanted.
    Abstain,
}

/// Arguments of `gov vote`.
#[derive(Debug, Args)]
pub(super) struct VoteArguments {
    /// Number of the referendum.
    index: u32,
    /// Which way.
    #[arg(value_enum)]
    way: Way,
    /// With how much, in tokens; for aye and nay.
    amount: Option<String>,
    /// Weight and lock: none (0.1x, no lock) or 1x to 6x.
    #[arg(long, value_name = "1x", default_value = "none")]
    conviction: String,
    /// Tokens for, of a vote that is split.
    #[arg(long = "aye", value_name = "TOKENS", default_value = "0")]
    ayes: String,
    /// Tokens against, of a vote that is split.
    #[arg(long = "nay", value_name = "TOKENS", default_value = "0")]
    nays: String,
    /// Tokens that abstain.
    #[arg(long = "abstain", value_name = "TOKENS", default_value = "0")]
    abstains: String,
    /// Why, for all to read in the block.
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov unvote`.
#[derive(Debug, Args)]
pub(super) struct UnvoteArguments {
    /// Number of the referendum.
    index: u32,
    /// Its track; needed once it has ended.
    #[arg(long, value_name = "TRACK")]
    track: Option<String>,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov delegate`.
#[derive(Debug, Args)]
pub(super) struct DelegateArguments {
    /// How much, in tokens.
    amount: String,
    /// Who votes: address, public key or //Name.
    #[arg(long, value_name = "ACCOUNT")]
    to: String,
    /// On which track; every one, where none is named.
    #[arg(long, value_name = "TRACK")]
    track: Option<String>,
    /// Weight, and lock after the end: none or 1x to 6x.
    #[arg(long, value_name = "1x", default_value = "none")]
    conviction: String,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments that may name a track.
#[derive(Debug, Args)]
pub(super) struct TrackArguments {
    /// On which track; every one, where none is named.
    #[arg(long, value_name = "TRACK")]
    track: Option<String>,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov unlock`.
#[derive(Debug, Args)]
pub(super) struct UnlockArguments {
    /// On which track.
    #[arg(long, value_name = "TRACK")]
    track: String,
    /// Whose tokens; the sender's, where nobody is named.
    #[arg(long, value_name = "ACCOUNT")]
    target: Option<String>,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov refund`.
#[derive(Debug, Args)]
pub(super) struct RefundArguments {
    /// Number of the referendum.
    index: u32,
    /// The deposit of its submission instead of that of its decision.
    #[arg(long)]
    submission: bool,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov cancel` and `gov kill`.
#[derive(Debug, Args)]
pub(super) struct EndArguments {
    /// Number of the referendum.
    index: u32,
    /// Do it at once, with the powers of the chain's root account, instead of proposing it.
    #[arg(long)]
    as_root: bool,
    #[command(flatten)]
    signer: Signer,
}

/// What can be done with preimages.
#[derive(Debug, Subcommand)]
pub(super) enum PreimageCommand {
    /// Keep the bytes of a call, for a deposit.
    Note(WordsArguments),
    /// Take them away and the deposit back.
    Unnote(HashArguments),
    /// Print hash and length of a call's bytes. Nothing is sent.
    Hash(WordsOnly),
}

/// A call in words, and who signs.
#[derive(Debug, Args)]
pub(super) struct WordsArguments {
    #[command(flatten)]
    signer: Signer,
    /// The call, in words.
    #[arg(required = true, value_name = "WORD")]
    call: Vec<String>,
}

/// A call in words.
#[derive(Debug, Args)]
pub(super) struct WordsOnly {
    #[command(flatten)]
    node: NodeAddress,
    /// The call, in words.
    #[arg(required = true, value_name = "WORD")]
    call: Vec<String>,
}

/// A hash, and who signs.
#[derive(Debug, Args)]
pub(super) struct HashArguments {
    /// Of the bytes.
    hash: String,
    #[command(flatten)]
    signer: Signer,
}

/// Arguments of `gov preview`.
#[derive(Debug, Args)]
pub(super) struct PreviewArguments {
    /// On which track: its name or number.
    #[arg(long, value_name = "TRACK")]
    track: String,
    #[command(flatten)]
    output: super::query::Output,
    /// The call, in words.
    #[arg(required = true, value_name = "WORD")]
    call: Vec<String>,
}

/// Carries a command out.
pub(super) fn run(command: &GovCommand) -> Result<(), CommandError> {
    match command {
        GovCommand::Submit(arguments) => submit(arguments),
        GovCommand::Deposit(IndexArguments { index, signer }) => {
            let index = ReferendumIndex(*index);
            referenda(signer, ReferendaCall::PlaceDecisionDeposit { index })
        }
        GovCommand::Vote(arguments) => vote(arguments),
        GovCommand::Unvote(UnvoteArguments { index, track, signer }) => {
            let track = track.as_deref().map(track_of).transpose()?;
            let index = ReferendumIndex(*index);
            voting(signer, VotingCall::RemoveVote { track, index })
        }
        GovCommand::Delegate(arguments) => delegate(arguments),
        GovCommand::Undelegate(TrackArguments { track, signer }) => {
            let track = track.as_deref().map(track_of).transpose()?;
            let all = VotingCall::UndelegateAll;
            voting(signer, track.map_or(all, |track| VotingCall::Undelegate { track }))
        }
        GovCommand::Unlock(arguments) => unlock(arguments),
        GovCommand::Refund(RefundArguments { index, submission, signer }) => {
            let index = ReferendumIndex(*index);
            let call = if *submission {
                ReferendaCall::RefundSubmissionDeposit { index }
            } else {
                ReferendaCall::RefundDecisionDeposit { index }
            };
            referenda(signer, call)
        }
        GovCommand::Cancel(arguments) => {
            let index = ReferendumIndex(arguments.index);
            end(arguments, TrackId::REFERENDUM_CANCELLER, ReferendaCall::Cancel { index })
        }
        GovCommand::Kill(arguments) => {
            let index = ReferendumIndex(arguments.index);
            end(arguments, TrackId::REFERENDUM_KILLER, ReferendaCall::Kill { index })
        }
        GovCommand::Preimage(command) => preimage(command),
        GovCommand::Status(arguments) => show::run(arguments),
        GovCommand::Tracks(arguments) => show::tracks(arguments),
        GovCommand::Collective(output) => super::query::power::collective(output),
        GovCommand::Treasury(output) => super::query::treasury::run(output),
        GovCommand::Preview(arguments) => preview(arguments),
    }
}

fn sign(signer: &Signer, call: Call) -> Result<(), CommandError> {
    let from = super::key::secret(&signer.from)?;
    let client = Client::new(signer.send.rpc_url())?;
    send(&client, &signer.send, &[Order { from, call }])
}

fn voting(signer: &Signer, call: VotingCall) -> Result<(), CommandError> {
    sign(signer, Call::Governance(Governance::Voting(call)))
}

fn referenda(signer: &Signer, call: ReferendaCall) -> Result<(), CommandError> {
    sign(signer, Call::Governance(Governance::Referenda(call)))
}

fn track_of(text: &str) -> Result<TrackId, CommandError> {
    parse_track(text).map_err(|error| CommandError::Usage(format!("no track {text:?}: {error}")))
}

fn conviction_of(text: &str) -> Result<Conviction, CommandError> {
    text.parse().map_err(|error| CommandError::Usage(format!("--conviction {text}: {error}")))
}

fn submit(arguments: &SubmitArguments) -> Result<(), CommandError> {
    let origin = origin_of(track_of(&arguments.track)?);
    let client = Client::new(arguments.signer.send.rpc_url())?;
    let call = call_of(&client, &arguments.call.join(" "))?;
    sign(&arguments.signer, proposing(origin, &call, Enactment::After(arguments.after)))
}

/// The call that proposes `call`; one that is too long to stand in a proposal is noted on the way.
fn proposing(origin: Origin, call: &Call, enactment: Enactment) -> Call {
    let bytes = encode(call);
    let submit = |proposal| {
        let call = ReferendaCall::Submit { origin, proposal, enactment };
        Call::Governance(Governance::Referenda(call))
    };
    if bytes.len() <= Proposal::INLINE_BYTES_MAX {
        return submit(Proposal::Inline(bytes));
    }
    let len = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    let proposal = Proposal::Lookup { hash: Hash::of(&bytes), len };
    let note = Call::Governance(Governance::Preimages(PreimageCall::Note { bytes }));
    Call::batch(&[note, submit(proposal)])
}

fn vote(arguments: &VoteArguments) -> Result<(), CommandError> {
    let standard = |aye| -> Result<AccountVote, CommandError> {
        let amount = arguments.amount.as_deref().ok_or_else(|| {
            CommandError::Usage("say with how many tokens: serin gov vote 0 aye 100".into())
        })?;
        let conviction = conviction_of(&arguments.conviction)?;
        Ok(AccountVote::Standard { aye, conviction, balance: parse_amount(amount)? })
    };
    let amounts = [&arguments.ayes, &arguments.nays, &arguments.abstains];
    let [aye, nay, abstain] = amounts.map(|text| parse_amount(text));
    let (aye, nay, abstain) = (aye?, nay?, abstain?);
    let vote = match arguments.way {
        Way::Aye => standard(true)?,
        Way::Nay => standard(false)?,
        Way::Split => {
            check_some(aye.saturating_add(nay), "--aye and --nay")?;
            AccountVote::Split { aye, nay }
        }
        Way::Abstain => {
            check_some(abstain, "--abstain")?;
            AccountVote::SplitAbstain { aye, nay, abstain }
        }
    };
    let (index, reason) = (ReferendumIndex(arguments.index), arguments.reason.clone());
    voting(&arguments.signer, VotingCall::Vote { index, vote, reason })
}

fn check_some(amount: Balance, flags: &str) -> Result<(), CommandError> {
    if amount.is_zero() {
        return Err(CommandError::Usage(format!("say with how many tokens: {flags}")));
    }
    Ok(())
}

fn delegate(arguments: &DelegateArguments) -> Result<(), CommandError> {
    let to = account_id(&arguments.to)?;
    let conviction = conviction_of(&arguments.conviction)?;
    let balance = parse_amount(&arguments.amount)?;
    let track = arguments.track.as_deref().map(track_of).transpose()?;
    let call = match track {
        Some(track) => VotingCall::Delegate { track, to, conviction, balance },
        None => VotingCall::DelegateAll { to, conviction, balance },
    };
    voting(&arguments.signer, call)
}

fn unlock(arguments: &UnlockArguments) -> Result<(), CommandError> {
    let target = arguments.target.as_deref().unwrap_or(&arguments.signer.from);
    let (track, target) = (track_of(&arguments.track)?, account_id(target)?);
    voting(&arguments.signer, VotingCall::Unlock { track, target })
}

fn end(arguments: &EndArguments, track: TrackId, call: ReferendaCall) -> Result<(), CommandError> {
    let call = Call::Governance(Governance::Referenda(call));
    let call = if arguments.as_root {
        Call::as_root(&call)
    } else {
        proposing(Origin::Track(track), &call, Enactment::After(0))
    };
    sign(&arguments.signer, call)
}

fn preimage(command: &PreimageCommand) -> Result<(), CommandError> {
    let note = |call| Call::Governance(Governance::Preimages(call));
    match command {
        PreimageCommand::Note(WordsArguments { signer, call }) => {
            let client = Client::new(signer.send.rpc_url())?;
            let bytes = encode(&call_of(&client, &call.join(" "))?);
            sign(signer, note(PreimageCall::Note { bytes }))
        }
        PreimageCommand::Unnote(HashArguments { hash, signer }) => {
            let hash = hash
                .parse()
                .map_err(|error| CommandError::Usage(format!("{hash:?} is no hash: {error}")))?;
            sign(signer, note(PreimageCall::Unnote { hash }))
        }
        PreimageCommand::Hash(WordsOnly { node, call }) => {
            let client = Client::new(&node.rpc_url)?;
            let bytes = encode(&call_of(&client, &call.join(" "))?);
            say(format_args!("hash   {}", Hash::of(&bytes)));
            say(format_args!("length {}", bytes.len()));
            say(format_args!("bytes  0x{}", hex::encode(bytes)));
            Ok(())
        }
    }
}

fn preview(arguments: &PreviewArguments) -> Result<(), CommandError> {
    let track = track_of(&arguments.track)?;
    let client = Client::new(arguments.output.rpc_url())?;
    let call = call_of(&client, &arguments.call.join(" "))?;
    let bytes = format!("0x{}", hex::encode(encode(&call)));
    let view = client.wait(client.http().preview(track.0, bytes))?;
    if arguments.output.json {
        say(format_args!("{}", json(&view)?));
    } else {
        say(format_args!("{}", show::preview_text(&view)));
    }
    Ok(())
}
