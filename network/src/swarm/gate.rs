//! The gate before the handshake: bounds inbound handshakes under way, and cuts the oldest for a
//! newcomer where the caps of [`Pending`] say so.
//!
//! It wraps the whole transport, so a handshake counts from the accepted socket until noise and
//! yamux are agreed on. libp2p's own limits refuse newcomers instead, and know nothing of addresses:
//! then a few silent sockets keep everybody out.

use super::transport::ip_of;
use crate::caps::Pending;
use futures::channel::oneshot;
use futures::future::BoxFuture;
use futures::{FutureExt, future};
use libp2p::Multiaddr;
use libp2p::core::transport::{DialOpts, ListenerId, Transport, TransportError, TransportEvent};
use prometheus_client::metrics::counter::Counter;
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr};
use std::pin::Pin;
use std::task::{Context, Poll};

/// A transport whose inbound handshakes are bounded.
#[derive(Debug)]
pub(super) struct Gate<T> {
    inner: T,
    pending: Pending,
    cuts: BTreeMap<u64, oneshot::Sender<()>>,
    evicted: Counter,
}

/// Why a handshake failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum GateError<E> {
    /// A newer handshake needed the place.
    #[error("the handshake was cut for a newer one")]
    Cut,
    /// The transport below failed.
    #[error(transparent)]
    Inner(#[from] E),
}

impl<T> Gate<T> {
    /// Puts a gate before `inner`; counts in `evicted` the handshakes that were cut.
    pub(super) fn new(inner: T, evicted: Counter) -> Self {
        Self { inner, pending: Pending::new(), cuts: BTreeMap::new(), evicted }
    }

    /// Books a handshake from `address`; the receiver ends when it must be cut.
    fn admit(&mut self, address: IpAddr) -> oneshot::Receiver<()> {
        let ended: Vec<u64> =
            self.cuts.iter().filter(|(_, cut)| cut.is_canceled()).map(|(id, _)| *id).collect();
        for id in ended {
            self.cuts.remove(&id);
            self.pending.remove(id);
        }
        let admitted = self.pending.admit(address);
        if let Some(cut) = admitted.evicted.and_then(|id| self.cuts.remove(&id)) {
            // Where it ended on its own in this moment there is nothing to cut.
            if cut.send(()).is_ok() {
                self.evicted.inc();
            }
        }
        let (cut, receiver) = oneshot::channel();
        self.cuts.insert(admitted.id, cut);
        assert_eq!(self.cuts.len(), self.pending.len(), "invariant(gate): one cut a handshake");
        receiver
    }
}

impl<T> Transport for Gate<T>
where
    T: Transport + Unpin,
    T::Error: 'static,
    T::Output: 'static,
    T::ListenerUpgrade: Send + 'static,
    T::Dial: Send + 'static,
{
    type Output = T::Output;
    type Error = GateError<T::Error>;
    type ListenerUpgrade = BoxFuture<'static, Result<T::Output, Self::Error>>;
    type Dial = BoxFuture<'static, Result<T::Output, Self::Error>>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<Self::Error>> {
        self.inner.listen_on(id, address).map_err(|error| error.map(GateError::Inner))
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.inner.remove_listener(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<Self::Error>> {
        let dial = self.inner.dial(address, options);
        let dial = dial.map_err(|error| error.map(GateError::Inner))?;
        Ok(dial.map(|outcome| outcome.map_err(GateError::Inner)).boxed())
    }

    fn poll(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, Self::Error>> {
        let this = &mut *self;
        Pin::new(&mut this.inner).poll(context).map(|event| {
            let source = match &event {
                TransportEvent::Incoming { send_back_addr, .. } => ip_of(send_back_addr),
                TransportEvent::NewAddress { .. }
                | TransportEvent::AddressExpired { .. }
                | TransportEvent::ListenerClosed { .. }
                | TransportEvent::ListenerError { .. } => None,
            };
            let source = source.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
            event
                .map_upgrade(|upgrade| guarded(upgrade, this.admit(source)).boxed())
                .map_err(GateError::Inner)
        })
    }
}

/// The handshake, or its end when it is cut. Dropping it tells the gate that the place is free.
async fn guarded<F, O, E>(upgrade: F, cut: oneshot::Receiver<()>) -> Result<O, GateError<E>>
where
    F: Future<Output = Result<O, E>>,
{
    match future::select(Box::pin(upgrade), cut).await {
        future::Either::Left((outcome, _)) => outcome.map_err(GateError::Inner),
        future::Either::Right(_) => Err(GateError::Cut),
    }
}
