//! Reads forms with files on the server.

use crate::errors::{AppError, ErrorKind};
use crate::session::ctx;
use kernel::{FieldError, Problem};
use leads::evidence::{MOST_FILES, Upload};
use leptos::server_fn::codec::MultipartData;
use platform::files::Incoming;
use std::collections::HashMap;

/// The most bytes of a field that is no file.
const MOST_TEXT: usize = 64 * 1024;

/// What a form brought.
pub struct Form {
    fields: HashMap<String, String>,
    pub files: Vec<Upload>,
}

impl Form {
    /// A field's text, once.
    pub fn take(&mut self, name: &str) -> Option<String> {
        self.fields.remove(name)
    }
}

/// Reads a form to its end, so that the answer arrives; keeps its files if `keep`, for who may send some. Errors: `Invalid` (`files`) for files that
/// are too large, too many, or of a kind that is not taken; for a form that breaks off or is too large.
pub async fn read(data: MultipartData, keep: bool) -> Result<Form, AppError> {
    let ctx = ctx()?;
    let broken =
        || AppError::from(Problem::Malformed("The files did not arrive whole, or are more than 50 MB together. Please try again.".into()));
    let mut parts = data.into_inner().ok_or_else(|| AppError::new(ErrorKind::Internal, crate::text::OUR_FAULT))?;
    let mut form = Form { fields: HashMap::new(), files: Vec::new() };
    let mut errors = Vec::new();
    let mut refuse = |message: String| {
        if errors.is_empty() {
            errors.push(FieldError::new("files", message));
        }
    };
    while let Some(mut part) = parts.next_field().await.map_err(|_| broken())? {
        let Some(name) = part.file_name().map(ToOwned::to_owned) else {
            let (field, mut text) = (part.name().unwrap_or_default().to_owned(), Vec::new());
            while let Some(bytes) = part.chunk().await.map_err(|_| broken())? {
                if text.len() + bytes.len() <= MOST_TEXT {
                    text.extend(bytes);
                }
            }
            form.fields.insert(field, String::from_utf8_lossy(&text).into_owned());
            continue;
        };
        let mut incoming = if keep && form.files.len() < MOST_FILES { Some(Incoming::begin(&ctx).await?) } else { None };
        let mut is_empty = true;
        while let Some(bytes) = part.chunk().await.map_err(|_| broken())? {
            is_empty &= bytes.is_empty();
            if let Some(file) = &mut incoming {
                match file.write(&bytes).await {
                    Ok(()) => {}
                    Err(Problem::TooLarge { .. }) => {
                        refuse(format!("must be 10 MB or less each; {name} is larger"));
                        incoming = None;
                    }
                    Err(problem) => return Err(problem.into()),
                }
            }
        }
        match incoming {
            // A field that was left empty sends a file without a name.
            _ if is_empty || !keep => {}
            None => refuse(format!("may be {MOST_FILES} at most")),
            Some(file) => match file.keep().await? {
                Some(stored) => form.files.push(Upload { name, stored }),
                None => refuse(format!("must be photos, PDFs, videos (MP4) or recordings (M4A); {name} is none of these")),
            },
        }
    }
    if errors.is_empty() { Ok(form) } else { Err(Problem::Invalid(errors).into()) }
}
