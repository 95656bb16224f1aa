//! A runtime of Parity's modules, unchanged: referenda, conviction voting, scheduler, preimages, balances.
//!
//! Numbers stand for accounts. Deposits for preimages are held as on Kusama's asset hub; slashed deposits go to
//! an account as they do to the treasury.

use super::tracks;
use frame_support::traits::fungible::HoldConsideration;
use frame_support::traits::{
    ConstU32, ConstU64, Currency, EitherOf, EnsureOrigin, Get, Imbalance, LinearStoragePrice,
    OnUnbalanced, OriginTrait, PrivilegeCmp,
};
use frame_support::weights::Weight;
use frame_support::{derive_impl, parameter_types};
use frame_system::{EnsureRoot, EnsureSigned, RawOrigin};
use pallet_referenda::{Track, TracksInfo};
use sp_runtime::BuildStorage;
use std::borrow::Cow;
use std::cmp::Ordering;

/// The origins of tracks.
#[frame_support::pallet]
pub mod powers {
    #[pallet::config]
    pub trait Config: frame_system::Config {}

    #[pallet::pallet]
    pub struct Pallet<T>(_);

    /// The outcome of a referendum on the track of this number.
    #[pallet::origin]
    #[derive(
        Clone,
        Debug,
        PartialEq,
        Eq,
        codec::Encode,
        codec::Decode,
        codec::DecodeWithMemTracking,
        codec::MaxEncodedLen,
        scale_info::TypeInfo,
    )]
    pub enum Origin {
        /// Of this track.
        Track(u16),
    }
}

type Block = frame_system::mocking::MockBlock<Test>;

frame_support::construct_runtime!(
    pub enum Test {
        System: frame_system,
        Balances: pallet_balances,
        Preimage: pallet_preimage,
        Scheduler: pallet_scheduler,
        Voting: pallet_conviction_voting,
        Referenda: pallet_referenda,
        Powers: powers,
    }
);

/// Where slashed deposits go.
pub(crate) const TREASURY: u64 = 99;

parameter_types! {
    pub MaxWeight: Weight = Weight::from_parts(1_000_000_000_000, u64::MAX);
    pub const Preimages: RuntimeHoldReason =
        RuntimeHoldReason::Preimage(pallet_preimage::HoldReason::Preimage);
}

#[derive_impl(frame_system::config_preludes::TestDefaultConfig)]
impl frame_system::Config for Test {
    type Block = Block;
    type AccountData = pallet_balances::AccountData<u64>;
}

#[derive_impl(pallet_balances::config_preludes::TestDefaultConfig)]
impl pallet_balances::Config for Test {
    type AccountStore = System;
}

impl pallet_preimage::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Currency = Balances;
    type ManagerOrigin = EnsureRoot<u64>;
    type Consideration = HoldConsideration<
        u64,
        Balances,
        Preimages,
        LinearStoragePrice<
            ConstU64<{ tracks::PREIMAGE_BASE }>,
            ConstU64<{ tracks::PREIMAGE_BYTE }>,
            u64,
        >,
    >;
}

impl pallet_scheduler::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type RuntimeOrigin = RuntimeOrigin;
    type PalletsOrigin = OriginCaller;
    type RuntimeCall = RuntimeCall;
    type MaximumWeight = MaxWeight;
    type ScheduleOrigin = EnsureRoot<u64>;
    type MaxScheduledPerBlock = ConstU32<200>;
    type WeightInfo = ();
    type OriginPrivilegeCmp = RootIsGreatest;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

/// Root may cancel what any track has scheduled.
pub struct RootIsGreatest;

impl PrivilegeCmp<OriginCaller> for RootIsGreatest {
    fn cmp_privilege(left: &OriginCaller, right: &OriginCaller) -> Option<Ordering> {
        if left == right {
            return Some(Ordering::Equal);
        }
        matches!(left, OriginCaller::system(RawOrigin::Root)).then_some(Ordering::Greater)
    }
}

/// All but what the treasury has.
pub struct Electorate;

impl Get<u64> for Electorate {
    fn get() -> u64 {
        let treasury = <Balances as Currency<u64>>::total_balance(&TREASURY);
        <Balances as Currency<u64>>::total_issuance().saturating_sub(treasury)
    }
}

impl pallet_conviction_voting::Config for Test {
    type RuntimeEvent = RuntimeEvent;
    type WeightInfo = ();
    type Currency = Balances;
    type Polls = Referenda;
    type MaxTurnout = Electorate;
    type MaxVotes = ConstU32<{ tracks::VOTES_MAX }>;
    type VoteLockingPeriod = ConstU64<{ tracks::LOCKING_PERIOD }>;
    type BlockNumberProvider = System;
    type VotingHooks = ();
}

/// Puts a slashed deposit where the treasury is.
pub struct ToTreasury;

impl OnUnbalanced<pallet_balances::NegativeImbalance<Test>> for ToTreasury {
    fn on_nonzero_unbalanced(amount: pallet_balances::NegativeImbalance<Test>) {
        assert!(amount.peek() > 0, "only what is something comes here");
        Balances::resolve_creating(&TREASURY, amount);
    }
}

/// The tracks of the comparison.
pub struct Tracks;

impl TracksInfo<u64, u64> for Tracks {
    type Id = u16;
    type RuntimeOrigin = <RuntimeOrigin as OriginTrait>::PalletsOrigin;

    fn tracks() -> impl Iterator<Item = Cow<'static, Track<u16, u64, u64>>> {
        tracks::published().iter().map(Cow::Borrowed)
    }

    fn track_for(origin: &Self::RuntimeOrigin) -> Result<u16, ()> {
        match origin {
            OriginCaller::system(RawOrigin::Root) => Ok(0),
            OriginCaller::Powers(powers::Origin::Track(id)) => {
                Self::track_ids().find(|track| track == id && *id > 0).ok_or(())
            }
            _ => Err(()),
        }
    }
}

impl pallet_referenda::Config for Test {
    type WeightInfo = ();
    type RuntimeCall = RuntimeCall;
    type RuntimeEvent = RuntimeEvent;
    type Scheduler = Scheduler;
    type Currency = Balances;
    type SubmitOrigin = frame_support::traits::AsEnsureOriginWithArg<EnsureSigned<u64>>;
    type CancelOrigin = EitherOf<EnsureRoot<u64>, OfTrack<20>>;
    type KillOrigin = EitherOf<EnsureRoot<u64>, OfTrack<21>>;
    type Slash = ToTreasury;
    type Votes = u64;
    type Tally = pallet_conviction_voting::TallyOf<Test>;
    type SubmissionDeposit = ConstU64<{ tracks::SUBMISSION_DEPOSIT }>;
    type MaxQueued = ConstU32<{ tracks::MAX_QUEUED }>;
    type UndecidingTimeout = ConstU64<{ tracks::UNDECIDING_TIMEOUT }>;
    type AlarmInterval = ConstU64<1>;
    type Tracks = Tracks;
    type Preimages = Preimage;
    type BlockNumberProvider = System;
}

/// The origin of one track.
pub struct OfTrack<const ID: u16>;

impl<const ID: u16> EnsureOrigin<RuntimeOrigin> for OfTrack<ID> {
    type Success = ();

    fn try_origin(origin: RuntimeOrigin) -> Result<(), RuntimeOrigin> {
        match &origin.caller {
            OriginCaller::Powers(powers::Origin::Track(id)) if *id == ID => Ok(()),
            _ => Err(origin),
        }
    }
}

impl powers::Config for Test {}

/// A chain in its first block, with these accounts.
pub(crate) fn genesis(accounts: &[(u64, u64)]) -> sp_io::TestExternalities {
    let mut storage = frame_system::GenesisConfig::<Test>::default().build_storage().unwrap();
    let balances = accounts.to_vec();
    pallet_balances::GenesisConfig::<Test> { balances, ..Default::default() }
        .assimilate_storage(&mut storage)
        .unwrap();
    let mut chain = sp_io::TestExternalities::new(storage);
    chain.execute_with(|| System::set_block_number(1));
    chain
}
