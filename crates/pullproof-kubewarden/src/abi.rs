//! What the policy server calls, and what the policy calls there: waPC.
//!
//! The host calls `__guest_call` with two lengths, writes operation and payload to where
//! `__guest_request` says, and reads the answer in `__guest_response` or `__guest_error`.
// From wapc-rs, wapc-guest protocol.

#![expect(
    unsafe_code,
    reason = "linear memory is shared with the host by address"
)]

use crate::call;

#[link(wasm_import_module = "wapc")]
unsafe extern "C" {
    /// Writes the operation and the payload, each in as many bytes as `__guest_call` was told.
    fn __guest_request(operation: *mut u8, payload: *mut u8);
    /// Reads the answer.
    fn __guest_response(text: *const u8, n_bytes: usize);
    /// Reads why there is none.
    fn __guest_error(text: *const u8, n_bytes: usize);
}

/// Answers the call that the host holds: 1 with an answer, 0 with an error.
// SAFETY: no other crate of this module exports anything, and waPC alone gives the name a meaning.
#[unsafe(no_mangle)]
extern "C" fn __guest_call(n_operation_bytes: usize, n_payload_bytes: usize) -> i32 {
    let (Some(mut operation), Some(mut payload)) =
        (zeroes(n_operation_bytes), zeroes(n_payload_bytes))
    else {
        return fail("there is no memory for the payload");
    };
    // SAFETY: each buffer is as long as what the host said it writes there, nothing else refers to
    // them, and the host keeps neither address.
    unsafe { __guest_request(operation.as_mut_ptr(), payload.as_mut_ptr()) };
    match call(&String::from_utf8_lossy(&operation), &payload) {
        Ok(answer) => {
            // SAFETY: the address and length are those of a slice, which the host copies before it
            // returns.
            unsafe { __guest_response(answer.as_ptr(), answer.len()) };
            1
        }
        Err(message) => fail(&message),
    }
}

fn fail(message: &str) -> i32 {
    // SAFETY: the address and length are those of a string, which the host copies before it
    // returns.
    unsafe { __guest_error(message.as_ptr(), message.len()) };
    0
}

/// So many zeroes; `None` when memory does not hold them.
fn zeroes(n_bytes: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(n_bytes).ok()?;
    bytes.resize(n_bytes, 0);
    Some(bytes)
}
