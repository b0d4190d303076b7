//! How calls to the APIs went.

use utoipa::openapi::{KnownFormat, SchemaFormat, schema::Type};

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
    words::{kinds, text},
};
use crate::dashboard::json::Dashboard;

pub(super) const NAME: &str = "Dashboard";

kinds! {
    /// A day in UTC.
    Date as "Date" = text().format(Some(SchemaFormat::KnownFormat(KnownFormat::Date)));
}

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnit };
    let days = utoipa::openapi::ObjectBuilder::new().schema_type(Type::Integer);
    let days = days.minimum(Some(1)).maximum(Some(30));
    vec![
        api.get("/kvitt/v1/dashboard", "getDashboard")
            .says(
                "How the unit's calls went",
                "By day and API: how many, how many of them were refused and why, and the slowest. With the newest errors, \
                    and the registrations of webhooks that ended because nobody answered. A call is here seconds after it \
                    was answered.",
            )
            .query("days", days, "How many days back from today; 30 where it is left out.")
            .answers::<Dashboard>(200, "The dashboard."),
    ]
}
