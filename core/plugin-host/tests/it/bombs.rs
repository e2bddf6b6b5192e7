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
