use crate::{FieldError, Problem};
use std::borrow::Cow;

/// Compares what somebody saw when they began to edit with what is there when they save, so that nobody
/// overwrites what they have not seen.
///
/// ```
/// let mut changes = kernel::Changes::default();
/// changes.compare("weight", "1", "2");
/// assert!(matches!(changes.finish(), Err(kernel::Problem::Changed(fields)) if fields[0].message == "is now 2"));
/// ```
#[derive(Debug, Default)]
pub struct Changes {
    fields: Vec<FieldError>,
}

impl Changes {
    /// Notes the field when it is not what was seen.
    pub fn compare(&mut self, field: impl Into<Cow<'static, str>>, seen: &str, now: &str) {
        self.compare_as(field, seen, now, now);
    }

    /// As `compare`, for a value that has other words for people.
    pub fn compare_as(&mut self, field: impl Into<Cow<'static, str>>, seen: &str, now: &str, words: &str) {
        // A form sends other line ends than it was given.
        let text = |text: &str| text.trim().replace("\r\n", "\n");
        if text(seen) != text(now) {
            let words = if words.trim().is_empty() { "empty" } else { words };
            self.fields.push(FieldError::new(field, format!("is now {words}")));
        }
    }

    /// Errors: `Changed` with every field that differs and what it holds now.
    pub fn finish(self) -> Result<(), Problem> {
        if self.fields.is_empty() { Ok(()) } else { Err(Problem::Changed(self.fields)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_cannot_see_is_no_difference() {
        let mut changes = Changes::default();
        changes.compare("notes", " Called them\r\nTwice ", "Called them\nTwice");
        assert!(changes.finish().is_ok());
        let mut changes = Changes::default();
        changes.compare("notes", "Called them", " ");
        assert!(matches!(changes.finish(), Err(Problem::Changed(fields)) if fields[0].message == "is now empty"));
    }
}
