//! Requests in both directions.
//!
//! Every request of this node ends in one event, whatever the peer does. Requests of peers are charged to their
//! budget before they are shown to the node.

use super::Drive;
use super::gossip::offence_of;
use crate::limits::ANSWERS_MAX;
use crate::message::{
    BlocksRequest, BlocksResponse, FinalityRequest, FinalityResponse, Request, Response,
    StateRequest, StateResponse, Status,
};
use crate::name::Protocol;
use crate::peers::Offence;
use crate::requests::RequestFailure;
use crate::swarm::api::{AnswerId, Event};
use crate::swarm::codec::{Asked, refusal};
use libp2p::PeerId;
use libp2p::request_response::{
    self, Message, OutboundFailure, OutboundRequestId, ResponseChannel,
};
use serin_state::types::Millis;

/// What libp2p calls a request of ours: its ids are counted apart for each protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SentId {
    protocol: Protocol,
    id: OutboundRequestId,
}

/// Where an answer of ours goes.
#[derive(Debug)]
pub(super) enum Answer {
    Status(ResponseChannel<Status>),
    Blocks(ResponseChannel<BlocksResponse>),
    Finality(ResponseChannel<FinalityResponse>),
    State(ResponseChannel<StateResponse>),
}

impl Answer {
    /// False where the peer no longer waits.
    pub(super) fn is_open(&self) -> bool {
        match self {
            Self::Status(channel) => channel.is_open(),
            Self::Blocks(channel) => channel.is_open(),
            Self::Finality(channel) => channel.is_open(),
            Self::State(channel) => channel.is_open(),
        }
    }
}

/// A question of one protocol: ties its types together.
pub(super) trait Question: Sized {
    type Answer;
    const PROTOCOL: Protocol;
    fn request(self) -> Request;
    fn response(answer: Self::Answer) -> Response;
    fn channel(channel: ResponseChannel<Self::Answer>) -> Answer;
}

impl Question for Status {
    type Answer = Self;
    const PROTOCOL: Protocol = Protocol::Status;

    fn request(self) -> Request {
        Request::Status(Box::new(self))
    }

    fn response(answer: Self) -> Response {
        Response::Status(Box::new(answer))
    }

    fn channel(channel: ResponseChannel<Self>) -> Answer {
        Answer::Status(channel)
    }
}

impl Question for BlocksRequest {
    type Answer = BlocksResponse;
    const PROTOCOL: Protocol = Protocol::Blocks;

    fn request(self) -> Request {
        Request::Blocks(self)
    }

    fn response(answer: BlocksResponse) -> Response {
        Response::Blocks(answer)
    }

    fn channel(channel: ResponseChannel<BlocksResponse>) -> Answer {
        Answer::Blocks(channel)
    }
}

impl Question for FinalityRequest {
    type Answer = FinalityResponse;
    const PROTOCOL: Protocol = Protocol::Finality;

    fn request(self) -> Request {
        Request::Finality(self)
    }

    fn response(answer: FinalityResponse) -> Response {
        Response::Finality(answer)
    }

    fn channel(channel: ResponseChannel<FinalityResponse>) -> Answer {
        Answer::Finality(channel)
    }
}

impl Question for StateRequest {
    type Answer = StateResponse;
    const PROTOCOL: Protocol = Protocol::State;

    fn request(self) -> Request {
        Request::State(self)
    }

    fn response(answer: StateResponse) -> Response {
        Response::State(answer)
    }

    fn channel(channel: ResponseChannel<StateResponse>) -> Answer {
        Answer::State(channel)
    }
}

impl Drive {
    pub(super) fn ask(&mut self, peer: PeerId, id: u64, request: Request) {
        if !self.peers.contains_key(&peer) {
            let result = Err(RequestFailure::Disconnected);
            return self.tell(Event::Response { peer, id, result });
        }
        let now = self.now();
        if let Err(failure) = self.requests.insert(now, id, peer, request.clone()) {
            return self.tell(Event::Response { peer, id, result: Err(failure) });
        }
        let protocol = request.protocol();
        let behaviour = self.swarm.behaviour_mut();
        let sent = match request {
            Request::Status(status) => behaviour.status.send_request(&peer, Ok(*status)),
            Request::Blocks(request) => behaviour.blocks.send_request(&peer, Ok(request)),
            Request::Finality(request) => behaviour.finality.send_request(&peer, Ok(request)),
            Request::State(request) => behaviour.state.send_request(&peer, Ok(request)),
        };
        self.sent.insert(SentId { protocol, id: sent }, id);
    }

    pub(super) fn respond(&mut self, id: AnswerId, response: Response) {
        let Some(answer) = self.answers.remove(&id) else { return };
        let behaviour = self.swarm.behaviour_mut();
        // An error means that the peer has gone: nobody needs the answer.
        let lost = match (answer, response) {
            (Answer::Status(channel), Response::Status(status)) => {
                behaviour.status.send_response(channel, *status).is_err()
            }
            (Answer::Blocks(channel), Response::Blocks(response)) => {
                behaviour.blocks.send_response(channel, response).is_err()
            }
            (Answer::Finality(channel), Response::Finality(response)) => {
                behaviour.finality.send_response(channel, response).is_err()
            }
            (Answer::State(channel), Response::State(response)) => {
                behaviour.state.send_response(channel, response).is_err()
            }
            (
                Answer::Status(_) | Answer::Blocks(_) | Answer::Finality(_) | Answer::State(_),
                response,
            ) => {
                let asked_otherwise = response.protocol();
                tracing::error!(
                    ?asked_otherwise,
                    "an answer on another protocol than its question"
                );
                true
            }
        };
        if lost {
            tracing::debug!(?id, "an answer that nobody waits for");
        }
    }

    pub(super) fn on_exchange<Q: Question>(
        &mut self,
        event: request_response::Event<Asked<Q>, Q::Answer>,
    ) {
        match event {
            request_response::Event::Message {
                peer,
                message: Message::Request { request, channel, .. },
                ..
            } => match request {
                Ok(request) => self.on_request(peer, request.request(), Q::channel(channel)),
                Err(error) => self.punish(peer, offence_of(error)),
            },
            request_response::Event::Message {
                peer,
                message: Message::Response { request_id, response },
                ..
            } => {
                let sent = SentId { protocol: Q::PROTOCOL, id: request_id };
                self.on_response(peer, sent, Q::response(response));
            }
            request_response::Event::OutboundFailure { peer, request_id, error, .. } => {
                let sent = SentId { protocol: Q::PROTOCOL, id: request_id };
                self.on_failure(peer, sent, &error);
            }
            // The peer went before its answer, or is slow to take it: nobody is to blame.
            request_response::Event::InboundFailure { .. }
            | request_response::Event::ResponseSent { .. } => {}
        }
    }

    fn on_request(&mut self, peer: PeerId, request: Request, answer: Answer) {
        let now = self.now();
        if !self.budget(peer).on_request(now, &request) {
            // Dropping the channel closes the stream: that is the refusal.
            return self.punish(peer, Offence::Flood);
        }
        if self.answers.len() >= ANSWERS_MAX || !self.peers.contains_key(&peer) {
            return;
        }
        let id = AnswerId(self.next_answer);
        self.next_answer = self.next_answer.saturating_add(1);
        self.answers.insert(id, answer);
        self.tell(Event::Request { peer, id, request });
    }

    fn on_response(&mut self, peer: PeerId, sent: SentId, response: Response) {
        let Some((id, asked)) = self.end(sent) else { return };
        let result = if response.answers(&asked) {
            Ok(response)
        } else {
            self.punish(peer, Offence::WrongAnswer);
            Err(RequestFailure::WrongAnswer)
        };
        self.tell(Event::Response { peer, id, result });
    }

    fn on_failure(&mut self, peer: PeerId, sent: SentId, error: &OutboundFailure) {
        let Some((id, _)) = self.end(sent) else { return };
        let (failure, offence) = judge(error);
        self.tell(Event::Response { peer, id, result: Err(failure) });
        if let Some(offence) = offence {
            self.punish(peer, offence);
        }
    }

    /// Ends the request `sent`; `None` where it has ended already.
    fn end(&mut self, sent: SentId) -> Option<(u64, Request)> {
        let id = self.sent.remove(&sent)?;
        let asked = self.requests.take(id)?;
        Some((id, asked.question))
    }

    pub(super) fn expire_requests(&mut self, now: Millis) {
        for (id, late) in self.requests.expire(now) {
            self.sent.retain(|_, known| *known != id);
            let result = Err(RequestFailure::Timeout);
            self.tell(Event::Response { peer: late.peer, id, result });
            self.punish(late.peer, Offence::NoAnswer);
        }
    }

    pub(super) fn end_requests_to(&mut self, peer: PeerId, failure: RequestFailure) {
        for (id, _) in self.requests.take_peer(&peer) {
            self.sent.retain(|_, known| *known != id);
            self.tell(Event::Response { peer, id, result: Err(failure) });
        }
    }
}

/// What a failed request means, and whether the peer is to blame.
fn judge(error: &OutboundFailure) -> (RequestFailure, Option<Offence>) {
    match error {
        OutboundFailure::DialFailure | OutboundFailure::ConnectionClosed => {
            (RequestFailure::Disconnected, None)
        }
        OutboundFailure::Timeout => (RequestFailure::Timeout, Some(Offence::NoAnswer)),
        OutboundFailure::UnsupportedProtocols => (RequestFailure::Unsupported, None),
        OutboundFailure::Io(error) => match refusal(error) {
            Some(error) => (RequestFailure::WrongAnswer, Some(offence_of(error))),
            None => (RequestFailure::Refused, None),
        },
    }
}
