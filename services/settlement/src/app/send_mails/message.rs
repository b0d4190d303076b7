//! A mail as mail servers read it (RFC 5322): a text, and the report beside it. Nothing of it depends on when it is written,
//! so every try sends the same, under the same Message-ID.

use lettre::{
    Message,
    message::{
        Attachment, Body, Mailbox, MultiPart, SinglePart,
        header::{ContentTransferEncoding, ContentType, HeaderName, HeaderValue},
    },
};

use super::{
    super::report::Wanted,
    words::{self, Report},
};
use crate::store::mails::Claimed;

/// Why a mail could not be written.
#[derive(Debug, thiserror::Error)]
pub(super) enum Error {
    #[error("an address is not as mail servers want it")]
    Address(#[from] lettre::address::AddressError),
    #[error("the mail cannot be written")]
    Write(#[from] lettre::error::Error),
    #[error("the type of the report is not one of mails")]
    MediaType,
}

/// The mail; without a report where that is too large.
pub(super) fn message(
    from: Mailbox,
    mail: &Claimed,
    wanted: &Wanted,
    report: Option<Vec<u8>>,
) -> Result<Vec<u8>, Error> {
    let id = mail.mail_id;
    let message_id = format!("<{id}@{}>", from.email.domain());
    let mut builder = Message::builder()
        .message_id(Some(message_id))
        .date(mail.made_at.into())
        .from(from)
        .subject(&mail.subject)
        // Nobody's absence is to be answered to it (RFC 3834).
        .raw_header(HeaderValue::new(
            HeaderName::new_from_ascii_str("Auto-Submitted"),
            "auto-generated".into(),
        ));
    for email in &mail.emails {
        builder = builder.to(Mailbox::new(None, email.as_str().parse()?));
    }
    let said = if report.is_some() { Report::Attached } else { Report::TooLarge };
    let text = SinglePart::plain(words::text(mail.language, &mail.subject, said));
    let parts = MultiPart::mixed().boundary(format!("kvitt-{id}")).singlepart(text);
    let parts = match report {
        Some(report) => parts.singlepart(attachment(wanted, report)?),
        None => parts,
    };
    Ok(builder.multipart(parts)?.formatted())
}

/// The report, byte for byte.
fn attachment(wanted: &Wanted, report: Vec<u8>) -> Result<SinglePart, Error> {
    let media_type = ContentType::parse(wanted.format.media_type()).map_err(|_| Error::MediaType)?;
    let body = Body::new_with_encoding(report, ContentTransferEncoding::Base64);
    // Everything can be written so; who is asked for it by name may refuse texts with long lines.
    let body = body.map_err(|_| Error::MediaType)?;
    Ok(Attachment::new(wanted.file_name()).body(body, media_type))
}
