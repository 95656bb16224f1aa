//! What a sequence is made of, and where random ones come from.
//!
//! An action names accounts, referenda and preimages by number, so that both sides read the same, and a
//! sequence that fails can lose any of its actions and still be one.

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Who {
    /// An account.
    Account(u64),
    /// Root.
    Root,
    /// The outcome of a track.
    Track(u16),
}

/// What a proposal does. Even ones stand in the proposal, odd ones are preimages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Deed {
    /// Says something; the number tells remarks apart.
    Remark(u8),
    /// Cancels a referendum.
    Cancel(u32),
    /// Kills a referendum.
    Kill(u32),
    /// Notes the bytes of a document as root.
    Note(u8),
    /// Bytes that are no call.
    Nonsense,
}

/// How a proposal names its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Named {
    /// The bytes themselves.
    Inline,
    /// Their hash and length.
    Lookup,
    /// Their hash and a wrong length.
    WrongLength,
}

/// A vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ballot {
    /// All one way.
    Standard { aye: bool, conviction: u8, balance: u64 },
    /// Both ways.
    Split { aye: u64, nay: u64 },
    /// Three ways.
    Abstain { aye: u64, nay: u64, abstain: u64 },
}

/// One step of a sequence.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Blocks in the next slots.
    Advance(u8),
    Submit {
        who: Who,
        powers: Who,
        deed: Deed,
        named: Named,
        at: bool,
        delay: u64,
    },
    PlaceDecisionDeposit {
        who: Who,
        index: u32,
    },
    RefundDecisionDeposit {
        who: Who,
        index: u32,
    },
    RefundSubmissionDeposit {
        who: Who,
        index: u32,
    },
    Cancel {
        who: Who,
        index: u32,
    },
    Kill {
        who: Who,
        index: u32,
    },
    SetMetadata {
        who: Who,
        index: u32,
        document: Option<u8>,
    },
    Vote {
        who: Who,
        index: u32,
        ballot: Ballot,
    },
    RemoveVote {
        who: Who,
        track: Option<u16>,
        index: u32,
    },
    RemoveOtherVote {
        who: Who,
        target: u64,
        track: u16,
        index: u32,
    },
    Unlock {
        who: Who,
        track: u16,
        target: u64,
    },
    Delegate {
        who: Who,
        track: u16,
        to: u64,
        conviction: u8,
        balance: u64,
    },
    Undelegate {
        who: Who,
        track: u16,
    },
    NoteDocument {
        who: Who,
        document: u8,
    },
    NoteDeed {
        who: Who,
        deed: Deed,
    },
    Unnote {
        who: Who,
        document: u8,
    },
    UnnoteDeed {
        who: Who,
        deed: Deed,
    },
    Request {
        who: Who,
        document: u8,
    },
    Unrequest {
        who: Who,
        document: u8,
    },
    CancelNamed {
        who: Who,
        index: u32,
    },
    Transfer {
        from: u64,
        to: u64,
        amount: u64,
    },
}

/// Accounts of the comparison with what they have: rich, poor, and one that can pay for next to nothing.
pub(crate) const ACCOUNTS: [(u64, u64); 6] =
    [(1, 5_000), (2, 3_000), (3, 2_000), (4, 1_000), (5, 300), (6, 25)];

/// Random numbers from a seed (SplitMix64). Each sequence likes one track, so that its queue fills.
pub(crate) struct Random {
    state: u64,
    liked: u16,
}

impl Random {
    pub(crate) fn below(&mut self, bound: u64) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (z ^ (z >> 31)) % bound.max(1)
    }

    fn chance(&mut self, percent: u64) -> bool {
        self.below(100) < percent
    }

    fn small(&mut self, bound: u64) -> u8 {
        u8::try_from(self.below(bound)).unwrap()
    }

    fn account(&mut self) -> u64 {
        1 + self.below(6)
    }

    /// Mostly an account.
    fn who(&mut self) -> Who {
        if self.chance(97) { Who::Account(self.account()) } else { self.power() }
    }

    fn track(&mut self) -> u16 {
        let ids = super::tracks::IDS;
        match self.below(100) {
            0 | 1 => 7,
            2..=59 => self.liked,
            _ => ids[usize::try_from(self.below(5)).unwrap()],
        }
    }

    fn power(&mut self) -> Who {
        match self.track() {
            0 => Who::Root,
            id => Who::Track(id),
        }
    }

    /// Mostly one of the latest.
    fn index(&mut self, count: u32) -> u32 {
        let latest = u32::try_from(self.below(4)).unwrap();
        if self.chance(5) { count + latest } else { count.saturating_sub(1 + latest) }
    }

    fn deed(&mut self, count: u32) -> Deed {
        match self.below(10) {
            0..=4 => Deed::Remark(self.small(3)),
            5 | 6 => Deed::Cancel(self.index(count + 2)),
            7 => Deed::Kill(self.index(count + 2)),
            8 => Deed::Note(self.small(3)),
            _ => Deed::Nonsense,
        }
    }

    /// Mostly what the account has or less.
    fn amount(&mut self, who: Who) -> u64 {
        let has = match who {
            Who::Account(number) => ACCOUNTS[usize::try_from(number - 1).unwrap()].1,
            Who::Root | Who::Track(_) => 100,
        };
        match self.below(12) {
            0 => 0,
            1 => has + self.below(500),
            2..=5 => self.below(has / 8),
            _ => self.below(has),
        }
    }

    fn ballot(&mut self, who: Who) -> Ballot {
        match self.below(10) {
            0 => Ballot::Split { aye: self.amount(who) / 2, nay: self.amount(who) / 2 },
            1 => Ballot::Abstain {
                aye: self.amount(who) / 3,
                nay: self.amount(who) / 3,
                abstain: self.amount(who) / 3,
            },
            _ => Ballot::Standard {
                aye: self.chance(75),
                conviction: self.small(7),
                balance: self.amount(who),
            },
        }
    }

    /// The next action of a sequence in which so many referenda were asked for.
    pub(crate) fn action(&mut self, count: u32) -> Action {
        let who = self.who();
        let index = self.index(count);
        match self.below(100) {
            0..=23 => Action::Advance(1 + self.small(3)),
            24..=30 => {
                let powers = if self.chance(3) { Who::Account(1) } else { self.power() };
                let deed = self.deed(count);
                let named = match self.below(8) {
                    0..=3 => Named::Inline,
                    4..=6 => Named::Lookup,
                    _ => Named::WrongLength,
                };
                let at = self.chance(20);
                Action::Submit { who, powers, deed, named, at, delay: self.below(12) }
            }
            31..=40 => Action::PlaceDecisionDeposit { who: Who::Account(1 + self.below(3)), index },
            41..=44 => Action::RefundDecisionDeposit { who, index },
            45 | 46 => Action::RefundSubmissionDeposit { who, index },
            47 => Action::Cancel { who: if self.chance(50) { who } else { self.power() }, index },
            48 => Action::Kill { who: if self.chance(50) { who } else { self.power() }, index },
            49 | 50 => {
                let document = if self.chance(70) { Some(self.small(3)) } else { None };
                Action::SetMetadata { who, index, document }
            }
            51..=72 => Action::Vote { who, index, ballot: self.ballot(who) },
            73..=76 => {
                let track = if self.chance(50) { Some(self.track()) } else { None };
                Action::RemoveVote { who, track, index }
            }
            77 | 78 => {
                let (target, track) = (self.account(), self.track());
                Action::RemoveOtherVote { who, target, track, index }
            }
            79 | 80 => Action::Unlock { who, track: self.track(), target: self.account() },
            81..=83 => Action::Delegate {
                who,
                track: self.track(),
                to: self.account(),
                conviction: self.small(7),
                balance: self.amount(who),
            },
            84..=87 => Action::Undelegate { who, track: self.track() },
            88 | 89 => Action::NoteDocument { who, document: self.small(3) },
            90 => Action::NoteDeed { who, deed: self.deed(count) },
            91 | 92 => Action::Unnote { who, document: self.small(3) },
            93 => Action::UnnoteDeed { who, deed: self.deed(count) },
            94 => Action::Request { who: Who::Root, document: self.small(3) },
            95 => Action::Unrequest { who: Who::Root, document: self.small(3) },
            96 => Action::CancelNamed { who: if self.chance(70) { Who::Root } else { who }, index },
            _ => Action::Transfer {
                from: self.account(),
                to: if self.chance(30) { super::mock::TREASURY } else { self.account() },
                amount: self.below(400),
            },
        }
    }
}

/// A random sequence.
pub(crate) fn sequence(seed: u64, length: usize) -> Vec<Action> {
    let liked = super::tracks::IDS[usize::try_from(seed % 5).unwrap()];
    let mut random = Random { state: seed, liked };
    let mut count = 0;
    let mut actions = Vec::new();
    while actions.len() < length {
        let action = random.action(count);
        count += u32::from(matches!(action, Action::Submit { .. }));
        actions.push(action);
    }
    actions
}
