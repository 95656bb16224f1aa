//! A node's identity: an Ed25519 key from a 32-byte seed, and the peer id that names it.
//!
//! The seed is the caller's to keep in a file. The key signs nothing but handshakes, so it is no key of the
//! chain.

use libp2p::PeerId;
use libp2p::identity::{Keypair, ed25519};

/// The key pair with this seed (RFC 8032 section 5.1.5).
pub(super) fn keypair(seed: &[u8; 32]) -> Keypair {
    let mut seed = *seed;
    let secret = ed25519::SecretKey::try_from_bytes(&mut seed);
    let Ok(secret) = secret else {
        // Only another length than 32 is refused.
        return Keypair::generate_ed25519();
    };
    ed25519::Keypair::from(secret).into()
}

/// The peer id of the node with this seed.
#[must_use]
pub fn peer_id(seed: &[u8; 32]) -> PeerId {
    keypair(seed).public().to_peer_id()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_always_names_the_same_peer() {
        // Computed apart: identity multihash 0x00 0x24 over the protobuf 0x08 0x01 0x12 0x20 and the
        // public key of RFC 8032's first test, in base 58.
        let seed = hex::decode("9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60");
        let seed: [u8; 32] = seed.unwrap().try_into().unwrap();
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        let bytes = [hex::decode("002408011220").unwrap(), hex::decode(key).unwrap()].concat();
        assert_eq!(peer_id(&seed).to_bytes(), bytes);
        assert_eq!(peer_id(&seed), peer_id(&seed));
    }
}
