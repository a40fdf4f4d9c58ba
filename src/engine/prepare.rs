//! Prepares a job for the worker: its tokens, the tokens it takes in the queue, and its search options.

use std::sync::Arc;

use super::{Engine, EngineError, Job, LENGTH_ALLOWANCE, Prepared, Shared};
use crate::{
    decode::{NoRepeat, SearchOptions, loops},
    lang::Pair,
    telemetry::STAGES,
};

impl Engine {
    /// The number of tokens of a text without a prompt.
    pub fn tokens(&self, text: &str) -> Result<usize, EngineError> {
        Ok(self.shared.tokenizer.encode(text)?.len())
    }

    /// The maximum number of tokens of a text of this pair. `None`: no limit.
    pub fn longest_source(&self, pair: Pair) -> Result<Option<usize>, EngineError> {
        let Shared { tokenizer, prompt, longest_source, .. } = &*self.shared;
        let Some(most) = longest_source else { return Ok(None) };
        Ok(Some(most.saturating_sub(prompt.encode(pair, "", &**tokenizer)?.tokens.len())))
    }

    /// Encodes a job with the model's tokenizer.
    ///
    /// # Errors
    /// [`EngineError::SourceTooLong`] when the model cannot read the text at once, and [`EngineError::TooLong`] when the queue
    /// cannot hold it. The caller should split the text.
    pub fn prepare(&self, job: Job) -> Result<Prepared, EngineError> {
        let _stage = tracing::debug_span!(target: STAGES, "tokenise").entered();
        let Shared {
            tokenizer,
            prompt,
            search_defaults: defaults,
            longest_source,
            longest_output,
            admission,
            ..
        } = &*self.shared;
        let encoded = prompt.encode(job.pair, &job.text, &**tokenizer)?;
        let (source, read) = (encoded.source.len(), encoded.tokens.len());
        if let Some(most) = longest_source.filter(|most| read > *most) {
            return Err(EngineError::SourceTooLong { tokens: read, most });
        }
        // Every alternative is a hypothesis of the beam.
        let beam_size = job.beam_size.unwrap_or(defaults.beam_size).max(job.alternatives + 1);
        let max_new_tokens = (source as f32 * job.max_output_ratio).ceil() as usize + LENGTH_ALLOWANCE;
        let max_new_tokens = max_new_tokens.min(longest_output.unwrap_or(usize::MAX));
        let (size, most) = (read + beam_size * max_new_tokens, admission.capacity());
        let queue_tokens = u32::try_from(size).ok().filter(|tokens| *tokens as usize <= most);
        let queue_tokens = queue_tokens.ok_or(EngineError::TooLong { tokens: size, most })?;
        Ok(Prepared { job, encoded, beam_size, max_new_tokens, queue_tokens })
    }

    /// Whether the output repeats an example of the prompt instead of translating the text. Base models do this when they find
    /// no translation.
    pub fn echoes_example(&self, job: &Job, output: &str) -> bool {
        self.shared.prompt.echoes_example(job.pair, &job.text, output)
    }

    /// The search options of a job.
    pub(super) fn search(&self, prepared: &Prepared) -> Result<SearchOptions, EngineError> {
        let Shared { tokenizer, prompt, stops, search_defaults: defaults, .. } = &*self.shared;
        let Prepared { job, encoded, beam_size, max_new_tokens, .. } = prepared;
        let source = &encoded.source;
        let no_repeat = match job.no_repeat_ngram {
            Some(ngram) => {
                let examples = tokenizer.encode(&prompt.examples(job.pair))?;
                Some(NoRepeat { ngram, said: [source.as_slice(), &examples].concat().into() })
            }
            None => defaults.no_repeat_ngram.map(|ngram| NoRepeat { ngram, said: Arc::default() }),
        };
        Ok(SearchOptions {
            min_new_tokens: (source.len() as f32 * job.min_output_ratio) as usize,
            no_repeat,
            stop_loops: !loops(source),
            patience: defaults.patience,
            length_penalty: defaults.length_penalty,
            // Alternatives need low-scoring hypotheses, so pruning is off.
            prune: if job.alternatives > 0 { f32::INFINITY } else { defaults.prune },
            ..SearchOptions::new(*beam_size, *max_new_tokens, Arc::clone(stops))
        })
    }
}
