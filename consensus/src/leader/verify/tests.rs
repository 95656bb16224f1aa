//! Claims that hold, and one test row for every refusal of a header.
//!
//! All keys, proofs and seals are real; a bent header is sealed again, so that only its bend is wrong.

use super::*;
use crate::{
    leader::fixture::{Chain, PARAMS, VERSION, keys, member},
    rules::SecondarySlots,
};
use serin_state::types::{NextEpoch, Signature, UnsealedHeader};

const NUMBERS: [u8; 4] = [1, 2, 3, 4];

fn check(chain: &Chain, header: &Header) -> Result<CheckedClaim, HeaderError> {
    let epoch = chain.epoch(header.slot());
    check_header(&chain.context(&epoch, header.slot()), header)
}

#[test]
fn claims_of_both_kinds_pass_with_what_the_author_saw() {
    let chain = Chain::of(&NUMBERS);
    for kind in [ClaimKind::Primary, ClaimKind::Secondary] {
        let claimed = chain.find(kind);
        let header = chain.sealed_child(claimed.claim);
        assert_eq!(check(&chain, &header), Ok(claimed.checked), "{kind:?}");
        let epoch = chain.epoch(claimed.claim.slot);
        let won = claimed.checked.score < epoch.threshold(claimed.claim.author).unwrap();
        assert_eq!(won, kind == ClaimKind::Primary, "the score says which kind it is");
    }
}

#[test]
fn a_chain_over_two_epochs_is_accepted_block_by_block() {
    let mut chain = Chain::of(&NUMBERS);
    let mut primaries = 0;
    for slot in (1..=25).map(Slot) {
        let Some(claimed) = (0..4).find_map(|index| chain.claim(slot, index, None)) else {
            panic!("slot {slot} has at least its secondary author");
        };
        let header = chain.sealed_child(claimed.claim);
        let checked = check(&chain, &header).unwrap();
        assert_eq!(checked.epoch, PARAMS.epoch_of(slot));
        primaries += u32::from(checked.kind == ClaimKind::Primary);
        let entry =
            super::super::BlockEntry { slot, kind: checked.kind, randomness: checked.randomness };
        let announced = chain.session.on_block(&PARAMS, &chain.rules, entry, None);
        assert_eq!(announced, header.unsealed.announcements);
        chain.tip = header;
    }
    assert!(primaries > 3, "half the slots have a primary leader: {primaries} of 25");
}

fn claim_of(header: &mut UnsealedHeader) -> &mut SlotClaim {
    header.claim.as_mut().unwrap()
}

#[test]
fn every_refusal_has_a_header_that_meets_it_and_a_verdict() {
    struct Case {
        why: &'static str,
        bend: fn(&Chain, &mut UnsealedHeader),
        refusal: HeaderError,
        verdict: Verdict,
    }
    let chain = Chain::of(&NUMBERS);
    let claim = chain.find(ClaimKind::Primary).claim;
    #[rustfmt::skip]
    let cases = [
        Case { why: "stands on another block", bend: |_, header| header.parent = Hash::of(b"?"),
            refusal: HeaderError::OtherParent, verdict: Verdict::Ignore },
        Case { why: "leaves a height out", bend: |_, header| header.height = Height(2),
            refusal: HeaderError::HeightNotNext { parent: Height(0), claimed: Height(2) }, verdict: Verdict::Punish },
        Case { why: "repeats the height", bend: |_, header| header.height = Height(0),
            refusal: HeaderError::HeightNotNext { parent: Height(0), claimed: Height(0) }, verdict: Verdict::Punish },
        Case { why: "claims no slot", bend: |_, header| header.claim = None,
            refusal: HeaderError::ClaimMissing, verdict: Verdict::Punish },
        Case { why: "claims the parent's slot", bend: |_, header| claim_of(header).slot = Slot(0),
            refusal: HeaderError::SlotNotAfterParent { parent: Slot(0), claimed: Slot(0) }, verdict: Verdict::Punish },
        Case { why: "another version", bend: |_, header| header.version = ProtocolVersion(2),
            refusal: HeaderError::WrongVersion { expected: VERSION, claimed: ProtocolVersion(2) }, verdict: Verdict::Punish },
        Case { why: "announces an epoch inside one", bend: |_, header| {
                let next = NextEpoch { randomness: Hash::ZERO, authorities: None };
                header.announcements.next_epoch = Some(next);
            }, refusal: HeaderError::AnnouncementForm, verdict: Verdict::Punish },
        Case { why: "announces a set inside an epoch", bend: |_, header| header.announcements.next_set = Some(vec![member(1).voter()]),
            refusal: HeaderError::AnnouncementForm, verdict: Verdict::Punish },
        Case { why: "names an author beyond the list", bend: |_, header| claim_of(header).author = AuthorityIndex(4),
            refusal: HeaderError::AuthorOutOfRange { author: AuthorityIndex(4), authorities: 4 }, verdict: Verdict::Punish },
        Case { why: "names the last possible author", bend: |_, header| claim_of(header).author = AuthorityIndex(u32::MAX),
            refusal: HeaderError::AuthorOutOfRange { author: AuthorityIndex(u32::MAX), authorities: 4 }, verdict: Verdict::Punish },
        Case { why: "takes a slot by turn that is not its own", bend: |chain, header| {
                let claim = claim_of(header);
                let named = chain.epoch(claim.slot).secondary_author(claim.slot);
                claim.kind = ClaimKind::Secondary;
                claim.author = AuthorityIndex((named.0 + 1) % 4);
            }, refusal: HeaderError::NotSecondaryAuthor, verdict: Verdict::Punish },
        Case { why: "a bent proof", bend: |_, header| claim_of(header).proof.0[79] ^= 1,
            refusal: HeaderError::BadProof, verdict: Verdict::Punish },
        Case { why: "the proof of another author", bend: |_, header| {
                let claim = claim_of(header);
                claim.author = AuthorityIndex((claim.author.0 + 1) % 4);
            }, refusal: HeaderError::BadProof, verdict: Verdict::Punish },
        Case { why: "the proof of another slot", bend: |_, header| claim_of(header).slot = Slot(9),
            refusal: HeaderError::BadProof, verdict: Verdict::Punish },
    ];
    for Case { why, bend, refusal, verdict } in cases {
        let mut unsealed = chain.child(claim);
        bend(&chain, &mut unsealed);
        let author = unsealed.claim.map_or(AuthorityIndex(0), |claim| claim.author);
        let sealer = if author.0 < 4 { author } else { claim.author };
        let header = chain.seal(unsealed, sealer);
        assert_eq!(check(&chain, &header), Err(refusal), "{why}");
        assert_eq!(refusal.verdict(), verdict, "{why}");
    }
    assert_eq!(HeaderError::UnknownParent.verdict(), Verdict::Retry, "it may come later");
}

#[test]
fn a_slot_of_the_next_epoch_must_announce_and_only_sets_in_range() {
    let mut chain = Chain::of(&NUMBERS);
    // The tip lies in the last slot of epoch 0, so every child begins an epoch.
    chain.tip = {
        let claimed = (0..4).find_map(|index| chain.claim(Slot(9), index, None)).unwrap();
        chain.sealed_child(claimed.claim)
    };
    let claim = chain.find(ClaimKind::Primary).claim;
    let plain = chain.child(claim);
    assert!(plain.announcements.next_epoch.is_some());
    let list = |length: usize| vec![member(1).voter(); length];
    let none = Announcements::default();
    let announce = |authorities: Option<usize>, set: Option<usize>| Announcements {
        next_epoch: Some(NextEpoch {
            randomness: Hash::ZERO,
            authorities: authorities.map(|length| vec![chain.session.authorities()[0]; length]),
        }),
        next_set: set.map(list),
    };
    #[rustfmt::skip]
    let cases = [
        ("what the session announces",  plain.announcements.clone(),             true),
        ("nothing",                     none.clone(),                            false),
        ("a set without an epoch",      Announcements { next_set: Some(list(1)), ..none }, false),
        ("the longest lists",           announce(Some(VALIDATORS_MAX), Some(VALIDATORS_MAX)), true),
        ("no authorities",              announce(Some(0), None),                 false),
        ("too many authorities",        announce(Some(VALIDATORS_MAX + 1), None), false),
        ("no voters",                   announce(None, Some(0)),                 false),
        ("too many voters",             announce(None, Some(VALIDATORS_MAX + 1)), false),
    ];
    for (why, announcements, accepted) in cases {
        let header = chain.seal(UnsealedHeader { announcements, ..plain.clone() }, claim.author);
        let expected = if accepted { Ok(()) } else { Err(HeaderError::AnnouncementForm) };
        assert_eq!(check(&chain, &header).map(|_| ()), expected, "{why}");
    }
}

#[test]
fn a_header_may_be_one_slot_ahead_of_the_clock_and_no_more() {
    let mut chain = Chain::of(&NUMBERS);
    let claimed = (0..4).find_map(|index| chain.claim(Slot(5), index, None)).unwrap();
    let header = chain.sealed_child(claimed.claim);
    let epoch = chain.epoch(Slot(5));
    for (now, accepted) in [(3, false), (4, true), (5, true), (6, true), (1_000, true)] {
        let result = check_header(&chain.context(&epoch, Slot(now)), &header);
        assert_eq!(result.is_ok(), accepted, "own clock in slot {now}");
    }
    let refusal = check_header(&chain.context(&epoch, Slot(3)), &header).unwrap_err();
    assert_eq!(refusal, HeaderError::FromFuture { slot: Slot(5), slot_now: Slot(3) });
    assert_eq!(refusal.verdict(), Verdict::Ignore, "whose clock is wrong is not known");
    // The last slot there is does not overflow anything.
    chain.tip.unsealed.height = Height(u32::MAX);
    let mut unsealed = header.unsealed;
    unsealed.parent = chain.tip.hash();
    let claimed = unsealed.height;
    let header = chain.seal(unsealed, AuthorityIndex(0));
    let parent = Height(u32::MAX);
    assert_eq!(check(&chain, &header), Err(HeaderError::HeightNotNext { parent, claimed }));
}

#[test]
fn a_primary_claim_must_have_won() {
    let chain = Chain::of(&NUMBERS);
    // A true proof of an author that lost, dressed as a primary claim.
    let mut claim = chain.find(ClaimKind::Secondary).claim;
    claim.kind = ClaimKind::Primary;
    let header = chain.sealed_child(claim);
    assert_eq!(check(&chain, &header), Err(HeaderError::NotWon));
    assert_eq!(HeaderError::NotWon.verdict(), Verdict::Punish);
}

#[test]
fn an_author_that_won_cannot_hide_it() {
    let chain = Chain::of(&NUMBERS);
    // A slot whose secondary author has won the lottery as well.
    let claim = (1..200)
        .map(Slot)
        .find_map(|slot| {
            let named = chain.epoch(slot).secondary_author(slot);
            chain.claim(slot, named.0, Some(ClaimKind::Primary))
        })
        .unwrap()
        .claim;
    let hidden = SlotClaim { kind: ClaimKind::Secondary, ..claim };
    let header = chain.sealed_child(hidden);
    assert_eq!(check(&chain, &header), Err(HeaderError::WinHidden));
    assert_eq!(HeaderError::WinHidden.verdict(), Verdict::Punish);
    let mut careless = Chain::of(&NUMBERS);
    careless.rules.hidden_wins = HiddenWins::Allowed;
    assert!(check(&careless, &careless.sealed_child(hidden)).is_ok());
    // The author's own side does not make such a claim either.
    let wanted = Some(ClaimKind::Secondary);
    assert_eq!(chain.claim(claim.slot, claim.author.0, wanted), None);
    assert_eq!(chain.claim(claim.slot, claim.author.0, None).unwrap().claim, claim);
}

#[test]
fn without_secondary_slots_only_winners_author() {
    let mut chain = Chain::of(&NUMBERS);
    let secondary = chain.find(ClaimKind::Secondary).claim;
    let header = chain.sealed_child(secondary);
    assert!(check(&chain, &header).is_ok());
    chain.rules.secondary = SecondarySlots::Off;
    assert_eq!(check(&chain, &header), Err(HeaderError::NotSecondaryAuthor));
    assert_eq!(chain.claim(secondary.slot, secondary.author.0, None), None);
    let primary = chain.find(ClaimKind::Primary).claim;
    assert!(check(&chain, &chain.sealed_child(primary)).is_ok());
}

#[test]
fn authorities_may_take_turns_in_secondary_slots() {
    let mut chain = Chain::of(&NUMBERS);
    chain.rules.secondary = SecondarySlots::RoundRobin;
    let secondary = chain.find(ClaimKind::Secondary).claim;
    assert_eq!(u64::from(secondary.author.0), secondary.slot.0 % 4);
    assert!(check(&chain, &chain.sealed_child(secondary)).is_ok());
    chain.rules.secondary = SecondarySlots::Verifiable;
    let mut slots = (0..40).map(Slot);
    let epoch = chain.epoch(secondary.slot);
    assert!(slots.any(|slot| u64::from(epoch.secondary_author(slot).0) != slot.0 % 4));
}

#[test]
fn a_seal_is_the_authors_over_all_fields_on_this_chain() {
    let chain = Chain::of(&NUMBERS);
    let claim = chain.find(ClaimKind::Primary).claim;
    let good = chain.sealed_child(claim);
    let another = AuthorityIndex((claim.author.0 + 1) % 4);
    let bend = |bend: fn(&mut Header)| {
        let mut header = good.clone();
        bend(&mut header);
        header
    };
    let elsewhere = {
        let statement = good.unsealed.seal_statement();
        let number = NUMBERS[usize::try_from(claim.author.0).unwrap()];
        let seal = keys(number).seal.sign(Header::DOMAIN, &Hash::of(b"other"), &statement);
        Header { seal, ..good.clone() }
    };
    #[rustfmt::skip]
    let cases = [
        ("no seal",                       bend(|header| header.seal = Signature([0; 64]))),
        ("a bent seal",                   bend(|header| header.seal.0[3] ^= 1)),
        ("another body",                  bend(|header| header.unsealed.body_root = Hash::of(b"?"))),
        ("another state",                 bend(|header| header.unsealed.state_root = Hash::of(b"?"))),
        ("other outcomes",                bend(|header| header.unsealed.outcome_root = Hash::of(b"?"))),
        ("sealed by another authority",   chain.seal(chain.child(claim), another)),
        ("sealed for another chain",      elsewhere),
    ];
    for (why, header) in cases {
        assert_eq!(check(&chain, &header), Err(HeaderError::BadSeal), "{why}");
    }
    assert_eq!(HeaderError::BadSeal.verdict(), Verdict::Punish);
}

#[test]
fn cheap_refusals_come_before_the_curves() {
    // A verifier that stops the test when it is asked.
    #[derive(Debug)]
    struct Forbidden;
    impl Verifier for Forbidden {
        fn signatures(&self, _: &[Check<'_>]) -> Vec<bool> {
            panic!("a signature was checked");
        }
        fn lottery(
            &self,
            _: &serin_state::types::LotteryPublicKey,
            _: &[u8],
            _: &serin_state::types::LotteryProof,
        ) -> Option<LotteryOutput> {
            panic!("a proof was checked");
        }
    }
    let chain = Chain::of(&NUMBERS);
    let claim = chain.find(ClaimKind::Primary).claim;
    let mut unsealed = chain.child(claim);
    unsealed.claim.as_mut().unwrap().author = AuthorityIndex(9);
    let header = Header { unsealed, seal: Signature([0; 64]) };
    let epoch = chain.epoch(claim.slot);
    let HeaderContext { genesis, params, rules, parent, version, epoch, slot_now, .. } =
        chain.context(&epoch, claim.slot);
    let context = HeaderContext {
        genesis,
        params,
        rules,
        parent,
        version,
        epoch,
        slot_now,
        verifier: &Forbidden,
    };
    let refusal = check_header(&context, &header).unwrap_err();
    assert!(matches!(refusal, HeaderError::AuthorOutOfRange { .. }));
}

#[test]
fn a_proof_of_another_epoch_randomness_or_chain_does_not_hold() {
    let chain = Chain::of(&NUMBERS);
    let claim = chain.find(ClaimKind::Primary).claim;
    let header = chain.sealed_child(claim);
    let right = chain.epoch(claim.slot);
    let list = right.authorities().to_vec();
    let other = EpochData::new(&PARAMS, Epoch(0), Hash::of(b"other"), &list);
    let refused = check_header(&chain.context(&other, claim.slot), &header);
    assert_eq!(refused, Err(HeaderError::BadProof), "other randomness");
    let genesis = Hash::of(b"other chain");
    let context = HeaderContext { genesis: &genesis, ..chain.context(&right, claim.slot) };
    assert_eq!(check_header(&context, &header), Err(HeaderError::BadProof), "other chain");
    let alphas = [
        right.alpha(&chain.genesis, claim.slot),
        right.alpha(&genesis, claim.slot),
        right.alpha(&chain.genesis, Slot(claim.slot.0 + 1)),
        other.alpha(&chain.genesis, claim.slot),
        EpochData::new(&PARAMS, Epoch(1), right.randomness(), &list)
            .alpha(&chain.genesis, claim.slot),
    ];
    let distinct: std::collections::BTreeSet<_> = alphas.iter().collect();
    assert_eq!(distinct.len(), alphas.len(), "every field is part of the lottery's input");
}

#[test]
fn a_claim_with_the_wrong_key_is_not_made() {
    let chain = Chain::of(&NUMBERS);
    let epoch = chain.epoch(Slot(1));
    for slot in (1..10).map(Slot) {
        for index in 0..4 {
            let stranger = keys(9).lottery;
            let context = chain.lottery(&epoch);
            let author = AuthorityIndex(index);
            let claim = crate::leader::claim_slot(&context, slot, author, None, &stranger);
            assert_eq!(claim, None);
        }
    }
    let own = keys(1).lottery;
    let beyond = AuthorityIndex(4);
    let context = chain.lottery(&epoch);
    assert_eq!(crate::leader::claim_slot(&context, Slot(1), beyond, None, &own), None);
}
