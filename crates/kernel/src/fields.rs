use crate::{Phone, Problem, STATES, Zip};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

/// One field that breaks a rule. `field` is the documented name; the message goes after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldError {
    pub field: Cow<'static, str>,
    pub message: String,
}

impl FieldError {
    pub const REQUIRED: &str = "is required";

    pub fn new(field: impl Into<Cow<'static, str>>, message: impl Into<String>) -> FieldError {
        FieldError { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.field, self.message)
    }
}

/// Checks a form field by field and keeps every error, in browser and server alike.
/// A check returns an empty value when it fails; `finish` tells whether any did.
#[derive(Debug, Default)]
pub struct Fields {
    errors: Vec<FieldError>,
}

impl Fields {
    pub fn reject(&mut self, field: &'static str, message: impl Into<String>) {
        self.errors.push(FieldError::new(field, message));
    }

    /// Trimmed text of at most `max` characters without control characters; blank is an error.
    pub fn text(&mut self, field: &'static str, value: Option<&str>, max: usize) -> String {
        self.optional_text(field, value, max).unwrap_or_else(|| {
            if !self.has(field) {
                self.reject(field, FieldError::REQUIRED);
            }
            String::new()
        })
    }

    /// As `text`, but blank is `None`.
    pub fn optional_text(&mut self, field: &'static str, value: Option<&str>, max: usize) -> Option<String> {
        let value = value?.trim();
        if value.chars().count() > max {
            self.reject(field, format!("must be at most {max} characters"));
            return None;
        }
        if value.chars().any(|c| c.is_control() && !matches!(c, '\n' | '\r' | '\t')) {
            self.reject(field, "contains characters that cannot be shown");
            return None;
        }
        (!value.is_empty()).then(|| value.to_owned())
    }

    pub fn phone(&mut self, field: &'static str, value: Option<&str>) -> Option<Phone> {
        let text = self.text(field, value, 40);
        self.parsed(field, &text, Phone::parse, "must be a phone number of 10 digits")
    }

    pub fn zip(&mut self, field: &'static str, value: Option<&str>) -> Option<Zip> {
        let text = self.text(field, value, 40);
        self.parsed(field, &text, Zip::parse, "must be a ZIP code of 5 digits")
    }

    /// Lower-cased.
    pub fn optional_email(&mut self, field: &'static str, value: Option<&str>) -> Option<String> {
        let text = self.optional_text(field, value, 254)?;
        let valid = |t: &str| {
            let dotted = t.rsplit_once('@').is_some_and(|(_, domain)| domain.contains('.'));
            (dotted && email_address::EmailAddress::from_str(t).is_ok() && !t.contains(['<', '"'])).then(|| t.to_lowercase())
        };
        self.parsed(field, &text, valid, "must be an e-mail address like name@example.com")
    }

    pub fn email(&mut self, field: &'static str, value: Option<&str>) -> String {
        let email = self.optional_email(field, value);
        self.required(field, email).unwrap_or_default()
    }

    /// A two-letter state, in capitals.
    pub fn optional_state(&mut self, field: &'static str, value: Option<&str>) -> Option<String> {
        let text = self.optional_text(field, value, 40)?;
        let known = |t: &str| STATES.iter().find(|s| s.eq_ignore_ascii_case(t)).map(|s| (*s).to_owned());
        self.parsed(field, &text, known, "must be a two-letter US state like CA")
    }

    /// A value of a `text_enum!`; the error lists what is allowed.
    pub fn choice<T: FromStr<Err = String>>(&mut self, field: &'static str, value: Option<&str>) -> Option<T> {
        let text = self.text(field, value, 60);
        if text.is_empty() {
            return None;
        }
        text.parse().map_err(|message| self.reject(field, message)).ok()
    }

    /// Says that the field is required unless it has a value or an error already.
    pub fn required<T>(&mut self, field: &'static str, value: Option<T>) -> Option<T> {
        if value.is_none() && !self.has(field) {
            self.reject(field, FieldError::REQUIRED);
        }
        value
    }

    pub fn has(&self, field: &str) -> bool {
        self.errors.iter().any(|e| e.field == field)
    }

    /// Errors: `Invalid` with every field that was rejected.
    pub fn finish(self) -> Result<(), Problem> {
        if self.errors.is_empty() { Ok(()) } else { Err(Problem::Invalid(self.errors)) }
    }

    /// The value when every check passed. Errors: `Invalid`.
    pub fn finish_with<T>(self, value: Option<T>) -> Result<T, Problem> {
        self.finish()?;
        value.ok_or_else(|| Problem::Invalid(Vec::new()))
    }

    fn parsed<T>(&mut self, field: &'static str, text: &str, parse: impl Fn(&str) -> Option<T>, message: &str) -> Option<T> {
        if text.is_empty() {
            return None;
        }
        let value = parse(text);
        if value.is_none() {
            self.reject(field, message);
        }
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_is_kept_and_named() {
        let mut fields = Fields::default();
        fields.text("a", None, 5);
        fields.text("b", Some("too long"), 5);
        fields.phone("c", Some("12"));
        fields.zip("d", Some("9021"));
        fields.email("e", Some("nobody"));
        fields.optional_state("f", Some("XX"));
        fields.text("g", Some("a\u{0}b"), 9);
        let Err(Problem::Invalid(errors)) = fields.finish() else { panic!("must be rejected") };
        let names: Vec<&str> = errors.iter().map(|e| e.field.as_ref()).collect();
        assert_eq!(names, ["a", "b", "c", "d", "e", "f", "g"]);
    }

    #[test]
    fn good_values_come_out_clean() {
        let mut fields = Fields::default();
        assert_eq!(fields.text("a", Some("  John "), 10), "John");
        assert_eq!(fields.email("e", Some("John@Example.com")), "john@example.com");
        assert_eq!(fields.optional_state("s", Some("ca")), Some("CA".into()));
        assert_eq!(fields.optional_email("x", Some("  ")), None);
        assert!(fields.finish().is_ok());
    }
}
