//! Where a merchant sells: a web site, its terms, and where it can be tried.

use kvitt_primitives::{Invalid, Name};

use crate::domain::Website;

/// A web site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Site {
    pub(crate) url: Website,
    pub(crate) terms_url: Website,
    pub(crate) test: Option<TestSite>,
}

/// Where it can be tried. The password is nowhere kept: only that there is one, so that the back office asks for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TestSite {
    pub(crate) url: Website,
    pub(crate) username: Option<Name<100>>,
    pub(crate) has_password: bool,
}

/// The texts a site is made of, each empty when it is not given.
#[derive(Debug, Clone, Default)]
pub(crate) struct SiteParts {
    pub(crate) url: String,
    pub(crate) terms_url: String,
    pub(crate) test_url: String,
    pub(crate) test_username: String,
    pub(crate) has_test_password: bool,
}

const REQUIRED: Invalid = Invalid { rule: "is required with the rest of the web site" };

impl Site {
    /// The site, none when nothing of it is given, or every part that is broken: its name on the wire, and the rule.
    pub(crate) fn try_new(parts: SiteParts) -> Result<Option<Self>, Vec<(&'static str, Invalid)>> {
        let SiteParts { url, terms_url, test_url, test_username, has_test_password } = parts;
        let has_test = has_test_password || !test_username.is_empty() || !test_url.is_empty();
        if url.is_empty() && terms_url.is_empty() && !has_test {
            return Ok(None);
        }
        let mut broken = Vec::new();
        let mut keep = |field, text: String| {
            let made = if text.is_empty() { Err(REQUIRED) } else { Website::try_new(text) };
            made.map_err(|invalid| broken.push((field, invalid))).ok()
        };
        let url = keep("websiteUrl", url);
        let terms_url = keep("websiteTermsUrl", terms_url);
        let test_url = if has_test { keep("testWebsiteUrl", test_url) } else { None };
        let username = match test_username.as_str() {
            "" => None,
            _ => Name::try_new(test_username)
                .map_err(|invalid| broken.push(("testWebsiteUsername", invalid)))
                .ok(),
        };
        match (url, terms_url) {
            (Some(url), Some(terms_url)) if broken.is_empty() => {
                let test = test_url.map(|url| TestSite { url, username, has_password: has_test_password });
                Ok(Some(Self { url, terms_url, test }))
            }
            _ => Err(broken),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts() -> SiteParts {
        SiteParts {
            url: "https://shop.example".to_owned(),
            terms_url: "https://shop.example/terms".to_owned(),
            ..SiteParts::default()
        }
    }

    #[test]
    fn a_site_is_whole_or_absent() {
        assert_eq!(Site::try_new(SiteParts::default()).unwrap(), None);
        assert_eq!(Site::try_new(parts()).unwrap().unwrap().test, None);
        let broken = |parts| -> Vec<&'static str> {
            Site::try_new(parts).unwrap_err().into_iter().map(|(field, _)| field).collect()
        };
        let http = "http://shop.example".to_owned();
        assert_eq!(broken(SiteParts { terms_url: String::new(), ..parts() }), ["websiteTermsUrl"]);
        assert_eq!(broken(SiteParts { url: http.clone(), ..parts() }), ["websiteUrl"]);
        assert_eq!(broken(SiteParts { test_username: "kari".to_owned(), ..parts() }), ["testWebsiteUrl"]);
        let all = SiteParts {
            url: http.clone(),
            terms_url: http.clone(),
            test_url: http,
            test_username: "a\0".to_owned(),
            has_test_password: true,
        };
        assert_eq!(broken(all), ["websiteUrl", "websiteTermsUrl", "testWebsiteUrl", "testWebsiteUsername"]);
    }

    #[test]
    fn of_a_password_only_its_being_there_is_known() {
        let given = SiteParts {
            test_url: "https://test.shop.example".to_owned(),
            has_test_password: true,
            ..parts()
        };
        assert!(Site::try_new(given).unwrap().unwrap().test.unwrap().has_password);
    }
}
