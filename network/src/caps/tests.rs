//! Places for connections: silence does not keep a speaker out, and nobody takes all places.

use super::*;

const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

fn of(subnet: u8, host: u8) -> IpAddr {
    IpAddr::from([198, 51, subnet, host])
}

#[test]
fn five_hundred_silent_sockets_of_one_address_hold_no_more_than_its_cap() {
    let mut pending = Pending::new();
    for _ in 0..500 {
        pending.admit(HOME);
    }
    assert_eq!(pending.len(), PENDING_PER_ADDRESS_MAX);
    let honest = pending.admit(HOME);
    assert_eq!(honest.evicted, Some(500 - 64), "the oldest goes, not the newcomer");
    let elsewhere = pending.admit(of(1, 1));
    assert_eq!(elsewhere.evicted, None, "another address does not feel it");
}

#[test]
fn a_subnet_shares_a_cap_and_loopback_does_not() {
    let mut pending = Pending::new();
    for host in 0..96 {
        assert_eq!(pending.admit(of(1, host)).evicted, None);
    }
    assert_eq!(pending.admit(of(1, 200)).evicted, Some(0));
    assert_eq!(pending.admit(of(2, 1)).evicted, None);
    let mut local = Pending::new();
    for host in 1..=200 {
        assert_eq!(local.admit(IpAddr::from([127, 0, 0, host])).evicted, None);
    }
}

#[test]
fn when_all_places_are_taken_the_busiest_address_gives_one() {
    let mut pending = Pending::new();
    for _ in 0..60 {
        pending.admit(of(9, 9));
    }
    for subnet in 10..206 {
        pending.admit(of(subnet, 1));
    }
    assert_eq!(pending.len(), PENDING_MAX);
    assert_eq!(pending.admit(of(250, 1)).evicted, Some(0));
    assert_eq!(pending.len(), PENDING_MAX);
}

#[test]
fn completed_handshakes_make_room() {
    let mut pending = Pending::new();
    let first = pending.admit(HOME);
    pending.remove(first.id);
    assert!(pending.is_empty());
}

#[test]
fn each_cap_on_established_connections_has_its_own_reason() {
    let mut established = Established::new();
    let mut id = 0;
    let mut fill = |established: &mut Established<u32>, address, inbound| loop {
        match established.check(address, inbound) {
            Ok(()) => established.insert(id, address, inbound),
            Err(full) => return full,
        }
        id += 1;
    };
    assert_eq!(fill(&mut established, Some(of(1, 1)), true), Full::Address);
    assert_eq!(established.len(), ESTABLISHED_PER_ADDRESS_MAX);
    assert_eq!(fill(&mut established, Some(of(1, 2)), true), Full::Address);
    assert_eq!(fill(&mut established, Some(of(1, 3)), true), Full::Address);
    assert_eq!(fill(&mut established, Some(of(1, 4)), true), Full::Subnet);
    assert_eq!(established.len(), ESTABLISHED_PER_SUBNET_MAX);
    assert_eq!(fill(&mut established, Some(HOME), true), Full::Inbound);
    assert_eq!(established.len(), ESTABLISHED_INBOUND_MAX);
    assert_eq!(fill(&mut established, Some(of(1, 1)), false), Full::Total, "our own choice");
    assert_eq!(established.len(), ESTABLISHED_MAX);
    established.remove(&0);
    assert_eq!(established.check(Some(of(3, 3)), false), Ok(()));
}

#[test]
fn mapped_addresses_belong_to_their_ipv4_subnet() {
    let mapped: IpAddr = "::ffff:198.51.1.7".parse().unwrap();
    assert_eq!(Subnet::of(mapped), Subnet::of(of(1, 200)));
    let (a, b): (IpAddr, IpAddr) =
        ("2001:db8:1:1::1".parse().unwrap(), "2001:db8:1:ffff::2".parse().unwrap());
    assert_eq!(Subnet::of(a), Subnet::of(b));
    assert_ne!(Subnet::of(a), Subnet::of("2001:db8:2::1".parse().unwrap()));
}
