//! What codes hold, and where their pictures are.

/// The beginnings of what this service hands out.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// What a printed code holds, up to the code.
    pub(crate) code_url: String,
    /// The address of a picture, up to the name of its file.
    pub(crate) image_url: String,
    /// The page of a payment link, up to its token.
    pub(crate) link_url: String,
}
