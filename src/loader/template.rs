//! Chat templates: how a model that answers messages is written to. They come from the model's file, in Jinja, and are run
//! with a bound on their work; not on their memory, which whoever names the file vouches for.

use minijinja::{Environment, Error, ErrorKind, context, syntax::SyntaxConfig, value::Kwargs};
use minijinja_contrib::pycompat::unknown_method_callback;

/// Instructions that a template may take.
const FUEL: u64 = 100_000;
/// Longest template.
const MAX_BYTES: usize = 64 * 1024;
/// Stands for the text that is asked about while the template is rendered.
const PLACE: &str = "\u{10fff0}text\u{10fff1}";

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
    Place,
}

/// A model's chat template, and the names that it may use.
#[derive(Debug, Clone, Copy)]
pub struct ChatTemplate<'a> {
    pub source: &'a str,
    /// Spelling of the token that begins a text, `bos_token`.
    pub begin: &'a str,
    /// Spelling of the token that ends one, `eos_token`.
    pub end: &'a str,
}

impl ChatTemplate<'_> {
    /// What comes before and behind a text about which `instruction` asks something, up to where the answer begins. The text
    /// itself is never part of what is rendered: whatever it says, it can be made into tokens as text alone.
    pub fn around(&self, instruction: &str) -> Result<(String, String), TemplateError> {
        if self.source.len() > MAX_BYTES {
            return Err(TemplateError::TooLong(self.source.len()));
        }
        let mut environment = Environment::new();
        // As Transformers renders them.
        environment.set_syntax(SyntaxConfig::builder().trim_blocks(true).lstrip_blocks(true).build()?);
        environment.set_fuel(Some(FUEL));
        environment.set_unknown_method_callback(unknown_method_callback);
        let refuse = |message: String| Err::<String, _>(Error::new(ErrorKind::InvalidOperation, message));
        environment.add_function("raise_exception", refuse);
        // Some templates date their system message; an answer must not depend on the day.
        environment.add_function("strftime_now", |_: String, _: Kwargs| String::new());
        let message = format!("{instruction}\n\n{PLACE}");
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
        match rendered.split_once(PLACE) {
            Some((before, after)) if !after.contains(PLACE) => Ok((before.to_owned(), after.to_owned())),
            _ => Err(TemplateError::Place),
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
    fn the_text_has_its_place_in_the_users_message() {
        let source = "{{ bos_token }}{% for message in messages %}\n{% if message['role'] == 'user' %}\n\
                      [{{ message.content.strip() }}]{% endif %}{% endfor %}{% if add_generation_prompt %}>{% endif %}";
        assert_eq!(around(source).unwrap(), ("<s>[Sum up.\n\n".to_owned(), "]>".to_owned()));
    }

    #[test]
    fn what_loses_or_doubles_the_text_is_refused() {
        assert!(matches!(around("{{ messages[0].role }}"), Err(TemplateError::Place)));
        let twice = "{{ messages[0].content }}{{ messages[0].content }}";
        assert!(matches!(around(twice), Err(TemplateError::Place)));
    }

    #[test]
    fn templates_that_fail_or_do_not_end_are_refused() {
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
