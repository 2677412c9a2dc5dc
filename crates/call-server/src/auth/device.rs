//! The name that a device gives itself, in a request's header or in `hello`.
//! Never asks whether the device was here before: the name is the client's choice.

use crate::error::ApiError;
use call_protocol::DeviceId;
use call_rules::NO_DEVICE;

/// Checks the name that a device gives itself.
///
/// # Errors
/// When it is empty, too long, or not plain visible text.
pub fn device_name(name: &str) -> Result<DeviceId, ApiError> {
    let device = DeviceId::parse(name).filter(|name| name.as_str() != NO_DEVICE);
    device
        .ok_or_else(|| ApiError::Invalid("a device id is 1 to 64 visible ASCII characters, not ~".to_owned()))
}
