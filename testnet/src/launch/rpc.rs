//! Asking a node over JSON-RPC, with a short timeout: a node that hangs must not hang the launcher.
//!
//! The types are the node's own views, so a changed field is a compile error here. No connection is kept between
//! questions.

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use serin_node::rpc::view::{AccountView, BlockView, StatusView, TransactionStatusView};
use std::time::Duration;

/// How long an answer may take, in milliseconds.
const TIMEOUT_MS: u64 = 2_000;

/// Why there is no answer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RpcError {
    /// Nobody answered in time.
    #[error("no answer: {0}")]
    Silent(String),
    /// The node refused.
    #[error("{0}")]
    Refused(String),
    /// The answer is not what was expected.
    #[error("an answer of an unexpected shape: {0}")]
    Shape(String),
}

#[derive(Deserialize)]
struct Envelope {
    result: Option<Value>,
    error: Option<ErrorObject>,
}

#[derive(Deserialize)]
struct ErrorObject {
    message: String,
}

/// Calls a method.
///
/// # Errors
/// [`RpcError`].
pub fn call<T: DeserializeOwned>(
    url: &str,
    method: &str,
    parameters: &Value,
) -> Result<T, RpcError> {
    let agent: ureq::Agent = ureq::Agent::config_builder()
        .timeout_global(Some(Duration::from_millis(TIMEOUT_MS)))
        .build()
        .into();
    let request = json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": parameters });
    let silent = |error: ureq::Error| RpcError::Silent(error.to_string());
    let mut response = agent.post(url).send_json(request).map_err(silent)?;
    let envelope: Envelope = response.body_mut().read_json().map_err(silent)?;
    if let Some(error) = envelope.error {
        return Err(RpcError::Refused(error.message));
    }
    serde_json::from_value(envelope.result.unwrap_or(Value::Null))
        .map_err(|error| RpcError::Shape(error.to_string()))
}

/// How the node does.
///
/// # Errors
/// [`RpcError`].
pub fn status(url: &str) -> Result<StatusView, RpcError> {
    call(url, "system_status", &json!([]))
}

/// An account after the best or the final block.
///
/// # Errors
/// [`RpcError`].
pub fn account(url: &str, address: &str, at: &str) -> Result<AccountView, RpcError> {
    call(url, "state_account", &json!([address, at]))
}

/// A block by height.
///
/// # Errors
/// [`RpcError`].
pub fn block(url: &str, height: u64) -> Result<Option<BlockView>, RpcError> {
    call(url, "chain_block", &json!([height]))
}

/// Hands in an encoded transaction; its hash.
///
/// # Errors
/// [`RpcError`].
pub fn submit(url: &str, bytes: &[u8]) -> Result<String, RpcError> {
    call(url, "author_submit", &json!([format!("0x{}", hex::encode(bytes))]))
}

/// Where a transaction is.
///
/// # Errors
/// [`RpcError`].
pub fn transaction_status(url: &str, hash: &str) -> Result<TransactionStatusView, RpcError> {
    call(url, "author_status", &json!([hash]))
}
