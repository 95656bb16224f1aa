//! A request ends once, in time, and there are never too many.

use super::*;

#[test]
fn a_request_ends_exactly_once() {
    let mut requests = Requests::new();
    requests.insert(Millis(0), 7, "peer", 'q').unwrap();
    assert_eq!(requests.take(7).map(|one| one.question), Some('q'));
    assert_eq!(requests.take(7), None);
    assert!(requests.expire(Millis(u64::MAX)).is_empty());
}

#[test]
fn waiting_ends_at_the_deadline() {
    let mut requests = Requests::new();
    requests.insert(Millis(5), 1, "peer", 'q').unwrap();
    let deadline = Millis(5).saturating_add(REQUEST_TIMEOUT_MS);
    assert_eq!(requests.next_deadline(), Some(deadline));
    assert!(requests.expire(deadline.saturating_sub(1)).is_empty());
    assert_eq!(requests.expire(deadline).len(), 1);
    assert!(requests.is_empty());
}

#[test]
fn one_peer_and_all_peers_have_a_bound() {
    let mut requests = Requests::new();
    for id in 0..16 {
        requests.insert(Millis(0), id, 0_u64, ()).unwrap();
    }
    assert_eq!(requests.insert(Millis(0), 99, 0, ()), Err(RequestFailure::TooMany));
    assert_eq!(requests.insert(Millis(0), 3, 1, ()), Err(RequestFailure::TooMany), "id in use");
    for id in 16..512 {
        requests.insert(Millis(0), id, id, ()).unwrap();
    }
    assert_eq!(requests.insert(Millis(0), 600, 600, ()), Err(RequestFailure::TooMany));
    assert_eq!(requests.len(), IN_FLIGHT_MAX);
}

#[test]
fn a_peer_that_goes_takes_its_requests_along() {
    let mut requests = Requests::new();
    requests.insert(Millis(0), 1, "a", ()).unwrap();
    requests.insert(Millis(0), 2, "b", ()).unwrap();
    let ended: Vec<u64> = requests.take_peer(&"a").into_iter().map(|(id, _)| id).collect();
    assert_eq!(ended, [1]);
    assert_eq!(requests.len(), 1);
}
