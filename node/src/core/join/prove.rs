//! Proving that the point is final: its proof from a peer, and links of the chain until its set is trusted.
//!
//! Each link that holds is kept for ever, so that this node can serve the chain too and a restart goes on from it.

use super::fetch::Fetch;
use super::machine::{Asked, Join, Proving, Stage};
use super::point::SyncPoint;
use super::{JoinError, rows};
use crate::core::{Peer, rows as core_rows};
use serin_consensus::crypto::Verifier;
use serin_consensus::finality::proof_chain::{Fragment, Link};
use serin_network::message::{FinalityRequest, Request, StateRequest};
use serin_state::codec::decode;
use serin_state::store::{Batch, Durability, Store};
use serin_state::types::Millis;

/// Links that are taken from the store in one go.
const KEPT_BYTES: usize = 4 * 1024 * 1024;

impl<S: Store, V: Verifier> Join<S, V> {
    /// Follows links that an earlier run has checked and kept.
    pub(super) fn follow_kept(&mut self, store: &S) {
        loop {
            let links = core_rows::links_from(store, self.trust.set(), KEPT_BYTES);
            if links.is_empty() {
                return;
            }
            for bytes in links {
                let followed = decode::<Link>(&bytes).is_ok_and(|link| self.follow(&link).is_ok());
                if !followed {
                    return;
                }
            }
        }
    }

    fn follow(&mut self, link: &Link) -> Result<(), JoinError> {
        let rules = self.chain.rules().finality;
        self.trust.follow(link, &rules, &self.verifier)?;
        self.anchored |= self.anchor.is(&link.header.hash());
        Ok(())
    }

    /// Asks for what is missing: first the point's proof, which names its set, then links up to that set.
    pub(super) fn prove(&mut self, now: Millis) {
        let Stage::Proving(_, proving) = &self.stage else { return };
        let target = proving.target;
        let under_way =
            self.requests.values().any(|(_, asked)| matches!(asked, Asked::Chain | Asked::Point));
        if under_way {
            return;
        }
        let set = proving.point.as_ref().map(|(_, point)| point.justification.set());
        if !proving.proven && set.is_some_and(|set| set == self.trust.set()) {
            self.judge(now);
        }
        if self.begin_to_fetch() {
            return;
        }
        let Stage::Proving(_, proving) = &self.stage else { return };
        let set = proving.point.as_ref().map(|(_, point)| point.justification.set());
        let Some(peer) = self.servers.take(now, &target) else {
            if !self.servers.serves(&target) {
                self.leave_point();
            }
            return;
        };
        if set.is_some() {
            let request = FinalityRequest::Chain { set: self.trust.set() };
            self.ask(peer, Request::Finality(request), Asked::Chain);
        } else {
            let request = StateRequest::Point { block: target.hash };
            self.ask(peer, Request::State(request), Asked::Point);
        }
    }

    fn leave_point(&mut self) {
        if let Stage::Proving(store, _) = core::mem::replace(&mut self.stage, Stage::Moving) {
            self.look_again(store);
        }
    }

    pub(super) fn on_point(&mut self, now: Millis, from: Peer, bytes: Option<&[u8]>) {
        let trusted = self.trust.set();
        let Stage::Proving(_, proving) = &mut self.stage else { return };
        let target = proving.target;
        let Some(bytes) = bytes else {
            self.servers.forget_point(from, &target);
            return;
        };
        match decode::<SyncPoint>(bytes) {
            Ok(point) if point.justification.set() >= trusted => {
                proving.point = Some((from, point));
            }
            Ok(_) => {
                // The chain was followed beyond it before: a newer point will come.
                self.servers.forget_point(from, &target);
            }
            Err(_) => self.drop_liar(now, from, &JoinError::Malformed),
        }
    }

    pub(super) fn on_fragment(&mut self, now: Millis, from: Peer, bytes: Option<&[u8]>) {
        let Stage::Proving(_, Proving { target, point, proven }) = &self.stage else { return };
        let Some((giver, claimed)) = point else { return };
        let (target, giver, proven) = (*target, *giver, *proven);
        let wanted = claimed.justification.set();
        let Some(bytes) = bytes else {
            if proven {
                let how = "its proof chain ends before the block of --checkpoint".to_owned();
                self.note_failure(now, from, how);
                return;
            }
            // Whoever has the point went through its set. So the set that the proof names is made up, or
            // this peer holds back: neither is proven, and another point or peer is tried.
            self.servers.forget_point(giver, &target);
            self.note_failure(
                now,
                giver,
                "its point names a set that no chain leads to".to_owned(),
            );
            self.leave_point();
            return;
        };
        let Ok(fragment) = decode::<Fragment>(bytes) else {
            self.drop_liar(now, from, &JoinError::Malformed);
            return;
        };
        let mut batch = Batch::default();
        let mut refused = None;
        for link in &fragment.links {
            // Links beyond the point's set are of use only where the named block is looked for.
            if self.trust.set() >= wanted && (self.anchored || !proven) {
                break;
            }
            if let Err(error) = self.follow(link) {
                refused = Some(error);
                break;
            }
            core_rows::put_link(&mut batch, &link.header, &link.justification);
        }
        if let Some(error) = refused {
            self.drop_liar(now, from, &error);
        }
        if let Stage::Proving(store, _) = &mut self.stage
            && let Err(error) = Self::commit(store, batch, Durability::Buffered)
        {
            self.halt(&error);
        }
    }

    /// The point's set is trusted: its proof holds or not.
    fn judge(&mut self, now: Millis) {
        let Stage::Proving(_, Proving { target, point: Some((from, point)), .. }) = &self.stage
        else {
            return;
        };
        let (target, from) = (*target, *from);
        let rules = self.chain.rules().finality;
        let held = point.verify(target, &self.trust.voters, &rules, &self.verifier);
        if let Err(error) = &held {
            self.drop_liar(now, from, error);
        } else {
            self.anchored |= self.anchor.is(&target.hash);
        }
        if let Stage::Proving(_, proving) = &mut self.stage {
            proving.proven = held.is_ok();
            if held.is_err() {
                proving.point = None;
            }
        }
    }

    /// Goes on to the state, where the point is proven and the named block was seen on its chain; true where it does.
    fn begin_to_fetch(&mut self) -> bool {
        let proven = matches!(&self.stage, Stage::Proving(_, proving) if proving.proven);
        if !proven || !self.anchored {
            return false;
        }
        let Stage::Proving(store, Proving { target, point: Some((_, point)), .. }) =
            core::mem::replace(&mut self.stage, Stage::Moving)
        else {
            return false;
        };
        let sets = self.trust.set().shown();
        self.tell(format!(
            "block {} is proven final over {sets} changes of the voter set; its state is fetched now",
            target.height
        ));
        match Fetch::begin(store, point, rows::begun) {
            Ok(fetch) => self.stage = Stage::Fetching(Box::new(fetch)),
            Err(error) => self.halt(&error),
        }
        true
    }
}
