//! What merchants and payers have asked for, and what they were told: kept outside the platform.

use kvitt_primitives::{Currency, EventId, Money, Msn, OperationId, PayerId, PaymentId, Reference};
use uuid::Uuid;

use super::{
    acquirer::card,
    log::At,
    world::{Unit, World},
};
use crate::{
    domain::{
        Agreed, Approval, Callbacks, Cancel, Chosen, Command, Create, KnownPayer, Refusal, Request,
        SalesUnit, Source, UserFlow,
    },
    engine::{Key, Submission},
    fixture,
};

/// What somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Wish {
    Create { minor: i64 },
    Approve { card: usize },
    Reject,
    Capture(i64),
    Cancel { transaction_only: bool },
    Refund(i64),
}

/// An answer as its caller sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Said {
    /// The row that says so.
    Done {
        payment_id: PaymentId,
        seq: i32,
    },
    Nothing,
    Refused(Refusal),
    KeyConflict,
    /// None: try again.
    Silence,
}

impl Said {
    /// Whether the same question gets the same answer for ever.
    pub(super) fn is_final(&self) -> bool {
        match self {
            Self::Done { .. } | Self::KeyConflict => true,
            Self::Refused(refusal) => refusal.is_remembered(),
            Self::Nothing | Self::Silence => false,
        }
    }
}

/// A wish of a payment, under a key, and the final answer to it once there is one.
#[derive(Clone)]
pub(super) struct Intent {
    pub(super) at: At,
    pub(super) wish: Wish,
    pub(super) key: Option<Key>,
    key_text: String,
    pub(super) said: Option<Said>,
}

impl Intent {
    pub(super) fn new(at: &At, wish: Wish, key_text: String) -> Self {
        let (operation, scope) = match &wish {
            Wish::Create { .. } => ("create", ""),
            Wish::Approve { .. } => ("approve", at.1.as_str()),
            Wish::Reject => ("reject", at.1.as_str()),
            Wish::Capture(_) => ("capture", at.1.as_str()),
            Wish::Cancel { .. } => ("cancel", at.1.as_str()),
            Wish::Refund(_) => ("refund", at.1.as_str()),
        };
        let request = format!("{} {wish:?}", at.1);
        let key = Key::new(operation, scope, &key_text.parse().expect("a key"), request.as_bytes());
        let key = match wish {
            Wish::Reject => None,
            Wish::Approve { .. } => Some(key.hidden()),
            _ => Some(key),
        };
        Self { at: at.clone(), wish, key, key_text, said: None }
    }

    /// The same key for something else.
    pub(super) fn changed(&self, wish: Wish) -> Self {
        Self::new(&self.at, wish, self.key_text.clone())
    }
}

impl std::fmt::Debug for Intent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?} of {} {} under {}", self.wish, self.at.0, self.at.1, self.key_text)
    }
}

impl World {
    pub(super) fn intent(&self, number: usize) -> &Intent {
        &self.intents[number]
    }

    /// What the row's command was, if it has a key.
    pub(super) fn wish_of(&self, msn: &Msn, key: &Key) -> Option<&Wish> {
        let is = |intent: &&Intent| {
            intent.at.0 == *msn
                && intent.key.as_ref().is_some_and(|own| (own.idem, own.request) == (key.idem, key.request))
        };
        self.intents.iter().find(is).map(|intent| &intent.wish)
    }

    /// The command of an attempt, under fresh ids as a use case makes them.
    pub(super) fn submission(&mut self, number: usize) -> Submission {
        let intent = self.intents[number].clone();
        let (msn, reference) = intent.at;
        let unit = self.unit(&msn).clone();
        let money = |minor| Some(Money::new(unit.currency, minor));
        let command = match intent.wish {
            Wish::Create { minor } => Command::Create(Box::new(self.create(&unit, reference.clone(), minor))),
            Wish::Approve { card: number } => Command::RequestReserve(Approval {
                operation: OperationId::from_uuid(self.fresh_id()),
                payer: PayerId::from_uuid(Uuid::nil()),
                card: card(number),
                card_currency: None,
                source: Source::WalletCard,
                commercial_card: false,
                phone: "4712345678".parse().expect("a phone number"),
                born: chrono::NaiveDate::default(),
                agreed: unit.agreed(number),
            }),
            Wish::Reject => Command::Reject,
            Wish::Capture(minor) => {
                Command::Capture { operation: OperationId::from_uuid(self.fresh_id()), amount: money(minor) }
            }
            Wish::Cancel { transaction_only } => {
                Command::Cancel(Cancel { transaction_only, uncaptured_only: false })
            }
            Wish::Refund(minor) => Command::RequestRefund {
                operation: OperationId::from_uuid(self.fresh_id()),
                amount: money(minor),
            },
        };
        let event_id = EventId::from_uuid(self.fresh_id());
        Submission { msn, reference, command, event_id, key: intent.key, settles: None, text: None }
    }

    fn create(&mut self, unit: &Unit, reference: Reference, minor: i64) -> Create {
        let request = Request {
            msn: unit.msn.clone(),
            amount: Money::new(unit.currency, minor),
            reference,
            user_flow: UserFlow::NativeRedirect,
            return_url: None,
            shipping: unit.ships.then(|| fixture::shipping(unit.currency)),
            scope: unit.ships.then(|| "address".to_owned()),
            ecom: unit.takes_directly.then(fixture::ecom),
            ..fixture::request()
        };
        let unit = SalesUnit {
            currency: unit.currency,
            partial_capture: unit.partial_capture,
            late_capture: unit.late_capture,
            express: unit.ships,
            direct_capture: unit.takes_directly,
            ..fixture::unit()
        };
        Create {
            payment_id: PaymentId::from_uuid(self.fresh_id()),
            redirect_token: String::new(),
            request,
            unit,
            payer: KnownPayer::NotAsked,
            callbacks: Callbacks::Https,
        }
    }
}

impl Unit {
    /// What a payer says with a card besides yes.
    pub(super) fn agreed(&self, card: usize) -> Agreed {
        if !self.ships {
            return Agreed::default();
        }
        let cost = [0, 79][card % 2];
        let shipping = Some(Chosen { id: format!("option-{cost}"), name: "An option".to_owned(), cost });
        Agreed { shipping, sub: Some("somebody".to_owned()) }
    }

    pub(super) fn is_norwegian(&self) -> bool {
        self.currency == Currency::Nok
    }

    pub(super) fn has_half_a_year(&self) -> bool {
        self.is_norwegian() || self.late_capture
    }
}
