//! Which models take a text from one language into another: the first that has the direction; or else two, or one twice,
//! that meet in English.

use std::{collections::BTreeSet, sync::Arc};

use super::{TranslateError, Translator};
use crate::{
    engine::Engine,
    lang::{Language, Pair},
};

/// Where French and Russian meet.
const PIVOT: Language = Language::English;

/// A part of the way, with one model.
#[derive(Clone)]
pub(super) struct Leg {
    pub engine: Engine,
    pub pair: Pair,
}

/// One leg, or two. Cheap to clone.
pub(super) type Route = Arc<[Leg]>;

/// A leg, as callers are told of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hop {
    pub pair: Pair,
    /// Name of the model.
    pub model: String,
}

impl From<&Leg> for Hop {
    fn from(leg: &Leg) -> Self {
        Self { pair: leg.pair, model: leg.engine.model().name.clone() }
    }
}

impl Translator {
    /// The directions that can be translated, in one leg or two.
    pub fn pairs(&self) -> BTreeSet<Pair> {
        Pair::all().filter(|pair| self.legs(*pair).is_some()).collect()
    }

    /// The models between two languages, in their order.
    pub fn hops(&self, source: Language, target: Language) -> Result<Vec<Hop>, TranslateError> {
        Ok(self.route(source, target)?.iter().map(Hop::from).collect())
    }

    pub(super) fn route(&self, source: Language, target: Language) -> Result<Route, TranslateError> {
        if source == target {
            return Err(TranslateError::SameLanguage(source));
        }
        let pair = Pair { source, target };
        let legs = self.legs(pair);
        let unsupported =
            || TranslateError::UnsupportedPair { pair, supported: self.pairs().into_iter().collect() };
        legs.map(Into::into).ok_or_else(unsupported)
    }

    fn legs(&self, pair: Pair) -> Option<Vec<Leg>> {
        let direct = |pair: Pair| {
            let engine = self.engines().iter().find(|engine| engine.model().pairs.contains(&pair))?;
            Some(Leg { engine: engine.clone(), pair })
        };
        if let Some(leg) = direct(pair) {
            return Some(vec![leg]);
        }
        if pair.source == PIVOT || pair.target == PIVOT {
            return None;
        }
        let first = direct(Pair { source: pair.source, target: PIVOT })?;
        Some(vec![first, direct(Pair { source: PIVOT, target: pair.target })?])
    }
}
