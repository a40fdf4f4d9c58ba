//! The numbers and dates of an article: readers trust them, and small models invent them.

use std::collections::{HashMap, HashSet};

use crate::lang::{Named, Quantity, Unit, Value};

/// The numbers, days and months in a part of the article.
#[derive(Debug, Default)]
pub(super) struct Facts {
    values: HashSet<(Value, Unit)>,
    named: HashSet<Named>,
    dates: HashSet<(Value, Named)>,
    counted: HashMap<String, HashSet<Value>>,
}

impl Facts {
    pub(super) fn add(&mut self, quantities: &[Quantity], named: &[(usize, Named)]) {
        for quantity in quantities {
            self.values.insert((quantity.value.clone(), quantity.unit));
            if let Some(month) = quantity.month {
                self.dates.insert((quantity.value.clone(), month));
            }
            if let Some(counted) = &quantity.counted {
                self.counted.entry(counted.clone()).or_default().insert(quantity.value.clone());
            }
        }
        self.named.extend(named.iter().map(|(_, named)| *named));
    }

    pub(super) fn has_named(&self, named: Named) -> bool {
        self.named.contains(&named)
    }

    /// Whether the number is here, with its unit and its month. Only a currency may be omitted; other units may not.
    pub(super) fn has(&self, quantity: &Quantity) -> bool {
        let money = [Unit::Dollar, Unit::Euro, Unit::Pound, Unit::Rouble];
        let has = |unit| self.values.contains(&(quantity.value.clone(), unit));
        let there = has(quantity.unit) || (quantity.unit == Unit::None && money.into_iter().any(has));
        there && quantity.month.is_none_or(|month| self.dates.contains(&(quantity.value.clone(), month)))
    }

    /// Whether the same thing is counted here, by the same number.
    pub(super) fn counts(&self, quantity: &Quantity) -> bool {
        let counted = quantity.counted.as_ref().and_then(|counted| self.counted.get(counted));
        counted.is_some_and(|values| values.contains(&quantity.value))
    }

    /// Whether the same thing is counted here, and only by other numbers.
    pub(super) fn counts_otherwise(&self, quantity: &Quantity) -> bool {
        let counted = quantity.counted.as_ref().and_then(|counted| self.counted.get(counted));
        counted.is_some_and(|values| !values.contains(&quantity.value))
    }
}
