//! The codes of VM numbers.

use kvitt_proto::{
    error::v1::Reason,
    payment::v1::QrFormat,
    qr::v1::{GetUnitQrRequest, QrImage, qr_service_server::QrService as _},
};
use tokio::task::JoinSet;

use super::{code_of, image};
use crate::fixture::{Fixture, MSN, VM_MSN, answered, by_client, by_user, reason};

fn request(msn: &str, image: Option<QrImage>) -> GetUnitQrRequest {
    GetUnitQrRequest { msn: msn.to_owned(), image }
}

#[tokio::test]
async fn a_vm_number_has_one_code_for_ever() {
    let fixture = Fixture::start().await;
    let mut race = JoinSet::new();
    for _ in 0..8 {
        let grpc = fixture.grpc();
        race.spawn(async move { answered(grpc.get_unit_qr(by_user(request(VM_MSN, None))).await) });
    }
    let mut found = race.join_all().await;
    found.push(answered(fixture.grpc().get_unit_qr(by_user(request(VM_MSN, None))).await));
    found.dedup();
    assert_eq!(found.len(), 1, "{found:?}");
    let code = code_of(&found[0].url);
    assert!(code.starts_with('u'), "{code}");
    assert_eq!(found[0].url, format!("https://api.example/qr-images/v1/{code}.svg"));
    assert_eq!(found[0].qr_content, format!("https://qr.example/q/{code}"));
    let held = answered(fixture.held(&code).await);
    assert_eq!((&held.content, &*held.target_url), (&found[0].qr_content, ""));
    let text = request(VM_MSN, image(QrFormat::TextTargetUrl, None, None));
    assert_eq!(answered(fixture.grpc().get_unit_qr(by_user(text)).await).url, found[0].qr_content);
}

#[tokio::test]
async fn units_of_other_products_have_no_code() {
    let fixture = Fixture::start().await;
    assert_eq!(reason(fixture.grpc().get_unit_qr(by_user(request(MSN, None))).await), Reason::NotFound);
    assert_eq!(reason(fixture.grpc().get_unit_qr(by_client(request(MSN, None))).await), Reason::NotFound);
    assert_eq!(fixture.scalar::<i64>("SELECT count(*) FROM unit_codes").await, 0);
}
