use secrecy::{ExposeSecret as _, SecretString};

use super::{keys::*, people::*, *};
use crate::domain::credentials::Slot;

pub(super) async fn regenerated(
    app: &App,
    caller: &Caller,
    client_id: ClientId,
    slot: Slot,
) -> Result<String, Error> {
    let secret: SecretString = regenerate_key(app, caller, Which { client_id, slot }, wall_now()).await?;
    Ok(secret.expose_secret().to_owned())
}

fn text(secret: Option<SecretString>) -> String {
    secret.unwrap().expose_secret().to_owned()
}

#[tokio::test]
async fn m34_regenerating_one_subscription_key_leaves_the_other_valid() {
    let (app, _database) = fixture().await;
    for (slot, changed) in [(Slot::Primary, 0), (Slot::Secondary, 1)] {
        let known = issued(&app, owners().swap_remove(0)).await;
        let before = get_coverage(&app, known.client_id).await.unwrap().revision;
        let old = [&known.primary, &known.secondary];
        let new = regenerated(&app, &OPERATOR, known.client_id, slot).await.unwrap();
        known.token(&app, &new).await.unwrap();
        known.token(&app, old[1 - changed]).await.unwrap();
        let refused = known.token(&app, old[changed]).await;
        assert!(matches!(refused, Err(Error::SubscriptionKeyInvalid)));
        let told = list_credential_changes(&app, before).await.unwrap().value;
        assert!(matches!(told, Changed::These(holders) if holders.clients == [known.client_id]));
    }
}

#[tokio::test]
async fn a_regenerated_client_secret_ends_the_old_one_and_keeps_the_keys() {
    let (app, _database) = fixture().await;
    for owner in owners() {
        let known = issued(&app, owner).await;
        let client_secret = regenerated(&app, &OPERATOR, known.client_id, Slot::ClientSecret).await.unwrap();
        let renewed = Known { client_secret, primary: known.primary.clone(), ..known };
        if renewed.primary.is_empty() {
            issue_specialised_token(&app, &renewed.client(), wall_now()).await.unwrap();
        } else {
            renewed.token(&app, &renewed.primary).await.unwrap();
        }
        let old = GivenClient { client_secret: known.client_secret.into(), ..renewed.client() };
        assert!(matches!(issue_specialised_token(&app, &old, wall_now()).await, Err(Error::ClientInvalid)));
    }
}

#[tokio::test]
async fn a_units_keys_are_shown_as_they_are_by_now_and_every_look_is_written_down() {
    let (app, _database) = fixture().await;
    let merchant_id = MerchantId::from_uuid(Uuid::new_v4());
    let msn = fresh_msn();
    let known = issued(&app, Owner::SalesUnit { msn: msn.clone(), merchant_id }).await;
    let unit = Unit { msn, merchant_id, client_id: known.client_id };
    let developer = assistant(&app, &unit, DEVELOPER).await;
    for caller in [&OPERATOR, &administrator(&app, &unit).await, &developer] {
        let shown = show_keys(&app, caller, &unit.msn, wall_now()).await.unwrap();
        assert_eq!(shown.keys.client_id, known.client_id);
        assert_eq!(text(shown.client_secret), known.client_secret);
        assert_eq!(text(shown.primary), known.primary);
        assert_eq!(text(shown.secondary), known.secondary);
    }
    let new = regenerated(&app, &developer, known.client_id, Slot::Secondary).await.unwrap();
    let shown = show_keys(&app, &developer, &unit.msn, wall_now()).await.unwrap();
    assert_eq!((text(shown.primary), text(shown.secondary)), (known.primary, new));
    let actions = audited_of(&app, format!("client:{}", known.client_id)).await;
    let shown = "keys.shown";
    assert_eq!(actions, ["keys.issued", shown, shown, shown, "keys.regenerated", shown]);
}

#[tokio::test]
async fn whoever_sees_a_unit_without_the_grant_is_refused_and_written_down() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let (msn, client_id) = (&unit.msn, unit.client_id);
    for grants in [NOTHING, MANAGES] {
        let before = audited(&app).await.len();
        let caller = assistant(&app, &unit, grants).await;
        let refused = show_keys(&app, &caller, msn, wall_now()).await.unwrap_err();
        assert!(matches!(refused, Error::NotPermitted));
        let refused = list_keys(&app, &caller, &Of::Unit(msn.clone()), wall_now()).await.unwrap_err();
        assert!(matches!(refused, Error::NotPermitted));
        let refused = regenerated(&app, &caller, client_id, Slot::Primary).await.unwrap_err();
        assert!(matches!(refused, Error::NotPermitted));
        let entries = audited(&app).await.split_off(before);
        let refusal = ("keys.refused".to_owned(), format!("unit:{msn}"), None, None);
        assert_eq!(entries, vec![refusal; 3]);
    }
}

#[tokio::test]
async fn keys_that_a_user_does_not_see_are_not_there() {
    let (app, _database) = fixture().await;
    let (own, foreign) = (unit(&app).await, unit(&app).await);
    let caller = administrator(&app, &own).await;
    let before = audited(&app).await.len();
    for msn in [&foreign.msn, &fresh_msn()] {
        let refused = show_keys(&app, &caller, msn, wall_now()).await.unwrap_err();
        assert!(matches!(refused, Error::NoSuchUnit));
        let refused = list_keys(&app, &caller, &Of::Unit(msn.clone()), wall_now()).await.unwrap_err();
        assert!(matches!(refused, Error::NoSuchUnit));
    }
    let mut unseen = vec![foreign.client_id, ClientId::from_uuid(Uuid::new_v4())];
    for owner in owners().into_iter().skip(1) {
        unseen.push(issued(&app, owner).await.client_id);
    }
    for client_id in unseen {
        for slot in [Slot::ClientSecret, Slot::Primary] {
            let refused = regenerated(&app, &caller, client_id, slot).await.unwrap_err();
            assert!(matches!(refused, Error::NoSuchKeys));
        }
        let refused = revoke_keys(&app, &caller, client_id, wall_now()).await.unwrap_err();
        assert!(matches!(refused, Error::NotPermitted));
    }
    let written = audited(&app).await.split_off(before);
    assert!(written.iter().all(|entry| entry.0 == "keys.issued"), "{written:?}");
}

#[tokio::test]
async fn no_api_client_and_no_other_service_handles_keys() {
    let (app, _database) = fixture().await;
    let unit = unit(&app).await;
    let client = Caller { principal: Principal::Client(unit.client_id), via: None };
    let forwarded = Caller { via: Some(ServiceName::Merchant), ..client };
    let merchant = Caller { principal: Principal::Service(ServiceName::Merchant), via: None };
    for caller in [client, forwarded, merchant] {
        let refused = [
            show_keys(&app, &caller, &unit.msn, wall_now()).await.err(),
            regenerated(&app, &caller, unit.client_id, Slot::Primary).await.err(),
            list_keys(&app, &caller, &Of::Unit(unit.msn.clone()), wall_now()).await.err(),
            revoke_keys(&app, &caller, unit.client_id, wall_now()).await.err(),
        ];
        assert!(refused.iter().all(|error| matches!(error, Some(Error::NotPermitted))), "{refused:?}");
    }
}

#[tokio::test]
async fn keys_without_subscription_keys_have_none_to_regenerate() {
    let (app, _database) = fixture().await;
    for owner in owners().into_iter().filter(|owner| !owner.kind().has_subscription_keys()) {
        let known = issued(&app, owner).await;
        for slot in [Slot::Primary, Slot::Secondary] {
            let refused = regenerated(&app, &OPERATOR, known.client_id, slot).await;
            assert!(matches!(refused, Err(Error::NoSubscriptionKeys)));
        }
    }
}

#[tokio::test]
async fn of_many_regenerations_at_once_the_last_one_counts_and_all_are_written_down() {
    let (app, _database) = fixture().await;
    let known = issued(&app, owners().swap_remove(0)).await;
    let client_id = known.client_id;
    let mut runs = tokio::task::JoinSet::new();
    for _ in 0..12 {
        let app = app.clone();
        runs.spawn(async move { regenerated(&app, &OPERATOR, client_id, Slot::Primary).await.unwrap() });
    }
    let new = runs.join_all().await;
    let mut valid = Vec::new();
    for key in &new {
        if known.token(&app, key).await.is_ok() {
            valid.push(key.clone());
        }
    }
    assert_eq!(valid.len(), 1);
    let covered = get_coverage(&app, client_id).await.unwrap().value.unwrap();
    let shown = show_keys(&app, &OPERATOR, &covered.msns[0], wall_now()).await.unwrap();
    assert_eq!(text(shown.primary), valid[0]);
    known.token(&app, &known.secondary).await.unwrap();
    let mut connection = app.pool.acquire().await.unwrap();
    assert_eq!(kvitt_audit_log::verify(&mut connection).await.unwrap().broken, []);
    let actions = audited_of(&app, format!("client:{client_id}")).await;
    assert_eq!(actions.iter().filter(|action| *action == "keys.regenerated").count(), 12);
}
