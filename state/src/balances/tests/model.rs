//! Random sequences of operations, run on the ledger and on a naive model of the same rules.
//!
//! The model keeps signed numbers in maps and tries an operation by doing it and looking whether the
//! result is allowed. After every step both sides hold the same, and issuance is the sum.

use super::*;
use proptest::prelude::*;

/// What can be asked of a ledger. Accounts and reasons are small numbers.
#[derive(Clone, Debug)]
enum Op {
    Mint(u8, i128),
    Transfer(u8, u8, i128, bool),
    Burn(u8, i128, bool),
    Pay(u8, u8, i128, bool),
    Hold(u8, u16, i128),
    Release(u8, u16, i128),
    MoveHeld(u8, u8, u16, i128, bool),
    Slash(u8, u16, i128),
    Freeze(u8, u16, i128),
    Sign(u8),
}

fn op() -> impl Strategy<Value = Op> {
    let (id, reason, amount) = (0..3_u8, 0..3_u16, 0..60_i128);
    let (to, dies) = (0..3_u8, any::<bool>());
    let five = (id, to, reason, amount, dies);
    prop_oneof![
        five.clone().prop_map(|(a, _, _, n, _)| Op::Mint(a, n)),
        five.clone().prop_map(|(a, b, _, n, d)| Op::Transfer(a, b, n, d)),
        five.clone().prop_map(|(a, _, _, n, d)| Op::Burn(a, n, d)),
        five.clone().prop_map(|(a, b, _, n, d)| Op::Pay(a, b, n, d)),
        five.clone().prop_map(|(a, _, r, n, _)| Op::Hold(a, r, n)),
        five.clone().prop_map(|(a, _, r, n, _)| Op::Release(a, r, n)),
        five.clone().prop_map(|(a, b, r, n, d)| Op::MoveHeld(a, b, r, n, d)),
        five.clone().prop_map(|(a, _, r, n, _)| Op::Slash(a, r, n)),
        five.clone().prop_map(|(a, _, r, n, _)| Op::Freeze(a, r, n)),
        five.prop_map(|(a, _, _, _, _)| Op::Sign(a)),
    ]
}

const ED: i128 = 10;

#[derive(Clone, Debug, Default, PartialEq)]
struct Row {
    nonce: i128,
    free: i128,
    holds: BTreeMap<u16, i128>,
    freezes: BTreeMap<u16, i128>,
}

impl Row {
    fn held(&self) -> i128 {
        self.holds.values().sum()
    }

    fn lives(&self) -> bool {
        self.free >= ED || self.held() > 0 || self.freezes.values().any(|&n| n > 0)
    }

    /// May the free amount be what it is after something was spent?
    fn may_have_spent(&self, dies: bool) -> bool {
        let needed = (self.freezes.values().max().unwrap_or(&0) - self.held()).max(0);
        let bound = self.held() > 0 || self.freezes.values().any(|&n| n > 0);
        self.free >= needed && (self.free >= ED || (dies && !bound && self.free >= 0))
    }
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Model {
    rows: [Row; 3],
    burnt: i128,
    minted: i128,
}

impl Model {
    /// Does `op` on a copy; keeps the copy if everything in it is allowed.
    fn run(&mut self, op: &Op) -> bool {
        let mut next = self.clone();
        let done = next.attempt(op);
        if done {
            for row in &mut next.rows {
                if !row.lives() {
                    next.burnt += row.free;
                    row.free = 0;
                }
                row.holds.retain(|_, amount| *amount > 0);
                row.freezes.retain(|_, amount| *amount > 0);
            }
            *self = next;
        }
        done
    }

    fn spend(&mut self, a: u8, n: i128, dies: bool) -> bool {
        let row = &mut self.rows[usize::from(a)];
        row.free -= n;
        // Spending nothing is refused by no rule.
        n == 0 || row.may_have_spent(dies)
    }

    fn gain(&mut self, b: u8, n: i128) -> bool {
        let row = &mut self.rows[usize::from(b)];
        row.free += n;
        row.lives()
    }

    fn unhold(&mut self, a: u8, r: u16, n: i128) -> bool {
        let held = self.rows[usize::from(a)].holds.entry(r).or_default();
        *held -= n;
        *held >= 0
    }

    fn attempt(&mut self, op: &Op) -> bool {
        match *op {
            Op::Mint(a, n) => {
                self.minted += n;
                self.gain(a, n)
            }
            Op::Transfer(a, b, n, dies) if a == b => self.clone().spend(a, n, dies),
            Op::Transfer(a, b, n, dies) => self.spend(a, n, dies) && self.gain(b, n),
            Op::Burn(a, n, dies) => {
                self.burnt += n;
                self.spend(a, n, dies)
            }
            // A payment that cannot be deposited is burnt, as the caller below does.
            Op::Pay(a, b, n, dies) => {
                if !self.spend(a, n, dies) {
                    return false;
                }
                let row = &self.rows[usize::from(a)];
                let dust = if row.lives() { 0 } else { row.free };
                self.rows[usize::from(a)].free -= dust;
                if n + dust > 0 && !self.clone().gain(b, n + dust) {
                    self.burnt += n + dust;
                } else {
                    self.rows[usize::from(b)].free += n + dust;
                }
                true
            }
            Op::Hold(a, r, n) => {
                let row = &mut self.rows[usize::from(a)];
                row.free -= n;
                *row.holds.entry(r).or_default() += n;
                n == 0 || row.free >= ED
            }
            Op::Release(a, r, n) => {
                let done = self.unhold(a, r, n);
                self.rows[usize::from(a)].free += n;
                done
            }
            Op::MoveHeld(a, b, r, n, free) => self.move_held((a, b), r, n, free),
            Op::Slash(a, r, n) => {
                let n = n.min(*self.rows[usize::from(a)].holds.get(&r).unwrap_or(&0));
                self.burnt += n;
                self.unhold(a, r, n)
            }
            Op::Freeze(a, r, n) => {
                let row = &mut self.rows[usize::from(a)];
                let before = row.freezes.get(&r).copied().unwrap_or(0);
                let done = row.lives() && (n <= before || n <= row.free + row.held());
                row.freezes.insert(r, n);
                done
            }
            Op::Sign(a) => {
                self.rows[usize::from(a)].nonce += 1;
                true
            }
        }
    }

    fn move_held(&mut self, (a, b): (u8, u8), r: u16, n: i128, free: bool) -> bool {
        let could_receive = a == b || self.rows[usize::from(b)].lives();
        if !self.unhold(a, r, n) {
            return false;
        }
        let row = &mut self.rows[usize::from(b)];
        if free {
            row.free += n;
            a == b || row.lives()
        } else {
            *row.holds.entry(r).or_default() += n;
            could_receive
        }
    }
}

fn account(number: u8) -> AccountId {
    AccountId([number; 32])
}

fn amount(n: i128) -> Balance {
    Balance(u128::try_from(n).unwrap())
}

/// Does `op` on the ledger and burns every credit that comes out of it.
fn run(ledger: &mut Ledger<'_, BTreeMap<StateKey, Vec<u8>>>, op: &Op) -> Result<(), BalanceError> {
    let survival = |dies| if dies { Survival::AllowDeath } else { Survival::KeepAlive };
    let credit = match *op {
        Op::Mint(a, n) => ledger.mint(account(a), amount(n)).map(|()| Credit::zero()),
        Op::Transfer(a, b, n, d) => ledger.transfer(account(a), account(b), amount(n), survival(d)),
        Op::Burn(a, n, d) => ledger.burn(account(a), amount(n), survival(d)),
        Op::Pay(a, b, n, d) => ledger.withdraw(account(a), amount(n), survival(d)).map(|paid| {
            match ledger.deposit(account(b), paid) {
                Ok(()) => Credit::zero(),
                Err(refused) => refused.credit,
            }
        }),
        Op::Hold(a, r, n) => ledger.hold(account(a), Reason(r), amount(n)).map(|()| Credit::zero()),
        Op::Release(a, r, n) => ledger.release(account(a), Reason(r), amount(n)),
        Op::MoveHeld(a, b, r, n, free) => {
            let arrival = if free { Arrival::Free } else { Arrival::Held };
            ledger.transfer_on_hold((account(a), account(b)), Reason(r), amount(n), arrival)
        }
        Op::Slash(a, r, n) => Ok(ledger.slash(account(a), Reason(r), amount(n))),
        Op::Freeze(a, r, n) => ledger.set_freeze(account(a), Reason(r), amount(n)),
        Op::Sign(a) => ledger.inc_nonce(account(a)).map(|()| Credit::zero()),
    }?;
    ledger.burn_credit(credit);
    Ok(())
}

fn row(account: &Account) -> Row {
    let map = |list: &[Bound]| {
        list.iter().map(|b| (b.reason.0, i128::try_from(b.amount.0).unwrap())).collect()
    };
    Row {
        nonce: account.nonce.0.into(),
        free: i128::try_from(account.free.0).unwrap(),
        holds: map(&account.holds),
        freezes: map(&account.freezes),
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn the_ledger_does_what_the_model_does_and_conserves_money(
        ops in prop::collection::vec(op(), 1..60),
    ) {
        let (mut state, mut model) = (empty(), Model::default());
        for op in &ops {
            let before = state.clone();
            let mut ledger = ledger(&mut state);
            let result = run(&mut ledger, op);
            prop_assert_eq!(result.is_ok(), model.run(op), "{:?}: {:?}", op, result);
            let rows = [0, 1, 2].map(|n| row(&ledger.account(account(n))));
            prop_assert_eq!(&rows, &model.rows, "after {:?}", op);
            let sum: i128 = rows.iter().map(|row| row.free + row.held()).sum();
            prop_assert_eq!(ledger.issuance(), amount(sum), "issuance is not the sum");
            prop_assert_eq!(sum, model.minted - model.burnt);
            if result.is_err() {
                prop_assert_eq!(state.into_changes(), before.clone().into_changes(), "left a trace");
                state = before;
            }
        }
    }
}
