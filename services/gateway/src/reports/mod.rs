//! Report files, which are ours: upstream has them in its portal alone. Each call is one rpc of
//! `kvitt.settlement.v1.ReportService`. Who may ask is `report/auth.rs`, since the same people read ledgers.

pub(crate) mod download;
pub(crate) mod words;
