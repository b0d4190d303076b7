//! Userinfo.

use super::{
    callers::Calls,
    operation::{Api, Operation},
    refusals::Dialect,
};
use crate::userinfo::json::Userinfo;

pub(super) const NAME: &str = "Userinfo";

pub(super) fn operations() -> Vec<Operation> {
    let api = Api { name: NAME, dialect: Dialect::Problem, calls: Calls::ForUnitByToken };
    vec![
        api.get("/vipps-userinfo-api/userinfo/{sub}", "getUserinfo")
            .says(
                "What a payer shares",
                "The claims of the scopes that the payer consented to. After seven days their values are gone.",
            )
            .answers::<Userinfo>(200, "The claims.")
            .refuses(&[400, 404]),
    ]
}
