//! Who calls: what a call has to show, and how it is refused when it does not.

use kvitt_primitives::Msn;
use utoipa::openapi::{
    Required,
    path::{Parameter, ParameterBuilder, ParameterIn},
    security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityRequirement, SecurityScheme},
};

use super::words::{pattern, text};

const TOKEN: &str = "accessToken";

const SUBSCRIPTION: &str = "subscriptionKey";

const CLIENT_ID: &str = "clientId";

const CLIENT_SECRET: &str = "clientSecret";

const BASIC: &str = "basic";

/// What is said of the header that names the sales unit.
const OF_ONE: &str = "The sales unit that is acted for. Keys of one sales unit may leave it out.";

const OF_NAMED: &str = "The sales unit that is acted for. Every call names it.";

const OF_ALL: &str = "The sales unit that is acted for. Keys of one sales unit may leave it out; a partner's keys that leave \
    it out mean all units that are linked to the partner, now and later.";

/// What a call shows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Calls {
    /// Nothing.
    Openly,
    /// The keys themselves, in headers.
    WithKeys,
    /// The keys themselves, in `Authorization: Basic`.
    WithBasic,
    /// The keys themselves in headers, for a sales unit that another header names.
    WithKeysOfUnit,
    /// An access token and a subscription key, for a sales unit that a header names.
    ForUnit,
    /// The same, where every call has to name it.
    ForNamedUnit,
    /// The same, where a partner's keys may name none and mean all of theirs.
    ForUnitOrAll,
    /// An access token, for a sales unit that a header names.
    ForUnitByToken,
    /// An access token, and a subscription key where the keys have one.
    AsManager,
}

impl Calls {
    /// One of these sets has to be shown.
    pub(super) fn security(self) -> Vec<SecurityRequirement> {
        let all = |names: &[&str]| {
            names.iter().fold(SecurityRequirement::default(), |all, name| all.add(*name, [""; 0]))
        };
        match self {
            Self::Openly => Vec::new(),
            Self::WithKeys | Self::WithKeysOfUnit => vec![all(&[CLIENT_ID, CLIENT_SECRET, SUBSCRIPTION])],
            Self::WithBasic => vec![all(&[BASIC])],
            Self::ForUnit | Self::ForNamedUnit | Self::ForUnitOrAll => vec![all(&[TOKEN, SUBSCRIPTION])],
            Self::ForUnitByToken => vec![all(&[TOKEN])],
            Self::AsManager => vec![all(&[TOKEN]), all(&[TOKEN, SUBSCRIPTION])],
        }
    }

    /// What stands in headers beside that.
    pub(super) fn headers(self) -> Vec<Parameter> {
        match self {
            Self::ForUnit | Self::ForUnitByToken | Self::WithKeysOfUnit => {
                vec![sales_unit(Required::False, OF_ONE)]
            }
            Self::ForNamedUnit => vec![sales_unit(Required::True, OF_NAMED)],
            Self::ForUnitOrAll => vec![sales_unit(Required::False, OF_ALL)],
            Self::Openly | Self::WithKeys | Self::WithBasic | Self::AsManager => Vec::new(),
        }
    }

    /// The statuses of a call that does not show it.
    pub(super) fn refusals(self) -> &'static [u16] {
        match self {
            Self::Openly => &[],
            Self::WithKeys | Self::WithBasic => &[400, 401, 429],
            Self::ForNamedUnit => &[400, 401, 403, 429],
            Self::ForUnit
            | Self::ForUnitOrAll
            | Self::ForUnitByToken
            | Self::AsManager
            | Self::WithKeysOfUnit => &[401, 403, 429],
        }
    }
}

fn sales_unit(required: Required, says: &str) -> Parameter {
    let named = ParameterBuilder::new().name("Merchant-Serial-Number").parameter_in(ParameterIn::Header);
    let schema = text().pattern(Some(pattern(Msn::RULE)));
    named.required(required).schema(Some(schema)).description(Some(says)).build()
}

/// Everything that may have to be shown.
pub(super) fn schemes() -> Vec<(&'static str, SecurityScheme)> {
    let header =
        |name, says| SecurityScheme::ApiKey(ApiKey::Header(ApiKeyValue::with_description(name, says)));
    let token = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).bearer_format("JWT");
    let basic = HttpBuilder::new().scheme(HttpAuthScheme::Basic);
    let basic =
        basic.description(Some("The client_id and the client_secret of management or accounting keys."));
    vec![
        (TOKEN, SecurityScheme::Http(token.description(Some("From POST /accesstoken/get.")).build())),
        (BASIC, SecurityScheme::Http(basic.build())),
        (
            SUBSCRIPTION,
            header("Ocp-Apim-Subscription-Key", "Either of the two subscription keys of the keys."),
        ),
        (CLIENT_ID, header("client_id", "The keys' name.")),
        (CLIENT_SECRET, header("client_secret", "The keys' secret.")),
    ]
}
