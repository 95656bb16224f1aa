//! Many streams over one connection: yamux with windows that are bounded.
//!
//! libp2p's own wrapper leaves the receive window of a connection at yamux's default of 1 GiB, so one
//! peer could make this node buffer that much. This one sets it.
//!
//! # Bounds
//! [`STREAMS_PER_CONNECTION_MAX`] streams, and [`CONNECTION_WINDOW_BYTES`] of received data that
//! nobody has read yet.

use crate::limits::{CONNECTION_WINDOW_BYTES, STREAMS_PER_CONNECTION_MAX};
use futures::future::{Ready, ready};
use futures::{AsyncRead, AsyncWrite};
use libp2p::core::UpgradeInfo;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::upgrade::{InboundConnectionUpgrade, OutboundConnectionUpgrade};
use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

/// Negotiates yamux.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mux;

/// A connection that carries streams.
#[derive(Debug)]
pub(super) struct Streams<C> {
    connection: yamux::Connection<C>,
    /// Streams that the peer opened while only progress was asked for.
    arrived: VecDeque<yamux::Stream>,
    waiting: Option<Waker>,
}

impl Mux {
    fn streams<C: AsyncRead + AsyncWrite + Unpin>(io: C, mode: yamux::Mode) -> Streams<C> {
        let mut config = yamux::Config::default();
        // In this order: the window must never be below 256 KiB a stream.
        config.set_max_num_streams(STREAMS_PER_CONNECTION_MAX);
        config.set_max_connection_receive_window(Some(CONNECTION_WINDOW_BYTES));
        let connection = yamux::Connection::new(io, config, mode);
        Streams { connection, arrived: VecDeque::new(), waiting: None }
    }
}

impl UpgradeInfo for Mux {
    type Info = &'static str;
    type InfoIter = std::iter::Once<&'static str>;

    fn protocol_info(&self) -> Self::InfoIter {
        std::iter::once("/yamux/1.0.0")
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> InboundConnectionUpgrade<C> for Mux {
    type Output = Streams<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Streams<C>>>;

    fn upgrade_inbound(self, io: C, _: &'static str) -> Self::Future {
        ready(Ok(Self::streams(io, yamux::Mode::Server)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> OutboundConnectionUpgrade<C> for Mux {
    type Output = Streams<C>;
    type Error = io::Error;
    type Future = Ready<io::Result<Streams<C>>>;

    fn upgrade_outbound(self, io: C, _: &'static str) -> Self::Future {
        ready(Ok(Self::streams(io, yamux::Mode::Client)))
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> Streams<C> {
    fn poll_arrival(&mut self, context: &mut Context<'_>) -> Poll<io::Result<yamux::Stream>> {
        self.connection.poll_next_inbound(context).map(|arrival| match arrival {
            Some(stream) => stream.map_err(io::Error::other),
            None => Err(io::ErrorKind::ConnectionAborted.into()),
        })
    }
}

impl<C: AsyncRead + AsyncWrite + Unpin> StreamMuxer for Streams<C> {
    type Substream = yamux::Stream;
    type Error = io::Error;

    fn poll_inbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<yamux::Stream>> {
        if let Some(stream) = self.arrived.pop_front() {
            return Poll::Ready(Ok(stream));
        }
        let arrival = self.poll_arrival(context);
        if arrival.is_pending() {
            self.waiting = Some(context.waker().clone());
        }
        arrival
    }

    fn poll_outbound(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<yamux::Stream>> {
        self.connection.poll_new_outbound(context).map_err(io::Error::other)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.connection.poll_close(context).map_err(io::Error::other)
    }

    /// yamux moves only while it is asked for new streams, so those that come up here are kept. Their
    /// number is bounded: yamux ends the connection above its limit of streams.
    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<io::Result<StreamMuxerEvent>> {
        match self.poll_arrival(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Ready(Ok(stream)) => self.arrived.push_back(stream),
        }
        assert!(
            self.arrived.len() <= STREAMS_PER_CONNECTION_MAX,
            "invariant(streams): yamux keeps its limit"
        );
        if let Some(waiting) = self.waiting.take() {
            waiting.wake();
        }
        // More may have arrived; others run first.
        context.waker().wake_by_ref();
        Poll::Pending
    }
}
