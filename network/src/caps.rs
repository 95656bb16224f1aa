//! How many connections an address may have: handshakes under way, and established.
//!
//! Inputs: a connection that begins, completes or ends. Outputs: a place, a refusal with its reason,
//! or, for handshakes, the older one that must make room.
//!
//! A newcomer's handshake is never refused for lack of room: the oldest one of the busiest source is
//! cut instead, first within the newcomer's address, then within its subnet, then in all. So sockets
//! that stay silent cannot keep out a peer that speaks: they are old, and it is done in a moment.
//!
//! # Bounds
//! [`PENDING_MAX`] handshakes, [`ESTABLISHED_MAX`] connections.

use crate::limits::{
    ESTABLISHED_INBOUND_MAX, ESTABLISHED_MAX, ESTABLISHED_PER_ADDRESS_MAX,
    ESTABLISHED_PER_SUBNET_MAX, PENDING_MAX, PENDING_PER_ADDRESS_MAX, PENDING_PER_SUBNET_MAX,
};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv6Addr};

/// The network an address belongs to: /24 for IPv4, /48 for IPv6.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subnet {
    /// The first three bytes of an IPv4 address.
    V4([u8; 3]),
    /// The first three segments of an IPv6 address.
    V6([u16; 3]),
}

impl Subnet {
    /// The subnet of `address`; an IPv4 address mapped into IPv6 counts as IPv4.
    #[must_use]
    pub fn of(address: IpAddr) -> Self {
        match address.to_canonical() {
            IpAddr::V4(v4) => {
                let [a, b, c, _] = v4.octets();
                Self::V4([a, b, c])
            }
            IpAddr::V6(v6) => Self::of_v6(v6),
        }
    }

    fn of_v6(address: Ipv6Addr) -> Self {
        let [first, second, third, ..] = address.segments();
        Self::V6([first, second, third])
    }
}

/// Inbound handshakes under way, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pending {
    by_id: BTreeMap<u64, IpAddr>,
    next: u64,
}

/// A handshake that was let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Admitted {
    /// Names it; grows with every handshake.
    pub id: u64,
    /// The older handshake to cut for it, if there was no room.
    pub evicted: Option<u64>,
}

impl Pending {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_id: BTreeMap::new(), next: 0 }
    }

    /// Lets a handshake from `address` in.
    pub fn admit(&mut self, address: IpAddr) -> Admitted {
        let evicted = self.victim(address);
        if let Some(id) = evicted {
            self.by_id.remove(&id);
        }
        let id = self.next;
        self.next = id.saturating_add(1);
        self.by_id.insert(id, address);
        assert!(self.by_id.len() <= PENDING_MAX, "invariant(pending): bounded");
        Admitted { id, evicted }
    }

    /// Forgets a handshake that completed, failed or was cut.
    pub fn remove(&mut self, id: u64) {
        self.by_id.remove(&id);
    }

    /// Handshakes under way.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    fn victim(&self, address: IpAddr) -> Option<u64> {
        let of_address = |other: &IpAddr| *other == address;
        if self.count(of_address) >= PENDING_PER_ADDRESS_MAX {
            return self.oldest(of_address);
        }
        let subnet = Subnet::of(address);
        let of_subnet = |other: &IpAddr| Subnet::of(*other) == subnet;
        if !address.is_loopback() && self.count(of_subnet) >= PENDING_PER_SUBNET_MAX {
            return self.oldest(of_subnet);
        }
        if self.by_id.len() < PENDING_MAX {
            return None;
        }
        let busiest = self.busiest();
        self.oldest(|other| Some(*other) == busiest)
    }

    fn count(&self, wanted: impl Fn(&IpAddr) -> bool) -> usize {
        self.by_id.values().filter(|address| wanted(address)).count()
    }

    fn oldest(&self, wanted: impl Fn(&IpAddr) -> bool) -> Option<u64> {
        self.by_id.iter().find(|(_, address)| wanted(address)).map(|(id, _)| *id)
    }

    fn busiest(&self) -> Option<IpAddr> {
        let mut counts: BTreeMap<IpAddr, usize> = BTreeMap::new();
        for address in self.by_id.values() {
            let count = counts.entry(*address).or_default();
            *count = count.saturating_add(1);
        }
        counts.into_iter().max_by_key(|(_, count)| *count).map(|(address, _)| address)
    }
}

/// Why a connection is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Full {
    /// Too many with this peer.
    #[error("too many connections with this peer")]
    Peer,
    /// Too many of its address.
    #[error("too many connections from this address")]
    Address,
    /// Too many of its subnet.
    #[error("too many connections from this subnet")]
    Subnet,
    /// Too many that others opened.
    #[error("too many inbound connections")]
    Inbound,
    /// Too many in all.
    #[error("too many connections")]
    Total,
}

/// Established connections. `I` names one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Established<I> {
    by_id: BTreeMap<I, Connection>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Connection {
    address: Option<IpAddr>,
    inbound: bool,
}

impl<I: Ord> Default for Established<I> {
    fn default() -> Self {
        Self::new()
    }
}

impl<I: Ord> Established<I> {
    /// None.
    #[must_use]
    pub const fn new() -> Self {
        Self { by_id: BTreeMap::new() }
    }

    /// Whether one more fits, from `address` (`None` where the transport has none).
    ///
    /// # Errors
    /// [`Full`], the narrowest cap that is reached.
    pub fn check(&self, address: Option<IpAddr>, inbound: bool) -> Result<(), Full> {
        if let Some(address) = address.filter(|address| inbound && !address.is_loopback()) {
            if self.count(|other| other.address == Some(address)) >= ESTABLISHED_PER_ADDRESS_MAX {
                return Err(Full::Address);
            }
            let subnet = Subnet::of(address);
            let of_subnet = |other: &Connection| other.address.map(Subnet::of) == Some(subnet);
            if self.count(of_subnet) >= ESTABLISHED_PER_SUBNET_MAX {
                return Err(Full::Subnet);
            }
        }
        if inbound && self.count(|other| other.inbound) >= ESTABLISHED_INBOUND_MAX {
            return Err(Full::Inbound);
        }
        if self.by_id.len() >= ESTABLISHED_MAX { Err(Full::Total) } else { Ok(()) }
    }

    /// Books a connection that [`Established::check`] let in.
    pub fn insert(&mut self, id: I, address: Option<IpAddr>, inbound: bool) {
        self.by_id.insert(id, Connection { address, inbound });
    }

    /// Forgets a connection that ended.
    pub fn remove(&mut self, id: &I) {
        self.by_id.remove(id);
    }

    /// Connections in all.
    #[must_use]
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// True for none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    fn count(&self, wanted: impl Fn(&Connection) -> bool) -> usize {
        self.by_id.values().filter(|connection| wanted(connection)).count()
    }
}

#[cfg(test)]
mod tests;
