//! Codes that nobody has seen before.

use super::Error;
use crate::domain::{Code, Kind};

/// A code made of the system's randomness.
pub(crate) fn fresh_code(kind: Kind) -> Result<Code, Error> {
    let mut chance = [0; Code::CHANCE];
    getrandom::fill(&mut chance).map_err(|_| Error::NoRandomness)?;
    Ok(Code::new(kind, chance))
}
