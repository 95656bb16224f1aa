//! Derivation against other implementations, and every refusal.
//!
//! `dev_accounts.json` was made with @polkadot/keyring and derived again with Python's hashlib; the
//! seeds written below come from Python's hashlib alone.

use super::*;
use crate::types::AccountId;
use serde_json::Value;

fn text<'a>(value: &'a Value, field: &str) -> &'a str {
    value[field].as_str().unwrap_or_else(|| panic!("no field {field}"))
}

#[test]
fn every_development_account_is_the_one_of_the_ecosystem() {
    let file: Value =
        serde_json::from_str(include_str!("../../tests/vectors/dev_accounts.json")).unwrap();
    let check = |uri: &str, seed: &str, key: &str, address: &str| {
        let found = Seed::from_uri(uri).unwrap();
        assert_eq!(format!("0x{}", hex::encode(found.as_bytes())), seed, "{uri}");
        let public = found.key().public();
        assert_eq!(public.to_string(), key, "{uri}");
        assert_eq!(AccountId::from(public).to_string(), address, "{uri}");
        assert_eq!(address.parse(), Ok(AccountId::from(public)), "{uri}");
    };
    let phrase = text(&file, "mnemonic");
    let root_key = text(&file, "root_public_key");
    check(phrase, text(&file, "mini_secret_hex"), root_key, text(&file, "root_ss58_42"));

    let accounts = file["accounts"].as_array().unwrap();
    assert_eq!(accounts.len(), 12);
    for row in accounts {
        let (uri, seed) = (text(row, "uri"), text(row, "seed"));
        for uri in [uri.to_string(), format!("{phrase}{uri}")] {
            check(&uri, seed, text(row, "public_key"), text(row, "ss58_42"));
        }
    }
    // Words make another seed in standard BIP39; a shown account would not be the ecosystem's.
    assert_ne!(text(&file, "bip39_legacy_seed_hex"), text(&file, "mini_secret_hex"));
    let entropy = hex::decode(&text(&file, "entropy_hex")[2..]).unwrap();
    assert_eq!(mnemonic(&entropy).unwrap().as_str(), phrase);
    assert_eq!(DEV_PHRASE, phrase);
}

#[test]
fn junctions_and_passwords_are_derived_as_elsewhere() {
    let seed_7 = format!("0x{}//x", "07".repeat(32));
    let (name_31, name_32) = (format!("//{}", "a".repeat(31)), format!("//{}", "a".repeat(32)));
    let name_64 = format!("//{}", "a".repeat(64));
    #[rustfmt::skip]
    let cases = [
        ("a password",             "//Alice///secret", "d455490000379fe908d1d06430fcfb35f95fa953f5530f5ba546a7db2a3aa8f3"),
        ("a number",               "//1",              "96c891b8726cb18c781aefc082dbafcb827e16c8f18f22d461e83eabd618e780"),
        ("the largest number",     "//18446744073709551615", "62f06c42dd25e780d5be1610c571e5eaa30fc3d510d946f92fb88f17e94449a7"),
        ("exactly 32 with length", &name_31,           "0739bf7fdfba38518876addde4094c8bba3a3a69e6342220088f330adf98ba46"),
        ("33 with length, hashed", &name_32,           "19d321a45319d0f6bfdf9f95d853acd23ec1f41599fb29776e1da50ab3348179"),
        ("a two-byte length",      &name_64,           "19177e443ff2c1ae110f9e880d83ffdec39e9e18d03ba8a3f63c6fe7b6afcb28"),
        ("beyond ASCII",           "//ü",              "cf1c3f4484096b3f6d2ce15e30156b57d6b9516152fad6220f8f2ee844e514ab"),
        ("a raw seed",             &seed_7,            "88b7d952c5422d6b9d1d95f5c4554fa847b31c6f57b6c71c9b8813d541b1a055"),
    ];
    for (why, uri, seed) in cases {
        assert_eq!(hex::encode(Seed::from_uri(uri).unwrap().as_bytes()), seed, "{why}: {uri}");
    }
}

#[test]
fn session_seeds_are_three_different_ones_under_a_path_of_their_own() {
    let seeds = SessionSeeds::from_uri("//Alice").unwrap();
    let hex = |seed: &Seed| hex::encode(seed.as_bytes());
    #[rustfmt::skip]
    let expected = [
        "96add7f8bd5378c0d40f296ad8264a9558ca806fa6521fbe8eb913dff89df533",
        "4c49064738aeab63160b929f926938f3d0ec5248a53283f211cf65ad48a1f3a6",
        "b941e85d896750f619b2c0409ecef7d63fe3870044b9679c8ed5c599998b739a",
    ];
    assert_eq!([hex(&seeds.seal), hex(&seeds.lottery), hex(&seeds.vote)], expected);
    assert_eq!(seeds.vote, Seed::from_uri("//Alice//serin//vote").unwrap());
    // A password belongs to the phrase, so it cannot come between the path and what is added.
    let with_password = Seed::from_uri("//Alice//serin//seal///p").unwrap();
    assert_eq!(SessionSeeds::from_uri("//Alice///p").unwrap().seal, with_password);
}

#[test]
fn a_text_that_names_no_secret_is_refused_and_not_repeated() {
    let long = format!("//{}", "a".repeat(URI_BYTES_MAX));
    let with_password = format!("0x{}///p", "07".repeat(32));
    let swapped = DEV_PHRASE.replacen("bottom drive", "drive bottom", 1);
    let unknown = DEV_PHRASE.replacen("drive", "drove", 1);
    #[rustfmt::skip]
    let cases = [
        ("nothing",               "",                 UriError::Empty),
        ("only a password",       "///secret",        UriError::Empty),
        ("too long",              &long,              UriError::TooLong { bytes: URI_BYTES_MAX + 2 }),
        ("a short seed",          "0x12",             UriError::Seed),
        ("a seed with letters",   "0xhello//Alice",   UriError::Seed),
        ("a password on a seed",  &with_password,     UriError::PasswordWithoutPhrase),
        ("a name without //",     "Alice",            UriError::WordCount { words: 1 }),
        ("an unknown word",       &unknown,           UriError::UnknownWord { position: 2 }),
        ("words swapped",         &swapped,           UriError::Checksum),
        ("a soft junction",       "/Alice",           UriError::SoftJunction { position: 1 }),
        ("soft after hard",       "//Alice/soft",     UriError::SoftJunction { position: 2 }),
        ("an empty junction",     "//",               UriError::EmptyJunction { position: 1 }),
        ("an empty one at the end", "//Alice//",      UriError::EmptyJunction { position: 2 }),
        ("a number above 64 bits", "//18446744073709551616", UriError::AmbiguousJunction { position: 1 }),
        ("a signed number",       "//+1",             UriError::AmbiguousJunction { position: 1 }),
        ("a hexadecimal one",     "//a//0x12",        UriError::AmbiguousJunction { position: 2 }),
    ];
    for (why, uri, error) in cases {
        assert_eq!(Seed::from_uri(uri), Err(error), "{why}: {uri}");
        assert!(uri.len() < 7 || !error.to_string().contains(uri), "{why}: a secret was repeated");
    }
    for bytes in [0, 15, 17, 33] {
        assert_eq!(mnemonic(&vec![0; bytes]), Err(EntropyError { bytes }));
    }
}

#[test]
fn mnemonics_of_every_length_are_read_back() {
    for bytes in [16, 20, 24, 28, 32] {
        let phrase = mnemonic(&vec![0xa5; bytes]).unwrap();
        assert_eq!(phrase.split(' ').count(), bytes / 4 * 3);
        assert!(Seed::from_uri(&phrase).is_ok(), "{bytes} bytes of entropy");
    }
}

#[test]
fn a_seed_shows_its_public_key_only() {
    let seed = Seed::new([0x5a; 32]);
    assert!(!format!("{seed:?} {:?}", SessionSeeds::of(&seed)).contains("5a5a"));
}
