//! The chain of the refusals: five validators, of whom one has left and one has come for it; nominators, a pool, and rosters that are full.
//!
//! Epochs of ten slots, eras of two epochs, stake bound for four eras, one part that unbonds at a time. It stands in the middle of
//! a session of era [`ERA`], with room for transactions in the next block. Author of all blocks is account 0.

use super::evidence::report;
use super::{ledger, nominate, pools, validate};
use crate::world::{GENESIS_TIME, World, id};
use serin_consensus::leader::Validators;
use serin_consensus::leader::vrf::LotterySecret;
use serin_consensus::staking::era::EraCall;
use serin_consensus::staking::keys::{KeySet, KeysCall, Possession, SessionSecrets};
use serin_consensus::staking::ledger::{LedgerCall, Payee, Terms};
use serin_consensus::staking::pools::{ChangeRate, PoolCall, PoolId, Roles};
use serin_consensus::staking::{Call as Staking, Perbill, active_era};
use serin_node::chain_spec::{ChainSpec, DEVELOPMENT_ENDOWMENT, development_uri};
use serin_node::runtime::Call;
use serin_state::derive::Seed;
use serin_state::types::{AccountId, Balance, Domain, Era, Hash, SecretKey, Slot};

/// The era of the stage.
pub(crate) const ERA: u32 = 6;
/// Its pool: account 7 has all roles and 100 tokens in it, account 8 has 90 and 10 that wait.
pub(crate) const POOL: PoolId = PoolId(0);

pub(crate) struct Stage {
    pub(crate) world: World,
    /// The validators of genesis: accounts 0 to 3. Those of the stage are 0, 2, 3 and 9.
    pub(crate) first: Validators,
    /// The slot for which validator 2 is known to have sealed twice.
    pub(crate) known: Slot,
}

fn spec() -> ChainSpec {
    let mut spec = ChainSpec::local(4, 1_000, GENESIS_TIME);
    spec.params.epoch_slots = 10;
    for account in (0..=12).map(id) {
        if spec.balances.iter().all(|(known, _)| *known != account) {
            spec.balances.push((account, DEVELOPMENT_ENDOWMENT));
        }
    }
    let numbers = &mut spec.staking.as_mut().unwrap().parameters;
    numbers.bonding.unlocking_max = 1;
    numbers.election.seats = 4;
    numbers.election.candidates_max = 4;
    numbers.election.nominators_max = 3;
    numbers.eras.history_eras = 4;
    numbers.eras.exposure_page = 1;
    numbers.pools.pools_max = 1;
    numbers.pools.members_max = 2;
    spec
}

impl Stage {
    pub(crate) fn new() -> Self {
        let mut world = World::new(&spec());
        let first = world.session.current().clone();
        world.block_at(Slot(1), &[]);
        for (sender, call) in early() {
            world.one(sender, &call).result.unwrap();
        }
        while active_era(&world.state) < Era(ERA) {
            let epoch = world.head.slot().0 / 10 + 1;
            world.block_at(Slot(epoch * 10), &[]);
        }
        let known = world.head.slot();
        let mut stage = Self { world, first, known };
        for (sender, call) in stage.late() {
            stage.world.one(sender, &call).result.unwrap();
        }
        assert_eq!(stage.world.head.slot().0 / 10, known.0 / 10, "in one session");
        stage
    }

    /// What is done in the era of the stage.
    fn late(&self) -> Vec<(usize, Call)> {
        let (validator, era) = (id(0), Era(ERA - 1));
        vec![
            (5, ledger(LedgerCall::Unbond { amount: Balance::tokens(1) })),
            (4, Call::Staking(Staking::Era(EraCall::Payout { validator, era, page: 0 }))),
            (4, report(&super::Brought::of(self).seals(2, self.known.0))),
        ]
    }
}

/// What is done before the first election.
fn early() -> Vec<(usize, Call)> {
    let bond = |amount| ledger(LedgerCall::Bond { amount, payee: Payee::Stash });
    let token = Balance::tokens;
    let terms = Terms { commission: Perbill::from_percent(10), blocked: true };
    let percent = Perbill::from_percent;
    let (pool, seven) = (POOL, Some(id(7)));
    let roles = Roles { root: seven, nominator: seven, bouncer: seven };
    let rate = ChangeRate { rise_max: percent(2), delay_slots: 2 };
    vec![
        (1, ledger(LedgerCall::Chill)),
        (3, ledger(LedgerCall::Validate { terms })),
        (4, bond(token(600_000))),
        (4, nominate(&[0, 2])),
        (12, bond(token(1_000))),
        (12, nominate(&[0])),
        (5, bond(token(10))),
        (6, bond(Balance(400_000_000))),
        (9, bond(token(10))),
        (9, keys(9)),
        (9, validate(10)),
        (7, pools(PoolCall::Create { amount: token(100), roles })),
        (8, pools(PoolCall::Join { pool, amount: token(100) })),
        (8, pools(PoolCall::Unbond { member: id(8), points: token(10).0 })),
        (7, pools(PoolCall::Nominate { pool, targets: vec![id(2)] })),
        (7, pools(PoolCall::SetCommission { pool, share: percent(4), payee: id(7) })),
        (7, pools(PoolCall::SetCommissionMax { pool, most: percent(5) })),
        (7, pools(PoolCall::SetChangeRate { pool, rate })),
    ]
}

/// Sets the session keys of a development account.
fn keys(number: usize) -> Call {
    let genesis = *World::new(&spec()).chain.genesis();
    let uri = development_uri(number);
    let secrets = SessionSecrets::of(&Seed::from_uri(&uri).unwrap());
    let (keys, proof) = secrets.possession(&genesis, id(number));
    Call::Staking(Staking::Keys(KeysCall::Set { keys, proof: Box::new(proof) }))
}

/// Session keys of which one seals and votes, with a proof that holds.
pub(crate) fn shared_keys(genesis: &Hash, account: AccountId) -> Call {
    let secret = SecretKey::from_seed(&[77; 32]);
    let lottery = LotterySecret::from_seed(&[78; 32]);
    let keys = KeySet { seal: secret.public(), lottery: lottery.public(), vote: secret.public() };
    let statement = keys.statement(account);
    let signature = secret.sign(Domain::SessionKeys, genesis, &statement);
    let lottery = lottery.prove(&keys.alpha(genesis, account));
    let proof = Box::new(Possession { seal: signature, lottery, vote: signature });
    Call::Staking(Staking::Keys(KeysCall::Set { keys, proof }))
}
