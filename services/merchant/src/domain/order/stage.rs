//! The steps from one status of an order to the next.

/// How an order came to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OrderType {
    /// A partner prefilled it.
    Prefill,
    /// Made from a template.
    Template,
    /// The merchant made it.
    Manual,
}

/// How far an order is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Status {
    /// Prefilled and not seen by the merchant; or made by hand and not decided.
    Received,
    MerchantViewed,
    OrderSubmitted,
    Expired,
    Completed,
    Rejected,
}

/// What happens to an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Step {
    /// The merchant opens it.
    View,
    Submit,
    /// The partner takes it back; its status does not matter any more.
    Delete,
    /// The merchant has let it lie for too long.
    Expire,
    Approve,
    Reject,
}

/// The step cannot be taken, or not any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotOpen;

impl OrderType {
    pub(crate) const ALL: [Self; 3] = [Self::Prefill, Self::Template, Self::Manual];

    /// The name it is stored under.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Prefill => "PREFILL",
            Self::Template => "TEMPLATE",
            Self::Manual => "MANUAL",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|order_type| order_type.code() == code)
    }
}

impl Status {
    pub(crate) const ALL: [Self; 6] = [
        Self::Received,
        Self::MerchantViewed,
        Self::OrderSubmitted,
        Self::Expired,
        Self::Completed,
        Self::Rejected,
    ];

    /// The name it is stored under; the contract's word.
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Received => "RECEIVED",
            Self::MerchantViewed => "MERCHANT_VIEWED",
            Self::OrderSubmitted => "ORDER_SUBMITTED",
            Self::Expired => "EXPIRED",
            Self::Completed => "COMPLETED",
            Self::Rejected => "REJECTED",
        }
    }

    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// The status after a step. Template and manual orders are never seen or submitted: they are decided as they are.
    pub(crate) fn after(self, order_type: OrderType, step: Step) -> Result<Self, NotOpen> {
        match (order_type, self, step) {
            (OrderType::Prefill, Self::Received | Self::MerchantViewed, Step::View) => {
                Ok(Self::MerchantViewed)
            }
            (OrderType::Prefill, Self::Received | Self::MerchantViewed, Step::Submit) => {
                Ok(Self::OrderSubmitted)
            }
            (OrderType::Prefill, Self::Received | Self::MerchantViewed, Step::Delete) => Ok(self),
            (OrderType::Prefill, Self::Received | Self::MerchantViewed, Step::Expire) => Ok(Self::Expired),
            (OrderType::Prefill, Self::OrderSubmitted, Step::Approve)
            | (OrderType::Template | OrderType::Manual, Self::Received, Step::Approve) => Ok(Self::Completed),
            (OrderType::Prefill, Self::OrderSubmitted, Step::Reject)
            | (OrderType::Template | OrderType::Manual, Self::Received, Step::Reject) => Ok(Self::Rejected),
            (OrderType::Prefill | OrderType::Template | OrderType::Manual, _, _) => Err(NotOpen),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{OrderType::*, Status::*, Step::*, *};

    const STEPS: [Step; 6] = [View, Submit, Delete, Expire, Approve, Reject];

    #[test]
    fn every_step_that_is_not_in_the_table_is_refused() {
        let mut table = vec![
            (Prefill, Received, View, MerchantViewed),
            (Prefill, Received, Submit, OrderSubmitted),
            (Prefill, Received, Delete, Received),
            (Prefill, Received, Expire, Expired),
            (Prefill, MerchantViewed, View, MerchantViewed),
            (Prefill, MerchantViewed, Submit, OrderSubmitted),
            (Prefill, MerchantViewed, Delete, MerchantViewed),
            (Prefill, MerchantViewed, Expire, Expired),
            (Prefill, OrderSubmitted, Approve, Completed),
            (Prefill, OrderSubmitted, Reject, Rejected),
        ];
        for order_type in [Template, Manual] {
            table.push((order_type, Received, Approve, Completed));
            table.push((order_type, Received, Reject, Rejected));
        }
        let mut cells = 0;
        for order_type in OrderType::ALL {
            for status in Status::ALL {
                for step in STEPS {
                    let listed = table.iter().find(|row| (row.0, row.1, row.2) == (order_type, status, step));
                    let expected = listed.map(|row| row.3).ok_or(NotOpen);
                    assert_eq!(
                        status.after(order_type, step),
                        expected,
                        "{order_type:?} {status:?} {step:?}"
                    );
                    cells += 1;
                }
            }
        }
        assert_eq!(cells, 108);
    }

    #[test]
    fn template_and_manual_orders_know_three_statuses() {
        for order_type in [Template, Manual] {
            let mut reached = vec![Received];
            let mut at = 0;
            while let Some(status) = reached.get(at).copied() {
                let next = STEPS.into_iter().filter_map(|step| status.after(order_type, step).ok());
                for status in next.collect::<Vec<_>>() {
                    if !reached.contains(&status) {
                        reached.push(status);
                    }
                }
                at += 1;
            }
            assert_eq!(reached, [Received, Completed, Rejected]);
        }
    }

    #[test]
    fn a_code_reads_back_as_what_it_stands_for() {
        for status in Status::ALL {
            assert_eq!(Status::from_code(status.code()), Some(status));
        }
        for order_type in OrderType::ALL {
            assert_eq!(OrderType::from_code(order_type.code()), Some(order_type));
        }
        assert_eq!((Status::from_code("received"), OrderType::from_code("")), (None, None));
    }
}
