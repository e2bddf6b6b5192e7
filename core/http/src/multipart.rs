//! Takes a `multipart/form-data` body apart.

use axum::http::header::{CONTENT_TYPE, HeaderMap};
use bytes::Bytes;
use errand_pipeline::enclose::File;

use crate::error::Error;

/// How many parts a form may have.
const MAX_PARTS: usize = 1_000;

/// A form.
#[derive(Debug, Default)]
pub(crate) struct Form {
    /// The fields that are text.
    pub(crate) fields: Vec<(String, String)>,
    /// The files.
    pub(crate) files: Vec<Upload>,
}

/// A file of a form.
#[derive(Debug)]
pub(crate) struct Upload {
    /// The name of its field.
    pub(crate) field: String,
    /// What the file is called; its field, where it has no name.
    pub(crate) name: String,
    content_type: Option<String>,
    pub(crate) content: Bytes,
}

impl Upload {
    /// As the pipeline takes it.
    pub(crate) fn as_file(&self) -> File<'_> {
        File {
            name: &self.name,
            content_type: self.content_type.as_deref(),
            content: &self.content,
        }
    }
}

/// Reads a form out of a body whose size is bounded already.
pub(crate) async fn read(headers: &HeaderMap, body: Bytes) -> Result<Form, Error> {
    let content_type = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let boundary = multer::parse_boundary(content_type.unwrap_or_default())
        .map_err(|_| Error::bad_request("the body has to be multipart/form-data with a boundary"))?;
    let stream = futures_util::stream::once(std::future::ready(Ok::<_, std::convert::Infallible>(body)));
    let mut parts = multer::Multipart::new(stream, boundary);
    let mut form = Form::default();
    for _ in 0..MAX_PARTS {
        let Some(part) = parts.next_field().await.map_err(|error| unreadable(&error))? else {
            return Ok(form);
        };
        let field = part.name().unwrap_or_default().to_owned();
        let file_name = part.file_name().map(str::to_owned);
        let content_type = part.content_type().map(ToString::to_string);
        let content = part.bytes().await.map_err(|error| unreadable(&error))?;
        match file_name {
            Some(name) => form.files.push(Upload {
                name: if name.is_empty() { field.clone() } else { name },
                field,
                content_type,
                content,
            }),
            None => {
                let text = String::from_utf8_lossy(&content).into_owned();
                form.fields.push((field, text));
            }
        }
    }
    Err(Error::bad_request("the form has too many parts")
        .with_causes(vec![format!("at most {MAX_PARTS} are taken")]))
}

fn unreadable(error: &multer::Error) -> Error {
    Error::bad_request("the form cannot be read").with_causes(vec![error.to_string()])
}
