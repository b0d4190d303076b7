//! Seeds who works with the merchants: the partner, keys that are not a sales unit's, and the users of the portal.

use kvitt_proto::{
    access::v1::{
        AddUserRequest, CreateCredentialsRequest, KeyKind, KeyOwner, ListUsersRequest, Membership,
        PersonIdentification, RegisterPersonRequest, Role, SetAccountingGrantRequest, UnitGrant, User,
        credential_service_client::CredentialServiceClient, key_service_client::KeyServiceClient,
        person_identification::By, user_service_client::UserServiceClient,
    },
    merchant::v1::{CreatePartnerRequest, Partner, partner_service_client::PartnerServiceClient},
};
use kvitt_runtime::{Mesh, PeerChannel, RunError};
use tonic::{Code, Status};

use super::there;
use crate::{
    Addresses,
    demo::{Demo, KeyPlan, MERCHANTS, OwnedKeys, PARTNER, Part, USERS, UserPlan},
};

/// The partner, which has to be there before the units that are linked to it.
pub(super) async fn partner(mesh: &Mesh, addresses: &Addresses) -> Result<(), RunError> {
    let mut client = PartnerServiceClient::new(mesh.peer(&format!("http://{}", addresses.merchant))?);
    let partner = Partner { partner_id: PARTNER.id.to_owned(), name: PARTNER.name.to_owned() };
    there(client.create_partner(CreatePartnerRequest { partner: Some(partner) }).await, PARTNER.name)?;
    Ok(())
}

/// Keys that are not a sales unit's.
pub(super) async fn keys(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    let mut client = CredentialServiceClient::new(mesh.peer(&format!("http://{}", addresses.access))?);
    for OwnedKeys { plan, keys } in &demo.keys {
        // Tokens of the others are used without a subscription key, so they have none.
        let with_subscription = matches!(plan.kind, KeyKind::Partner | KeyKind::Psp);
        let subscription = |key: &str| if with_subscription { key.to_owned() } else { String::new() };
        let request = CreateCredentialsRequest {
            client_id: keys.client_id.clone(),
            client_secret: keys.client_secret.clone(),
            primary_subscription_key: subscription(&keys.primary),
            secondary_subscription_key: subscription(&keys.secondary),
            msn: String::new(),
            kind: plan.kind.into(),
            owner: Some(owner(plan)),
        };
        there(client.create_credentials(request).await, plan.name)?;
    }
    Ok(())
}

fn owner(plan: &KeyPlan) -> KeyOwner {
    let of_partner = matches!(plan.kind, KeyKind::Partner | KeyKind::Management) && plan.merchant.is_none();
    KeyOwner {
        msn: String::new(),
        merchant_id: plan.merchant.map(|merchant| merchant.id.to_owned()).unwrap_or_default(),
        partner_id: if of_partner { PARTNER.id.to_owned() } else { String::new() },
        name: plan.owner.to_owned(),
    }
}

/// The users of the portal, and which reports an accountant may read; access has to know the units, by their keys. Once,
/// and not again where somebody has changed who may do what: the Administrator of the first merchant comes last, and
/// where there is one, everybody else has been there.
pub(super) async fn users(mesh: &Mesh, addresses: &Addresses, demo: &Demo) -> Result<(), RunError> {
    if !cfg!(feature = "sandbox") {
        // Nobody is in the national register that only the sandbox has.
        return Ok(());
    }
    let access = mesh.peer(&format!("http://{}", addresses.access))?;
    let mut client = UserServiceClient::new(access.clone());
    let first = ListUsersRequest { merchant_id: MERCHANTS[0].id.to_owned(), ..Default::default() };
    let known = client.list_users(first).await?.into_inner().users;
    let is_administrator =
        |user: &User| user.membership.as_ref().is_some_and(|part| part.role() == Role::Administrator);
    if known.iter().any(is_administrator) {
        return Ok(());
    }
    reports(KeyServiceClient::new(access), demo).await?;
    for user in USERS.iter().rev() {
        let person = RegisterPersonRequest {
            country: user.country.to_owned(),
            national_id: user.national_id.to_owned(),
            phone_number: user.phone_number.to_owned(),
            name: user.full_name.to_owned(),
        };
        there(client.register_person(person).await, user.name)?;
        for part in user.parts.iter().rev() {
            added(client.add_user(add(user, part)).await)?;
        }
    }
    Ok(())
}

async fn reports(mut client: KeyServiceClient<PeerChannel>, demo: &Demo) -> Result<(), RunError> {
    for OwnedKeys { plan, keys } in &demo.keys {
        for msn in plan.reports {
            let client_id = keys.client_id.clone();
            let grant = SetAccountingGrantRequest { msn: (*msn).to_owned(), client_id, granted: true };
            client.set_accounting_grant(grant).await?;
        }
    }
    Ok(())
}

fn add(user: &UserPlan, part: &Part) -> AddUserRequest {
    let units = part.units.iter().map(|given| UnitGrant {
        msn: given.msn.to_owned(),
        transaction_management: given.transaction_management,
        developer: given.developer,
    });
    AddUserRequest {
        merchant_id: part.merchant.id.to_owned(),
        person: Some(PersonIdentification {
            country: user.country.to_owned(),
            by: Some(By::NationalId(user.national_id.to_owned())),
        }),
        membership: Some(Membership {
            merchant_id: part.merchant.id.to_owned(),
            role: part.role.into(),
            units: units.collect(),
        }),
    }
}

/// A user who has a part keeps it, whatever became of it since.
fn added<T>(outcome: Result<T, Status>) -> Result<(), Status> {
    match outcome {
        Ok(_) => Ok(()),
        Err(status) if status.code() == Code::AlreadyExists => Ok(()),
        Err(status) => Err(status),
    }
}
