//! A request for a feature of a unit, with what upstream wants to know about it.

use kvitt_primitives::{Invalid, Market, Msn};

use super::{Prose, Turnover};
use crate::domain::{CaptureType, Environment, Feature, Features, SalesUnit};

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct FeatureRequest {
    pub(crate) msn: Msn,
    pub(crate) wanted: Wanted,
    /// What is expected of it in a year.
    pub(crate) revenue_estimate: Turnover,
    /// What for, or why.
    pub(crate) description: Prose<1000>,
}

/// A feature, or a way to capture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Wanted {
    Feature(Feature),
    DirectCapture,
}

/// Why a unit cannot be given what is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NotRequestable {
    /// A test unit stays what it was made.
    TestUnit,
    /// The unit has it.
    Present,
    /// Units of this market are not given it.
    NotInMarket,
}

impl Wanted {
    /// The name it is stored under: no way to capture is called like a feature.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Feature(feature) => feature.code(),
            Self::DirectCapture => CaptureType::DirectCapture.code(),
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        if code == CaptureType::DirectCapture.code() {
            Some(Self::DirectCapture)
        } else {
            Feature::from_code(code).map(Self::Feature)
        }
    }
}

impl FeatureRequest {
    /// Passes when the request says what upstream wants to know: for RECURRING the expected revenue.
    pub(crate) fn tells_enough(&self) -> Result<(), (&'static str, Invalid)> {
        let recurring = self.wanted == Wanted::Feature(Feature::Recurring);
        if recurring && self.revenue_estimate == Turnover::default() {
            return Err(("revenueEstimate", Invalid { rule: "must be more than 0 for RECURRING" }));
        }
        Ok(())
    }

    /// The unit with what was asked for.
    pub(crate) fn granted_to(&self, unit: &SalesUnit) -> Result<SalesUnit, NotRequestable> {
        if unit.environment == Environment::Test {
            return Err(NotRequestable::TestUnit);
        }
        match self.wanted {
            Wanted::DirectCapture if unit.capture_type == CaptureType::DirectCapture => {
                Err(NotRequestable::Present)
            }
            Wanted::DirectCapture => {
                Ok(SalesUnit { capture_type: CaptureType::DirectCapture, ..unit.clone() })
            }
            // Norway has 180 days for everybody.
            Wanted::Feature(Feature::LateCapture) if unit.market == Market::No => {
                Err(NotRequestable::NotInMarket)
            }
            Wanted::Feature(feature) => {
                let features = with(&unit.features, feature).ok_or(NotRequestable::Present)?;
                Ok(SalesUnit { features, ..unit.clone() })
            }
        }
    }
}

/// One feature more; nothing when it is among them.
fn with(features: &Features, feature: Feature) -> Option<Features> {
    let mut all: Vec<_> = features.iter().collect();
    let at = all.binary_search(&feature).err()?;
    all.insert(at, feature);
    Features::try_new(all).ok()
}
