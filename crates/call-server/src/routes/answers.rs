//! The errors that addresses answer with, as the API's document shows them: each set is a list of the errors that
//! handlers return, so that status, code and sentence cannot differ.
//! Never answers itself.

use crate::{error::ApiError, new_password::Weakness};
use axum::http::StatusCode;
use call_protocol::{DEVICE_HEADER, DeviceId, ErrorEnvelope, IDEMPOTENCY_HEADER, limits};
use call_rules::{Refusal, Uninvited};
use std::{collections::BTreeMap, marker::PhantomData, time::Duration};
use utoipa::{
    IntoParams, IntoResponses,
    openapi::{
        Content, HeaderBuilder, Ref, RefOr, Required, ResponseBuilder, Type,
        example::ExampleBuilder,
        path::{Parameter, ParameterBuilder, ParameterIn},
        response::Response,
        schema::ObjectBuilder,
    },
};

/// The errors of an address: those of each set, and the failure of the server.
pub(crate) struct Errors<T>(PhantomData<T>);

/// Errors that come together.
pub(crate) trait ErrorSet {
    /// Each of them once, with any content.
    fn errors() -> Vec<ApiError>;
}

macro_rules! error_sets {
    ($($(#[$doc:meta])* $name:ident: [$($error:expr),* $(,)?];)*) => {
        $(
            $(#[$doc])*
            pub(crate) struct $name;

            impl ErrorSet for $name {
                fn errors() -> Vec<ApiError> {
                    vec![$($error),*]
                }
            }
        )*
    };
}

error_sets! {
    /// Needs an access token, and reads the device's name.
    SignedIn: [
        ApiError::Unauthorized,
        ApiError::SessionOver,
        ApiError::TokenExpired,
        ApiError::UnknownUser,
        TOO_OFTEN,
        invalid("the device's id is not well formed"),
    ];
    /// Takes a JSON body.
    JsonBody: [
        ApiError::MalformedJson,
        ApiError::NotJson,
        ApiError::TooLarge(limits::FRAME_BYTES),
        ApiError::SentTooSlowly,
        invalid("a field is missing, of the wrong type or out of range"),
    ];
    /// Takes a JSON body or none.
    BodyOrNone: [
        ApiError::MalformedJson,
        ApiError::TooLarge(limits::FRAME_BYTES),
        ApiError::SentTooSlowly,
        invalid("a field is of the wrong type"),
    ];
    /// Takes a query.
    Asking: [invalid("a field of the query is of the wrong type")];
    /// Creates an account.
    Registering: [ApiError::NameTaken, ApiError::WeakPassword(Weakness::Common), ApiError::Crowded, TOO_OFTEN];
    /// Belongs to accounts or contacts, which an application may keep itself.
    Ours: [ApiError::NotFound("an application keeps accounts and contacts itself")];
    /// Changes a password.
    ChangingPassword: [ApiError::WrongPassword, TOO_OFTEN];
    /// Deletes an account.
    Deleting: [ApiError::WrongPassword, ApiError::Crowded, TOO_OFTEN];
    /// Is done once for each Idempotency-Key.
    Once: [ApiError::KeyReused, invalid("the Idempotency-Key is not well formed")];
    /// Signs in.
    SigningIn: [ApiError::InvalidCredentials, ApiError::Crowded, TOO_OFTEN];
    /// Exchanges a refresh token.
    Refreshing: [ApiError::SessionOver, TOO_OFTEN];
    /// Names somebody or something that has to be there.
    Missing: [ApiError::NotFound("there is no such thing, or it is not yours to see")];
    /// Names a conversation that has to be there.
    OfConversation: [ApiError::NoConversation];
    /// May be done only so often.
    Limited: [TOO_OFTEN];
    /// Begins a call.
    Calling: [
        ApiError::refused(Refusal::NoConversation),
        ApiError::refused(Refusal::CallsDisabled),
        ApiError::refused(Refusal::AlreadyInCall),
        ApiError::refused(Refusal::Busy),
        ApiError::refused(Refusal::PeerOffline),
        ApiError::refused(Refusal::BlockedByAsker),
        ApiError::refused(Refusal::Silenced),
        ApiError::refused(Refusal::TooManyCalls(A_MINUTE)),
    ];
    /// Moves a call on.
    OfCall: [
        ApiError::refused(Refusal::NoCall),
        ApiError::refused(Refusal::WrongState),
        ApiError::refused(Refusal::AnsweredElsewhere),
    ];
    /// Sends a signal.
    Signalling: [ApiError::TooLarge(limits::SIGNAL_BYTES), ApiError::refused(Refusal::TooManyCandidates), ApiError::refused(Refusal::TooManyOffers), TOO_OFTEN];
    /// Opens the socket.
    Connecting: [
        invalid("this is no upgrade to a WebSocket"),
        ApiError::ForeignOrigin,
        ApiError::TooManySockets(Duration::from_secs(5)),
    ];
}

/// Wants in.
pub(crate) struct Entering;

impl ErrorSet for Entering {
    fn errors() -> Vec<ApiError> {
        Uninvited::ALL.map(ApiError::Uninvited).into()
    }
}

const TOO_OFTEN: ApiError = ApiError::TooOften(Duration::from_secs(6));
const A_MINUTE: Duration = Duration::from_secs(60);

fn invalid(sentence: &str) -> ApiError {
    ApiError::Invalid(sentence.to_owned())
}

macro_rules! together {
    ($($name:ident)*) => {
        impl<$($name: ErrorSet),*> ErrorSet for ($($name,)*) {
            fn errors() -> Vec<ApiError> {
                [$($name::errors()),*].into_iter().flatten().collect()
            }
        }
    };
}

together!(A B);
together!(A B C);
together!(A B C D);
together!(A B C D E);

impl<T: ErrorSet> IntoResponses for Errors<T> {
    fn responses() -> BTreeMap<String, RefOr<Response>> {
        let mut by_status: BTreeMap<StatusCode, Vec<ApiError>> = BTreeMap::new();
        for error in T::errors().into_iter().chain([
            ApiError::Internal(String::new()),
            ApiError::Unavailable,
            ApiError::StorageFull,
        ]) {
            by_status.entry(error.status()).or_default().push(error);
        }
        by_status
            .into_iter()
            .map(|(status, errors)| (status.as_str().to_owned(), response(&errors)))
            .collect()
    }
}

/// One status, with an example for each of its codes.
fn response(errors: &[ApiError]) -> RefOr<Response> {
    let mut lines: Vec<_> =
        errors.iter().map(|error| format!("`{}`: {error}", error.code().as_str())).collect();
    lines.dedup();
    let mut content = Content::new(Some(Ref::from_schema_name("ErrorEnvelope")));
    for error in errors {
        let envelope = serde_json::json!(ErrorEnvelope { error: error.body() });
        let example = ExampleBuilder::new().summary(error.to_string()).value(Some(envelope)).build();
        content.examples.entry(error.code().as_str().to_owned()).or_insert(RefOr::T(example));
    }
    let response =
        ResponseBuilder::new().description(lines.join("\n\n")).content("application/json", content);
    let waits = errors.iter().any(|error| error.wait().is_some());
    let response = if waits { response.header("retry-after", retry_after()) } else { response };
    RefOr::T(response.build())
}

fn retry_after() -> utoipa::openapi::Header {
    let seconds = ObjectBuilder::new().schema_type(Type::Integer).minimum(Some(1)).build();
    HeaderBuilder::new()
        .schema(Some(seconds))
        .description(Some("Seconds until it may be tried again"))
        .build()
}

/// The header in which a device names itself.
pub(crate) struct Device;

impl IntoParams for Device {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "The device that asks, by the id that it gave itself; visible ASCII but not `~`. Calls are \
                           answered, ended and signalled in by devices. A client that leaves this out owes no proofs \
                           of life, and is its person: what is for it goes to all of that person's devices.";
        let header = ParameterBuilder::new().name(DEVICE_HEADER).parameter_in(ParameterIn::Header);
        let schema = <DeviceId as utoipa::PartialSchema>::schema();
        vec![header.required(Required::False).description(Some(description)).schema(Some(schema)).build()]
    }
}

/// The header that makes a second try harmless.
pub(crate) struct OnceKey;

impl IntoParams for OnceKey {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let description = "A key of the client's own choice, new for every new wish: the same request with the same key \
                           is done once within 24 hours, and answered as the first one was.";
        let header = ParameterBuilder::new().name(IDEMPOTENCY_HEADER).parameter_in(ParameterIn::Header);
        let key = ObjectBuilder::new()
            .schema_type(Type::String)
            .min_length(Some(1))
            .max_length(Some(limits::IDEMPOTENCY_KEY));
        let header = header.required(Required::False).description(Some(description));
        vec![header.schema(Some(key.pattern(Some("^[!#-\\[\\]-~]+$")).build())).build()]
    }
}
