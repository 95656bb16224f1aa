//! The JSON-RPC server: HTTP and WebSocket on the loopback address, with limits.
//!
//! Requests whose `Host` is not the loopback address are refused, so a web page cannot reach the
//! node by rebinding its name. What a handler knows it asks of the node's event loop; it owns nothing.

use super::answer::power::Weighed;
use super::api::{ApiServer, BlockSelector};
use super::backend::{Backend, Node, TransactionStatus};
use super::view::governance::{GovernanceView, PreviewView, ReferendumView, TrackView};
use super::view::pools::{PoolMemberView, PoolsView};
use super::view::power::CollectiveView;
use super::view::staking::{StakerView, StakingView};
use super::view::treasury::TreasuryView;
use super::view::{AccountView, BlockNoticeView, BlockView, StatusView, TransactionStatusView};
use super::{answer, proofs};
use crate::proof::Question;
use crate::runtime::words::Numbers;
use jsonrpsee::core::{RpcResult, SubscriptionResult, async_trait};
use jsonrpsee::server::middleware::http::HostFilterLayer;
use jsonrpsee::server::{
    BatchRequestConfig, PendingSubscriptionSink, Server, ServerConfig, ServerHandle,
    SubscriptionMessage,
};
use jsonrpsee::types::ErrorObjectOwned;
use serde::Serialize;
use serin_consensus::finality::accuse::VoteFile;
use serin_state::types::{AccountId, Hash, Height, Round, SetId};
use std::net::{Ipv4Addr, SocketAddr};
use tokio::net::TcpListener;

/// Largest request, in bytes: a transaction in hexadecimal fits many times.
const REQUEST_BYTES_MAX: u32 = 1024 * 1024;
/// Largest answer, in bytes: a full block with outcomes.
const RESPONSE_BYTES_MAX: u32 = 32 * 1024 * 1024;
/// Open connections.
const CONNECTIONS_MAX: u32 = 128;
/// Subscriptions of one connection.
const SUBSCRIPTIONS_MAX: u32 = 32;
/// Requests in one batch.
const BATCH_MAX: u32 = 50;

/// JSON-RPC error codes of this node; -32602 and the like keep their meaning.
pub mod code {
    /// The transaction is refused.
    pub const REFUSED: i32 = 1001;
    /// The node is ending.
    pub const ENDING: i32 = 1002;
    /// The node still joins: it has no state to look at.
    pub const JOINING: i32 = 1003;
    /// The node cannot prove what was asked for.
    pub const UNPROVABLE: i32 = 1004;
    /// A parameter does not parse.
    pub const BAD_PARAMETER: i32 = -32602;
}

/// Starts serving on a bound listener.
///
/// # Errors
/// The system refuses.
pub fn start(listener: TcpListener, backend: Backend) -> std::io::Result<ServerHandle> {
    let config = ServerConfig::builder()
        .max_request_body_size(REQUEST_BYTES_MAX)
        .max_response_body_size(RESPONSE_BYTES_MAX)
        .max_connections(CONNECTIONS_MAX)
        .max_subscriptions_per_connection(SUBSCRIPTIONS_MAX)
        .set_batch_request_config(BatchRequestConfig::Limit(BATCH_MAX))
        .build();
    let listener = listener.into_std()?;
    let port = listener.local_addr()?.port();
    let hosts = [format!("127.0.0.1:{port}"), format!("localhost:{port}"), format!("[::1]:{port}")];
    let host_filter = HostFilterLayer::new(hosts).map_err(std::io::Error::other)?;
    let server = Server::builder()
        .set_config(config)
        .set_http_middleware(tower::ServiceBuilder::new().layer(host_filter))
        .build_from_tcp(listener)?;
    Ok(server.start(Handlers { backend }.into_rpc()))
}

/// Binds `127.0.0.1:port`.
///
/// # Errors
/// The port is in use or the system refuses.
pub async fn bind(port: u16) -> std::io::Result<TcpListener> {
    TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await
}

#[derive(Debug)]
struct Handlers {
    backend: Backend,
}

impl Handlers {
    /// Asks the node; it fails where the node is ending, or still joins.
    async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Node<'_>) -> R + Send + 'static,
    ) -> RpcResult<R> {
        self.backend.ask(question).await.ok_or_else(ending)?.map_err(|sentence| {
            let sentence = format!("the node joins the chain: it {sentence}");
            ErrorObjectOwned::owned(code::JOINING, sentence, None::<()>)
        })
    }
}

fn ending() -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code::ENDING, "the node is ending", None::<()>)
}

fn bad_parameter(sentence: impl Into<String>) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code::BAD_PARAMETER, sentence, None::<()>)
}

fn unprovable(sentence: String) -> ErrorObjectOwned {
    ErrorObjectOwned::owned(code::UNPROVABLE, sentence, None::<()>)
}

fn parse_hash(text: &str) -> RpcResult<Hash> {
    text.parse().map_err(|error| bad_parameter(format!("{text:?} is not a hash: {error}")))
}

fn message(item: &impl Serialize) -> Option<SubscriptionMessage> {
    serde_json::value::to_raw_value(item).ok().map(SubscriptionMessage::from)
}

#[async_trait]
impl ApiServer for Handlers {
    async fn status(&self) -> RpcResult<StatusView> {
        self.backend.status().await.ok_or_else(ending)
    }

    async fn block(&self, which: BlockSelector) -> RpcResult<Option<BlockView>> {
        self.ask(move |node| answer::block(node, &which)).await?.map_err(bad_parameter)
    }

    async fn account(&self, account: String, at: Option<String>) -> RpcResult<AccountView> {
        let id: AccountId =
            account.parse().map_err(|error| bad_parameter(format!("{account:?}: {error}")))?;
        let at = at.unwrap_or_else(|| "best".to_owned());
        self.ask(move |node| answer::account(node, id, &at)).await?.map_err(bad_parameter)
    }

    async fn staking(&self) -> RpcResult<StakingView> {
        self.ask(answer::staking::overview).await?.map_err(bad_parameter)
    }

    async fn staker(&self, account: String) -> RpcResult<StakerView> {
        let id: AccountId =
            account.parse().map_err(|error| bad_parameter(format!("{account:?}: {error}")))?;
        self.ask(move |node| answer::staking::staker(node, id)).await?.map_err(bad_parameter)
    }

    async fn pools(&self) -> RpcResult<PoolsView> {
        self.ask(answer::pools::overview).await?.map_err(bad_parameter)
    }

    async fn pool_member(&self, account: String) -> RpcResult<Option<PoolMemberView>> {
        let id: AccountId =
            account.parse().map_err(|error| bad_parameter(format!("{account:?}: {error}")))?;
        self.ask(move |node| answer::pools::member(node, id)).await?.map_err(bad_parameter)
    }

    async fn rotate_keys(&self, account: String) -> RpcResult<String> {
        let id: AccountId =
            account.parse().map_err(|error| bad_parameter(format!("{account:?}: {error}")))?;
        let made = self.backend.rotate(id).await.ok_or_else(ending)?;
        let made =
            made.map_err(|sentence| ErrorObjectOwned::owned(code::REFUSED, sentence, None::<()>))?;
        Ok(format!("0x{}", hex::encode(made)))
    }

    async fn governance(&self) -> RpcResult<GovernanceView> {
        let found = self.ask(answer::governance::overview).await?.map_err(bad_parameter)?;
        weighed(found).await.ok_or_else(ending)
    }

    async fn referendum(&self, index: u32) -> RpcResult<Option<ReferendumView>> {
        let look = move |node: &Node<'_>| answer::governance::referendum(node, index);
        let found = self.ask(look).await?.map_err(bad_parameter)?;
        match found {
            Some(found) => weighed(found).await.map(Some).ok_or_else(ending),
            None => Ok(None),
        }
    }

    async fn collective(&self) -> RpcResult<CollectiveView> {
        self.ask(answer::collective::collective).await?.map_err(bad_parameter)
    }

    async fn treasury(&self) -> RpcResult<TreasuryView> {
        self.ask(answer::treasury::treasury).await?.map_err(bad_parameter)
    }

    async fn tracks(&self) -> RpcResult<Vec<TrackView>> {
        self.ask(answer::governance::tracks).await?.map_err(bad_parameter)
    }

    async fn preview(&self, track: u16, call: String) -> RpcResult<PreviewView> {
        let look = move |node: &Node<'_>| answer::governance::preview(node, track, &call);
        self.ask(look).await?.map_err(bad_parameter)
    }

    async fn parameters(&self) -> RpcResult<Numbers> {
        self.ask(answer::governance::parameters).await?.map_err(bad_parameter)
    }

    async fn submit(&self, transaction: String) -> RpcResult<String> {
        let digits = transaction.strip_prefix("0x").unwrap_or(&transaction);
        let bytes = hex::decode(digits).map_err(|error| {
            bad_parameter(format!("the transaction is not hexadecimal: {error}"))
        })?;
        let refused =
            |sentence: String| ErrorObjectOwned::owned(code::REFUSED, sentence, None::<()>);
        let hash = self.backend.submit(&bytes).await.ok_or_else(ending)?.map_err(refused)?;
        Ok(hash.to_string())
    }

    async fn transaction_status(&self, hash: String) -> RpcResult<TransactionStatusView> {
        let hash = parse_hash(&hash)?;
        self.ask(move |node| node.transactions.status(&hash).view()).await
    }

    async fn proof_start(&self, block: Option<String>) -> RpcResult<String> {
        let start = if let Some(hash) = block {
            let hash = parse_hash(&hash)?;
            self.ask(move |node| proofs::start_at(node, &hash)).await?
        } else {
            // Hashing the genesis state takes a while on a large chain: not in the event loop.
            let chain = self.ask(|node| node.core.chain().clone()).await?;
            proofs::start_of_genesis(chain).await
        };
        start.map_err(unprovable)
    }

    async fn proof_fragment(&self, set: u64) -> RpcResult<Option<String>> {
        self.ask(move |node| proofs::fragment(node, set)).await
    }

    async fn proof_answer(&self, question: Question) -> RpcResult<String> {
        self.ask(move |node| proofs::answer(node, question)).await?.map_err(unprovable)
    }

    async fn finality_record(&self, height: Option<u32>) -> RpcResult<Option<VoteFile>> {
        self.ask(move |node| answer::finality_record(node, height.map(Height))).await
    }

    async fn finality_votes(&self, set: u64, round: u64) -> RpcResult<Option<VoteFile>> {
        self.ask(move |node| answer::finality_votes(node, SetId(set), Round(round))).await
    }

    async fn subscribe_blocks(&self, pending: PendingSubscriptionSink) -> SubscriptionResult {
        let mut notices = self.backend.blocks();
        let sink = pending.accept().await?;
        // A reader that falls behind the channel's bound loses the oldest notices, not the newest.
        while !sink.is_closed() {
            match notices.recv().await {
                Ok(notice) => {
                    let notice: BlockNoticeView = notice;
                    let Some(message) = message(&notice) else { break };
                    if sink.send(message).await.is_err() {
                        break;
                    }
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => break,
            }
        }
        Ok(())
    }

    async fn subscribe_status(
        &self,
        pending: PendingSubscriptionSink,
        hash: String,
    ) -> SubscriptionResult {
        let Ok(hash) = parse_hash(&hash) else {
            pending.reject(bad_parameter(format!("{hash:?} is not a hash"))).await;
            return Ok(());
        };
        let mut changes = self.backend.transaction_changes();
        let sink = pending.accept().await?;
        let mut last: Option<TransactionStatus> = None;
        loop {
            let status = self.backend.ask(move |node| node.transactions.status(&hash)).await;
            let Some(Ok(status)) = status else { break };
            let ended = status.is_final();
            if last.as_ref() != Some(&status) {
                let Some(message) = message(&status.view()) else { break };
                if sink.send(message).await.is_err() {
                    break;
                }
                last = Some(status);
            }
            if ended || changes.changed().await.is_err() {
                break;
            }
        }
        Ok(())
    }
}

/// Works out an index of power, which tries up to a million coalitions: not in the event loop.
async fn weighed<V: Send + 'static>(found: Weighed<V>) -> Option<V> {
    tokio::task::spawn_blocking(move || found.finish()).await.ok()
}
