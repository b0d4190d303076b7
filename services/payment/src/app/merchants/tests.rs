use std::{
    sync::Mutex,
    time::{Duration, Instant},
};

use kvitt_proto::{
    access::v1::token_service_server::TokenServiceServer,
    merchant::v1::{
        GetSalesUnitResponse, ListSalesUnitChangesResponse,
        merchant_service_server::{MerchantService, MerchantServiceServer},
    },
    money::v1::Currency,
};
use kvitt_runtime::{Mesh, MeshConfig, ServiceName, remembered::MAX_AGE};
use tokio::net::TcpListener;
use tonic::{
    Request, Response, async_trait,
    transport::{Server, server::TcpIncoming},
};

use super::*;
use crate::fixture::{Access, MSN};

/// A merchant service with one sales unit, which is active at even revisions.
#[derive(Clone, Default)]
struct StandIn(Arc<Mutex<Book>>);

#[derive(Default)]
struct Book {
    revision: i64,
    asked: usize,
    /// Says that anything may have changed instead of what has.
    vague: bool,
}

#[async_trait]
impl MerchantService for StandIn {
    async fn get_sales_unit(
        &self,
        request: Request<GetSalesUnitRequest>,
    ) -> Result<Response<GetSalesUnitResponse>, Status> {
        let mut book = self.0.lock().unwrap();
        book.asked += 1;
        let unit = Wire {
            msn: request.into_inner().msn,
            currency: Currency::Nok.into(),
            active: book.revision % 2 == 0,
            ..Wire::default()
        };
        Ok(Response::new(GetSalesUnitResponse { sales_unit: Some(unit), revision: book.revision }))
    }

    async fn list_sales_unit_changes(
        &self,
        request: Request<ListSalesUnitChangesRequest>,
    ) -> Result<Response<ListSalesUnitChangesResponse>, Status> {
        let book = self.0.lock().unwrap();
        let changed = !book.vague && request.get_ref().after_revision < book.revision;
        let msns = changed.then(|| MSN.to_owned()).into_iter().collect();
        Ok(Response::new(ListSalesUnitChangesResponse { revision: book.revision, msns, all: book.vague }))
    }
}

impl StandIn {
    async fn serve(&self) -> Merchants {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = Server::builder()
            .add_service(TokenServiceServer::new(Access::default()))
            .add_service(MerchantServiceServer::new(self.clone()))
            .serve_with_incoming(TcpIncoming::from(listener));
        tokio::spawn(server);
        let config = MeshConfig {
            access_url: url.clone(),
            service_secret: "secret".into(),
            process: kvitt_runtime::Process::default(),
        };
        Merchants::new(Mesh::new(ServiceName::Payment, &config).unwrap().peer(&url).unwrap())
    }

    /// Changes the unit, and asks for it until that is seen; answers how long it took.
    async fn change(&self, merchants: &Merchants) -> Duration {
        let active = merchants.load(&MSN.parse().unwrap()).await.unwrap().active;
        self.0.lock().unwrap().revision += 1;
        let changed_at = Instant::now();
        while merchants.load(&MSN.parse().unwrap()).await.unwrap().active == active {
            tokio::task::yield_now().await;
        }
        changed_at.elapsed()
    }
}

#[tokio::test]
async fn a_unit_is_asked_for_once_until_it_changes_and_a_change_holds_soon() {
    let stand_in = StandIn::default();
    let merchants = stand_in.serve().await;
    assert!(stand_in.change(&merchants).await < MAX_AGE);
    assert_eq!(stand_in.0.lock().unwrap().asked, 2);
    stand_in.0.lock().unwrap().vague = true;
    assert!(stand_in.change(&merchants).await < MAX_AGE);
}
