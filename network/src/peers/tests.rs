//! Scores fade, bans do not, and neither grows without a bound.

use super::*;

const NOW: Millis = Millis(1_000_000);

fn address(last: u8) -> IpAddr {
    IpAddr::from([198, 51, 100, last])
}

#[test]
fn points_fade_and_the_measure_fills_at_one_hundred() {
    let mut peers = Peers::new();
    assert_eq!(peers.on_offence(NOW, &1, None, Offence::Malformed), Sentence::Noted { points: 50 });
    let later = NOW.saturating_add(10 * POINT_DECAY_MS);
    assert_eq!(peers.points(later, &1), 40);
    assert_eq!(
        peers.on_offence(later, &1, None, Offence::Malformed),
        Sentence::Noted { points: 90 }
    );
    let banned = peers.on_offence(later, &1, None, Offence::Malformed);
    assert_eq!(banned, Sentence::Banned { until: later.saturating_add(BAN_MS) });
}

#[test]
fn what_an_honest_peer_can_do_never_bans_it_alone() {
    for offence in Offence::ALL {
        let mut peers = Peers::new();
        for _ in 0..1_000 {
            peers.on_offence(NOW, &1, None, offence);
        }
        assert_eq!(peers.ban_of(NOW, &1).is_none(), offence.is_weak(), "{offence:?}");
    }
    let mut peers = Peers::new();
    for _ in 0..1_000 {
        peers.on_offence(NOW, &1, None, Offence::NoAnswer);
    }
    assert_eq!(peers.points(NOW, &1), WEAK_POINTS_MAX);
    let worse = peers.on_offence(NOW, &1, None, Offence::InvalidVote);
    assert!(matches!(worse, Sentence::Banned { .. }), "but it weighs on one that does worse");
}

#[test]
fn a_weak_offence_never_takes_points_away() {
    let mut peers = Peers::new();
    peers.on_offence(NOW, &1, None, Offence::Malformed);
    for _ in 0..20 {
        peers.on_offence(NOW, &1, None, Offence::Flood);
    }
    assert_eq!(peers.on_offence(NOW, &1, None, Offence::NoAnswer), Sentence::Noted { points: 70 });
}

#[test]
fn a_ban_lasts_twelve_hours_and_not_a_moment_less_or_more() {
    let mut peers = Peers::new();
    peers.on_offence(NOW, &1, None, Offence::InvalidBlock);
    let end = NOW.saturating_add(BAN_MS);
    assert_eq!(
        peers.ban_of(end.saturating_sub(1), &1).map(|ban| ban.offence),
        Some(Offence::InvalidBlock)
    );
    assert_eq!(peers.ban_of(end, &1), None);
    // Expiring early forgets nothing.
    peers.expire(end.saturating_sub(1));
    assert!(peers.ban_of(end.saturating_sub(1), &1).is_some());
    peers.expire(end);
    assert_eq!(peers, Peers::new());
}

#[test]
fn offences_while_banned_do_not_move_the_end() {
    let mut peers = Peers::new();
    peers.on_offence(NOW, &1, None, Offence::InvalidBlock);
    let until = NOW.saturating_add(BAN_MS);
    let again = peers.on_offence(NOW.saturating_add(5), &1, None, Offence::InvalidBlock);
    assert_eq!(again, Sentence::Banned { until });
}

#[test]
fn an_address_is_banned_after_three_of_its_peers_and_loopback_never() {
    let mut peers = Peers::new();
    let home = IpAddr::from([127, 0, 0, 1]);
    for peer in 0..3 {
        assert_eq!(peers.address_ban(NOW, address(7)), None, "after {peer} peers");
        peers.on_offence(NOW, &peer, Some(address(7)), Offence::InvalidBlock);
        peers.on_offence(NOW, &(peer + 10), Some(home), Offence::InvalidBlock);
    }
    assert!(peers.address_ban(NOW, address(7)).is_some());
    assert_eq!(peers.address_ban(NOW, address(8)), None);
    assert_eq!(peers.address_ban(NOW, home), None);
}

#[test]
fn the_same_peer_counts_once_against_its_address() {
    let mut peers = Peers::new();
    let mut now = NOW;
    for _ in 0..5 {
        peers.on_offence(now, &1, Some(address(7)), Offence::InvalidBlock);
        now = now.saturating_add(BAN_MS);
    }
    assert_eq!(peers.address_ban(now.saturating_sub(1), address(7)), None);
}

#[test]
fn many_names_do_not_fill_the_memory() {
    let mut peers = Peers::new();
    for peer in 0..5_000_u32 {
        peers.on_offence(NOW.saturating_add(u64::from(peer)), &peer, None, Offence::NoAnswer);
    }
    assert_eq!(peers.scores.len(), SCORES_MAX);
    assert_eq!(peers.points(NOW.saturating_add(5_000), &4_999), 5, "the latest are kept");
    assert_eq!(peers.points(NOW.saturating_add(5_000), &0), 0, "the oldest are forgotten");
    for peer in 0..20_000_u32 {
        peers.on_offence(NOW.saturating_add(u64::from(peer)), &peer, None, Offence::InvalidBlock);
    }
    assert_eq!(peers.bans.len(), BANS_MAX);
}

#[test]
fn every_offence_costs_between_one_point_and_a_ban() {
    for offence in Offence::ALL {
        assert!((1..=BAN_POINTS).contains(&offence.points()), "{offence:?}");
        assert!(!offence.to_string().is_empty());
    }
}
