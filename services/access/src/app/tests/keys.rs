use secrecy::SecretString;

use super::{people::*, secrets::regenerated, *};
use crate::domain::{credentials::Slot, owner::KeyKind};

/// What a set of keys proves with.
pub(super) struct Known {
    pub(super) client_id: ClientId,
    pub(super) client_secret: String,
    pub(super) primary: String,
    pub(super) secondary: String,
}

impl Known {
    fn of(client_id: ClientId, secrets: &credentials::Secrets) -> Self {
        let keys = secrets.subscription_keys.as_ref();
        Self {
            client_id,
            client_secret: secrets.client_secret.expose().to_owned(),
            primary: keys.map(|keys| keys.primary().expose().to_owned()).unwrap_or_default(),
            secondary: keys.map(|keys| keys.secondary().expose().to_owned()).unwrap_or_default(),
        }
    }

    pub(super) async fn token(&self, app: &App, key: &str) -> Result<Token, Error> {
        let given = GivenSecrets { client: self.client(), subscription_key: key.to_owned().into() };
        issue_token(app, &given, wall_now()).await
    }

    pub(super) fn client(&self) -> GivenClient {
        let client_secret = self.client_secret.clone().into();
        GivenClient { client_id: self.client_id.to_string(), client_secret }
    }
}

/// An owner for keys of each kind.
pub(super) fn owners() -> Vec<Owner> {
    let name = |text: &str| kvitt_primitives::Name::try_new(text.to_owned()).unwrap();
    let partner_id = kvitt_primitives::PartnerId::from_uuid(Uuid::new_v4());
    let merchant_id = MerchantId::from_uuid(Uuid::new_v4());
    vec![
        Owner::SalesUnit { msn: fresh_msn(), merchant_id },
        Owner::Partner(partner_id),
        Owner::ManagingPartner(partner_id),
        Owner::ManagingMerchant(merchant_id),
        Owner::Accountant(name("Regnskap AS")),
        Owner::Psp(name("Kort & Godt")),
    ]
}

pub(super) async fn issued(app: &App, owner: Owner) -> Known {
    let client_id = ClientId::from_uuid(Uuid::new_v4());
    let issued = issue_keys(app, &OPERATOR, client_id, owner, wall_now()).await.unwrap();
    Known::of(client_id, &issued.secrets.unwrap())
}

#[tokio::test]
async fn keys_of_each_kind_get_the_token_of_their_kind_and_no_other() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let kind = owner.kind();
        let known = issued(&app, owner.clone()).await;
        let specialised = issue_specialised_token(&app, &known.client(), wall_now()).await;
        if kind.has_subscription_keys() {
            for key in [&known.primary, &known.secondary] {
                let token = known.token(&app, key).await.unwrap();
                assert_eq!(claims(&app, &token.jwt).await.sub, known.client_id.to_string(), "{kind:?}");
            }
            assert!(matches!(specialised, Err(Error::ClientInvalid)), "{kind:?}");
        } else {
            assert_eq!((known.primary.as_str(), known.secondary.as_str()), ("", ""), "{kind:?}");
            assert!(matches!(known.token(&app, "").await, Err(Error::SubscriptionKeyMissing)));
            let token = specialised.unwrap();
            assert_eq!(token.expires_at - token.not_before_at, TimeDelta::seconds(900), "{kind:?}");
            assert_eq!(claims(&app, &token.jwt).await.sub, known.client_id.to_string(), "{kind:?}");
        }
        let covered = get_coverage(&app, known.client_id).await.unwrap().value.unwrap();
        assert_eq!(covered.msns.as_slice(), owner.msn().map(std::slice::from_ref).unwrap_or_default());
        assert_eq!(covered.owner, owner);
    }
}

#[tokio::test]
async fn a_specialised_token_is_refused_alike_whatever_is_wrong() {
    let (app, _database) = fixture().await;
    let owner = owners().into_iter().find(|owner| owner.kind() == KeyKind::Management).unwrap();
    let known = issued(&app, owner).await;
    let unit = issued(&app, owners().swap_remove(0)).await;
    let secret = || known.client_secret.clone().into();
    let guess = SecretString::from("a-guess-of-the-secret".to_owned());
    let refused = [
        GivenClient { client_id: known.client_id.to_string(), client_secret: guess },
        GivenClient { client_id: Uuid::new_v4().to_string(), client_secret: secret() },
        GivenClient { client_id: "not-a-uuid".to_owned(), client_secret: secret() },
        unit.client(),
    ];
    for given in refused {
        let refused = issue_specialised_token(&app, &given, wall_now()).await;
        assert!(matches!(refused, Err(Error::ClientInvalid)));
    }
    revoke_keys(&app, &OPERATOR, known.client_id, wall_now()).await.unwrap();
    let refused = issue_specialised_token(&app, &known.client(), wall_now()).await;
    assert!(matches!(refused, Err(Error::ClientInvalid)));
}

#[tokio::test]
async fn the_operator_issues_every_kind_and_the_service_merchant_only_units_keys() {
    let (app, _database) = fixture().await;
    let merchant = Caller { principal: Principal::Service(ServiceName::Merchant), via: None };
    let wallet = Caller { principal: Principal::Service(ServiceName::Wallet), via: None };
    for owner in owners() {
        let issue = async |caller: &Caller, owner: &Owner| {
            let client_id = ClientId::from_uuid(Uuid::new_v4());
            issue_keys(&app, caller, client_id, owner.clone(), wall_now()).await
        };
        assert!(matches!(issue(&wallet, &owner).await, Err(Error::NotPermitted)));
        let by_merchant = issue(&merchant, &owner).await;
        if owner.kind() == KeyKind::SalesUnit {
            assert!(by_merchant.unwrap().secrets.is_some());
            assert!(matches!(issue(&OPERATOR, &owner).await, Err(Error::UnitHasKeys)));
        } else {
            assert!(matches!(by_merchant, Err(Error::NotPermitted)));
            assert!(issue(&OPERATOR, &owner).await.unwrap().secrets.is_some());
        }
    }
}

#[tokio::test]
async fn keys_issued_twice_are_the_same_keys_and_their_secrets_are_told_once() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let client_id = ClientId::from_uuid(Uuid::new_v4());
        let issue =
            async |owner: &Owner| issue_keys(&app, &OPERATOR, client_id, owner.clone(), wall_now()).await;
        let first = issue(&owner).await.unwrap();
        let secrets = Known::of(client_id, &first.secrets.unwrap());
        let again = issue(&owner).await.unwrap();
        assert!(again.secrets.is_none());
        assert_eq!((again.keys.client_id, &again.keys.owner, again.keys.active), (client_id, &owner, true));
        for other in owners().into_iter().filter(|other| *other != owner) {
            assert!(matches!(issue(&other).await, Err(Error::CredentialsExist)), "{owner:?} {other:?}");
        }
        if owner.kind().has_subscription_keys() {
            secrets.token(&app, &secrets.primary).await.unwrap();
        }
        assert_eq!(audited_of(&app, format!("client:{client_id}")).await, ["keys.issued"]);
    }
}

#[tokio::test]
async fn a_unit_without_keys_is_made_known_once_and_stays_its_merchants() {
    let (app, _database) = fixture().await;
    let (msn, own): (Msn, _) = ("765432".parse().unwrap(), MerchantId::from_uuid(Uuid::new_v4()));
    register_sales_unit(&app, &msn, own).await.unwrap();
    register_sales_unit(&app, &msn, own).await.unwrap();
    let stranger = register_sales_unit(&app, &msn, MerchantId::from_uuid(Uuid::new_v4())).await;
    assert!(matches!(stranger, Err(Error::UnitOfAnotherMerchant)));
    let mut connection = app.pool.acquire().await.unwrap();
    assert_eq!(crate::store::units::find_merchant(&mut connection, &msn).await.unwrap(), Some(own));
}

#[tokio::test]
async fn a_unit_stays_its_merchants_and_has_one_active_set() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let issue = async |merchant_id| {
        let owner = Owner::SalesUnit { msn: unit.msn.clone(), merchant_id };
        issue_keys(&app, &OPERATOR, ClientId::from_uuid(Uuid::new_v4()), owner, wall_now()).await
    };
    let stranger = MerchantId::from_uuid(Uuid::new_v4());
    assert!(matches!(issue(stranger).await, Err(Error::UnitOfAnotherMerchant)));
    assert!(matches!(issue(unit.merchant_id).await, Err(Error::UnitHasKeys)));
    revoke_keys(&app, &OPERATOR, unit.client_id, wall_now()).await.unwrap();
    assert!(matches!(issue(stranger).await, Err(Error::UnitOfAnotherMerchant)));
    let second = issue(unit.merchant_id).await.unwrap().keys;
    let sets = list_keys(&app, &OPERATOR, &Of::Unit(unit.msn.clone()), wall_now()).await.unwrap();
    let sets: Vec<_> = sets.into_iter().map(|set| (set.client_id, set.active)).collect();
    assert_eq!(sets, [(unit.client_id, false), (second.client_id, true)]);
    let shown = show_keys(&app, &OPERATOR, &unit.msn, wall_now()).await.unwrap();
    assert_eq!(shown.keys, second);
}

#[tokio::test]
async fn revoked_keys_prove_and_cover_nothing_and_stay_revoked() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let known = issued(&app, owner.clone()).await;
        let client_id = known.client_id;
        for _ in 0..2 {
            revoke_keys(&app, &OPERATOR, client_id, wall_now()).await.unwrap();
        }
        assert!(known.token(&app, &known.primary).await.is_err());
        assert!(issue_specialised_token(&app, &known.client(), wall_now()).await.is_err());
        assert_eq!(get_coverage(&app, client_id).await.unwrap().value, None);
        let refused = regenerated(&app, &OPERATOR, client_id, Slot::ClientSecret).await;
        assert!(matches!(refused, Err(Error::NoSuchKeys)));
        if let Some(msn) = owner.msn() {
            let refused = show_keys(&app, &OPERATOR, msn, wall_now()).await;
            assert!(matches!(refused, Err(Error::NoSuchKeys)));
        }
        let again = issue_keys(&app, &OPERATOR, client_id, owner, wall_now()).await.unwrap();
        assert!(!again.keys.active && again.secrets.is_none());
        assert_eq!(audited_of(&app, format!("client:{client_id}")).await, ["keys.issued", "keys.revoked"]);
    }
    let nobody = revoke_keys(&app, &OPERATOR, ClientId::from_uuid(Uuid::new_v4()), wall_now()).await;
    assert!(matches!(nobody, Err(Error::NoSuchKeys)));
}

#[tokio::test]
async fn a_partners_sets_are_listed_for_the_operator_and_have_no_secret_to_show() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let owners = owners();
    let partner_id = owners[1].partner_id().unwrap();
    let (partner, managing) = (issued(&app, owners[1].clone()).await, issued(&app, owners[2].clone()).await);
    let sets = list_keys(&app, &OPERATOR, &Of::Partner(partner_id), wall_now()).await.unwrap();
    let mut sets: Vec<_> = sets.into_iter().map(|set| set.client_id).collect();
    sets.sort();
    let mut expected = [partner.client_id, managing.client_id];
    expected.sort();
    assert_eq!(sets, expected);
    let caller = administrator(&app, &unit).await;
    let refused = list_keys(&app, &caller, &Of::Partner(partner_id), wall_now()).await;
    assert!(matches!(refused, Err(Error::NotPermitted)));
    // Only units' keys are shown, and they are asked for by their unit.
    assert!(owners[1].msn().is_none() && owners[2].msn().is_none());
}

/// Which kinds' keys sign what is sent to their owners' servers.
fn signs(kind: KeyKind) -> bool {
    matches!(kind, KeyKind::SalesUnit | KeyKind::Partner | KeyKind::Psp)
}

const CALLBACK: kvitt_signing::Message<'_> = kvitt_signing::Message {
    method: "POST",
    path_and_query: "/cards",
    date: "Thu, 30 Mar 2023 08:38:32 GMT",
    host: "psp.example",
    content_sha256: "lNlsp1XA03N34HrQsVzPgJKtC+r7l/RBF4V3JQUWMj4=",
};

/// Proves that this is the secret that signs for the client, or that none does when it is absent.
async fn signed_with(app: &App, client_id: ClientId, secret: Option<&str>) {
    match (sign_callback(app, client_id, CALLBACK).await, secret) {
        (Ok(signature), Some(secret)) => assert_eq!(signature, CALLBACK.authorization(secret)),
        (Err(Error::NoSuchKeys), None) => {}
        (found, _) => panic!("{found:?}"),
    }
}

#[tokio::test]
async fn the_keys_of_whoever_makes_payments_sign_with_their_newest_client_secret() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let kind = owner.kind();
        let known = issued(&app, owner).await;
        let client_id = known.client_id;
        signed_with(&app, client_id, Some(known.client_secret.as_str()).filter(|_| signs(kind))).await;
        if kind.has_subscription_keys() {
            regenerated(&app, &OPERATOR, client_id, Slot::Primary).await.unwrap();
            signed_with(&app, client_id, Some(known.client_secret.as_str()).filter(|_| signs(kind))).await;
        }
        let new = regenerated(&app, &OPERATOR, client_id, Slot::ClientSecret).await.unwrap();
        signed_with(&app, client_id, Some(new.as_str()).filter(|_| signs(kind))).await;
        revoke_keys(&app, &OPERATOR, client_id, wall_now()).await.unwrap();
        signed_with(&app, client_id, None).await;
    }
}

#[tokio::test]
async fn credentials_that_were_chosen_elsewhere_sign_like_those_that_were_issued() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let kind = owner.kind();
        let client_id = ClientId::from_uuid(Uuid::new_v4());
        let secrets = fresh::secrets(kind).unwrap();
        let secret = secrets.client_secret.expose().to_owned();
        let credentials = Credentials { client_id, owner, secrets };
        for _ in 0..2 {
            create_credentials(&app, &OPERATOR, &credentials, wall_now()).await.unwrap();
            signed_with(&app, client_id, Some(secret.as_str()).filter(|_| signs(kind))).await;
        }
    }
}

#[tokio::test]
async fn a_client_secret_that_is_older_than_its_keeping_signs_once_it_is_made_anew() {
    let (app, database) = fixture().await;
    for owner in owners().into_iter().filter(|owner| signs(owner.kind())) {
        let known = issued(&app, owner).await;
        let older = "UPDATE api_clients SET sealed_client_secret = NULL WHERE client_id = $1";
        sqlx::query(older).bind(known.client_id.as_uuid()).execute(database.pool()).await.unwrap();
        signed_with(&app, known.client_id, None).await;
        let new = regenerated(&app, &OPERATOR, known.client_id, Slot::ClientSecret).await.unwrap();
        signed_with(&app, known.client_id, Some(&new)).await;
    }
}

#[tokio::test]
async fn of_other_keys_than_units_the_client_secret_is_all_that_is_kept() {
    let (app, database) = fixture().await;
    for owner in owners() {
        let known = issued(&app, owner.clone()).await;
        if owner.kind().has_subscription_keys() {
            regenerated(&app, &OPERATOR, known.client_id, Slot::Secondary).await.unwrap();
        }
    }
    let sealed = "
        SELECT kind FROM api_clients
        WHERE sealed_client_secret IS NOT NULL AND num_nonnulls(sealed_primary_key, sealed_secondary_key) = 0
        ORDER BY kind";
    let sealed: Vec<String> = sqlx::query_scalar(sealed).fetch_all(database.pool()).await.unwrap();
    assert_eq!(sealed, ["PARTNER", "PSP"]);
}
