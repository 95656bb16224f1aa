//! Prometheus metrics over HTTP at `/metrics`, on the loopback address.
//!
//! The numbers of the node are gauges that the event loop sets; libp2p's own are in the same registry.

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::encoding::text::encode;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::registry::Registry;
use std::sync::Arc;
use tokio::net::TcpListener;

/// The content type that Prometheus asks for.
const CONTENT_TYPE: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// What the event loop tells.
#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    /// Height of the head.
    pub(super) best_height: Gauge,
    /// Height of the final block.
    pub(super) final_height: Gauge,
    /// Connected peers.
    pub(super) peers: Gauge,
    /// Transactions waiting.
    pub(super) pool: Gauge,
    /// Round of finality.
    pub(super) round: Gauge,
}

impl Metrics {
    /// Metrics that are part of `registry`.
    pub(super) fn register(registry: &mut Registry) -> Self {
        let metrics = Self::default();
        let gauges = [
            ("serin_best_height", "Height of the best block", &metrics.best_height),
            ("serin_final_height", "Height of the final block", &metrics.final_height),
            ("serin_peers", "Connected peers", &metrics.peers),
            ("serin_pool_transactions", "Transactions waiting in the pool", &metrics.pool),
            ("serin_finality_round", "Current round of finality", &metrics.round),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        metrics
    }
}

/// Serves the registry until the node ends.
pub(super) fn serve(listener: TcpListener, registry: Registry) {
    let router = Router::new().route("/metrics", get(show)).with_state(Arc::new(registry));
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::warn!(%error, "metrics are no longer served");
        }
    });
}

async fn show(State(registry): State<Arc<Registry>>) -> Response {
    let mut text = String::new();
    match encode(&mut text, &registry) {
        Ok(()) => ([(header::CONTENT_TYPE, CONTENT_TYPE)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
