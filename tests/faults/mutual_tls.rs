//! The mesh with mutual TLS, each service a process with a certificate of its own: what belongs to it works as ever, and
//! who does not belong to it is refused, and logged once.

use std::time::Duration;

use kvitt_certificates::Authority;
use kvitt_proto::payment::v1::CapturePaymentRequest;
use kvitt_proto::payment::v1::payment_service_client::PaymentServiceClient;
use kvitt_runtime::{Mesh, MeshConfig, ServiceName, channel};
use kvitt_testing::eventually;
use kvitt_tests::Shop;
use kvitt_tests::processes::{Certificates, Member, Processes};
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;

/// More often than anybody's patience would log it.
const ATTEMPTS: u32 = 20;
/// The time for which it goes on serving, and some more.
const STOP_LIMIT: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn who_belongs_to_the_mesh_is_let_in_and_nobody_else() {
    let _alone = crate::alone().await;
    let mut processes = Processes::start_secured(&Member::ALL_ONCE).await;
    a_payment_from_end_to_end(&processes).await;
    one_service_is_not_another(&processes).await;
    strangers_are_refused_and_logged_once(&processes).await;
    a_service_with_a_bad_certificate_is_no_part_of_the_mesh(&mut processes).await;
    probes_need_no_certificate(&mut processes).await;
    a_payment_from_end_to_end(&processes).await;
    processes.stop().await;
}

async fn a_payment_from_end_to_end(processes: &Processes) {
    let shop = processes.shop(Member::Gateway, "full").await;
    let reference = shop.authorized(10_000).await;
    shop.capture(&reference, 4_000).await.is(200);
    shop.refund(&reference, 1_000).await.is(200);
    assert_eq!(shop.sums(&reference).await, [10_000, 4_000, 0, 1_000]);
}

/// A process of `service` with the certificate of `certified`.
fn mesh(processes: &Processes, service: ServiceName, certified: &str) -> Mesh {
    let config = MeshConfig {
        access_url: format!("https://{}", processes.address(Member::Access)),
        service_secret: processes.secret(service.as_str()).into(),
        process: processes.certificates().process(certified),
    };
    Mesh::new(service, &config).expect("the mesh can be joined")
}

async fn capture(processes: &Processes, mesh: &Mesh) -> Status {
    let payment = mesh.peer(&format!("https://{}", processes.address(Member::Payment))).expect("a URL");
    let asked = PaymentServiceClient::new(payment).capture_payment(CapturePaymentRequest::default()).await;
    asked.expect_err("nothing can be captured by nothing")
}

async fn one_service_is_not_another(processes: &Processes) {
    let gateway = mesh(processes, ServiceName::Gateway, "gateway");
    let refused = capture(processes, &gateway).await;
    assert_ne!(refused.code(), Code::PermissionDenied, "the gateway may ask: {refused}");

    let refused = capture(processes, &mesh(processes, ServiceName::Qr, "qr")).await;
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    assert!(refused.message().ends_with("CapturePayment may not be called by qr"), "{refused}");

    // With a secret that qr should not have.
    let refused = capture(processes, &mesh(processes, ServiceName::Gateway, "qr")).await;
    assert_eq!(refused.code(), Code::PermissionDenied, "{refused}");
    assert_eq!(refused.message(), "the connection is that of qr, and the token that of gateway");
}

async fn strangers_are_refused_and_logged_once(processes: &Processes) {
    let (authority, merchant) = (processes.certificates().authority(), processes.address(Member::Merchant));
    let stranger = Authority::create();
    let table = [
        ("signed by nobody", stranger.certify(&["qr"])),
        ("has expired", authority.certify_long_ago(&["qr"])),
        ("valid for no service", authority.certify(&["somebody"])),
    ];
    for (reason, certificate) in table {
        for _ in 0..ATTEMPTS {
            assert!(!authority.is_heard(merchant, Some(&certificate)).await, "{reason}");
        }
        logged_once(processes, Member::Merchant, reason).await;
    }
    for _ in 0..ATTEMPTS {
        assert!(!authority.is_heard(merchant, None).await);
    }
    logged_once(processes, Member::Merchant, "has no certificate").await;
    let url = format!("http://{merchant}");
    for _ in 0..ATTEMPTS {
        let refused = is_serving(&url).await.expect_err("it speaks TLS only");
        assert_eq!(refused.code(), Code::Unavailable, "{refused}");
    }
    logged_once(processes, Member::Merchant, "does not speak TLS").await;
}

async fn logged_once(processes: &Processes, member: Member, reason: &str) {
    let lines = || processes.log_of(member).lines().filter(|line| line.contains(reason)).count();
    eventually!(lines() > 0, "{member:?} says that a peer {reason}");
    assert_eq!(lines(), 1, "{reason}: {}", processes.log_of(member));
}

async fn is_serving(url: &str) -> Result<ServingStatus, Status> {
    let mut health = HealthClient::new(channel(url).expect("a URL"));
    Ok(health.check(HealthCheckRequest::default()).await?.into_inner().status())
}

/// What the gateway says of everybody.
async fn health(shop: &Shop) -> String {
    let answer = shop.http.get(format!("{}/health", shop.base)).send().await.expect("the gateway answers");
    answer.text().await.expect("a text")
}

/// The real binary of `qr`, with what is not its own.
async fn a_service_with_a_bad_certificate_is_no_part_of_the_mesh(processes: &mut Processes) {
    let names = Certificates::names(Member::Qr);
    let good = processes.certificates().authority().certify(&names);
    let bad = [
        ("no certificate", None),
        ("another authority's", Some(Authority::create().certify(&names))),
        ("an expired one", Some(processes.certificates().authority().certify_long_ago(&names))),
    ];
    for (what, certificate) in bad {
        processes.kill(&[Member::Qr]).await;
        match certificate {
            Some(certificate) => {
                processes.certificates().replace(Member::Qr, &certificate);
                processes.restart(Member::Qr, None);
            }
            None => processes.start_plainly(Member::Qr),
        }
        let shop = processes.shop(Member::Gateway, "full").await;
        eventually!(health(&shop).await.contains(r#""qr":"NOT_SERVING""#), "with {what} it is not there");
        processes.kill(&[Member::Qr]).await;
        processes.certificates().replace(Member::Qr, &good);
        processes.restart(Member::Qr, None);
        processes.healthy().await;
    }
}

async fn probes_need_no_certificate(processes: &mut Processes) {
    let health =
        std::net::TcpListener::bind("127.0.0.1:0").expect("a free port").local_addr().expect("an address");
    let url = format!("http://{health}");
    processes.kill(&[Member::Qr]).await;
    let settings = [("KVITT_HEALTH_LISTEN", &*health.to_string()), ("KVITT_DRAIN_WAIT", "8")];
    processes.start_with(Member::Qr, &settings);
    processes.healthy().await;
    assert_eq!(is_serving(&url).await.expect("health answers"), ServingStatus::Serving);

    // It says that it leaves while it still serves.
    processes.terminate(Member::Qr).await;
    eventually!(is_serving(&url).await.is_ok_and(|told| told == ServingStatus::NotServing));
    let peer = mesh(processes, ServiceName::Gateway, "gateway");
    let peer = peer.channel(&format!("https://{}", processes.address(Member::Qr))).expect("a URL");
    let served = HealthClient::new(peer).check(HealthCheckRequest::default()).await;
    assert_eq!(served.expect("health answers").into_inner().status(), ServingStatus::NotServing);
    let ended = processes.ended(Member::Qr, STOP_LIMIT).await;
    assert!(ended.is_some_and(|status| status.success()), "{ended:?}");
    processes.restart(Member::Qr, None);
    processes.healthy().await;
}
