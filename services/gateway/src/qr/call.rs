//! What the operations share: the merchant's id in the path, and lists that come in pages.

use axum::extract::{Path, rejection::PathRejection};
use kvitt_proto::{
    error::v1::Reason,
    refusal::{self, FieldViolation},
};
use tonic::Status;

/// An id in the path, perhaps not even text.
pub(super) type IdPath = Result<Path<String>, PathRejection>;

/// How many codes a page has.
pub(super) const PAGE_SIZE: i32 = 1000;

/// How many pages a list has at most: upstream's lists come whole, and an answer cannot be without end.
const MOST_PAGES: usize = 20;

/// The id of a code that should be there. What is no text is nobody's id.
pub(super) fn known_id(path: IdPath) -> Result<String, Status> {
    text_of(path).ok_or_else(|| refusal::status(Reason::NotFound, "There is no such code."))
}

/// The id of a code that is there or is to be, called `field` by the client.
pub(super) fn new_id(path: IdPath, field: &str) -> Result<String, Status> {
    let broken = || refusal::fields(vec![FieldViolation::new(field, "must be text in UTF-8")]);
    text_of(path).ok_or_else(broken)
}

/// PostgreSQL cannot hold the character NUL in a text.
fn text_of(path: IdPath) -> Option<String> {
    path.ok().map(|Path(id)| id).filter(|id| !id.contains('\0'))
}

/// Everything that stands on the pages of a list, which `page` gets by their tokens.
pub(super) async fn all_pages<T, F>(mut page: impl FnMut(String) -> F) -> Result<Vec<T>, Status>
where
    F: Future<Output = Result<(Vec<T>, String), Status>>,
{
    let (mut all, mut token) = (Vec::new(), String::new());
    for _ in 0..MOST_PAGES {
        let (found, next) = page(token).await?;
        all.extend(found);
        if next.is_empty() {
            break;
        }
        token = next;
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_list_is_every_page_up_to_a_limit() {
        let three = |token: String| async move {
            let number = token.parse().unwrap_or(0);
            let next = if number < 2 { (number + 1).to_string() } else { String::new() };
            Ok((vec![number], next))
        };
        assert_eq!(all_pages(three).await.unwrap(), [0, 1, 2]);
        let endless = |_| async { Ok((vec![()], "more".to_owned())) };
        assert_eq!(all_pages(endless).await.unwrap().len(), MOST_PAGES);
        let broken = |_| async { Err::<(Vec<()>, _), _>(refusal::status(Reason::Unavailable, "")) };
        assert!(all_pages(broken).await.is_err());
    }

    #[test]
    fn what_cannot_be_an_id_is_not_found_or_refused() {
        let path = |id: &str| Ok(Path(id.to_owned()));
        assert_eq!(known_id(path("æ 1")).unwrap(), "æ 1");
        assert_eq!(refusal::reason_of(&known_id(path("a\0")).unwrap_err()), Some(Reason::NotFound));
        let refused = new_id(path("a\0"), "merchantQrId").unwrap_err();
        assert_eq!(refusal::field_violations_of(&refused)[0].field, "merchantQrId");
    }
}
