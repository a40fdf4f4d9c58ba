//! Several texts in one unary call. Each fails on its own.

use std::collections::HashMap;

use futures::future::join_all;
use tonic::{Extensions, Status};

use super::{Service, error::ServiceError, keys};
use crate::{
    engine::EngineError,
    lang::Language,
    translate::{Request, Translation, Translator},
    wire::{self, FieldError, proto::TranslateRequest},
};

/// Most texts in a call.
pub(super) const MOST_TEXTS: u32 = 128;

/// Texts that wait together: those for the same models.
type Group = (String, Option<Language>, Language);

/// A text of a unary call that can be translated.
pub(super) struct Ready {
    group: Group,
    pub translator: Translator,
    pub request: Request,
    pub text: String,
}

impl Service {
    /// Translates the texts; the results are in the same order.
    ///
    /// # Errors
    /// When there is no text, or there are too many.
    pub(super) async fn batch(
        &self,
        extensions: &Extensions,
        requests: Vec<TranslateRequest>,
    ) -> Result<Vec<Result<Translation, Status>>, ServiceError> {
        if requests.is_empty() || requests.len() > MOST_TEXTS as usize {
            let problem = format!("there must be 1 to {MOST_TEXTS} texts, but there are {}", requests.len());
            return Err(FieldError::new("requests", problem).into());
        }
        let texts: Vec<_> = requests.into_iter().map(|request| self.ready(request)).collect();
        let mut chars = HashMap::<Group, (usize, Translator)>::new();
        for Ready { group, translator, text, .. } in texts.iter().flatten() {
            let (sum, _) = chars.entry(group.clone()).or_insert_with(|| (0, translator.clone()));
            *sum += text.chars().count();
        }
        // A text is one of many, so its group is admitted, and not the text.
        let admitted = |(group, (chars, translator)): (Group, (usize, Translator))| {
            let admitted = translator.admit(group.1, group.2, &self.arrival(extensions, chars));
            (group, admitted.map_err(|error: EngineError| Status::from(ServiceError::from(error))))
        };
        let admitted: HashMap<Group, _> = chars.into_iter().map(admitted).collect();
        Ok(join_all(texts.into_iter().map(async |text| {
            let Ready { group, translator, request, text } = text?;
            let translator = admitted.get(&group).cloned().unwrap_or(Ok(translator))?;
            keys::count_chars(extensions, text.as_bytes())?;
            Ok(translator.text(request, text).await.map_err(ServiceError::from)?)
        }))
        .await)
    }

    /// Checks the request of a text.
    pub(super) fn ready(&self, request: TranslateRequest) -> Result<Ready, ServiceError> {
        let (start, text) = wire::translate::parts(request);
        let (translator, request) = self.translation("", &start)?;
        self.check_text(&text)?;
        let model = start.options.map(|options| options.model).unwrap_or_default();
        let group = (model, request.source, request.target);
        Ok(Ready { group, translator, request, text })
    }
}
