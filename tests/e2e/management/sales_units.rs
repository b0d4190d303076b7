//! `GET /management/v1/sales-units`, and one of them.

use kvitt_tests::{Stack, UnitPlan};
use serde_json::json;

use super::{Manager, named, problem, without_instance};

fn path(msn: &str) -> String {
    format!("/management/v1/sales-units/{msn}")
}

#[tokio::test]
async fn every_unit_that_the_keys_are_for_is_listed() {
    let stack = Stack::shared();
    let list = "/management/v1/sales-units";
    let linked =
        json!([{"msn": "300001", "name": "Fjordbutikken"}, {"msn": "400001", "name": "Fjellkiosken"}]);
    assert_eq!(Manager::specialised(stack, "partner_management").await.read(list).await, linked);
    assert_eq!(Manager::standard(stack, stack.keys("partner")).await.read(list).await, linked);
    assert_eq!(Manager::standard(stack, stack.keys("plain")).await.msns(list).await, ["300002"]);
    let own = Manager::specialised(stack, "merchant_management").await.msns(list).await;
    assert!(["300001", "300002", "300003"].iter().all(|msn| own.iter().any(|known| known == msn)), "{own:?}");
    assert!(!own.iter().any(|msn| msn == "400001"), "{own:?}");
}

#[tokio::test]
async fn a_unit_is_shown_with_what_it_is_allowed() {
    let stack = Stack::shared();
    let merchant = Manager::specialised(stack, "merchant_management").await;
    let full = merchant.read(&path("300001")).await;
    assert_eq!((&full["msn"], &full["name"]), (&"300001".into(), &"Fjordbutikken".into()));
    assert_eq!(full["businessIdentifier"], json!({"scheme": "business:NO:ORG", "id": "987654325"}));
    let expected = json!({
        "paymentAllowed": true, "captureType": "ReserveCapture", "skipLandingPageAllowed": true,
        "recurringAllowed": false, "partialCaptureAllowed": true, "lateCaptureAllowed": true,
        "landingPagePhoneNumberLocked": false, "longLivingPaymentAllowed": true,
        "creditCardPaymentAllowed": false,
    });
    assert_eq!(full["configuration"], expected);
    let account = &full["settlementBankAccount"];
    assert!(account.is_null() || account["scheme"] == "BBAN:NO", "{account}");

    let plain = merchant.read(&path("300002")).await;
    assert_eq!(plain["configuration"]["skipLandingPageAllowed"], false);
    let whole = merchant.read(&path("300003")).await;
    assert_eq!(whole["configuration"]["partialCaptureAllowed"], false);

    for manager in [
        Manager::specialised(stack, "partner_management").await,
        Manager::standard(stack, stack.keys("partner")).await,
        Manager::standard(stack, stack.keys("full")).await,
    ] {
        assert_eq!(manager.read(&path("300001")).await, full);
    }
}

#[tokio::test]
async fn m56_a_unit_that_is_inactive_or_not_connected_is_404_like_one_that_is_nowhere() {
    let stack = Stack::shared();
    let inactive = stack.open_unit(UnitPlan { active: false, ..UnitPlan::default() }).await;
    let unlinked = ["300002", "500001", inactive.msn.as_str()];
    let foreign = ["400001", "500001", inactive.msn.as_str()];
    let callers = [
        (Manager::specialised(stack, "partner_management").await, unlinked),
        (Manager::standard(stack, stack.keys("partner")).await, unlinked),
        (Manager::specialised(stack, "merchant_management").await, foreign),
        (Manager::standard(stack, stack.keys("full")).await, foreign),
        (Manager::standard(stack, &inactive).await, foreign),
    ];
    for (manager, hidden) in &callers {
        let absent = manager.get(&path("1999999999")).await;
        problem(&absent, 404);
        for msn in hidden {
            let answer = manager.get(&path(msn)).await;
            problem(&answer, 404);
            assert_eq!(without_instance(&answer), without_instance(&absent), "{msn}");
        }
    }
}

#[tokio::test]
async fn what_is_no_number_is_refused() {
    let stack = Stack::shared();
    let manager = Manager::specialised(stack, "merchant_management").await;
    for msn in ["abc", "123", "12345678901", "300001%20", "%ff", "%00"] {
        assert_eq!(named(&manager.get(&path(msn)).await), ["msn"], "{msn}");
    }
}
