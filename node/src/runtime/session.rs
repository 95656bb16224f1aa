//! Sessions in the runtime: what a block does to the epoch, the lists of validators and the records of past sessions.
//!
//! The head of the session is written where it changed, a list of validators only where another one takes its place, and one record a
//! session is kept until stake that was bound in it is free, so that an offence can be proven for as long as it can be punished.
//!
//! Bounds: a block that begins a session writes at most two lists and one record, and deletes at most [`RECORDS_PRUNED`].

use super::staking::Eras;
use super::{BlockContext, Event, SystemEvent, query};
use serin_consensus::leader::membership::SessionRecord;
use serin_consensus::leader::{BlockEntry, Session, Validators};
use serin_consensus::staking;
use serin_state::layout::{Item, StateKey};
use serin_state::overlay::{Overlay, StateRead, read};
use serin_state::types::{Announcements, Slot};

/// Records deleted by a block that begins a session: more than it adds, so that a backlog after long gaps goes away.
const RECORDS_PRUNED: u64 = 4;

/// What a block does before its transactions.
#[derive(Debug)]
pub(super) struct Advanced {
    /// The session after it.
    pub(super) session: Session,
    /// What its header says.
    pub(super) announcements: Announcements,
    /// What happened.
    pub(super) events: Vec<Event>,
    /// Whether an election was held: there is no room for transactions.
    pub(super) elected: bool,
}

/// Moves the session of the parent over a block, in memory and in state; where `staking` is, eras move with it.
pub(super) fn advance<R: StateRead>(
    state: &mut Overlay<R>,
    context: &BlockContext<'_>,
    staking: Option<&Eras<'_>>,
) -> Advanced {
    let BlockContext { chain, slot, claim, session: before, .. } = *context;
    assert_eq!(
        *before.head(),
        query::session_head(state),
        "invariant(session): a block goes on from the session of its parent's state"
    );
    let mut session = before.clone();
    let mut stakers = Vec::new();
    let begins = session.begins_epoch(chain.params(), slot);
    let turned = staking.filter(|_| begins).map(|eras| {
        let (turned, events) = eras.begin_session(state, context);
        stakers = events;
        turned
    });
    let elected = turned.as_ref().is_some_and(|turned| turned.elected);
    let successor = match turned {
        Some(turned) => turned.successor,
        None => chain.successor(&session, slot),
    };
    let entry = BlockEntry { slot, kind: claim.kind, randomness: claim.randomness };
    let rules = chain.rules().lottery.with_mutant(&*state);
    let announcements = session.on_block(chain.params(), &rules, entry, successor);
    if session.head() != before.head() {
        state.write(Item::Session.key(), session.head());
    }
    write_list(state, Item::Validators.key(), before.current(), session.current());
    write_list(state, Item::NextValidators.key(), before.next(), session.next());
    if session.number() != before.number() {
        record(state, &session, slot);
        prune(state, slot.0.saturating_sub(chain.params().bonding_slots));
    }
    let events = events(&session, &announcements).into_iter().chain(stakers).collect();
    Advanced { session, announcements, events, elected }
}

/// Writes the session of the genesis block.
pub(super) fn found<R: StateRead>(state: &mut Overlay<R>, session: &Session) {
    state.write(Item::Session.key(), session.head());
    state.write(Item::Validators.key(), &session.current().members());
    state.write(Item::NextValidators.key(), &session.next().members());
    state.write(Item::OldestSession.key(), &0_u64);
    record(state, session, Slot::ZERO);
}

/// What is told about a session that a block began.
fn events(session: &Session, announcements: &Announcements) -> Vec<Event> {
    let (epoch, number) = (session.epoch(), session.number());
    let began = announcements
        .next_epoch
        .as_ref()
        .map(|_| Event::System(SystemEvent::EpochBegan { epoch, session: number }));
    let set = announcements.next_set.as_ref().map(|voters| {
        let voters = u32::try_from(voters.len()).unwrap_or(u32::MAX);
        Event::System(SystemEvent::SetAnnounced { voters })
    });
    began.into_iter().chain(set).collect()
}

fn write_list<R: StateRead>(
    state: &mut Overlay<R>,
    key: StateKey,
    before: &Validators,
    after: &Validators,
) {
    if before != after {
        state.write(key, &after.members());
    }
}

fn record<R: StateRead>(state: &mut Overlay<R>, session: &Session, start: Slot) {
    let record = SessionRecord {
        epoch: session.epoch(),
        era: staking::active_era(state).0,
        set_changes: session.set_changes(),
        start,
        count: u32::try_from(session.current().members().len()).unwrap_or(u32::MAX),
        root: session.current().root(),
    };
    state.write(Item::SessionRecord(session.number()).key(), &record);
}

/// Deletes the records of sessions that ended before slot `bound`: the next session began there too.
fn prune<R: StateRead>(state: &mut Overlay<R>, bound: u64) {
    let first: u64 = read(state, &Item::OldestSession.key()).unwrap_or_default();
    let mut oldest = first;
    for _ in 0..RECORDS_PRUNED {
        let next = oldest.saturating_add(1);
        let ended = query::session_record(state, next).is_some_and(|after| after.start.0 < bound);
        if !ended {
            break;
        }
        state.delete(Item::SessionRecord(oldest).key());
        oldest = next;
    }
    if oldest != first {
        state.write(Item::OldestSession.key(), &oldest);
    }
}
