//! Asking a running node: one small blocking front of the JSON-RPC client.
//!
//! Commands are plain functions, so a runtime of one thread waits here and nowhere else. A failure becomes a
//! sentence that says what to try.

use super::CommandError;
use jsonrpsee::core::ClientError;
use jsonrpsee::http_client::{HttpClient, HttpClientBuilder};
use std::future::Future;

/// A connection, with what it takes to wait for an answer.
pub(super) struct Client {
    runtime: tokio::runtime::Runtime,
    http: HttpClient,
    url: String,
}

impl Client {
    /// Prepares to ask the node at `url`; nothing is sent yet.
    pub(super) fn new(url: &str) -> Result<Self, CommandError> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| CommandError::Start(format!("the system gives no timer: {error}")))?;
        let http = HttpClientBuilder::default()
            .build(url)
            .map_err(|error| CommandError::Usage(format!("--rpc-url {url}: {error}")))?;
        Ok(Self { runtime, http, url: url.to_owned() })
    }

    /// The client to call methods of.
    pub(super) const fn http(&self) -> &HttpClient {
        &self.http
    }

    /// Waits for an answer.
    pub(super) fn wait<T>(
        &self,
        answer: impl Future<Output = Result<T, ClientError>>,
    ) -> Result<T, CommandError> {
        self.runtime.block_on(answer).map_err(|error| self.explain(&error))
    }

    /// Lets `milliseconds` pass between two questions.
    pub(super) fn pause(&self, milliseconds: u64) {
        let pause = std::time::Duration::from_millis(milliseconds);
        self.runtime.block_on(async { tokio::time::sleep(pause).await });
    }

    fn explain(&self, error: &ClientError) -> CommandError {
        if let ClientError::Call(refusal) = error {
            return CommandError::Failed(refusal.message().to_owned());
        }
        CommandError::Failed(format!(
            "no node answers at {}: {error}. Is it running? --rpc-url names another address.",
            self.url
        ))
    }
}
