//! What a job has done, for its report.

use super::{journal::Finished, source::Item};
use crate::{
    article::Translated,
    translate::{Segment, Usage},
};

/// What a job has done.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Articles, each counted once for each language.
    pub articles: u64,
    /// Those that the journal had.
    pub known: u64,
    /// Those with a warning.
    pub flagged: u64,
    pub failed: u64,
    /// Messages that a webhook took now, and those that it did not take.
    pub delivered: u64,
    pub undelivered: u64,
    /// Inputs that could not be read.
    pub unreadable: u64,
    /// Sentences that were translated now, and how many of them were in the memory.
    pub sentences: u64,
    pub remembered: u64,
}

impl Counts {
    /// Counts an article in one language.
    pub(super) fn add(&mut self, item: &Item, result: &Finished) {
        // The heading of a feed is no article, but it can fail like one.
        self.articles += u64::from(!item.is_heading);
        match result {
            Ok(translated) => self.flagged += u64::from(is_flagged(translated)),
            Err(_) => self.failed += 1,
        }
    }

    /// What is kept of a translation: the texts and what the checks found, and nothing that differs between two runs.
    pub(super) fn kept(&mut self, translated: Translated) -> Translated {
        let mut kept = translated;
        let texts = &mut kept.texts;
        for text in [&mut texts.title, &mut texts.lead, &mut texts.body].into_iter().flatten() {
            self.sentences += text.totals.segments;
            self.remembered += text.totals.usage.remembered;
            text.totals.usage = Usage::default();
            text.segments.retain(|segment: &Segment| !segment.findings.is_empty());
            for segment in &mut text.segments {
                segment.alternatives.clear();
                segment.alignments.clear();
            }
        }
        if let Some(summary) = &mut kept.summary {
            self.sentences += summary.sentences.len() as u64;
            summary.usage = Usage::default();
        }
        kept
    }
}

fn is_flagged(translated: &Translated) -> bool {
    translated.texts.iter().any(|text| !text.segments.is_empty())
        || translated
            .summary
            .iter()
            .flat_map(|summary| &summary.sentences)
            .any(|sentence| !sentence.warnings.is_empty())
}
