//! A plugin that was built against 1.0 runs on a hub that speaks 1.1: the other half of `evolution.rs`.
//!
//! The newer hub is made here, function by function, with types found out by looking at the plugin: all that it offers
//! and asks for is called `@1.1.0`, and there is more of it than the plugin knows.

use wasmtime::component::types::{ComponentItem, Type};
use wasmtime::component::{Component, Linker, ResourceTable, Val};
use wasmtime::{Engine, Store};
use wasmtime_wasi::{WasiCtx, WasiCtxView, WasiView};

use crate::guests;

struct NewerHub {
    wasi: WasiCtx,
    table: ResourceTable,
    /// What the plugin called.
    called: Vec<String>,
}

impl WasiView for NewerHub {
    fn ctx(&mut self) -> WasiCtxView<'_> {
        WasiCtxView {
            ctx: &mut self.wasi,
            table: &mut self.table,
        }
    }
}

/// Some value of a type.
fn some(ty: &Type) -> Val {
    match ty {
        Type::Bool => Val::Bool(false),
        Type::U8 => Val::U8(0),
        Type::U16 => Val::U16(0),
        Type::U32 => Val::U32(0),
        Type::U64 => Val::U64(0),
        Type::String => Val::String(r#"{"behaviour": "nothing"}"#.to_owned()),
        Type::List(_) => Val::List(Vec::new()),
        Type::Option(_) => Val::Option(None),
        Type::Enum(cases) => Val::Enum(cases.names().next().expect("a case").to_owned()),
        Type::Record(record) => {
            let fields = record.fields();
            Val::Record(
                fields
                    .map(|field| (field.name.to_owned(), some(&field.ty)))
                    .collect(),
            )
        }
        Type::Result(result) => Val::Result(Ok(result.ok().map(|ty| Box::new(some(&ty))))),
        ty => panic!("no value of {ty:?} was needed so far"),
    }
}

/// The interface under the newer version's name.
fn newer(name: &str) -> String {
    let at_1_0 = name.strip_suffix("@1.0.0");
    format!("{}@1.1.0", at_1_0.expect("an interface of 1.0"))
}

fn hub_for(component: &Component, engine: &Engine) -> Linker<NewerHub> {
    let mut linker = Linker::new(engine);
    wasmtime_wasi::p2::add_to_linker_sync(&mut linker).expect("WASI");
    for (name, item) in component.component_type().imports(engine) {
        let (true, ComponentItem::ComponentInstance(interface)) = (name.starts_with("errand:"), item.ty)
        else {
            continue;
        };
        let mut offered = linker.instance(&newer(name)).expect("an interface");
        for (function, item) in interface.exports(engine) {
            if !matches!(item.ty, ComponentItem::ComponentFunc(_)) {
                continue;
            }
            let shown = format!("{name}#{function}");
            let call = move |mut store: wasmtime::StoreContextMut<'_, NewerHub>,
                             ty: wasmtime::component::types::ComponentFunc,
                             _: &[Val],
                             results: &mut [Val]| {
                store.data_mut().called.push(shown.clone());
                for (result, ty) in results.iter_mut().zip(ty.results()) {
                    *result = some(&ty);
                }
                Ok(())
            };
            offered.func_new(function, call).expect("a function");
        }
        // What 1.1 has and 1.0 had not.
        let more = |_: wasmtime::StoreContextMut<'_, NewerHub>,
                    _: wasmtime::component::types::ComponentFunc,
                    _: &[Val],
                    _: &mut [Val]| Ok(());
        offered
            .func_new("a-function-of-one-one", more)
            .expect("a function more");
    }
    linker
        .instance("errand:plugin/an-interface-of-one-one@1.1.0")
        .expect("an interface more");
    linker
}

#[test]
fn a_plugin_built_against_1_0_runs_on_a_hub_that_speaks_1_1() {
    let engine = Engine::default();
    let component = Component::new(&engine, guests::behaviours()).expect("a component");
    let hub = NewerHub {
        wasi: WasiCtx::builder().build(),
        table: ResourceTable::new(),
        called: Vec::new(),
    };
    let mut store = Store::new(&engine, hub);
    let linker = hub_for(&component, &engine);
    let instance = linker
        .instantiate(&mut store, &component)
        .expect("the newer hub has all that the plugin was built against");
    // The newer hub looks for what it calls under its own version.
    let events = instance.get_export_index(&mut store, None, "errand:plugin/events@1.1.0");
    let on_event = instance.get_export_index(&mut store, events.as_ref(), "on-event");
    let on_event = on_event.and_then(|index| instance.get_func(&mut store, index));
    let on_event = on_event.expect("the function of 1.0 under the name of 1.1");
    let arguments: Vec<Val> = on_event.ty(&store).params().map(|(_, ty)| some(&ty)).collect();
    let mut results = [Val::Bool(false)];
    on_event
        .call(&mut store, &arguments, &mut results)
        .expect("the call ends");
    let ignored = Val::Enum("ignored".to_owned());
    assert_eq!(results, [Val::Result(Ok(Some(Box::new(ignored))))]);
    let called = &store.data().called;
    assert_eq!(called, &["errand:plugin/settings@1.0.0#all"]);
}
