//! What stands between the server and the node: questions go in, answers and notices come out.
//!
//! The event loop owns the core. A handler sends it a closure and gets what the closure returns, so
//! there is no lock and no second copy of anything. All channels are bounded.

use super::view::{BlockNoticeView, PointView, StatusView, TransactionStatusView};
use crate::core::SubmitError;
use crate::runtime::Verified;
use crate::service::NodeCore;
use serin_consensus::crypto::Strict;
use serin_state::codec::decode;
use serin_state::types::{AccountId, Hash, Height, ProtocolVersion, SignedTransaction};
use std::collections::{BTreeMap, VecDeque};
use std::fmt;
use tokio::sync::{broadcast, mpsc, oneshot, watch};

/// Questions waiting for the event loop.
const ASKS_MAX: usize = 256;
/// Block notices a slow subscriber may fall behind.
const NOTICES_MAX: usize = 256;
/// Transactions whose end is remembered.
const ENDED_MAX: usize = 16_384;

/// What a question may look at.
pub struct Node<'a> {
    /// The core.
    pub core: &'a NodeCore,
    /// What became of transactions.
    pub transactions: &'a TransactionLog,
    /// What the service knows beside the core.
    pub about: &'a crate::service::About,
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Node")
    }
}

/// A closure for the event loop: it gets the node, or a sentence where the node still joins.
pub type Question = Box<dyn FnOnce(Result<&Node<'_>, String>) + Send>;

/// What a handler asks for.
pub enum Ask {
    /// Look at the node.
    Look(Question),
    /// How the node does, also while it joins.
    Status(oneshot::Sender<StatusView>),
    /// Make new session keys for an account: keys and proof, encoded, or a sentence.
    Rotate {
        /// Which account.
        account: AccountId,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Vec<u8>, String>>,
    },
    /// Take a transaction whose signature holds.
    Submit {
        /// The transaction.
        transaction: Box<Verified<SignedTransaction>>,
        /// Where the answer goes.
        answer: oneshot::Sender<Result<Hash, SubmitError>>,
    },
}

impl fmt::Debug for Ask {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Look(_) => "Look",
            Self::Status(_) => "Status",
            Self::Rotate { .. } => "Rotate",
            Self::Submit { .. } => "Submit",
        })
    }
}

/// The handlers' end.
#[derive(Clone, Debug)]
pub struct Backend {
    asks: mpsc::Sender<Ask>,
    blocks: broadcast::Sender<BlockNoticeView>,
    changes: watch::Receiver<u64>,
    genesis: Hash,
    version: watch::Receiver<ProtocolVersion>,
}

/// The event loop's end.
#[derive(Debug)]
pub struct Frontend {
    /// What handlers ask.
    pub asks: mpsc::Receiver<Ask>,
    /// Where new blocks are told.
    pub blocks: broadcast::Sender<BlockNoticeView>,
    /// The version that the head's children follow.
    pub version: watch::Sender<ProtocolVersion>,
    /// Counts changes of any transaction's state.
    pub changes: watch::Sender<u64>,
}

impl Backend {
    /// Both ends, for the chain with hash `genesis`; transactions are checked for `version`, until the event
    /// loop tells another.
    #[must_use]
    pub fn new(genesis: Hash, version: ProtocolVersion) -> (Self, Frontend) {
        let (asks_sender, asks) = mpsc::channel(ASKS_MAX);
        let (blocks, _) = broadcast::channel(NOTICES_MAX);
        let (changes_sender, changes) = watch::channel(0);
        let (version_sender, version) = watch::channel(version);
        let frontend = Frontend {
            asks,
            blocks: blocks.clone(),
            version: version_sender,
            changes: changes_sender,
        };
        (Self { asks: asks_sender, blocks, changes, genesis, version }, frontend)
    }

    /// How the node does; `None` where it is ending.
    pub async fn status(&self) -> Option<StatusView> {
        let (answer, receiver) = oneshot::channel();
        self.asks.send(Ask::Status(answer)).await.ok()?;
        receiver.await.ok()
    }

    /// New session keys for `account` and the proof that it needs to register them, encoded, or a sentence; `None`
    /// where the node is ending.
    pub async fn rotate(&self, account: AccountId) -> Option<Result<Vec<u8>, String>> {
        let (answer, receiver) = oneshot::channel();
        self.asks.send(Ask::Rotate { account, answer }).await.ok()?;
        receiver.await.ok()
    }

    /// What `question` returns, or a sentence where the node still joins; `None` where it is ending.
    pub async fn ask<R: Send + 'static>(
        &self,
        question: impl FnOnce(&Node<'_>) -> R + Send + 'static,
    ) -> Option<Result<R, String>> {
        let (sender, receiver) = oneshot::channel();
        let question: Question = Box::new(move |node| {
            // A handler that no longer waits is no failure.
            drop(sender.send(node.map(question)));
        });
        self.asks.send(Ask::Look(question)).await.ok()?;
        receiver.await.ok()
    }

    /// Hands in an encoded transaction: its hash, or a sentence; `None` where the node is ending.
    pub async fn submit(&self, bytes: &[u8]) -> Option<Result<Hash, String>> {
        let transaction: SignedTransaction = match decode(bytes) {
            Ok(transaction) => transaction,
            Err(error) => return Some(Err(format!("this is not a transaction: {error}"))),
        };
        let version = *self.version.borrow();
        let checked = Verified::check_near(&Strict, transaction, &self.genesis, version);
        let Ok(transaction) = checked else {
            return Some(Err(format!(
                "the signature does not hold for this chain and protocol version {version}"
            )));
        };
        let (answer, receiver) = oneshot::channel();
        let ask = Ask::Submit { transaction: Box::new(transaction), answer };
        self.asks.send(ask).await.ok()?;
        receiver.await.ok().map(|result| result.map_err(|error| error.to_string()))
    }

    /// Notices of new blocks from now on.
    #[must_use]
    pub fn blocks(&self) -> broadcast::Receiver<BlockNoticeView> {
        self.blocks.subscribe()
    }

    /// Wakes whenever the state of any transaction changes.
    #[must_use]
    pub fn transaction_changes(&self) -> watch::Receiver<u64> {
        self.changes.clone()
    }
}

/// Where a transaction is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransactionStatus {
    /// Waits to be put into a block.
    Pooled,
    /// In a block of the best chain.
    InBlock(Height, Hash),
    /// In a final block.
    Final(Height, Hash),
    /// Not waiting any more, and why.
    Dropped(String),
    /// Never seen, or ended long ago.
    Unknown,
}

impl TransactionStatus {
    /// Whether it can still change.
    #[must_use]
    pub const fn is_final(&self) -> bool {
        matches!(self, Self::Final(..) | Self::Dropped(_))
    }

    /// As JSON-RPC shows it.
    #[must_use]
    pub fn view(&self) -> TransactionStatusView {
        let (state, block, reason) = match self {
            Self::Pooled => ("pooled", None, None),
            Self::InBlock(height, hash) => ("in_block", Some((height, hash)), None),
            Self::Final(height, hash) => ("final", Some((height, hash)), None),
            Self::Dropped(reason) => ("dropped", None, Some(reason.clone())),
            Self::Unknown => ("unknown", None, None),
        };
        let block =
            block.map(|(height, hash)| PointView { height: height.0, hash: hash.to_string() });
        TransactionStatusView { state: state.to_owned(), block, reason }
    }
}

/// What became of recent transactions. Bounded: the oldest are forgotten.
#[derive(Debug, Default)]
pub struct TransactionLog {
    known: BTreeMap<Hash, TransactionStatus>,
    order: VecDeque<Hash>,
}

impl TransactionLog {
    /// Where the transaction is.
    #[must_use]
    pub fn status(&self, hash: &Hash) -> TransactionStatus {
        self.known.get(hash).cloned().unwrap_or(TransactionStatus::Unknown)
    }

    /// Notes a change.
    pub fn note(&mut self, hash: Hash, status: TransactionStatus) {
        if self.known.insert(hash, status).is_none() {
            self.order.push_back(hash);
        }
        if self.order.len() > ENDED_MAX
            && let Some(oldest) = self.order.pop_front()
        {
            self.known.remove(&oldest);
        }
    }
}
