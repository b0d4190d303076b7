//! `kvitt.wallet.v1.UserinfoService`.

use kvitt_primitives::{Msn, Sub};
use kvitt_proto::wallet::v1::{
    GetUserinfoRequest, GetUserinfoResponse, userinfo_service_server::UserinfoService,
};
use kvitt_runtime::{Action, Caller};
use tonic::{Request, Response, Status};

use super::{decode, people};
use crate::{
    app::{App, get_userinfo::get_userinfo},
    error::Error,
};

/// What sales units may know of payers, as their clients see it.
pub(crate) struct UserinfoGrpc {
    pub(crate) app: App,
}

#[tonic::async_trait]
impl UserinfoService for UserinfoGrpc {
    async fn get_userinfo(
        &self,
        request: Request<GetUserinfoRequest>,
    ) -> Result<Response<GetUserinfoResponse>, Status> {
        let caller = *Caller::of(&request)?;
        let request = request.into_inner();
        let msn: Msn = decode::one("msn", &request.msn)?;
        self.app.authority.may(&caller, Action::ReadPayment, &msn).await?;
        // Another text names nobody either.
        let sub: Sub = request.sub.parse().map_err(|_| Error::NothingShared)?;
        let userinfo = get_userinfo(&self.app.pool, &msn, sub, self.app.clock.now()).await?;
        Ok(Response::new(GetUserinfoResponse {
            sub: request.sub,
            sid: userinfo.consent_id.to_string(),
            user_details: Some(people::encode_details(userinfo.details)),
            scopes: userinfo.scopes.words().map(str::to_owned).collect(),
        }))
    }
}
