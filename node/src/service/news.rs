//! What the node tells local subscribers, and remembers of transactions, as blocks come, go and become final.
//!
//! Inputs: notifications of the core, in order. Outputs: block notices, states of transactions, log lines.

use super::NodeCore;
use crate::core::Notification;
use crate::rpc::backend::{Frontend, TransactionLog, TransactionStatus};
use crate::rpc::view::BlockNoticeView;
use serin_consensus::finality::BlockRef;
use serin_state::types::{Hash, Millis};

/// Who has to know.
pub(super) struct News<'a> {
    pub(super) core: &'a NodeCore,
    pub(super) frontend: &'a Frontend,
    pub(super) transactions: &'a mut TransactionLog,
    pub(super) lag: &'a mut super::FinalityLag,
    pub(super) participants: &'a mut super::Participants,
    pub(super) now: Millis,
}

impl News<'_> {
    pub(super) fn tell(&mut self, news: Notification) {
        match news {
            Notification::Head { head, retracted, enacted } => {
                self.on_head(head, &retracted, &enacted);
            }
            Notification::Finalized(blocks) => self.on_final(&blocks),
            Notification::Pooled(hash) => self.note(hash, TransactionStatus::Pooled),
            Notification::Dropped(hash, reason) => {
                self.note(hash, TransactionStatus::Dropped(reason));
            }
            Notification::SealEquivocation(evidence) => {
                tracing::warn!(author = ?evidence.author, "an author sealed two blocks for one slot");
            }
            Notification::VoteEquivocation(evidence) => {
                tracing::warn!(?evidence, "a voter voted twice");
            }
            Notification::Outdated(sentence) => tracing::error!("{sentence}"),
            // Told by the event loop, which knows the peers' names.
            Notification::Joining(_) | Notification::PeerFailed(..) => {}
            Notification::SetChanged { changes, voters } => {
                tracing::info!("voter set {changes} of {voters} voters takes over");
            }
        }
    }

    fn on_head(&mut self, head: BlockRef, retracted: &[BlockRef], enacted: &[BlockRef]) {
        if !retracted.is_empty() {
            tracing::info!("another chain is better: {} blocks are left", retracted.len());
        }
        tracing::info!("best {} {}", head.height, head.hash);
        for block in retracted {
            self.note_body(block, |_| TransactionStatus::Pooled);
        }
        for block in enacted {
            if let Some(stored) = self.core.block(&block.hash) {
                self.participants.note(&stored);
            }
            self.lag.on_imported(block.hash, self.now);
            self.note_body(block, |block| TransactionStatus::InBlock(block.height, block.hash));
        }
        self.frontend.version.send_replace(self.core.next_version());
        self.notice("best", head);
    }

    fn on_final(&mut self, blocks: &[BlockRef]) {
        for block in blocks {
            self.lag.on_final(&block.hash, self.now);
            self.note_body(block, |block| TransactionStatus::Final(block.height, block.hash));
            self.notice("final", *block);
        }
        if let Some(last) = blocks.last() {
            tracing::info!("final {} {}", last.height, last.hash);
        }
    }

    fn note_body(&mut self, block: &BlockRef, status: impl Fn(&BlockRef) -> TransactionStatus) {
        let body = self.core.block(&block.hash).map(|stored| stored.body).unwrap_or_default();
        for transaction in body {
            self.note(transaction.hash(), status(block));
        }
    }

    fn note(&mut self, hash: Hash, status: TransactionStatus) {
        self.transactions.note(hash, status);
        self.frontend.changes.send_modify(|count| *count = count.wrapping_add(1));
    }

    fn notice(&self, kind: &str, block: BlockRef) {
        let (height, hash) = (block.height.0, block.hash.to_string());
        // An error means that nobody listens.
        drop(self.frontend.blocks.send(BlockNoticeView { kind: kind.to_owned(), height, hash }));
    }
}
