//! The methods and subscriptions of JSON-RPC, for server and client alike.
//!
//! No method takes or shows a secret: those are made by the command line or the node and lie in files.

use super::view::governance::{GovernanceView, PreviewView, ReferendumView, TrackView};
use super::view::pools::{PoolMemberView, PoolsView};
use super::view::power::CollectiveView;
use super::view::staking::{StakerView, StakingView};
use super::view::treasury::TreasuryView;
use super::view::{AccountView, BlockNoticeView, BlockView, StatusView, TransactionStatusView};
use crate::proof::Question;
use crate::runtime::words::Numbers;
use jsonrpsee::core::{RpcResult, SubscriptionResult};
use jsonrpsee::proc_macros::rpc;
use serde::{Deserialize, Serialize};
use serin_consensus::finality::accuse::VoteFile;

/// Which block is meant: a height, a hash, `best` or `final`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum BlockSelector {
    /// By height on the best chain.
    Height(u32),
    /// `best`, `final`, or a hash as `0x` and 64 digits.
    Name(String),
}

/// What a node answers.
#[rpc(server, client)]
pub trait Api {
    /// How the node does.
    #[method(name = "system_status")]
    async fn status(&self) -> RpcResult<StatusView>;

    /// A block with its transactions and their outcomes, or null.
    #[method(name = "chain_block")]
    async fn block(&self, which: BlockSelector) -> RpcResult<Option<BlockView>>;

    /// An account after the best or the final block.
    #[method(name = "state_account")]
    async fn account(&self, account: String, at: Option<String>) -> RpcResult<AccountView>;

    /// All referenda that can be voted on, and how power is spread.
    #[method(name = "governance_overview")]
    async fn governance(&self) -> RpcResult<GovernanceView>;

    /// A referendum with its votes, or null.
    #[method(name = "governance_referendum")]
    async fn referendum(&self, index: u32) -> RpcResult<Option<ReferendumView>>;

    /// All tracks.
    #[method(name = "governance_tracks")]
    async fn tracks(&self) -> RpcResult<Vec<TrackView>>;

    /// The collective: its members, its polls, and the calls that it has whitelisted.
    #[method(name = "governance_collective")]
    async fn collective(&self) -> RpcResult<CollectiveView>;

    /// The treasury: its pot, approved spends, bounties, and what is paid for taking part.
    #[method(name = "governance_treasury")]
    async fn treasury(&self) -> RpcResult<TreasuryView>;

    /// What proposing an encoded call, in hexadecimal, on a track would cost and need.
    #[method(name = "governance_preview")]
    async fn preview(&self, track: u16, call: String) -> RpcResult<PreviewView>;

    /// The era, its validators, the next election, and how stake is spread.
    #[method(name = "staking_overview")]
    async fn staking(&self) -> RpcResult<StakingView>;

    /// Bond, intention, session keys and rewards of an account.
    #[method(name = "staking_account")]
    async fn staker(&self, account: String) -> RpcResult<StakerView>;

    /// The pools, and what may be done with them.
    #[method(name = "staking_pools")]
    async fn pools(&self) -> RpcResult<PoolsView>;

    /// What an account has in a pool; null for one that is in none.
    #[method(name = "staking_poolMember")]
    async fn pool_member(&self, account: String) -> RpcResult<Option<PoolMemberView>>;

    /// The numbers that governance may change: `parameters` and `governance`.
    #[method(name = "state_parameters")]
    async fn parameters(&self) -> RpcResult<Numbers>;

    /// Takes a signed transaction, encoded and in hexadecimal; its hash, or why it is refused.
    #[method(name = "author_submit")]
    async fn submit(&self, transaction: String) -> RpcResult<String>;

    /// Makes new session keys, which the node keeps, for an account: public keys and the proof that the account needs to
    /// register them, in hexadecimal.
    #[method(name = "author_rotateKeys")]
    async fn rotate_keys(&self, account: String) -> RpcResult<String>;

    /// Where a transaction is.
    #[method(name = "author_status")]
    async fn transaction_status(&self, hash: String) -> RpcResult<TransactionStatusView>;

    /// What trust in a final block starts from: header, voters and rules, encoded and in hexadecimal. Without a
    /// hash it is the genesis block.
    #[method(name = "proof_start")]
    async fn proof_start(&self, block: Option<String>) -> RpcResult<String>;

    /// Links of the proof chain from the change that ends this set on (counted from genesis), as many as fit into 1 MiB,
    /// encoded and in hexadecimal; null where there is none yet.
    #[method(name = "proof_fragment")]
    async fn proof_fragment(&self, set: u64) -> RpcResult<Option<String>>;

    /// The newest final header with its justification, and the statement that was asked for under it, encoded and in
    /// hexadecimal.
    #[method(name = "proof_answer")]
    async fn proof_answer(&self, question: Question) -> RpcResult<String>;

    /// What the node holds for final: the set changes since genesis, the first justification at the height or above
    /// (by default the newest), and the headers below it; null before anything is final.
    #[method(name = "finality_record")]
    async fn finality_record(&self, height: Option<u32>) -> RpcResult<Option<VoteFile>>;

    /// The votes of a round in the node's log, with headers; null without a log.
    #[method(name = "finality_votes")]
    async fn finality_votes(&self, set: u64, round: u64) -> RpcResult<Option<VoteFile>>;

    /// Every new best and final block.
    #[subscription(name = "chain_subscribeBlocks" => "chain_blocks", unsubscribe = "chain_unsubscribeBlocks", item = BlockNoticeView)]
    async fn subscribe_blocks(&self) -> SubscriptionResult;

    /// Where a transaction is, whenever that changes, until it is final or dropped.
    #[subscription(name = "author_subscribeStatus" => "author_transactionStatus", unsubscribe = "author_unsubscribeStatus", item = TransactionStatusView)]
    async fn subscribe_status(&self, hash: String) -> SubscriptionResult;
}
