//! What a set of keys is for, and whose it is (contract-merchant section 2.1).

use kvitt_primitives::{MerchantId, Msn, Name, PartnerId};

/// What keys are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum KeyKind {
    SalesUnit,
    Partner,
    Management,
    Accounting,
    Psp,
}

impl KeyKind {
    pub(crate) const ALL: [Self; 5] =
        [Self::SalesUnit, Self::Partner, Self::Management, Self::Accounting, Self::Psp];

    /// Keys that have none get specialised tokens, which are used without.
    pub(crate) fn has_subscription_keys(self) -> bool {
        match self {
            Self::SalesUnit | Self::Partner | Self::Psp => true,
            Self::Management | Self::Accounting => false,
        }
    }

    /// Whether the secrets are shown again after they were issued. Those of partners are never shown to a merchant, and the
    /// others are nobody's who could look.
    pub(crate) fn is_shown_again(self) -> bool {
        self == Self::SalesUnit
    }

    /// Whether the client secret is kept, sealed: what is sent to the servers of whoever makes payments is signed with it.
    pub(crate) fn signs_callbacks(self) -> bool {
        match self {
            Self::SalesUnit | Self::Partner | Self::Psp => true,
            Self::Management | Self::Accounting => false,
        }
    }

    /// The word for it, as it is stored and told.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::SalesUnit => "SALES_UNIT",
            Self::Partner => "PARTNER",
            Self::Management => "MANAGEMENT",
            Self::Accounting => "ACCOUNTING",
            Self::Psp => "PSP",
        }
    }
}

/// What people call the owner of keys.
pub(crate) type OwnerName = Name<100>;

/// Whose a set of keys is; says of what kind it is, too.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Owner {
    /// A sales unit of a merchant.
    SalesUnit {
        msn: Msn,
        merchant_id: MerchantId,
    },
    /// A sales unit of keys that are older than owners: whose it is was never said.
    UnitOfSomebody {
        msn: Msn,
    },
    Partner(PartnerId),
    ManagingPartner(PartnerId),
    ManagingMerchant(MerchantId),
    Accountant(OwnerName),
    Psp(OwnerName),
}

/// What was said of an owner. Which of it there is depends on the kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) msn: Option<Msn>,
    pub(crate) merchant_id: Option<MerchantId>,
    pub(crate) partner_id: Option<PartnerId>,
    pub(crate) name: Option<OwnerName>,
}

/// One of the things that can be said of an owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Part {
    Msn,
    MerchantId,
    PartnerId,
    Name,
}

impl Owner {
    /// The owner of keys of this kind; otherwise every part that is missing or too much, with the rule.
    pub(crate) fn try_new(kind: KeyKind, said: Said) -> Result<Self, Vec<(Part, &'static str)>> {
        match (kind, said) {
            (
                KeyKind::SalesUnit,
                Said { msn: Some(msn), merchant_id: Some(merchant_id), partner_id: None, name: None },
            ) => Ok(Self::SalesUnit { msn, merchant_id }),
            (
                KeyKind::Partner,
                Said { msn: None, merchant_id: None, partner_id: Some(partner_id), name: None },
            ) => Ok(Self::Partner(partner_id)),
            (
                KeyKind::Management,
                Said { msn: None, merchant_id: None, partner_id: Some(partner_id), name: None },
            ) => Ok(Self::ManagingPartner(partner_id)),
            (
                KeyKind::Management,
                Said { msn: None, merchant_id: Some(merchant_id), partner_id: None, name: None },
            ) => Ok(Self::ManagingMerchant(merchant_id)),
            (
                KeyKind::Accounting,
                Said { msn: None, merchant_id: None, partner_id: None, name: Some(name) },
            ) => Ok(Self::Accountant(name)),
            (KeyKind::Psp, Said { msn: None, merchant_id: None, partner_id: None, name: Some(name) }) => {
                Ok(Self::Psp(name))
            }
            (kind, said) => Err(broken(kind, &said)),
        }
    }

    pub(crate) fn kind(&self) -> KeyKind {
        match self {
            Self::SalesUnit { .. } | Self::UnitOfSomebody { .. } => KeyKind::SalesUnit,
            Self::Partner(_) => KeyKind::Partner,
            Self::ManagingPartner(_) | Self::ManagingMerchant(_) => KeyKind::Management,
            Self::Accountant(_) => KeyKind::Accounting,
            Self::Psp(_) => KeyKind::Psp,
        }
    }

    pub(crate) fn msn(&self) -> Option<&Msn> {
        match self {
            Self::SalesUnit { msn, .. } | Self::UnitOfSomebody { msn } => Some(msn),
            Self::Partner(_)
            | Self::ManagingPartner(_)
            | Self::ManagingMerchant(_)
            | Self::Accountant(_)
            | Self::Psp(_) => None,
        }
    }

    pub(crate) fn merchant_id(&self) -> Option<MerchantId> {
        match self {
            Self::SalesUnit { merchant_id, .. } | Self::ManagingMerchant(merchant_id) => Some(*merchant_id),
            Self::UnitOfSomebody { .. }
            | Self::Partner(_)
            | Self::ManagingPartner(_)
            | Self::Accountant(_)
            | Self::Psp(_) => None,
        }
    }

    pub(crate) fn partner_id(&self) -> Option<PartnerId> {
        match self {
            Self::Partner(partner_id) | Self::ManagingPartner(partner_id) => Some(*partner_id),
            Self::SalesUnit { .. }
            | Self::UnitOfSomebody { .. }
            | Self::ManagingMerchant(_)
            | Self::Accountant(_)
            | Self::Psp(_) => None,
        }
    }

    pub(crate) fn name(&self) -> Option<&OwnerName> {
        match self {
            Self::Accountant(name) | Self::Psp(name) => Some(name),
            Self::SalesUnit { .. }
            | Self::UnitOfSomebody { .. }
            | Self::Partner(_)
            | Self::ManagingPartner(_)
            | Self::ManagingMerchant(_) => None,
        }
    }
}

fn broken(kind: KeyKind, said: &Said) -> Vec<(Part, &'static str)> {
    let needed: &[Part] = match kind {
        KeyKind::SalesUnit => &[Part::Msn, Part::MerchantId],
        KeyKind::Partner => &[Part::PartnerId],
        KeyKind::Management => &[],
        KeyKind::Accounting | KeyKind::Psp => &[Part::Name],
    };
    let either = |part| kind == KeyKind::Management && matches!(part, Part::MerchantId | Part::PartnerId);
    let mut broken = Vec::new();
    for (part, is_said) in [
        (Part::Msn, said.msn.is_some()),
        (Part::MerchantId, said.merchant_id.is_some()),
        (Part::PartnerId, said.partner_id.is_some()),
        (Part::Name, said.name.is_some()),
    ] {
        if !is_said && needed.contains(&part) {
            broken.push((part, "is required for keys of this kind"));
        } else if is_said && !needed.contains(&part) && !either(part) {
            broken.push((part, "is not for keys of this kind"));
        }
    }
    if kind == KeyKind::Management && said.merchant_id.is_some() == said.partner_id.is_some() {
        broken.push((Part::MerchantId, "is required unless partnerId is given, and excludes it"));
    }
    broken
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn said(parts: &[Part]) -> Said {
        let has = |part| parts.contains(&part);
        Said {
            msn: has(Part::Msn).then(|| "123456".parse().unwrap()),
            merchant_id: has(Part::MerchantId).then(|| MerchantId::from_uuid(Uuid::from_u128(1))),
            partner_id: has(Part::PartnerId).then(|| PartnerId::from_uuid(Uuid::from_u128(2))),
            name: has(Part::Name).then(|| OwnerName::try_new("Regnskap AS".to_owned()).unwrap()),
        }
    }

    const PARTS: [Part; 4] = [Part::Msn, Part::MerchantId, Part::PartnerId, Part::Name];

    /// What each kind may have for an owner.
    fn allowed(kind: KeyKind) -> &'static [&'static [Part]] {
        match kind {
            KeyKind::SalesUnit => &[&[Part::Msn, Part::MerchantId]],
            KeyKind::Partner => &[&[Part::PartnerId]],
            KeyKind::Management => &[&[Part::PartnerId], &[Part::MerchantId]],
            KeyKind::Accounting | KeyKind::Psp => &[&[Part::Name]],
        }
    }

    #[test]
    fn each_kind_has_its_owner_and_no_other() {
        for kind in KeyKind::ALL {
            for choice in 0..16_usize {
                let chosen: Vec<_> =
                    PARTS.into_iter().enumerate().filter(|(at, _)| choice >> at & 1 == 1).collect();
                let chosen: Vec<_> = chosen.into_iter().map(|(_, part)| part).collect();
                let owner = Owner::try_new(kind, said(&chosen));
                assert_eq!(owner.is_ok(), allowed(kind).contains(&chosen.as_slice()), "{kind:?} {chosen:?}");
                match owner {
                    Ok(owner) => {
                        assert_eq!(owner.kind(), kind);
                        let again = Said {
                            msn: owner.msn().cloned(),
                            merchant_id: owner.merchant_id(),
                            partner_id: owner.partner_id(),
                            name: owner.name().cloned(),
                        };
                        assert_eq!(again, said(&chosen));
                    }
                    Err(broken) => assert!(!broken.is_empty(), "{kind:?} {chosen:?}"),
                }
            }
        }
    }

    #[test]
    fn every_part_that_is_wrong_is_named() {
        let all = Owner::try_new(KeyKind::Psp, said(&[Part::Msn, Part::MerchantId, Part::PartnerId]));
        let parts: Vec<_> = all.unwrap_err().into_iter().map(|(part, _)| part).collect();
        assert_eq!(parts, PARTS);
    }
}
