use super::{people::*, *};
use crate::domain::owner::KeyKind;

/// A client of this kind.
async fn client(app: &App, kind: KeyKind) -> ClientId {
    let client_id = ClientId::from_uuid(Uuid::new_v4());
    let owner = keys::owners().into_iter().find(|owner| owner.kind() == kind).unwrap();
    issue_keys(app, &OPERATOR, client_id, owner, wall_now()).await.unwrap();
    client_id
}

async fn set(app: &App, caller: &Caller, client_id: ClientId, msn: &Msn, granted: bool) -> Result<(), Error> {
    let grant = AccountingGrant { msn: msn.clone(), client_id, granted };
    set_accounting_grant(app, caller, &grant, wall_now()).await
}

async fn covered(app: &App, client_id: ClientId) -> Vec<Msn> {
    get_coverage(app, client_id).await.unwrap().value.map(|covered| covered.msns).unwrap_or_default()
}

#[tokio::test]
async fn an_accounting_client_covers_the_units_it_was_granted_until_that_is_taken_back() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let sister = unit_of(&app, unit.merchant_id).await;
    let caller = administrator(&app, &unit).await;
    let accountant = client(&app, KeyKind::Accounting).await;
    assert_eq!(covered(&app, accountant).await, []);
    for msn in [&unit.msn, &sister.msn, &unit.msn] {
        set(&app, &caller, accountant, msn, true).await.unwrap();
    }
    let mut both = vec![unit.msn.clone(), sister.msn.clone()];
    both.sort();
    assert_eq!(covered(&app, accountant).await, both);
    let before = get_coverage(&app, accountant).await.unwrap().revision;
    set(&app, &caller, accountant, &unit.msn, false).await.unwrap();
    let told = list_credential_changes(&app, before).await.unwrap().value;
    assert!(matches!(told, Changed::These(holders) if holders.clients == [accountant]));
    set(&app, &caller, accountant, &unit.msn, false).await.unwrap();
    assert_eq!(covered(&app, accountant).await, std::slice::from_ref(&sister.msn));
    let told = audited_of(&app, format!("client:{accountant}")).await;
    assert_eq!(told, ["keys.issued", "accounting.granted", "accounting.granted", "accounting.revoked"]);
}

#[tokio::test]
async fn the_clients_of_a_unit_are_listed_by_age_without_those_that_were_revoked() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let caller = administrator(&app, &unit).await;
    let mut clients = Vec::new();
    for _ in 0..3 {
        let accountant = client(&app, KeyKind::Accounting).await;
        set(&app, &caller, accountant, &unit.msn, true).await.unwrap();
        clients.push(accountant);
    }
    let listed = async || {
        let sets = list_accounting_grants(&app, &caller, &unit.msn).await.unwrap();
        sets.into_iter().map(|set| set.client_id).collect::<Vec<_>>()
    };
    assert_eq!(listed().await, clients);
    revoke_keys(&app, &OPERATOR, clients[1], wall_now()).await.unwrap();
    assert_eq!(covered(&app, clients[1]).await, []);
    assert_eq!(listed().await, [clients[0], clients[2]]);
}

#[tokio::test]
async fn only_administrators_grant_and_only_to_accounting_clients() {
    let (app, _database) = fixture().await;
    let (unit, foreign) = (unit(&app).await, unit(&app).await);
    let caller = administrator(&app, &unit).await;
    let accountant = client(&app, KeyKind::Accounting).await;
    for kind in [KeyKind::Partner, KeyKind::Management, KeyKind::Psp, KeyKind::SalesUnit] {
        let other = client(&app, kind).await;
        let refused = set(&app, &caller, other, &unit.msn, true).await;
        assert!(matches!(refused, Err(Error::NoSuchKeys)), "{kind:?}");
    }
    let nobody = ClientId::from_uuid(Uuid::new_v4());
    assert!(matches!(set(&app, &caller, nobody, &unit.msn, true).await, Err(Error::NoSuchKeys)));
    for msn in [&foreign.msn, &fresh_msn()] {
        assert!(matches!(set(&app, &caller, accountant, msn, true).await, Err(Error::NoSuchUnit)));
        assert!(matches!(list_accounting_grants(&app, &caller, msn).await, Err(Error::NoSuchUnit)));
    }
    let developer = assistant(&app, &unit, DEVELOPER).await;
    assert!(matches!(set(&app, &developer, accountant, &unit.msn, true).await, Err(Error::NotPermitted)));
    let refused = list_accounting_grants(&app, &developer, &unit.msn).await;
    assert!(matches!(refused, Err(Error::NotPermitted)));
    let client = Caller { principal: Principal::Client(accountant), via: None };
    assert!(matches!(set(&app, &client, accountant, &unit.msn, true).await, Err(Error::NotPermitted)));
    assert_eq!(covered(&app, accountant).await, []);
}
