//! What JSON-RPC answers, read from the core.
//!
//! Runs inside the event loop, between two inputs, so every answer is of one moment.

pub(crate) mod collective;
pub(crate) mod governance;
pub(crate) mod pools;
pub(crate) mod power;
pub(crate) mod staking;
pub(crate) mod treasury;

use super::api::BlockSelector;
use super::backend::Node;
use super::view::{
    AccountView, BlockView, FailureView, OutcomeView, PeerView, PointView, SetView, StatusView,
    SyncView, TransactionView,
};
use crate::core::join::{Failure, JoinView};
use crate::core::{StoredBlock, SyncState, UpgradeView};
use crate::runtime::{Call, Outcome, Protocol, Upgrade, query};
use crate::service::{About, Clock, NodeJoin};
use serin_consensus::finality::BlockRef;
use serin_consensus::finality::accuse::{LogLimits, VoteFile, VoteLog};
use serin_consensus::rules::Rules;
use serin_state::balances::Survival;
use serin_state::types::{
    AccountId, Balance, ClaimKind, Hash, Height, Millis, Round, SetId, SignedTransaction,
};

/// `system_status`.
pub(crate) fn status(node: &Node<'_>) -> StatusView {
    let core = node.core;
    let chain = core.chain();
    let now = Clock.now();
    let slot = chain.params().slot_at(now);
    let head = core.head();
    let block = core.block(&head.hash);
    let finality = core.finality();
    let leader = core.secondary_author(slot);
    StatusView {
        name: node.about.name.clone(),
        chain: chain.spec().id.clone(),
        genesis: chain.genesis().to_string(),
        version: core.next_version().0,
        knows: core.knows().0,
        upgrade: core.upgrade().map(upgrade_view),
        role: role(node.about),
        slot: slot.0,
        epoch: chain.params().epoch_of(slot).0,
        slot_ms: chain.params().slot_ms,
        best: point(head),
        finalized: point(core.finalized()),
        peers: peers(node.about, &core.peers(), now),
        sync: sync(core.sync_state(now)),
        set: SetView { id: finality.set.shown(), round: finality.round.0, voters: finality.voters },
        secondary_leader: leader.map(|leader| leader.account.to_string()),
        last_author: block
            .and_then(|block| core.author_of(&block))
            .map(|account| account.to_string()),
        pool: core.pool_len(),
        finality_lag_ms_p50: node.about.lag.percentile(50),
        finality_lag_ms_p99: node.about.lag.percentile(99),
        root_origin: chain.root().is_some(),
        standard_rules: *chain.rules() == Rules::standard(),
        oldest_block: core.oldest_block().0,
        oldest_state: core.layers().oldest_values().0,
        checkpoint: core.checkpoint().map(point),
        sync_points: core.sync_points().into_iter().map(point).collect(),
    }
}

fn upgrade_view(view: UpgradeView) -> super::view::UpgradeView {
    let Upgrade { version, height, referendum } = view.upgrade;
    super::view::UpgradeView {
        version: version.0,
        height: height.0,
        referendum: referendum.map(|index| index.0),
        pending: view.pending,
        ready: view.readiness.ready,
        validators: view.readiness.validators,
    }
}

/// `system_status` of a node that still joins.
pub(crate) fn joining(join: &NodeJoin, about: &About) -> StatusView {
    let chain = join.chain();
    let now = Clock.now();
    let slot = chain.params().slot_at(now);
    let genesis = PointView { height: 0, hash: chain.genesis().to_string() };
    let JoinView { sentence, failures, .. } = join.view();
    let failure = |failure: Failure| FailureView {
        peer: about.peers.get(&failure.peer).map(|peer| peer.id.to_string()),
        how: failure.how,
    };
    let failures = failures.into_iter().map(failure).collect();
    StatusView {
        name: about.name.clone(),
        chain: chain.spec().id.clone(),
        genesis: chain.genesis().to_string(),
        version: 0,
        knows: Protocol::NEWEST.version().0,
        upgrade: None,
        role: role(about),
        slot: slot.0,
        epoch: chain.params().epoch_of(slot).0,
        slot_ms: chain.params().slot_ms,
        best: genesis.clone(),
        finalized: genesis,
        peers: peers(about, &[], now),
        sync: SyncView { state: "joining".to_owned(), reason: format!("it {sentence}"), failures },
        set: SetView { id: 0, round: 0, voters: 0 },
        secondary_leader: None,
        last_author: None,
        pool: 0,
        finality_lag_ms_p50: None,
        finality_lag_ms_p99: None,
        root_origin: chain.root().is_some(),
        standard_rules: *chain.rules() == Rules::standard(),
        oldest_block: 0,
        oldest_state: 0,
        checkpoint: None,
        sync_points: Vec::new(),
    }
}

fn role(about: &About) -> String {
    if about.is_validator { "validator" } else { "observer" }.to_owned()
}

fn point(block: BlockRef) -> PointView {
    PointView { height: block.height.0, hash: block.hash.to_string() }
}

fn peers(about: &About, told: &[crate::core::PeerView], now: Millis) -> Vec<PeerView> {
    let view = |(number, peer): (&crate::core::Peer, &crate::service::PeerAbout)| {
        let told = told.iter().find(|told| told.peer == *number);
        PeerView {
            id: peer.id.to_string(),
            address: peer.address.clone(),
            best: told.and_then(|told| told.best).map(|block| block.height.0),
            finalized: told.and_then(|told| told.finalized).map(|block| block.height.0),
            since_ms: now.since(peer.since),
        }
    };
    about.peers.iter().map(view).collect()
}

fn sync(state: SyncState) -> SyncView {
    let (state, reason) = match state {
        SyncState::Synced => {
            ("synced", "the node is at the head of what its peers told".to_owned())
        }
        SyncState::Syncing { target } => ("syncing", format!("fetches blocks up to {target}")),
        SyncState::Waiting(reason) => ("waiting", reason),
    };
    SyncView { state: state.to_owned(), reason, failures: Vec::new() }
}

/// `chain_block`; the error is a sentence about the parameter.
pub(super) fn block(node: &Node<'_>, which: &BlockSelector) -> Result<Option<BlockView>, String> {
    let hash = match which {
        BlockSelector::Height(height) => node.core.hash_of(Height(*height)),
        BlockSelector::Name(name) if name == "best" => Some(node.core.head().hash),
        BlockSelector::Name(name) if name == "final" => Some(node.core.finalized().hash),
        BlockSelector::Name(name) => Some(name.parse().map_err(|error| {
            format!("{name:?} is neither a height, best, final nor a hash: {error}")
        })?),
    };
    Ok(hash.and_then(|hash| Some(block_view(node, hash, node.core.block(&hash)?))))
}

fn block_view(node: &Node<'_>, hash: Hash, block: StoredBlock) -> BlockView {
    let core = node.core;
    let height = block.header.height();
    let author = core.author_of(&block).map(|account| account.to_string());
    let is_final = height <= core.finalized().height && core.hash_of(height) == Some(hash);
    let kind = match block.header.unsealed.claim.map(|claim| claim.kind) {
        None => "genesis",
        Some(ClaimKind::Primary) => "primary",
        Some(ClaimKind::Secondary) => "secondary",
    };
    let slot = block.header.slot().0;
    let header = block.header.unsealed;
    let outcomes = block.outcomes.iter().map(Some).chain(std::iter::repeat(None));
    BlockView {
        hash: hash.to_string(),
        height: height.0,
        parent: header.parent.to_string(),
        slot,
        author,
        kind: kind.to_owned(),
        finalized: is_final,
        state_root: header.state_root.to_string(),
        outcome_root: header.outcome_root.to_string(),
        version: header.version.0,
        new_epoch: header.announcements.next_epoch.is_some(),
        new_set: header.announcements.next_set.as_ref().map(Vec::len),
        transactions: block
            .body
            .iter()
            .zip(outcomes)
            .map(|(transaction, outcome)| transaction_view(transaction, outcome))
            .collect(),
        events: block.events.iter().map(ToString::to_string).collect(),
        justified: is_final && core.is_justified(height),
    }
}

fn transaction_view(signed: &SignedTransaction, outcome: Option<&Outcome>) -> TransactionView {
    let transaction = &signed.transaction;
    TransactionView {
        hash: signed.hash().to_string(),
        sender: transaction.sender.to_string(),
        nonce: transaction.nonce.0,
        call: Call::describe(&transaction.call),
        tip: transaction.tip.0.to_string(),
        outcome: outcome.map(|outcome| OutcomeView {
            ok: outcome.result.is_ok(),
            error: outcome.result.as_ref().err().map(ToString::to_string),
            fee: outcome.fee.0.to_string(),
            weight: outcome.weight.0,
            events: outcome.events.iter().map(ToString::to_string).collect(),
        }),
    }
}

/// `state_account`; the error is a sentence about `at`.
pub(super) fn account(node: &Node<'_>, id: AccountId, at: &str) -> Result<AccountView, String> {
    let block = match at {
        "best" => node.core.head(),
        "final" => node.core.finalized(),
        _ => at_height(node, at)?,
    };
    let layers = node.core.layers();
    let (account, deposit) = if let Some(view) = layers.view(&block.hash) {
        (query::account(&view, id), query::parameters(&view).existential_deposit)
    } else {
        let view = layers.past(block.height).map_err(|error| error.to_string())?;
        (query::account(&view, id), query::parameters(&view).existential_deposit)
    };
    let held = account.holds.iter().fold(Balance::ZERO, |sum, one| sum.saturating_add(one.amount));
    let frozen = account.freezes.iter().map(|one| one.amount).max().unwrap_or_default();
    Ok(AccountView {
        address: id.to_string(),
        public_key: format!("0x{}", hex::encode(id.0)),
        exists: account.is_alive(deposit),
        nonce: account.nonce.0,
        pending: node.core.pending_of(id),
        free: account.free.0.to_string(),
        held: held.0.to_string(),
        frozen: frozen.0.to_string(),
        spendable: account.spendable(deposit, Survival::KeepAlive).0.to_string(),
        at: point(block),
    })
}

/// The block of the best chain at a height that is given as text.
fn at_height(node: &Node<'_>, at: &str) -> Result<BlockRef, String> {
    let height: u32 =
        at.parse().map_err(|_| format!("{at:?} is neither best, final nor a height"))?;
    let height = Height(height);
    let hash = node.core.hash_of(height);
    let hash = hash.ok_or_else(|| format!("the node has no block at height {height}"))?;
    Ok(BlockRef { hash, height })
}

/// `finality_record`.
pub(super) fn finality_record(node: &Node<'_>, height: Option<Height>) -> Option<VoteFile> {
    let (trusted, record) = node.core.finality_record(height)?;
    let log = VoteLog::new(LogLimits::offline());
    Some(VoteFile::new(*node.core.chain().genesis(), &log, Some((&trusted, &record))))
}

/// `finality_votes`.
pub(super) fn finality_votes(node: &Node<'_>, set: SetId, round: Round) -> Option<VoteFile> {
    let log = node.core.logged(set, round)?;
    Some(VoteFile::new(*node.core.chain().genesis(), &log, None))
}
