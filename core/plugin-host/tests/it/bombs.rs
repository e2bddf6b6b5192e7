//! Components that hurt whoever takes them in, made by a generator: nobody would want to read them.

use serde_json::json;

/// A manifest for components that have none.
pub(crate) fn manifest() -> Vec<u8> {
    json!({"id": "bomb", "name": "Bomb", "version": "1"})
        .to_string()
        .into_bytes()
}

/// A component around one core module.
fn component(module: &[u8]) -> Vec<u8> {
    let mut wasm = b"\0asm\x0d\0\x01\0".to_vec();
    section(&mut wasm, 1, module);
    wasm
}

fn section(wasm: &mut Vec<u8>, id: u8, content: &[u8]) {
    wasm.push(id);
    leb128(wasm, content.len());
    wasm.extend_from_slice(content);
}

fn leb128(wasm: &mut Vec<u8>, mut number: usize) {
    loop {
        let low = u8::try_from(number & 0x7f).expect("seven bits");
        number >>= 7;
        wasm.push(if number > 0 { low | 0x80 } else { low });
        if number == 0 {
            return;
        }
    }
}

/// A module of `functions` functions without parameters, all with this body.
fn module(functions: usize, body: &[u8]) -> Vec<u8> {
    let mut wasm = b"\0asm\x01\0\0\0".to_vec();
    section(&mut wasm, 1, &[1, 0x60, 0, 0]);
    let mut types = Vec::new();
    leb128(&mut types, functions);
    types.resize(types.len() + functions, 0);
    section(&mut wasm, 3, &types);
    let mut code = Vec::new();
    leb128(&mut code, functions);
    for _ in 0..functions {
        leb128(&mut code, body.len());
        code.extend_from_slice(body);
    }
    section(&mut wasm, 10, &code);
    wasm
}

/// A few functions as large as functions may be, whose thousands of variables all live in a nest of loops: registers
/// are hard to find for them. Ten megabytes of component, gigabytes and minutes of compiler.
pub(crate) fn slow_to_compile() -> Vec<u8> {
    const VARIABLES: usize = 2_000;
    const LOOPS: usize = 20_000;
    let mut body = vec![1];
    leb128(&mut body, VARIABLES);
    body.push(0x7f);
    for turn in 0..LOOPS {
        // loop; local.get a; local.get b; i32.add; local.set c; local.get c; br_if 0; end
        body.extend_from_slice(&[0x03, 0x40]);
        for (operation, variable) in [(0x20, turn * 7), (0x20, turn * 13 + 5)] {
            body.push(operation);
            leb128(&mut body, variable % VARIABLES);
        }
        body.extend_from_slice(&[0x6a, 0x21]);
        leb128(&mut body, (turn * 31 + 11) % VARIABLES);
        body.push(0x20);
        leb128(&mut body, (turn * 31 + 11) % VARIABLES);
        body.extend_from_slice(&[0x0d, 0, 0x0b]);
    }
    body.push(0x0b);
    component(&module(8, &body))
}

/// `unreachable`.
pub(crate) const TRAP: &[u8] = &[0, 0x00, 0x0b];
/// `loop br 0 end`.
pub(crate) const SPIN: &[u8] = &[0, 0x03, 0x40, 0x0c, 0, 0x0b, 0x0b];

/// A component whose module runs this body when it is instantiated. It exports an empty instance under the name of
/// an interface of the hub, so that it gets as far as that.
pub(crate) fn hostile_at_start(body: &[u8]) -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    section(&mut module, 1, &[1, 0x60, 0, 0]);
    section(&mut module, 3, &[1, 0]);
    section(&mut module, 8, &[0]);
    let mut code = vec![1];
    leb128(&mut code, body.len());
    code.extend_from_slice(body);
    section(&mut module, 10, &code);
    instantiated(&module)
}

/// A component whose module begins with a gigabyte of memory.
pub(crate) fn hungry_at_start() -> Vec<u8> {
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    let mut memory = vec![1, 0];
    leb128(&mut memory, 16_384);
    section(&mut module, 5, &memory);
    instantiated(&module)
}

fn instantiated(module: &[u8]) -> Vec<u8> {
    let mut wasm = component(module);
    // (core instance (instantiate 0))
    section(&mut wasm, 2, &[1, 0x00, 0, 0]);
    // (instance), of no exports at all
    section(&mut wasm, 5, &[1, 0x01, 0]);
    let name = b"errand:plugin/digests@1.0.0";
    let mut export = vec![1, 0x00];
    leb128(&mut export, name.len());
    export.extend_from_slice(name);
    // the instance of index 0, without a type of its own
    export.extend_from_slice(&[0x05, 0, 0x00]);
    section(&mut wasm, 11, &export);
    wasm
}
