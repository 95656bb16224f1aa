//! The encodings of calls, events, outcomes and errors, pinned: they are part of the protocol.
//!
//! One line a value: name and bytes in hexadecimal. Lines may be added, never changed.

mod eras;
mod pools;

use borsh::{BorshDeserialize, BorshSerialize};
use serin_consensus::staking::keys::{KeySet, KeysCall, KeysEvent, Possession};
use serin_consensus::staking::ledger::{LedgerCall, LedgerError, LedgerEvent, Payee, Terms};
use serin_consensus::staking::pools::PoolError;
use serin_consensus::staking::{self, Perbill};
use serin_governance::preimages::{PreimageCall, PreimageEvent};
use serin_governance::referenda::{ReferendaCall, ReferendaError, ReferendaEvent};
use serin_governance::scheduler::{SchedulerCall, SchedulerEvent, TaskName};
use serin_governance::voting::{VotingCall, VotingError, VotingEvent};
use serin_governance::{ReferendumIndex, TrackId};
use serin_node::chain_spec::ChainSpec;
use serin_node::proof::{Ancestor, Claim, EventLeaf, EventProof, Place, Statement};
use serin_node::runtime::{
    BalancesCall, BalancesError, BalancesEvent, Call, DispatchError, Event, Outcome, Parameters,
    ParametersError, SystemCall, SystemEvent, Upgrade, UpgradeError,
};
use serin_state::codec::{decode_bounded, encode};
use serin_state::tree::list::ListProof;
use serin_state::tree::{Proof, Step};
use serin_state::types::{
    AccountId, Balance, Epoch, Era, Hash, Header, Height, LotteryProof, LotteryPublicKey, Millis,
    ProtocolVersion, PublicKey, Signature, Slot, UnsealedHeader, Weight,
};
use std::fmt::Debug;

const PINNED: &str = include_str!("../vectors/runtime.txt");

const A: AccountId = AccountId([0xaa; 32]);
const B: AccountId = AccountId([0xbb; 32]);
const AMOUNT: Balance = Balance(0x0102_0304);
const KEYS: KeySet = KeySet {
    seal: PublicKey([1; 32]),
    lottery: LotteryPublicKey([2; 32]),
    vote: PublicKey([3; 32]),
};

struct Lines(Vec<String>);

impl Lines {
    fn add<T: BorshSerialize + BorshDeserialize + PartialEq + Debug>(
        &mut self,
        name: &str,
        value: &T,
    ) {
        let bytes = encode(value);
        assert_eq!(decode_bounded::<T>(&bytes, bytes.len()).as_ref(), Ok(value), "{name}");
        self.0.push(format!("{name} {}", hex::encode(bytes)));
    }
}

fn stake_calls() -> [LedgerCall; 12] {
    let terms = Terms { commission: Perbill::from_percent(10), blocked: true };
    [
        LedgerCall::Bond { amount: AMOUNT, payee: Payee::Account(B) },
        LedgerCall::BondExtra { amount: AMOUNT },
        LedgerCall::Unbond { amount: AMOUNT },
        LedgerCall::Rebond { amount: AMOUNT },
        LedgerCall::Withdraw,
        LedgerCall::Nominate { targets: vec![A, B] },
        LedgerCall::Validate { terms },
        LedgerCall::Chill,
        LedgerCall::ChillOther { account: B },
        LedgerCall::Kick { nominators: vec![A, B] },
        LedgerCall::SetPayee { payee: Payee::Stash },
        LedgerCall::Reap { account: B },
    ]
}

fn calls(lines: &mut Lines) {
    let bytes = || vec![1, 2, 3];
    let system = [
        SystemCall::Remark { bytes: bytes() },
        SystemCall::RemarkWithEvent { bytes: bytes() },
        SystemCall::AsRoot { call: bytes() },
        SystemCall::Batch { calls: vec![bytes(), Vec::new()] },
        SystemCall::SetParameters { parameters: Box::new(Parameters::kusama(6_000)) },
        SystemCall::ScheduleUpgrade { version: ProtocolVersion(2), height: Height(0x0a0b) },
        SystemCall::StopUpgrade,
        SystemCall::SetGovernance {
            parameters: Box::new(serin_governance::Parameters::kusama(6_000)),
        },
        SystemCall::SetStaking { parameters: Box::new(staking::Parameters::kusama(6_000)) },
    ];
    let balances = [
        BalancesCall::Transfer { to: B, amount: AMOUNT },
        BalancesCall::TransferKeepAlive { to: B, amount: AMOUNT },
        BalancesCall::TransferAll { to: B, keep_alive: true },
        BalancesCall::ForceTransfer { from: A, to: B, amount: AMOUNT },
        BalancesCall::Mint { to: B, amount: AMOUNT },
        BalancesCall::Burn { amount: AMOUNT },
    ];
    let index = ReferendumIndex(7);
    let governance = [
        serin_governance::Call::Voting(VotingCall::UndelegateAll),
        serin_governance::Call::Referenda(ReferendaCall::Cancel { index }),
        serin_governance::Call::Preimages(PreimageCall::Note { bytes: bytes() }),
        serin_governance::Call::Scheduler(SchedulerCall::Cancel {
            name: TaskName::enactment(index),
        }),
    ];
    let calls = system.map(Call::System).into_iter().chain(balances.map(Call::Balances));
    let calls = calls.chain(governance.map(Call::Governance));
    let keys = [
        KeysCall::Set {
            keys: KEYS,
            proof: Box::new(Possession {
                seal: Signature([4; 64]),
                lottery: LotteryProof([5; 80]),
                vote: Signature([6; 64]),
            }),
        },
        KeysCall::Purge,
    ];
    let calls = calls.chain(keys.map(|call| Call::Staking(staking::Call::Keys(call))));
    let calls = calls.chain(stake_calls().map(|call| Call::Staking(staking::Call::Ledger(call))));
    let calls = calls.chain(pools::calls().map(|call| Call::Staking(staking::Call::Pools(call))));
    let calls = calls.chain(eras::calls().map(Call::Staking));
    for call in calls {
        lines.add(&format!("call.{}", call.name()), &call);
    }
}

fn stake_events() -> [(&'static str, LedgerEvent); 10] {
    let (account, amount, era) = (A, AMOUNT, Era(7));
    let terms = Terms { commission: Perbill::from_percent(10), blocked: false };
    [
        ("bonded", LedgerEvent::Bonded { account, amount }),
        ("unbonded", LedgerEvent::Unbonded { account, amount, era }),
        ("withdrawn", LedgerEvent::Withdrawn { account, amount }),
        ("ended", LedgerEvent::Ended { account }),
        ("nominated", LedgerEvent::Nominated { account, targets: 3 }),
        ("terms_set", LedgerEvent::TermsSet { account, terms }),
        ("chilled", LedgerEvent::Chilled { account }),
        ("kicked", LedgerEvent::Kicked { nominator: A, candidate: B }),
        ("payee_set", LedgerEvent::PayeeSet { account, payee: Payee::None }),
        ("slashed", LedgerEvent::Slashed { account, amount }),
    ]
}

fn events(lines: &mut Lines) {
    let hash = Hash([0xcc; 32]);
    let (version, height) = (ProtocolVersion(2), Height(0x0a0b));
    let system = [
        ("remarked", SystemEvent::Remarked { sender: Some(A), hash }),
        ("remarked_by_root", SystemEvent::Remarked { sender: None, hash }),
        ("batch_failed", SystemEvent::BatchFailed { path: vec![1, 2] }),
        ("parameters_set", SystemEvent::ParametersSet),
        ("root_used", SystemEvent::RootUsed),
        ("epoch_began", SystemEvent::EpochBegan { epoch: Epoch(7), session: 5 }),
        ("set_announced", SystemEvent::SetAnnounced { voters: 4 }),
        ("upgrade_scheduled", SystemEvent::UpgradeScheduled { version, height }),
        ("upgrade_stopped", SystemEvent::UpgradeStopped { version, height }),
        ("upgraded", SystemEvent::Upgraded { version }),
        ("due_call_failed", SystemEvent::DueCallFailed { error: DispatchError::BadOrigin }),
    ];
    for (name, event) in system {
        lines.add(&format!("event.system.{name}"), &Event::System(event));
    }
    let shared = BalancesEvent::FeesShared {
        author: A,
        to_author: AMOUNT,
        to_treasury: Balance(5),
        burnt: Balance::ZERO,
    };
    let balances = [
        ("transferred", BalancesEvent::Transferred { from: A, to: B, amount: AMOUNT }),
        ("minted", BalancesEvent::Minted { to: B, amount: AMOUNT }),
        ("dust_taken", BalancesEvent::DustTaken { account: A, amount: AMOUNT }),
        ("fees_shared", shared),
        ("burnt", BalancesEvent::Burnt { from: A, amount: AMOUNT }),
    ];
    let index = ReferendumIndex(7);
    let governance = [
        ("voting", VotingEvent::VoteUnlocked { who: A, track: TrackId(30) }.into()),
        ("referenda", ReferendaEvent::ConfirmStarted { index }.into()),
        ("preimages", PreimageEvent::Noted { hash }.into()),
        ("scheduler", SchedulerEvent::AgendaIncomplete { slot: Slot(5) }.into()),
    ];
    for (name, event) in governance {
        lines.add(&format!("event.governance.{name}"), &Event::Governance(event));
    }
    for (name, event) in stake_events() {
        lines.add(&format!("event.staking.{name}"), &Event::Staking(event.into()));
    }
    for (name, event) in eras::events() {
        lines.add(&format!("event.{name}"), &Event::Staking(event));
    }
    for (name, event) in pools::events() {
        lines.add(&format!("event.pools.{name}"), &Event::Staking(event.into()));
    }
    let keys = [
        ("set", KeysEvent::Set { account: A, keys: KEYS, session: 7 }),
        ("purged", KeysEvent::Purged { account: A, session: 7 }),
    ];
    for (name, event) in keys {
        lines.add(&format!("event.keys.{name}"), &Event::Staking(event.into()));
    }
    for (name, event) in balances {
        lines.add(&format!("event.balances.{name}"), &Event::Balances(event));
    }
}

fn errors(lines: &mut Lines) {
    use BalancesError as Money;
    use ParametersError as Number;
    lines.add("error.bad_origin", &DispatchError::BadOrigin);
    lines.add("error.bad_call", &DispatchError::BadCall);
    let money = [
        Money::TooLittle,
        Money::TooLittleHeld,
        Money::BelowExistentialDeposit,
        Money::NoAccount,
        Money::TooManyReasons,
        Money::FreezeAboveTotal,
        Money::Overflow,
        Money::LastNonce,
    ];
    for error in money {
        lines.add(&format!("error.balances.{error:?}"), &DispatchError::Balances(error));
    }
    let numbers = [
        Number::ExistentialDepositZero,
        Number::TreasuryShare,
        Number::Reserved,
        Number::FullnessTarget,
        Number::MultiplierSpeed,
        Number::MultiplierBounds,
        Number::BytesTooFew,
        Number::BytesTooMany,
        Number::WeightTooLittle,
        Number::FeeTooHigh,
    ];
    for error in numbers {
        lines.add(&format!("error.parameters.{error:?}"), &DispatchError::Parameters(error));
    }
    let upgrades = [
        ("not_next", UpgradeError::NotNext { next: ProtocolVersion(2) }),
        ("too_soon", UpgradeError::TooSoon { earliest: Height(0x0a0b) }),
        ("none_pending", UpgradeError::NonePending),
    ];
    let governance = [
        (
            "governance_parameters",
            DispatchError::GovernanceParameters(serin_governance::ParametersError::VotesMax),
        ),
        ("voting", DispatchError::Governance(VotingError::NotVoter.into())),
        ("referenda", DispatchError::Governance(ReferendaError::NotOngoing.into())),
        (
            "staking_parameters",
            DispatchError::StakingParameters(staking::ParametersError::Inflation),
        ),
        ("staking", DispatchError::Staking(LedgerError::NotBonded.into())),
        ("pools", DispatchError::Staking(PoolError::NotMember.into())),
    ];
    for (name, error) in governance {
        lines.add(&format!("error.{name}"), &error);
    }
    for (name, error) in upgrades {
        lines.add(&format!("error.upgrade.{name}"), &DispatchError::Upgrade(error));
    }
}

fn outcomes(lines: &mut Lines) {
    let event = Event::System(SystemEvent::RootUsed);
    let done =
        Outcome { result: Ok(()), fee: AMOUNT, weight: Weight(100_000_000), events: vec![event] };
    lines.add("outcome.done", &done);
    let failed = Outcome { result: Err(DispatchError::BadOrigin), events: Vec::new(), ..done };
    lines.add("outcome.failed", &failed);
    let (version, height) = (ProtocolVersion(2), Height(0x0a0b));
    let referendum = Some(ReferendumIndex(7));
    lines.add("state.era", &eras::info());
    lines.add("state.exposure", &eras::exposure());
    lines.add("state.offence", &eras::offence());
    lines.add("state.pools", &pools::COUNT);
    lines.add("state.pool", &pools::pool());
    lines.add("state.pool_member", &pools::member());
    lines.add("state.pool_unbonding", &pools::unbonding());
    lines.add("state.upgrade", &Upgrade { version, height, referendum });
}

fn statements(lines: &mut Lines) {
    let path = ListProof { index: 1, count: 2, siblings: vec![Hash([0xcc; 32])] };
    let state = Proof { steps: vec![Step::Empty] };
    let at_end = |claim| Statement { place: Place::Final, claim };
    lines.add("statement.header", &at_end(Claim::Header));
    lines.add("statement.account", &at_end(Claim::Account { id: A, state: state.clone() }));
    let event = EventProof {
        leaf: EventLeaf::Block(vec![Event::System(SystemEvent::RootUsed)]),
        path: path.clone(),
        index: 7,
    };
    let header = ChainSpec::development(1, Millis(0)).genesis().header;
    let ancestor = Box::new(Ancestor {
        header: Header {
            unsealed: UnsealedHeader { state_root: Hash::ZERO, ..header.unsealed },
            ..header
        },
        peaks: state,
        path,
    });
    let claim = Claim::Event(Box::new(event));
    lines.add(
        "statement.event_of_an_ancestor",
        &Statement { place: Place::Ancestor(ancestor), claim },
    );
}

#[test]
fn encodings_are_those_that_were_published() {
    let mut lines = Lines(Vec::new());
    calls(&mut lines);
    events(&mut lines);
    errors(&mut lines);
    outcomes(&mut lines);
    statements(&mut lines);
    let pinned: Vec<&str> = PINNED.lines().filter(|line| !line.starts_with('#')).collect();
    assert_eq!(lines.0, pinned, "as they are now:\n{}", lines.0.join("\n"));
}
