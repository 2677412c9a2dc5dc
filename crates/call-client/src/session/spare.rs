//! What a session holds of a second socket beside the one in use. Never opens, judges or closes one: `fail_over` does.

use crate::network::Network;
use call_protocol::Hello;
use std::rc::Rc;

/// The socket beside the one in use.
pub(super) struct Spare<N: Network> {
    /// What it reports counts as long as this is the number of the spare, or of the attempt that it has become.
    pub(super) number: u32,
    /// Nothing while there is no token yet, and between two tries.
    pub(super) opening: Option<(Rc<N::Socket>, Hello)>,
    #[expect(dead_code, reason = "dropping it takes the next try back")]
    pub(super) again: Option<N::Timer>,
}
