//! What the use cases about people stand on, beside the tables.

use crate::{guesses::Guesses, passwords::Passwords, personal::PersonalData, wallet::Wallet};

/// Clones share what they remember.
#[derive(Clone)]
pub(crate) struct People {
    pub(crate) data: PersonalData,
    #[cfg(feature = "sandbox")]
    pub(crate) register: Register,
    pub(crate) passwords: Passwords,
    pub(crate) guesses: Guesses,
    /// `None` where there are no test users.
    pub(crate) wallet: Option<Wallet>,
}

/// The national registers.
#[cfg(feature = "sandbox")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Register {
    /// Nobody is found.
    Absent,
    /// The table `persons`; identity providers are simulated with it.
    Simulated,
}

impl People {
    /// Without a register.
    pub(crate) fn new(data: PersonalData, wallet: Option<Wallet>) -> Self {
        Self {
            data,
            #[cfg(feature = "sandbox")]
            register: Register::Absent,
            passwords: Passwords::new(),
            guesses: Guesses::new(),
            wallet,
        }
    }

    /// With the simulated register.
    #[cfg(feature = "sandbox")]
    pub(crate) fn simulated(self) -> Self {
        Self { register: Register::Simulated, ..self }
    }
}
