//! Calls in words: every listed call can be said, and what is said wrongly is answered with what was expected.
//!
//! The sentences are for people, so they are compared as they are printed.

use super::{Numbers, USAGE, parse_account};
use crate::runtime::{BalancesCall, Call, Parameters, SystemCall};
use serin_state::codec::encode;
use serin_state::types::{Balance, Hash, Height, ProtocolVersion};

fn number_of(name: &str) -> &'static str {
    match name {
        "system.set_governance" => "voting.votes_max=7",
        "system.set_staking" => "eras.points_per_block=7 bonding.min_nominator_bond=500",
        _ => "base_fee=7 reserved_ppm=300000",
    }
}

fn numbers() -> Numbers {
    let parameters = Parameters::kusama(6_000);
    let staking = Some(serin_consensus::staking::Parameters::kusama(6_000));
    Numbers { parameters, governance: serin_governance::Parameters::default(), staking }
}

#[test]
fn every_listed_call_can_be_said_and_has_its_name() {
    for (name, usage) in USAGE {
        let text = usage
            .replace("[CALL] AFTER_SLOTS", "[system.remark a] 5")
            .replace("[CALL] ..", "[system.remark a] [balances.burn 1]")
            .replace("[CALL]", "[system.stop_upgrade]")
            .replace("TEXT..", "one two")
            .replace("NAME=VALUE ..", number_of(name))
            .replace("aye|nay", "nay")
            .replace("AYE_TOKENS NAY_TOKENS", "1 2")
            .replace("ABSTAIN_TOKENS", "3")
            .replace("REASON..", "because of it")
            .replace("CONVICTION", "3x")
            .replace("DESCRIPTION..", "a wallet")
            .replace("FEE_TOKENS", "0.5")
            .replace("BOUNTY", "4")
            .replace("SPEND", "3")
            .replace("INDEX", "7")
            .replace("TRACK", "small_tipper")
            .replace("HASH", &format!("{}", Hash([7; 32])))
            .replace("LENGTH AFTER_SLOTS", "200")
            .replace("staked|stash|none|ACCOUNT", "//Bob")
            .replace("COMMISSION_PERCENT open|blocked", "12.5 blocked")
            .replace("ROOT NOMINATOR BOUNCER", "//Bob none //Dave")
            .replace("open|blocked|destroying", "blocked")
            .replace("POOL", "3")
            .replace("POINTS", "1.5")
            .replace("PERCENT SLOTS", "2.5 600")
            .replace("VALIDATOR ERA PAGE", "//Bob 7 0")
            .replace("VALIDATOR ERA", "//Bob 7")
            .replace("KEYS_AND_PROOF", &format!("0x{}", "07".repeat(304)))
            .replace("ACCOUNT ..", "//Bob //Dave")
            .replace("ACCOUNT", "//Bob")
            .replace("PERCENT", "2.5")
            .replace("FROM", "//Bob")
            .replace("TOKENS", "1.5")
            .replace("VERSION", "2")
            .replace("HEIGHT", "1,000")
            .replace("TO", "//Dave");
        let call = Call::from_words(&format!("{name} {text}"), Some(&numbers()));
        assert_eq!(call.as_ref().map(Call::name), Ok(name), "{text}: {call:?}");
    }
}

#[test]
fn a_call_in_words_is_the_call() {
    let bob = parse_account("//Bob").unwrap();
    let transfer = Call::transfer(bob, Balance(1_500_000_000_000));
    let remark = |text: &str| Call::System(SystemCall::Remark { bytes: text.as_bytes().to_vec() });
    let burn = Call::Balances(BalancesCall::Burn { amount: Balance::tokens(2) });
    let (version, height) = (ProtocolVersion(2), Height(1_234));
    let upgrade = Call::System(SystemCall::ScheduleUpgrade { version, height });
    let cases = [
        ("balances.transfer //Bob 1.5".to_owned(), transfer.clone()),
        (format!("  balances.transfer\n{bob} 1.5 "), transfer.clone()),
        (format!("0x{}", hex::encode(encode(&transfer))), transfer.clone()),
        ("system.remark  hello, two  words ".to_owned(), remark("hello, two  words")),
        ("system.remark".to_owned(), remark("")),
        ("system.as_root [balances.burn 2]".to_owned(), Call::as_root(&burn)),
        (
            "system.batch [balances.transfer //Bob 1.5] [system.as_root [balances.burn 2]]"
                .to_owned(),
            Call::batch(&[transfer, Call::as_root(&burn)]),
        ),
        ("system.schedule_upgrade 2 1,234".to_owned(), upgrade),
    ];
    for (text, call) in cases {
        assert_eq!(Call::from_words(&text, None), Ok(call), "{text}");
    }
}

#[test]
fn what_is_wrong_is_said() {
    let deep = "[system.batch ".repeat(5) + "[system.remark]" + &"]".repeat(5);
    let deep = format!("system.batch {deep}");
    let cases = [
        ("", "a call begins with its name, such as balances.transfer"),
        (
            "balances.give //Bob 1",
            "there is no call \"balances.give\"; the calls are: system.remark",
        ),
        (
            "balances.transfer //Bob",
            "balances.transfer lacks TOKENS: balances.transfer ACCOUNT TOKENS",
        ),
        ("balances.transfer //Bob x", "balances.transfer: \"x\" is no TOKENS: "),
        ("balances.transfer Bob 1", "balances.transfer: \"Bob\" is no ACCOUNT: "),
        ("balances.burn 1 2", "balances.burn takes no further \"2\": balances.burn TOKENS"),
        ("system.as_root balances.burn 1", "brackets do not match in \"balances.burn\""),
        ("system.as_root [balances.burn 1", "brackets do not match in"),
        ("system.as_root balances.burn] 1", "brackets do not match in"),
        ("system.schedule_upgrade 2 -1", "system.schedule_upgrade: \"-1\" is no HEIGHT: "),
        ("0xzz", "the bytes are no call"),
        ("0x00", "the bytes are no call"),
        (&deep, "calls stand inside calls more than 4 levels deep"),
    ];
    for (text, sentence) in cases {
        let error = Call::from_words(text, None).unwrap_err().to_string();
        assert!(error.starts_with(sentence), "{text}: {error}");
    }
    let long = "x".repeat(300_000);
    assert!(Call::from_words(&long, None).unwrap_err().to_string().contains("at most"));
}

#[test]
fn numbers_change_by_name_and_the_others_stay() {
    let set =
        |text: &str| Call::from_words(&format!("system.set_parameters {text}"), Some(&numbers()));
    let expected =
        Parameters { base_fee: Balance(7), reserved_ppm: 300_000, ..Parameters::kusama(6_000) };
    let expected = SystemCall::SetParameters { parameters: Box::new(expected) };
    assert_eq!(set("base_fee=7 reserved_ppm=300000"), Ok(Call::System(expected)));
    for (text, why) in [
        ("", "lacks NAME=VALUE"),
        ("base_fee", "there is no ="),
        ("free=7", "there is no such number"),
        ("reserved_ppm=x", "expected value"),
        ("base_fee=x", "is no NAME=VALUE"),
        ("reserved_ppm=-1", "invalid value"),
    ] {
        let error = set(text).unwrap_err().to_string();
        assert!(error.contains(why), "{text}: {error}");
    }
    let error = Call::from_words("system.set_parameters base_fee=7", None).unwrap_err();
    assert!(error.to_string().contains("ask a node"), "{error}");
}
