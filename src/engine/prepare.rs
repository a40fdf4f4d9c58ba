//! From a job to what the worker reads: its tokens, the places that it needs, and how its answer is searched for.

use std::sync::Arc;

use super::{Engine, EngineError, Job, LENGTH_ALLOWANCE, Output, Prepared, Shared};
use crate::{
    decode::{NoRepeat, SearchOptions, loops},
    lang::Pair,
};

impl Engine {
    /// Tokens of a text, as the model reads it alone.
    pub fn tokens(&self, text: &str) -> Result<usize, EngineError> {
        Ok(self.shared.tokenizer.encode(text)?.len())
    }

    /// Most tokens that a text of this pair may have, where there is a bound.
    pub fn longest_source(&self, pair: Pair) -> Result<Option<usize>, EngineError> {
        let Shared { tokenizer, prompt, longest_source, .. } = &*self.shared;
        let Some(most) = longest_source else { return Ok(None) };
        Ok(Some(most.saturating_sub(prompt.question(pair, "", &**tokenizer)?.tokens.len())))
    }

    /// Reads a job with the model's vocabulary.
    ///
    /// # Errors
    /// [`EngineError::SourceTooLong`] and [`EngineError::TooLong`] where the model cannot read the text at once, or the queue
    /// cannot hold it: it is to be cut.
    pub fn prepare(&self, job: Job) -> Result<Prepared, EngineError> {
        let Shared {
            tokenizer,
            prompt,
            search_defaults: defaults,
            longest_source,
            longest_output,
            admission,
            ..
        } = &*self.shared;
        let question = prompt.question(job.pair, &job.text, &**tokenizer)?;
        let (source, read) = (question.source.len(), question.tokens.len());
        if let Some(most) = longest_source.filter(|most| read > *most) {
            return Err(EngineError::SourceTooLong { tokens: read, most });
        }
        // Other translations are other hypotheses.
        let beam_size = job.beam_size.unwrap_or(defaults.beam_size).max(job.alternatives + 1);
        let max_new_tokens = (source as f32 * job.max_output_ratio).ceil() as usize + LENGTH_ALLOWANCE;
        let max_new_tokens = max_new_tokens.min(longest_output.unwrap_or(usize::MAX));
        let (size, most) = (read + beam_size * max_new_tokens, admission.capacity());
        let places = u32::try_from(size).ok().filter(|places| *places as usize <= most);
        let places = places.ok_or(EngineError::TooLong { tokens: size, most })?;
        Ok(Prepared { job, question, beam_size, max_new_tokens, places })
    }

    /// Whether the output is an example of the prompt's and no translation: a base model at a loss says the last thing that
    /// it heard.
    pub fn parroted(&self, job: &Job, output: &Output) -> bool {
        self.shared.prompt.is_example(job.pair, &job.text, &output.text)
    }

    /// How a job's answer is searched for.
    pub(super) fn search(&self, prepared: &Prepared) -> Result<SearchOptions, EngineError> {
        let Shared { tokenizer, prompt, stops, search_defaults: defaults, .. } = &*self.shared;
        let Prepared { job, question, beam_size, max_new_tokens, .. } = prepared;
        let source = &question.source;
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
            // Alternatives need hypotheses of a low score, so none is given up.
            prune: if job.alternatives > 0 { f32::INFINITY } else { defaults.prune },
            ..SearchOptions::new(*beam_size, *max_new_tokens, Arc::clone(stops))
        })
    }
}
