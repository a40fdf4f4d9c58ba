//! Renders chat templates: Jinja programs in a model's file that wrap a message for the model. The number of instructions is
//! limited. The memory is not, so use only model files that you trust.

use minijinja::{Environment, Error, ErrorKind, context, syntax::SyntaxConfig, value::Kwargs};
use minijinja_contrib::pycompat::unknown_method_callback;

/// Most instructions of one rendering.
const FUEL: u64 = 100_000;
/// Size limit of a template.
const MAX_BYTES: usize = 64 * 1024;
/// Stands for the text while the template is rendered.
const PLACEHOLDER: &str = "\u{10fff0}text\u{10fff1}";

/// Why a chat template cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TemplateError {
    #[error("the model file has no chat template")]
    Missing,
    #[error("the chat template has {0} bytes, more than the limit of {MAX_BYTES}")]
    TooLong(usize),
    #[error("cannot render the chat template: {0}")]
    Render(#[from] Error),
    #[error("the chat template must contain the user's text exactly once")]
    Placeholder,
}

/// A model's chat template, and the special tokens that it may use.
#[derive(Debug, Clone, Copy)]
pub struct ChatTemplate<'a> {
    pub source: &'a str,
    /// Text of `bos_token`, which begins a prompt.
    pub begin: &'a str,
    /// Text of `eos_token`, which ends one.
    pub end: &'a str,
}

impl ChatTemplate<'_> {
    /// Renders a message with `instruction` and a text; returns the parts before and after the text, up to the begin of the
    /// answer. The text itself is not rendered, so the caller can tokenise it without special tokens.
    pub fn around(&self, instruction: &str) -> Result<(String, String), TemplateError> {
        if self.source.len() > MAX_BYTES {
            return Err(TemplateError::TooLong(self.source.len()));
        }
        let mut environment = Environment::new();
        // The same settings as in Transformers.
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(unknown_method_callback);
        let refuse = |message: String| Err::<String, _>(Error::new(ErrorKind::InvalidOperation, message));
        environment.add_function("raise_exception", refuse);
        // Some templates put the date into the system message, but the output must not depend on the day.
        environment.add_function("strftime_now", |_: String, _: Kwargs| String::new());
        let message = format!("{instruction}\n\n{PLACEHOLDER}");
        let rendered = environment.render_str(
            self.source,
            context! {
                messages => [context! { role => "user", content => message }],
                add_generation_prompt => true,
                enable_thinking => false,
                tools => (),
                documents => (),
                bos_token => self.begin,
                eos_token => self.end,
            },
        )?;
        match rendered.split_once(PLACEHOLDER) {
            Some((before, after)) if !after.contains(PLACEHOLDER) => {
                Ok((before.to_owned(), after.to_owned()))
            }
            _ => Err(TemplateError::Placeholder),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn around(source: &str) -> Result<(String, String), TemplateError> {
        ChatTemplate { source, begin: "<s>", end: "</s>" }.around("Sum up.")
    }

    #[test]
    fn a_template_is_split_at_the_text() {
        let source = "{{ bos_token }}{% for message in messages %}\n{% if message['role'] == 'user' %}\n\
                      [{{ message.content.strip() }}]{% endif %}{% endfor %}{% if add_generation_prompt %}>{% endif %}";
        assert_eq!(around(source).unwrap(), ("<s>[Sum up.\n\n".to_owned(), "]>".to_owned()));
    }

    #[test]
    fn a_template_must_contain_the_text_once() {
        assert!(matches!(around("{{ messages[0].role }}"), Err(TemplateError::Placeholder)));
        let twice = "{{ messages[0].content }}{{ messages[0].content }}";
        assert!(matches!(around(twice), Err(TemplateError::Placeholder)));
    }

    #[test]
    fn failing_endless_and_oversized_templates_are_refused() {
        for source in [
            "{{ raise_exception('no') }}",
            "{% for i in range(100000) %}{% for j in range(100000) %}x{% endfor %}{% endfor %}",
            "{% if %}",
        ] {
            assert!(matches!(around(source), Err(TemplateError::Render(_))), "{source}");
        }
        assert!(matches!(around(&"x".repeat(MAX_BYTES + 1)), Err(TemplateError::TooLong(_))));
    }
}
