//! Dialling backs off, starts over after a success, and never doubles.

use super::*;

const LASTING: Standing = Standing { lasting: true, delay_max_ms: 2_000 };
const CANDIDATE: Standing = Standing { lasting: false, delay_max_ms: 60_000 };

#[test]
fn attempts_wait_twice_as_long_each_time_up_to_the_limit() {
    let mut reconnect = Reconnect::new();
    reconnect.add(Millis(0), &1, 'a', LASTING);
    let mut now = Millis(0);
    for wait in [200, 400, 800, 1_600, 2_000, 2_000] {
        assert_eq!(reconnect.due(now, 0), [(1, vec!['a'])], "due after {wait}");
        assert!(reconnect.due(now, 0).is_empty(), "one dial at a time");
        reconnect.on_failed(now, &1);
        assert!(reconnect.due(now.saturating_add(wait - 1), 0).is_empty());
        now = now.saturating_add(wait);
    }
}

#[test]
fn a_connection_starts_the_delay_over() {
    let mut reconnect = Reconnect::new();
    reconnect.add(Millis(0), &1, 'a', LASTING);
    for now in [0, 1_000, 2_000] {
        reconnect.due(Millis(now), 0);
        reconnect.on_failed(Millis(now), &1);
    }
    reconnect.on_connected(&1);
    assert!(reconnect.due(Millis(90_000), 9).is_empty(), "connected peers are left alone");
    reconnect.on_disconnected(Millis(90_000), &1);
    assert_eq!(reconnect.due(Millis(90_200), 0).len(), 1);
}

#[test]
fn candidates_are_dialled_only_while_there_is_room() {
    let mut reconnect = Reconnect::new();
    for peer in 0..5 {
        reconnect.add(Millis(0), &peer, 'a', if peer == 4 { LASTING } else { CANDIDATE });
    }
    let dialled: Vec<_> = reconnect.due(Millis(0), 2).into_iter().map(|(peer, _)| peer).collect();
    assert_eq!(dialled, [0, 1, 4]);
    assert_eq!(reconnect.due(Millis(0), 0).len(), 0);
}

#[test]
fn a_failure_beside_a_living_connection_changes_nothing() {
    let mut reconnect = Reconnect::new();
    reconnect.add(Millis(0), &1, 'a', LASTING);
    reconnect.due(Millis(0), 0);
    reconnect.on_connected(&1);
    reconnect.on_failed(Millis(0), &1);
    assert!(reconnect.due(Millis(60_000), 9).is_empty());
}

#[test]
fn the_newest_addresses_are_kept_and_strangers_never_push_out_a_bootnode() {
    let mut reconnect = Reconnect::new();
    for address in 0..20 {
        reconnect.add(Millis(0), &0, address, LASTING);
    }
    let (_, addresses) = reconnect.due(Millis(0), 0).remove(0);
    assert_eq!(addresses, (12..20).rev().collect::<Vec<_>>());
    for peer in 1..3_000 {
        reconnect.add(Millis(0), &peer, 0, CANDIDATE);
    }
    assert_eq!(reconnect.len(), KNOWN_PEERS_MAX);
    reconnect.on_failed(Millis(0), &0);
    assert_eq!(reconnect.due(Millis(200), 0).len(), 1, "the bootnode is still there");
}

#[test]
fn a_retry_is_due_at_once() {
    let mut reconnect = Reconnect::new();
    reconnect.add(Millis(0), &1, 'a', LASTING);
    for _ in 0..4 {
        reconnect.due(Millis(100_000), 0);
        reconnect.on_failed(Millis(100_000), &1);
    }
    reconnect.retry(Millis(100_001), &1);
    assert_eq!(reconnect.due(Millis(100_001), 0).len(), 1);
}
