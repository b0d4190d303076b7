//! The generated packages, one module each, with a `v1` inside that only grows.
#![expect(clippy::too_many_lines, reason = "generated code is as long as the contract")]
#![expect(clippy::large_enum_variant, reason = "a oneof is as large as the largest of what it may hold")]

/// Who a caller is.
pub mod access {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.access.v1");
    }
}

/// The outside party that holds and moves money.
pub mod acquirer {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.acquirer.v1");
    }
}

/// Sessions of Checkout.
pub mod checkout {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.checkout.v1");
    }
}

/// Every refusal.
pub mod error {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.error.v1");
    }
}

/// Merchants and sales units.
pub mod merchant {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.merchant.v1");
    }
}

/// Who may call what.
pub mod mesh {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.mesh.v1");
    }
}

/// Amounts.
pub(crate) mod money {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.money.v1");
    }
}

/// What merchants tell payers about their orders.
pub mod ordermanagement {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.ordermanagement.v1");
    }
}

/// Payments and their feed.
pub mod payment {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.payment.v1");
    }
}

/// Powers of the sandbox.
pub mod sandbox {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.sandbox.v1");
    }
}

/// The payer's side.
pub mod wallet {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.wallet.v1");
    }
}

/// QR codes, payment links, and money asked for in person.
pub mod qr {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.qr.v1");
    }
}

/// What is earned, what it costs, and what is paid out.
pub mod settlement {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.settlement.v1");
    }
}

/// Who is told of what happens, and what became of it.
pub mod webhook {
    /// Version 1.
    pub mod v1 {
        tonic::include_proto!("kvitt.webhook.v1");
    }
}
