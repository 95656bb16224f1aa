//! Keys and domains: tags that cannot be confused, texts that are read back, nothing secret shown.
//!
//! Signatures over adversarial points are in `tests/it/signature.rs`.

use super::*;

#[test]
fn no_domain_is_a_prefix_of_another() {
    for a in Domain::ALL {
        for b in Domain::ALL {
            assert!(a == b || !b.tag().starts_with(a.tag()), "{a:?} opens {b:?}");
        }
    }
}

#[test]
fn no_tag_can_open_the_payload_of_a_vote() {
    for domain in Domain::ALL {
        // A vote begins with its stage: 0, 1 or 2.
        assert!(domain.tag()[0] > 2, "{domain:?}");
        // And no statement of ours, which is a tag and a hash at least, has its length by chance:
        // the first byte alone decides.
        assert!(domain.message(&Hash::ZERO, &[]).len() >= 32);
    }
}

#[test]
fn a_signature_holds_for_its_domain_chain_statement_and_key_alone() {
    let (key, other) = (SecretKey::from_seed(&[1; 32]), SecretKey::from_seed(&[2; 32]));
    let (genesis, elsewhere) = (Hash::of(b"here"), Hash::of(b"there"));
    let signature = key.sign(Domain::Seal, &genesis, b"statement");
    let verify = |key: PublicKey, domain, genesis, statement: &[u8]| {
        key.verify(domain, genesis, statement, &signature)
    };
    assert_eq!(verify(key.public(), Domain::Seal, &genesis, b"statement"), Ok(()));
    assert!(verify(other.public(), Domain::Seal, &genesis, b"statement").is_err(), "another key");
    assert!(verify(key.public(), Domain::Transaction, &genesis, b"statement").is_err(), "domain");
    assert!(verify(key.public(), Domain::Seal, &elsewhere, b"statement").is_err(), "chain");
    assert!(verify(key.public(), Domain::Seal, &genesis, b"statemenu").is_err(), "statement");
}

#[test]
fn keys_and_signatures_are_read_back_from_their_text_and_nothing_else_is() {
    let key = SecretKey::from_seed(&[1; 32]);
    let signature = key.sign(Domain::Seal, &Hash::ZERO, b"");
    assert_eq!(key.public().to_string().parse(), Ok(key.public()));
    assert_eq!(signature.to_string().parse(), Ok(signature));
    let json = serde_json::to_string(&(key.public(), signature)).unwrap();
    assert_eq!(
        serde_json::from_str::<(PublicKey, Signature)>(&json).unwrap(),
        (key.public(), signature)
    );
    for (why, text) in [("short", "0x12"), ("long", &"0".repeat(66)), ("no digits", "0xzz")] {
        assert_eq!(text.parse::<PublicKey>(), Err(HexParseError { bytes: 32 }), "{why}");
    }
    assert!(HexParseError { bytes: 64 }.to_string().contains("128 hexadecimal"));
}

#[test]
fn a_secret_key_shows_its_public_half_only() {
    let key = SecretKey::from_seed(&[0x5a; 32]);
    let shown = format!("{key:?}");
    assert!(shown.contains(&format!("{:?}", key.public())) && !shown.contains("5a5a"));
    assert_eq!(key.seed(), [0x5a; 32]);
}

#[test]
fn a_coordinate_at_or_above_the_field_prime_is_not_canonical() {
    for (lowest, highest, is_canonical) in
        [(0xec, 0x7f, true), (0xed, 0x7f, false), (0xff, 0xff, false), (0xff, 0x7e, true)]
    {
        let mut bytes = [0xff; 32];
        (bytes[0], bytes[31]) = (lowest, highest);
        assert_eq!(PublicKey(bytes).is_canonical(), is_canonical, "{lowest:x} {highest:x}");
        bytes[7] = 0xfe;
        assert!(PublicKey(bytes).is_canonical(), "far below the prime");
    }
}
