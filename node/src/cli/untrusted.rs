//! A node that is asked for proofs and not believed.
//!
//! Whatever it answers is decoded strictly and bounded; what does not decode or hold names the node in the refusal.

use super::CommandError;
use super::client::Client;
use crate::light::{Heard, Light, LightError};
use crate::proof::{Answer, Question, Start, StatementProof};
use crate::rpc::api::ApiClient;
use serin_consensus::crypto::Remembering;
use serin_consensus::finality::proof_chain::Fragment;
use serin_state::codec::{Wire, decode};
use serin_state::types::{Hash, SetId};

/// A node over JSON-RPC.
pub(super) struct Server {
    client: Client,
    url: String,
    verifier: Remembering,
}

impl Server {
    /// Prepares to ask the node at `url`; nothing is sent yet.
    pub(super) fn new(url: &str) -> Result<Self, CommandError> {
        Ok(Self {
            client: Client::new(url)?,
            url: url.to_owned(),
            verifier: Remembering::default(),
        })
    }

    /// Its address.
    pub(super) fn url(&self) -> &str {
        &self.url
    }

    /// The connection.
    pub(super) const fn client(&self) -> &Client {
        &self.client
    }

    /// What it says of a trusted block; of genesis without a hash.
    pub(super) fn start(&self, block: Option<Hash>) -> Result<Start, CommandError> {
        let block = block.map(|hash| hash.to_string());
        self.decoded(&self.client.wait(self.client.http().proof_start(block))?)
    }

    /// Links from the change that ends `set` on, as many as it gives.
    pub(super) fn fragment(&self, set: SetId) -> Result<Option<Fragment>, CommandError> {
        let answer = self.client.wait(self.client.http().proof_fragment(set.shown()))?;
        answer.map(|text| self.decoded(&text)).transpose()
    }

    /// Its newest final block, with an answer under it.
    pub(super) fn answer(&self, question: &Question) -> Result<Answer, CommandError> {
        self.decoded(&self.client.wait(self.client.http().proof_answer(question.clone()))?)
    }

    /// Asks until the question is answered under its newest final block, which `light` then knows.
    pub(super) fn ask(
        &self,
        light: &mut Light,
        question: &Question,
    ) -> Result<(bool, StatementProof), CommandError> {
        loop {
            let answer = self.answer(question)?;
            let heard = light.on_answer(question, &answer, &self.verifier);
            match heard.map_err(|error| self.refused(&error))? {
                Heard::Proven { moved, statement } => return Ok((moved, *statement)),
                Heard::Needs(set) => {
                    let wanted = answer.last.map_or(set, |link| link.justification.set());
                    self.follow_to(light, wanted)?;
                }
            }
        }
    }

    /// Follows its links until `wanted` is the trusted set.
    pub(super) fn follow_to(&self, light: &mut Light, wanted: SetId) -> Result<(), CommandError> {
        while light.set() < wanted {
            let Some(mut fragment) = self.fragment(light.set())? else {
                let (trusted, wanted) = (light.set().shown(), wanted.shown());
                return Err(self.refused(&LightError::NoWay { trusted, wanted }));
            };
            let needed = usize::try_from(wanted.since(light.set())).unwrap_or(usize::MAX);
            fragment.links.truncate(needed);
            light.on_fragment(&fragment, &self.verifier).map_err(|error| self.refused(&error))?;
        }
        Ok(())
    }

    /// The sentence about an answer that proves nothing.
    pub(super) fn refused(&self, error: &dyn std::fmt::Display) -> CommandError {
        CommandError::Refuted(format!("refused an answer of {}: {error}", self.url))
    }

    fn decoded<T: Wire>(&self, text: &str) -> Result<T, CommandError> {
        let digits = text.strip_prefix("0x").unwrap_or(text);
        let bytes = hex::decode(digits).map_err(|error| self.refused(&error))?;
        decode(&bytes).map_err(|error| self.refused(&error))
    }
}
