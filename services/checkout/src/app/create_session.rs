//! Open a session.

use kvitt_postgres::violated_constraint;
use kvitt_primitives::Currency;
use kvitt_proto::{
    merchant::v1::{GetSalesUnitRequest, ProductType},
    money::currency_from_proto,
};
use uuid::Uuid;

use super::{App, Error};
use crate::{
    domain::{Found, Key, LIFE, Payer, Session, SessionId, State, Terms, Token},
    store::sessions::{self, Asked, IDEMPOTENCY_KEY, REFERENCE_KEY},
};

/// What is to be opened.
#[derive(Debug)]
pub(crate) struct Creation {
    pub(crate) key: Key,
    pub(crate) terms: Terms,
    pub(crate) asked: Asked,
}

/// Opens a session, or gives the first answer again. `found` is what was wrong with the request's form.
pub(crate) async fn create_session(
    app: &App,
    creation: Creation,
    mut found: Found,
) -> Result<Session, Error> {
    let Creation { key, terms, asked } = creation;
    terms.check(&key.reference, &|url| app.refused_url(url), &mut found);
    if !found.0.is_empty() {
        return Err(Error::Fields(found.0));
    }
    check_unit(app, &key, terms.amount.currency).await?;
    if let Some(session) = opened_before(app, &key, &asked).await? {
        return Ok(session);
    }
    let now = app.clock.now();
    let mut chance = [0; Token::BYTES];
    getrandom::fill(&mut chance).map_err(|_| Error::Chance)?;
    let session = Session {
        id: SessionId(Uuid::new_v4()),
        token: Token::new(&key.msn, chance),
        key,
        state: State::Created,
        terms,
        payer: Payer::default(),
        starts: 0,
        created_at: now,
        expires_at: now + LIFE,
        ended_at: None,
    };
    let mut connection = app.pool.acquire().await?;
    let stored = sessions::insert(&mut connection, &session, &asked).await;
    drop(connection);
    let Err(error) = stored else { return Ok(session) };
    let taken = match violated_constraint(&error) {
        Some(REFERENCE_KEY) => Error::ReferenceExists,
        Some(IDEMPOTENCY_KEY) => Error::KeyConflict,
        Some(_) | None => return Err(error.into()),
    };
    // The same request may have been faster, which violates both.
    opened_before(app, &session.key, &asked).await?.ok_or(taken)
}

/// What was opened under the same idempotency key, if it was by the same request.
async fn opened_before(app: &App, key: &Key, asked: &Asked) -> Result<Option<Session>, Error> {
    let Some(name) = &asked.key else { return Ok(None) };
    let mut connection = app.pool.acquire().await?;
    match sessions::find_by_key(&mut connection, &key.msn, name).await? {
        None => Ok(None),
        Some((session, hash)) if hash == asked.hash => Ok(Some(session)),
        Some(_) => Err(Error::KeyConflict),
    }
}

/// A session that could never be paid is not opened.
async fn check_unit(app: &App, key: &Key, currency: Currency) -> Result<(), Error> {
    let request = GetSalesUnitRequest { msn: key.msn.to_string() };
    let answer = app.merchants.clone().get_sales_unit(request).await.map_err(Error::Peer)?.into_inner();
    let unit = answer.sales_unit.ok_or(Error::PeerAnswer("a sales unit"))?;
    if !unit.active || unit.product_type() == ProductType::Login {
        return Err(Error::CannotBeCreated);
    }
    let own = currency_from_proto(unit.currency, "currency").map_err(|_| Error::PeerAnswer("a currency"))?;
    if own == currency { Ok(()) } else { Err(Error::InvalidCurrency(own.code())) }
}
