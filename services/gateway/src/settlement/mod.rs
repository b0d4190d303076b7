//! Which ledgers there are (contract-merchant section 5.1). Who may ask and how it refuses is as in `report/`.

pub(crate) mod json;
pub(crate) mod list_ledgers;
