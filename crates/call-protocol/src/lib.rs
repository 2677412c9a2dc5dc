//! The protocol of client and server: ids, statuses with their one transition table, socket frames, REST bodies
//! and error codes.
//!
//! Data only: nothing here decides, reads a clock or performs input and output. JSON names are snake_case,
//! unknown fields are ignored and optional fields are left out when empty, so that different versions
//! understand each other. The body of a signal is a type parameter: the client reads it as [`SignalBody`], the
//! server forwards it as [`Unread`].

mod body;
mod call;
mod error;
mod frame;
mod ids;
pub mod limits;
mod macros;
mod people;
mod read;
mod signal;
mod user;

pub use body::{
    AddContact, CallHistory, CallReply, ChangePassword, ClientConfig, Credentials, DEVICE_HEADER,
    DeleteAccount, EndCall, HistoryEntry, IDEMPOTENCY_HEADER, IceServer, InitiateCall, MessagePage,
    OwnSession, PostMessage, RefreshToken, Registration, Session, ShownInvitation, WhoRegisters,
};
pub use call::{Call, CallRole, CallStatus, CallType, EndReason, LiveCall, RingOffer, Seat, Timestamp};
pub use error::{ErrorBody, ErrorClass, ErrorCode, ErrorEnvelope};
pub use frame::{ClientFrame, Hello, PROTOCOL_VERSION, SERVED_VERSIONS, ServerFrame, Welcome, close_code};
pub use ids::{CallId, ConversationId, DeviceId, MessageId, SessionId, UserId};
pub use people::{
    CallMetadata, CallOutcome, ChangeSettings, Contact, ContactState, HideAddress, Message, MessageType,
    Settings,
};
pub use read::{Json, Read, field};
pub use signal::{IceCandidate, Offer, SessionDescription, Signal, SignalBody, SignalKind, Unread};
pub use user::User;
