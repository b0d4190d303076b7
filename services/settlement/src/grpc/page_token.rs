//! Tokens of pages that are not of a stream, which have cursors (`domain::cursor`). A token says where a list goes on, and of
//! which list it is. Nothing is decided by it but that, so it need not be secret; a checksum tells those that were never given
//! out.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use xxhash_rust::xxh3::xxh3_64;

/// A longer one was never given out.
const MOST_TOKEN: usize = 200;

/// Which list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum List {
    Ledgers,
    Payouts,
    Transactions,
    Mails,
}

/// The token of a place in a list.
pub(super) fn seal(list: List, place: &str) -> String {
    let mut bytes = vec![number(list)];
    bytes.extend_from_slice(place.as_bytes());
    bytes.extend_from_slice(&xxh3_64(&bytes).to_be_bytes());
    URL_SAFE_NO_PAD.encode(bytes)
}

/// The place; `None` for whatever is no token of this list.
pub(super) fn open(list: List, token: &str) -> Option<String> {
    let bytes = URL_SAFE_NO_PAD.decode(Some(token).filter(|token| token.len() <= MOST_TOKEN)?).ok()?;
    let (sealed, checksum) = bytes.split_last_chunk::<8>()?;
    let place = sealed.strip_prefix(&[number(list)])?;
    if xxh3_64(sealed).to_be_bytes() != *checksum {
        return None;
    }
    String::from_utf8(place.to_vec()).ok()
}

/// Beyond the numbers with which cursors of streams begin.
fn number(list: List) -> u8 {
    match list {
        List::Ledgers => 101,
        List::Payouts => 102,
        List::Transactions => 103,
        List::Mails => 104,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_for_its_own_list_and_whatever_was_not_given_out_is_refused() {
        let token = seal(List::Payouts, "2000007");
        assert_eq!(open(List::Payouts, &token).as_deref(), Some("2000007"));
        assert_eq!(open(List::Ledgers, &token), None);
        let longer = seal(List::Payouts, &"7".repeat(200));
        for forged in ["", "x", "!", &token[1..], &token.replace('A', "B"), &format!("{token}A"), &longer] {
            assert_eq!(open(List::Payouts, forged), None, "{forged:.20}");
        }
    }
}
