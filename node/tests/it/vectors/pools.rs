//! One value of every kind that pools sign, report and store.

use super::{A, AMOUNT, B};
use serin_consensus::staking::Perbill;
use serin_consensus::staking::pools::{
    ChangeRate, Commission, Member, Part, Payee, Pool, PoolCall, PoolEvent, PoolId, Pools, Rewards,
    Roles, State, Unbonding,
};
use serin_state::types::{Balance, Era, Slot};

const POOL: PoolId = PoolId(7);
const ROLES: Roles = Roles { root: Some(A), nominator: None, bouncer: Some(B) };
const SHARE: Perbill = Perbill::from_percent(10);
const RATE: ChangeRate = ChangeRate { rise_max: SHARE, delay_slots: 600 };

pub(super) fn calls() -> [PoolCall; 15] {
    [
        PoolCall::Create { amount: AMOUNT, roles: ROLES },
        PoolCall::Join { pool: POOL, amount: AMOUNT },
        PoolCall::BondExtra { amount: AMOUNT },
        PoolCall::Compound,
        PoolCall::Claim { member: A },
        PoolCall::Unbond { member: A, points: 0x0102 },
        PoolCall::Withdraw { member: A },
        PoolCall::Nominate { pool: POOL, targets: vec![A, B] },
        PoolCall::Chill { pool: POOL },
        PoolCall::SetState { pool: POOL, state: State::Destroying },
        PoolCall::SetRoles { pool: POOL, roles: ROLES },
        PoolCall::SetCommission { pool: POOL, share: SHARE, payee: B },
        PoolCall::SetCommissionMax { pool: POOL, most: SHARE },
        PoolCall::SetChangeRate { pool: POOL, rate: RATE },
        PoolCall::ClaimCommission { pool: POOL },
    ]
}

pub(super) fn events() -> [(&'static str, PoolEvent); 11] {
    let (pool, member, amount, era) = (POOL, A, AMOUNT, Era(7));
    [
        ("created", PoolEvent::Created { pool, depositor: A }),
        ("bonded", PoolEvent::Bonded { pool, member, amount }),
        ("paid", PoolEvent::Paid { pool, member, amount }),
        ("unbonded", PoolEvent::Unbonded { pool, member, amount, era }),
        ("withdrawn", PoolEvent::Withdrawn { pool, member, amount }),
        ("left", PoolEvent::Left { pool, member }),
        ("dissolved", PoolEvent::Dissolved { pool }),
        ("state_set", PoolEvent::StateSet { pool, state: State::Blocked }),
        ("roles_set", PoolEvent::RolesSet { pool }),
        ("commission_set", PoolEvent::CommissionSet { pool, share: SHARE }),
        ("commission_paid", PoolEvent::CommissionPaid { pool, payee: B, amount }),
    ]
}

pub(super) const COUNT: Pools = Pools { next: 3, living: 2, members: 5 };

pub(super) fn pool() -> Pool {
    Pool {
        depositor: A,
        roles: ROLES,
        state: State::Open,
        points: 0x0102,
        members: 2,
        commission: Commission {
            current: Some(Payee { share: SHARE, account: B }),
            most: Some(SHARE),
            rate: Some(RATE),
            changed: Some(Slot(9)),
        },
        rewards: Rewards {
            counter: 1,
            recorded: Balance(2),
            claimed: Balance(3),
            commission_pending: Balance(4),
            commission_claimed: Balance(5),
        },
    }
}

pub(super) fn member() -> Member {
    Member { pool: POOL, points: 3, counter: 1, unbonding: vec![(Era(7), 2)] }
}

pub(super) fn unbonding() -> Unbonding {
    let merged = Part { points: 1, freed: Some(AMOUNT) };
    Unbonding { merged, parts: vec![(Era(7), Part { points: 2, freed: None })] }
}
