//! Chooses the models between two languages: the first model that has the direction, or else two models (or the same model
//! twice) through English.

use std::{collections::BTreeSet, sync::Arc};

use super::{TranslateError, Translator};
use crate::{
    engine::Engine,
    lang::{Language, Pair},
};

/// The language between French and Russian.
const PIVOT: Language = Language::English;

/// A hop with the engine that translates it.
#[derive(Clone)]
pub(super) struct HopEngine {
    pub engine: Engine,
    pub pair: Pair,
}

/// One hop or two. Cheap to clone.
pub(super) type Route = Arc<[HopEngine]>;

/// One step of a route: a direction and the model that translates it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub pair: Pair,
    /// Name of the model.
    pub model: String,
}

impl From<&HopEngine> for Hop {
    fn from(hop: &HopEngine) -> Self {
        Self { pair: hop.pair, model: hop.engine.model().name.clone() }
    }
}

impl Translator {
    /// The directions that can be translated with one hop or two.
    pub fn pairs(&self) -> BTreeSet<Pair> {
        Pair::all().filter(|pair| self.hop_engines(*pair).is_some()).collect()
    }

    /// The hops between two languages, in order.
    ///
    /// # Errors
    /// When the languages are the same, or no route exists.
    pub fn hops(&self, source: Language, target: Language) -> Result<Vec<Hop>, TranslateError> {
        Ok(self.route(source, target)?.iter().map(Hop::from).collect())
    }

    pub(super) fn route(&self, source: Language, target: Language) -> Result<Route, TranslateError> {
        if source == target {
            return Err(TranslateError::SameLanguage(source));
        }
        let pair = Pair { source, target };
        let route = self.hop_engines(pair);
        let unsupported =
            || TranslateError::UnsupportedPair { pair, supported: self.pairs().into_iter().collect() };
        route.map(Into::into).ok_or_else(unsupported)
    }

    fn hop_engines(&self, pair: Pair) -> Option<Vec<HopEngine>> {
        let direct = |pair: Pair| {
            let engine = self.engines().iter().find(|engine| engine.model().pairs.contains(&pair))?;
            Some(HopEngine { engine: engine.clone(), pair })
        };
        if let Some(hop) = direct(pair) {
            return Some(vec![hop]);
        }
        if pair.source == PIVOT || pair.target == PIVOT {
            return None;
        }
        let first = direct(Pair { source: pair.source, target: PIVOT })?;
        Some(vec![first, direct(Pair { source: PIVOT, target: pair.target })?])
    }
}
