mod forgetting;
mod last_administrator;
mod lists;
mod members;
mod permissions;
mod register;
mod sealed;

use chrono::{DateTime, Utc};
use kvitt_primitives::{Country, MerchantId, Msn, NationalId, PhoneNumber, UserId};
use kvitt_runtime::{Caller, Principal, wall_now};
use kvitt_testing::TestDatabase;
use uuid::Uuid;

use super::*;
use crate::{
    app::tests::{OPERATOR, fixture, fresh_msn, people::audited_of},
    domain::{
        membership::{Membership, Role, UnitGrant},
        person::{Identification, Person, PersonName},
    },
    error::Error,
    store::{memberships::Member, units},
};

/// A merchant with three units, and an Administrator.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) database: TestDatabase,
    pub(crate) merchant_id: MerchantId,
    pub(crate) msns: Vec<Msn>,
    pub(crate) administrator: Caller,
}

/// Somebody whom nobody has seen before.
pub(crate) fn somebody(country: Country, name: &str) -> Person {
    // 80 years of days, and of each day the numbers that every country has.
    let chance = Uuid::new_v4().as_u128();
    let (year, month, day) = (1940 + (chance % 60) as i32, 1 + (chance >> 16) % 12, 1 + (chance >> 24) % 28);
    let serial = (chance >> 32) % 19;
    let national_id = NationalId::synthetic(country, year, month as u32, day as u32, serial as u32).unwrap();
    let number = match country {
        Country::No => format!("479{:07}", (chance >> 40) % 10_000_000),
        Country::Dk => format!("453{:07}", (chance >> 40) % 10_000_000),
        Country::Fi => format!("35850{:07}", (chance >> 40) % 10_000_000),
        Country::Se => format!("4670{:07}", (chance >> 40) % 10_000_000),
    };
    let phone_number = Some(PhoneNumber::of_country(&number, country).unwrap());
    Person { national_id, phone_number, name: PersonName::try_new(name.to_owned()).unwrap() }
}

pub(crate) fn by_national_id(person: &Person) -> Identification {
    Identification::NationalId(person.national_id.clone())
}

pub(crate) fn by_phone(person: &Person) -> Identification {
    let country = person.national_id.country();
    Identification::by_phone(country, person.phone_number.as_ref().unwrap().as_str()).unwrap()
}

pub(crate) fn user_of(caller: &Caller) -> UserId {
    match caller.principal {
        Principal::User(user_id) => user_id,
        Principal::Client(_) | Principal::Service(_) => panic!("not a user"),
    }
}

fn caller_of(user_id: UserId) -> Caller {
    Caller { principal: Principal::User(user_id), via: None }
}

fn now() -> DateTime<Utc> {
    wall_now()
}

impl Stage {
    pub(crate) async fn set() -> Self {
        let (app, database) = fixture().await;
        let merchant_id = MerchantId::from_uuid(Uuid::new_v4());
        let msns = vec![fresh_msn(), fresh_msn(), fresh_msn()];
        let administrator = OPERATOR;
        let mut stage = Self { app, database, merchant_id, msns, administrator };
        let mut connection = stage.database.pool().acquire().await.unwrap();
        for msn in &stage.msns {
            units::insert(&mut connection, msn, merchant_id).await.unwrap();
        }
        drop(connection);
        stage.administrator = stage.newcomer(Country::No, "Anne Admin", stage.administrator_part()).await;
        stage
    }

    pub(crate) fn administrator_part(&self) -> Membership {
        Membership::administrator(self.merchant_id)
    }

    /// The part of an Assistant of the first so many units, without grants.
    pub(crate) fn assistant(&self, units: usize) -> Membership {
        self.part(Role::Assistant, units, false)
    }

    pub(crate) fn part(&self, role: Role, units: usize, developer: bool) -> Membership {
        let unit = |msn: &Msn| UnitGrant { msn: msn.clone(), transaction_management: false, developer };
        let units = self.msns.iter().take(units).map(unit).collect();
        Membership::try_new(self.merchant_id, role, units).unwrap()
    }

    /// Somebody new with this part, as a caller. The operator added them.
    pub(crate) async fn newcomer(&self, country: Country, name: &str, part: Membership) -> Caller {
        let person = somebody(country, name);
        self.register(&person).await.unwrap();
        let member = self.add(&OPERATOR, by_national_id(&person), part).await.unwrap();
        caller_of(member.user.user_id)
    }

    pub(crate) async fn register(&self, person: &Person) -> Result<(), Error> {
        register_person(&self.app, &OPERATOR, person).await
    }

    pub(crate) async fn add(
        &self,
        caller: &Caller,
        person: Identification,
        membership: Membership,
    ) -> Result<Member, Error> {
        add_user(&self.app, caller, &AddUser { person, membership }, now()).await
    }

    async fn change(&self, caller: &Caller, user: &Caller, part: &Membership) -> Result<Member, Error> {
        set_membership(&self.app, caller, (user_of(user), part), now()).await
    }

    pub(crate) async fn remove(&self, caller: &Caller, user: &Caller) -> Result<(), Error> {
        remove_user(&self.app, caller, (self.merchant_id, user_of(user)), now()).await
    }

    async fn part_of(&self, user: &Caller) -> Option<Membership> {
        let parts = get_memberships(&self.app, user_of(user)).await.unwrap().value;
        parts.into_iter().find(|part| part.merchant_id() == self.merchant_id)
    }

    /// What the audit log holds of a user.
    async fn told_of(&self, user: &Caller) -> Vec<String> {
        audited_of(&self.app, format!("user:{}", user_of(user))).await
    }

    async fn revision_of(&self, user: &Caller) -> i64 {
        let select = "SELECT changed_revision FROM users WHERE user_id = $1";
        let query = sqlx::query_scalar(select).bind(user_of(user).as_uuid());
        query.fetch_one(self.database.pool()).await.unwrap()
    }
}
