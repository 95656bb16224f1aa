//! Addresses: every way of mistyping one, and what is said about it.
//!
//! Known addresses stand in `tests/vectors/dev_accounts.json` and are checked in `derive::tests`.

use super::*;
use proptest::prelude::*;

const ALICE: &str = "5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu";
const ALICE_KEY: &str = "0x88dc3417d5058ec4b4503e0c12ea1a0a89be200fe98922423d4334014fa6b0ee";

/// An address with any prefix bytes over any body, with a good checksum.
fn forged(prefix: &[u8], account: &[u8]) -> String {
    let body = [prefix, account].concat();
    let sum = checksum(&body);
    bs58::encode([&body[..], &sum[..]].concat()).into_string()
}

#[test]
fn an_address_is_read_strictly_and_the_refusal_says_what_is_wrong() {
    let account = parse(ALICE).unwrap().0;
    #[rustfmt::skip]
    let cases: Vec<(&str, String, AddressError)> = vec![
        ("nothing", String::new(), AddressError::Empty),
        ("endless", "5".repeat(81), AddressError::TooLong { characters: 81 }),
        ("a zero", ALICE.replacen('A', "0", 1), AddressError::Character { position: 3 }),
        ("a space before", format!(" {ALICE}"), AddressError::Character { position: 1 }),
        ("a newline after", format!("{ALICE}\n"), AddressError::Character { position: 49 }),
        ("not ASCII", "5Fé".into(), AddressError::Character { position: 3 }),
        ("last character lost", ALICE[..47].into(), AddressError::Length { bytes: 34, expected: 35 }),
        ("two letters swapped", ALICE.replacen("FA", "AF", 1), AddressError::Checksum),
        ("Kusama's Alice", "FfmSiZNJP72xtSaXiP2iUhBwWeMEvmjPrxY2ViVkWaeChDC".into(), AddressError::Prefix { prefix: 2 }),
        ("Polkadot's", forged(&[0], &account), AddressError::Prefix { prefix: 0 }),
        ("a two-byte prefix", forged(&[0x59, 0xc1], &account), AddressError::Prefix { prefix: 359 }),
        ("42 written with two bytes", forged(&[0x4a, 0x80], &account), AddressError::PrefixForm),
        ("a reserved first byte", forged(&[200], &account), AddressError::PrefixForm),
        ("a 31-byte account", forged(&[42], &account[..31]), AddressError::Length { bytes: 34, expected: 35 }),
        ("a 33-byte account", forged(&[42], &[7; 33]), AddressError::Length { bytes: 36, expected: 35 }),
        ("a short key", "0x88dc".into(), AddressError::Hexadecimal),
        ("a key with a letter too many", format!("{ALICE_KEY}0"), AddressError::Hexadecimal),
        ("a key without 0x", ALICE_KEY[2..].into(), AddressError::Character { position: 11 }),
    ];
    for (why, text, error) in cases {
        assert_eq!(parse(&text), Err(error), "{why}: {text}");
    }
}

#[test]
fn a_key_in_hexadecimal_is_read_as_its_account() {
    assert_eq!(parse(ALICE_KEY), parse(ALICE));
    assert_eq!(encode(&parse(ALICE_KEY).unwrap()), ALICE);
    assert_eq!(parse(&ALICE_KEY.replace("88dc", "88DC")), parse(ALICE), "capital digits");
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(account: [u8; 32]) {
        prop_assert_eq!(parse(&encode(&AccountId(account))), Ok(AccountId(account)));
    }

    #[test]
    fn any_one_wrong_character_is_refused(account: [u8; 32], at in 0_usize..47, to in 0_usize..58) {
        let alphabet = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
        let mut text = encode(&AccountId(account)).into_bytes();
        let changed = text[at] != alphabet[to];
        text[at] = alphabet[to];
        // Two bytes of checksum: one in 65,536 would pass by chance, and must name another account.
        let read = parse(std::str::from_utf8(&text).unwrap());
        prop_assert!(!changed || read != Ok(AccountId(account)));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in "\\PC{0,90}") {
        prop_assert!(parse(&text).is_err() || text.len() >= 48);
    }
}
