//! Who pays out, as the classic formats name it.

/// The provider's name.
pub(crate) const NAME: &str = "Kvitt";
/// Its page.
pub(crate) const WEB_SITE: &str = "kvitt.example";
/// Where it is.
pub(crate) const VISITING_ADDRESS: &str = "Sandkassa 1";
/// It has none.
pub(crate) const POST_BOX: &str = "";
/// Post code.
pub(crate) const POST_CODE: &str = "0000";
/// Place.
pub(crate) const PLACE: &str = "Oslo";
/// Post code and place.
pub(crate) const POST_ADDRESS: &str = "N-0000 Oslo";
/// Country.
pub(crate) const COUNTRY: &str = "Norway";
/// A number that the register has given to nobody.
pub(crate) const COMPANY_NUMBER: &str = "000000000";
