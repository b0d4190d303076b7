//! Upstream's lists have no pages; those of the services behind have.

use kvitt_proto::{error::v1::Reason, refusal};
use tonic::Status;

/// Pages that one answer may gather: of 100 items at least, so 100,000 of them.
const MAX_PAGES: usize = 1_000;

/// Everything that the pages hold. `page` is asked for a page by its token, and answers it with the token of the next.
pub(super) async fn gather<T, F>(mut page: impl FnMut(String) -> F) -> Result<Vec<T>, Status>
where
    F: Future<Output = Result<(Vec<T>, String), Status>>,
{
    let (mut all, mut token) = (Vec::new(), String::new());
    for _ in 0..MAX_PAGES {
        let (items, next_page_token) = page(token).await?;
        all.extend(items);
        if next_page_token.is_empty() {
            return Ok(all);
        }
        token = next_page_token;
    }
    Err(refusal::status(Reason::Internal, format!("the list has more than {MAX_PAGES} pages")))
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn page(token: String, last: usize) -> Result<(Vec<usize>, String), Status> {
        let number = if token.is_empty() { 1 } else { token.parse().unwrap() };
        let next = if number == last { String::new() } else { (number + 1).to_string() };
        Ok((vec![number], next))
    }

    #[tokio::test]
    async fn pages_are_walked_to_the_last_one_and_no_further_than_the_limit() {
        assert_eq!(gather(|token| page(token, 3)).await.unwrap(), [1, 2, 3]);
        assert_eq!(gather(|token| page(token, MAX_PAGES)).await.unwrap().len(), MAX_PAGES);
        let refused = gather(|token| page(token, MAX_PAGES + 1)).await.unwrap_err();
        assert_eq!(refusal::reason_of(&refused), Some(Reason::Internal));
        let failing = |_| async { Err::<(Vec<()>, String), _>(Status::unavailable("")) };
        assert!(gather(failing).await.is_err());
    }
}
