//! A waPC host, as far as a policy needs one.
// From wapc-rs, wasmtime-provider callbacks.

#![expect(clippy::panic, reason = "a test whose guest breaks the protocol stops")]

use std::sync::LazyLock;
use wasmtime::{Caller, Engine, Extern, InstancePre, Linker, Module, Store};

static POLICY: LazyLock<InstancePre<Call>> = LazyLock::new(|| {
    let module = Module::new(&Engine::default(), policy()).expect("it is a module");
    let mut linker = Linker::new(module.engine());
    linker
        .func_wrap("wapc", "__guest_request", guest_request)
        .and_then(|linker| linker.func_wrap("wapc", "__guest_response", guest_response))
        .and_then(|linker| linker.func_wrap("wapc", "__guest_error", guest_error))
        .expect("names differ");
    linker
        .instantiate_pre(&module)
        .expect("it imports nothing else")
});

/// One call to the guest.
#[derive(Default)]
struct Call {
    operation: Vec<u8>,
    payload: Vec<u8>,
    response: Option<Vec<u8>>,
    error: Option<Vec<u8>>,
}

/// The policy as it is shipped.
pub(crate) fn policy() -> Vec<u8> {
    xtask::kubewarden::annotate(kubewarden_module::MODULE).expect("it is a module")
}

/// Calls the policy in an instance of its own, as the policy server does.
///
/// # Panics
/// The policy traps or breaks the protocol.
pub(crate) fn call(operation: &[u8], payload: &[u8]) -> Result<Vec<u8>, String> {
    let call = Call {
        operation: operation.to_vec(),
        payload: payload.to_vec(),
        ..Call::default()
    };
    let mut store = Store::new(POLICY.module().engine(), call);
    let instance = POLICY.instantiate(&mut store).expect("it starts");
    let guest_call = instance
        .get_typed_func::<(u32, u32), i32>(&mut store, "__guest_call")
        .expect("it is exported");
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("it fits into memory");
    let returned = guest_call
        .call(&mut store, (length(operation), length(payload)))
        .expect("it does not trap");
    let Call {
        response, error, ..
    } = store.into_data();
    match (returned, response, error) {
        (1, Some(response), None) => Ok(response),
        (0, None, Some(error)) => Err(String::from_utf8(error).expect("errors are text")),
        (returned, response, error) => panic!("{returned} {response:?} {error:?}"),
    }
}

fn guest_request(mut caller: Caller<'_, Call>, operation_at: u32, payload_at: u32) {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.expect("it is exported");
    let (memory, call) = memory.data_and_store_mut(&mut caller);
    for (at, bytes) in [(operation_at, &call.operation), (payload_at, &call.payload)] {
        memory[at as usize..][..bytes.len()].copy_from_slice(bytes);
    }
}

fn guest_response(mut caller: Caller<'_, Call>, at: u32, n_bytes: u32) {
    let bytes = copied(&mut caller, at, n_bytes);
    assert!(caller.data_mut().response.replace(bytes).is_none());
}

fn guest_error(mut caller: Caller<'_, Call>, at: u32, n_bytes: u32) {
    let bytes = copied(&mut caller, at, n_bytes);
    assert!(caller.data_mut().error.replace(bytes).is_none());
}

fn copied(caller: &mut Caller<'_, Call>, at: u32, n_bytes: u32) -> Vec<u8> {
    let memory = caller.get_export("memory").and_then(Extern::into_memory);
    let memory = memory.expect("it is exported");
    memory.data(caller)[at as usize..][..n_bytes as usize].to_vec()
}
