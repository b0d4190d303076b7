//! What every service of the mesh stands in, so that a service holds only its own rules.
//!
//! The incoming side is [`serve()`]: traces, deadlines, callers, health, reflection and drain, as layers around the
//! service's routes. The outgoing side is [`mesh`]: channels that carry the caller's token, the service's own
//! token, the deadline and the trace. Between them lies [`context`], what a request hands from one to the other.
//! Time comes from [`clock`]: business time is a movable value that is passed in, wall time is for tokens and TLS.
//!
//! Nothing in here may know a payment, a sales unit's attributes or a payer.

pub mod authority;
pub mod caller;
pub mod clock;
pub mod context;
pub mod crash;
mod grpc_timeout;
pub mod lane;
pub mod mesh;
pub mod process;
pub mod remembered;
#[cfg(feature = "sandbox")]
pub mod sandbox;
pub mod serve;
pub mod telemetry;
pub mod tls;
pub mod verifier;

pub use authority::{Action, Authority};
pub use caller::{Caller, Principal, ServiceName};
pub use clock::{Clock, wall_now};
pub use lane::{Lane, LaneError, LaneName};
pub use mesh::{Channel, Mesh, MeshConfig, PeerChannel, channel};
pub use process::Process;
pub use serve::{Health, Service, serve};
pub use telemetry::trace_parent;
pub use verifier::{Claims, VerificationKey, Verifier};

/// Requests are made of many small pieces that one thread makes and another drops; the system's allocator took a fifth of a
/// service's time. It takes no huge pages (its feature `no_thp`): of two megabytes each an idle service uses a small part.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What every service's `main` calls.
pub mod main {
    pub use crate::crash::CrashOptions;
    pub use crate::process::{BAD_SETTINGS, Place, TelemetryOptions, parse, run_service};
}

/// Why a service, or a part that it stands on, could not start or had to end.
pub type RunError = Box<dyn std::error::Error + Send + Sync>;
