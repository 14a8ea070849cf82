//! What is wrong with a source, and where.

use std::ops::Range;

/// A mistake of an author in the use of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// Bytes of the author's source.
    pub(crate) span: Range<usize>,
    pub(crate) message: String,
    /// What may be done about it.
    pub(crate) help: Option<&'static str>,
}

impl Complaint {
    /// A mistake at some bytes of the source.
    pub(crate) fn new(span: Range<usize>, message: impl Into<String>) -> Self {
        Self { span, message: message.into(), help: None }
    }

    /// The same with advice.
    pub(crate) fn help(self, help: &'static str) -> Self {
        Self { help: Some(help), ..self }
    }
}
