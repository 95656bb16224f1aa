//! Questions and answers between nodes, and between a node and somebody hostile.

use crate::net::{Node, mesh, within};
use crate::raw::{PartsEvent, Raw};
use crate::sample;
use libp2p::request_response::{Event as Exchange, Message};
use libp2p::swarm::SwarmEvent;
use serin_network::limits::BLOCKS_RESPONSE_BYTES_MAX;
use serin_network::message::{Request, Response};
use serin_network::name::Protocol;
use serin_network::peers::Offence;
use serin_network::requests::RequestFailure;
use serin_network::swarm::{AnswerId, Command, Departure, Event, PeerId};

async fn asked(node: &mut Node) -> (AnswerId, Request) {
    node.until("request", |event| match event {
        Event::Request { id, request, .. } => Some((id, request)),
        _ => None,
    })
    .await
}

async fn answered(node: &mut Node, wanted: u64) -> Result<Response, RequestFailure> {
    node.until("response", |event| match event {
        Event::Response { id, result, .. } if id == wanted => Some(result),
        _ => None,
    })
    .await
}

async fn ban(node: &mut Node) -> (PeerId, Offence) {
    node.until("ban", |event| match event {
        Event::PeerBanned { peer, offence } => Some((peer, offence)),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_question_gets_its_answer() {
    let mut nodes = mesh(2).await;
    let (mut b, mut a) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    let table = [
        (Request::Status(Box::new(sample::status())), Response::Status(Box::new(sample::status()))),
        (Request::Blocks(sample::range()), Response::Blocks(sample::range_answer())),
        (
            Request::Blocks(sample::missing_transactions()),
            Response::Blocks(sample::transactions_answer()),
        ),
        (Request::Finality(sample::missing_votes()), Response::Finality(sample::votes_answer())),
        (Request::State(sample::state_range()), Response::State(sample::state_values())),
    ];
    for (id, (request, response)) in (0..).zip(table) {
        a.send(Command::Request { peer: b.id(), id, request: request.clone() }).await;
        let (answer, heard) = asked(&mut b).await;
        assert_eq!(heard, request);
        b.send(Command::Respond { id: answer, response: response.clone() }).await;
        assert_eq!(answered(&mut a, id).await, Ok(response));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_cannot_be_answered_ends_with_its_reason() {
    let mut nodes = mesh(2).await;
    let (mut b, mut a) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    let request = Request::Finality(sample::catch_up());

    a.send(Command::Request { peer: PeerId::random(), id: 1, request: request.clone() }).await;
    assert_eq!(answered(&mut a, 1).await, Err(RequestFailure::Disconnected));

    a.send(Command::Request { peer: b.id(), id: 2, request: request.clone() }).await;
    let (answer, _) = asked(&mut b).await;
    b.send(Command::Decline(answer)).await;
    assert_eq!(answered(&mut a, 2).await, Err(RequestFailure::Refused));

    a.send(Command::Request { peer: b.id(), id: 3, request: request.clone() }).await;
    let (answer, _) = asked(&mut b).await;
    let wrong = Response::Finality(sample::votes_answer());
    b.send(Command::Respond { id: answer, response: wrong }).await;
    assert_eq!(answered(&mut a, 3).await, Err(RequestFailure::WrongAnswer));
    assert_eq!(a.peer(b.id()).await.unwrap().points, Offence::WrongAnswer.points());

    a.send(Command::Request { peer: b.id(), id: 4, request }).await;
    asked(&mut b).await;
    b.send(Command::Shutdown).await;
    assert_eq!(answered(&mut a, 4).await, Err(RequestFailure::Disconnected));
}

#[tokio::test(flavor = "multi_thread")]
async fn more_questions_than_one_peer_may_have_open_are_refused_here() {
    let mut nodes = mesh(2).await;
    let (b, mut a) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    for id in 0..17 {
        let request = Request::Finality(sample::catch_up());
        a.send(Command::Request { peer: b.id(), id, request }).await;
    }
    assert_eq!(answered(&mut a, 16).await, Err(RequestFailure::TooMany));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_never_answers_costs_ten_seconds_and_a_few_points() {
    let mut node = Node::start(1, &[]).await;
    let mut raw = Raw::new();
    raw.join(&node.address()).await;
    let request = Request::Status(Box::new(sample::status()));
    node.send(Command::Request { peer: raw.id(), id: 1, request }).await;
    let mut kept = Vec::new();
    let outcome = {
        let mut end = std::pin::pin!(answered(&mut node, 1));
        loop {
            tokio::select! {
                outcome = &mut end => break outcome,
                event = futures::StreamExt::select_next_some(&mut raw.swarm) => {
                    if let SwarmEvent::Behaviour(PartsEvent::Status(Exchange::Message {
                        message: Message::Request { channel, .. }, ..
                    })) = event {
                        kept.push(channel);
                    }
                }
            }
        }
    };
    assert_eq!(outcome, Err(RequestFailure::Timeout));
    assert_eq!(node.peer(raw.id()).await.unwrap().points, Offence::NoAnswer.points());
    assert_eq!(kept.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn garbage_on_every_protocol_ends_in_a_ban() {
    let mut node = Node::start(1, &[]).await;
    for protocol in Protocol::ALL {
        let mut raw = Raw::new();
        raw.join(&node.address()).await;
        let target = node.id();
        for _ in 0..2 {
            raw.exchange(protocol).send_request(&target, vec![3, 0, 0, 0, 255, 255, 255]);
        }
        let (peer, offence) = raw.beside(ban(&mut node)).await;
        assert_eq!((peer, offence), (raw.id(), Offence::Malformed), "{protocol:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_above_the_limit_is_refused_unread_on_every_protocol() {
    let mut node = Node::start(1, &[]).await;
    for protocol in Protocol::ALL {
        let mut raw = Raw::new();
        raw.join(&node.address()).await;
        let target = node.id();
        // Four bytes that promise four gigabytes, and nothing after them.
        raw.exchange(protocol).send_request(&target, vec![255; 4]);
        let (peer, offence) = raw.beside(ban(&mut node)).await;
        assert_eq!((peer, offence), (raw.id(), Offence::Oversized), "{protocol:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_answer_above_the_limit_is_refused_unread() {
    let mut node = Node::start(1, &[]).await;
    let mut raw = Raw::new();
    raw.join(&node.address()).await;
    let request = Request::Blocks(sample::range());
    node.send(Command::Request { peer: raw.id(), id: 1, request }).await;
    raw.until("request", |swarm, event| {
        let SwarmEvent::Behaviour(PartsEvent::Blocks(Exchange::Message {
            message: Message::Request { channel, .. },
            ..
        })) = event
        else {
            return None;
        };
        let length = u32::try_from(BLOCKS_RESPONSE_BYTES_MAX + 1).unwrap();
        swarm.behaviour_mut().blocks.send_response(channel, length.to_le_bytes().to_vec()).ok()
    })
    .await;
    let outcome = raw.beside(answered(&mut node, 1)).await;
    assert_eq!(outcome, Err(RequestFailure::WrongAnswer));
    let (peer, offence) = raw.beside(ban(&mut node)).await;
    assert_eq!((peer, offence), (raw.id(), Offence::Oversized));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_peer_that_asks_beyond_its_budget_is_refused_and_then_banned() {
    let mut nodes = mesh(2).await;
    let (mut b, mut a) = (nodes.pop().unwrap(), nodes.pop().unwrap());
    let mut refused = 0;
    for id in 0.. {
        let request = Request::Status(Box::new(sample::status()));
        a.send(Command::Request { peer: b.id(), id, request }).await;
        let outcome = tokio::select! {
            outcome = answered(&mut a, id) => outcome,
            (answer, _) = asked(&mut b) => {
                let response = Response::Status(Box::new(sample::status()));
                b.send(Command::Respond { id: answer, response }).await;
                answered(&mut a, id).await
            }
        };
        match outcome {
            Ok(_) => assert!(id < 100_000, "the budget never ended"),
            Err(RequestFailure::Refused) => refused += 1,
            Err(RequestFailure::Disconnected) => break,
            Err(other) => panic!("unexpected {other:?}"),
        }
    }
    assert!(refused >= 90, "a hundred offences of one point, and {refused} seen as refusals");
    // Either end may hear first that the connection is gone.
    within("the ban", async {
        let banned = Some(Departure::Banned(Offence::Flood));
        while b.peer(a.id()).await.and_then(|info| info.last_departure) != banned {
            tokio::task::yield_now().await;
        }
    })
    .await;
}
