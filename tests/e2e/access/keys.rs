//! API keys as people handle them.

use kvitt_proto::access::v1::{
    KeySlot, ListKeysRequest, RegenerateKeyRequest, RevokeKeysRequest, Role, ShowKeysRequest,
};
use kvitt_proto::error::v1::Reason;
use kvitt_proto::refusal::reason_of;
use kvitt_testing::eventually;
use kvitt_tests::{Answer, Keys, Mesh, Shop, Stack, StackPlan, UnitPlan};

use super::{grant, hired, merchant_of};

async fn shown(mesh: &Mesh, msn: &str) -> Keys {
    let answer = mesh.keys().show_keys(ShowKeysRequest { msn: msn.to_owned() }).await;
    let answer = answer.expect("the keys may be shown").into_inner();
    let (keys, secrets) = (answer.keys.expect("a set"), answer.secrets.expect("its secrets"));
    Keys {
        client_id: keys.client_id,
        client_secret: secrets.client_secret,
        primary: secrets.primary_subscription_key,
        secondary: secrets.secondary_subscription_key,
        msn: msn.to_owned(),
        currency: "NOK".to_owned(),
    }
}

async fn regenerated(mesh: &Mesh, client_id: &str, slot: KeySlot) -> String {
    let request = RegenerateKeyRequest { client_id: client_id.to_owned(), slot: slot.into() };
    mesh.keys().regenerate_key(request).await.expect("the key may be regenerated").into_inner().secret
}

#[tokio::test]
async fn m34_regenerating_one_subscription_key_leaves_the_other_valid() {
    let stack = Stack::shared();
    let unit = stack.open_unit(UnitPlan::default()).await;
    let administrator = stack.user("administrator").await;
    let before = shown(&administrator.mesh, &unit.msn).await;
    assert_eq!((&before.primary, &before.secondary), (&unit.primary, &unit.secondary));
    let with = |key: &str| Keys { primary: key.to_owned(), ..unit.clone() };
    let mut by_primary = Shop::open(stack, &unit).await;
    let by_secondary = Shop::open(stack, &with(&unit.secondary)).await;
    let fresh = regenerated(&administrator.mesh, &unit.client_id, KeySlot::Primary).await;
    // The old one stops within two seconds, for calls and for tokens.
    let body = by_primary.minimal(10_000);
    eventually!(by_primary.create(&body).await.status == 401);
    assert_eq!(Answer::of(by_primary.token_request()).await.status, 401);
    by_secondary.create(&by_secondary.minimal(10_000)).await.is(201);
    by_primary.keys.primary = fresh;
    by_primary.renew_token().await;
    by_primary.create(&by_primary.minimal(10_000)).await.is(201);
    assert_eq!(shown(&administrator.mesh, &unit.msn).await.primary, by_primary.keys.primary);
}

#[tokio::test]
async fn a_regenerated_secret_stops_new_tokens_and_old_ones_live_out_their_life() {
    let stack = Stack::shared();
    let unit = stack.open_unit(UnitPlan::default()).await;
    let administrator = stack.user("administrator").await;
    let shop = Shop::open(stack, &unit).await;
    let client_secret = regenerated(&administrator.mesh, &unit.client_id, KeySlot::ClientSecret).await;
    let refused = Answer::of(shop.token_request()).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    shop.create(&shop.minimal(10_000)).await.is(201);
    Shop::open(stack, &Keys { client_secret, ..unit }).await;
}

#[tokio::test]
async fn partner_keys_are_never_shown_to_a_merchant() {
    let stack = Stack::shared();
    let administrator = stack.user("administrator").await;
    let listed = administrator.mesh.keys();
    let request = ListKeysRequest { msn: "300001".to_owned(), partner_id: String::new() };
    let sets =
        listed.clone().list_keys(request).await.expect("a unit's keys may be listed").into_inner().keys;
    let partner = &stack.keys("partner").client_id;
    assert!(sets.iter().all(|set| set.client_id != *partner));
    let request =
        ListKeysRequest { msn: String::new(), partner_id: kvitt_launcher::demo::PARTNER.id.to_owned() };
    assert!(listed.clone().list_keys(request).await.is_err());
    let request = RegenerateKeyRequest { client_id: partner.clone(), slot: KeySlot::Primary.into() };
    let foreign = listed.clone().regenerate_key(request.clone()).await.unwrap_err();
    let absent = RegenerateKeyRequest { client_id: uuid::Uuid::new_v4().to_string(), ..request };
    let absent = listed.clone().regenerate_key(absent).await.unwrap_err();
    assert_eq!((foreign.code(), foreign.message()), (absent.code(), absent.message()));
}

#[tokio::test]
async fn revoked_keys_give_no_token_and_their_tokens_cover_nothing() {
    let stack = Stack::shared();
    let unit = stack.open_unit(UnitPlan::default()).await;
    let shop = Shop::open(stack, &unit).await;
    let operator = Mesh::operator(stack).await;
    let request = RevokeKeysRequest { client_id: unit.client_id.clone() };
    operator.keys().revoke_keys(request).await.expect("the operator revokes");
    assert_eq!(Answer::of(shop.token_request()).await.status, 401);
    let body = shop.minimal(10_000);
    eventually!(shop.create(&body).await.status == 401);
}

#[tokio::test]
async fn m44_m45_a_developer_sees_the_keys_of_the_units_given_and_nobody_elses() {
    let stack = Stack::shared();
    let (given, other) =
        (stack.open_unit(UnitPlan::default()).await, stack.open_unit(UnitPlan::default()).await);
    let units = vec![grant(&given.msn, false, true)];
    let developer = hired(stack, merchant_of("administrator"), Role::Assistant, units).await;
    assert_eq!(shown(&developer.mesh, &given.msn).await.client_secret, given.client_secret);
    let ask = async |msn: &str| {
        let request = ShowKeysRequest { msn: msn.to_owned() };
        developer.mesh.keys().show_keys(request).await.map(drop).unwrap_err()
    };
    let hidden = [ask(&other.msn).await, ask("400001").await, ask("1999999999").await];
    for status in &hidden {
        assert_eq!(reason_of(status), Some(Reason::NotFound));
        assert_eq!((status.message(), status.details()), (hidden[0].message(), hidden[0].details()));
    }
    let plain =
        hired(stack, merchant_of("administrator"), Role::Assistant, vec![grant(&given.msn, true, false)])
            .await;
    let refused = plain.mesh.keys().show_keys(ShowKeysRequest { msn: given.msn.clone() }).await.unwrap_err();
    assert_eq!(reason_of(&refused), Some(Reason::PermissionDenied));
}

#[tokio::test]
async fn m36_the_keys_and_tokens_of_one_installation_are_nothing_in_another() {
    let (stack, other) = (Stack::shared(), Stack::own(StackPlan::default()).await);
    let at_home = Shop::open(stack, stack.keys("full")).await;
    let abroad = Shop { base: other.base_url(), ..at_home };
    let token = Answer::of(abroad.token_request()).await;
    assert_eq!(token.status, 401, "{}", token.text);
    let created = abroad.create(&abroad.minimal(10_000)).await;
    assert_eq!(created.status, 401, "{}", created.text);
    other.stop().await;
}
