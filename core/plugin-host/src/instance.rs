//! One call: a fresh store and instance, a deadline over all of it, and what it used.

use std::collections::{BTreeMap, BTreeSet};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use errand_model::InstallationId;
use errand_model::grant::Grant;
use errand_model::staged::Person;
use serde_json::{Map, Value};
use tokio::time::{Instant, timeout_at};
use wasmtime::component::{Instance, ResourceTable};
use wasmtime::{Engine, Store, StoreContextMut, Trap};
use wasmtime_wasi::{WasiCtx, WasiCtxBuilder, WasiCtxView, WasiView};

use crate::attempt::Severity;
use crate::component::Plugin;
use crate::error::CallError;
use crate::host::WallClock;
use crate::limits::{Meter, RunClock};
use crate::oauth::Given;
use crate::occasions::CallHead;
use crate::reach::Reach;
use crate::record::{Record, Stdio, sanitize};
use crate::secrets::{self, Secrets};
use crate::services::Target;
use crate::shared::Shared;

/// Bytes of randomness that one call into the hub gives.
const MAX_RANDOM: u64 = 4096;
/// Handles that a guest may hold.
const MAX_HANDLES: usize = 256;

/// What a guest's imports work on.
pub(crate) struct State {
    pub(crate) shared: Arc<Shared>,
    pub(crate) installation: InstallationId,
    pub(crate) settings: Map<String, Value>,
    pub(crate) secrets: Secrets,
    pub(crate) reach: Reach,
    /// Access tokens that this call uses, by the account's setting.
    pub(crate) tokens: BTreeMap<String, Given>,
    /// Accounts whose token was renewed because it was not taken.
    pub(crate) renewed: BTreeSet<String>,
    pub(crate) is_dry_run: bool,
    /// When requests have to be answered: a little before the call's own deadline, so that the guest can still say
    /// that the other side was slow.
    pub(crate) requests_until: Instant,
    pub(crate) record: Record,
    pub(crate) kv_operations_left: usize,
    pub(crate) reads_left: usize,
    /// Whom alerts can name, once that was asked for.
    pub(crate) targets: Option<Vec<Target>>,
    /// In whose name issues are changed from here on.
    pub(crate) acting_as: Option<Person>,
    meter: Meter,
    stdout: Stdio,
    stderr: Stdio,
    wasi: Option<WasiCtx>,
    table: ResourceTable,
}

impl WasiView for State {
    /// Made when the guest first asks for something of it: few calls do.
    fn ctx(&mut self) -> WasiCtxView<'_> {
        let (shared, stdout, stderr) = (&self.shared, &self.stdout, &self.stderr);
        WasiCtxView {
            ctx: self.wasi.get_or_insert_with(|| wasi(shared, stdout, stderr)),
            table: &mut self.table,
        }
    }
}

fn wasi(shared: &Shared, stdout: &Stdio, stderr: &Stdio) -> WasiCtx {
    WasiCtxBuilder::new()
        .stdout(stdout.clone())
        .stderr(stderr.clone())
        .wall_clock(WallClock(Arc::clone(&shared.clock)))
        .max_random_size(MAX_RANDOM)
        .allow_tcp(false)
        .allow_udp(false)
        .allow_ip_name_lookup(false)
        .build()
}

/// For whom a call is made.
pub(crate) struct CallContext<'a> {
    pub(crate) installation: InstallationId,
    pub(crate) config: &'a Value,
    pub(crate) grant: &'a Grant,
    pub(crate) timeout: Duration,
    pub(crate) is_dry_run: bool,
}

impl<'a> From<&'a CallHead> for CallContext<'a> {
    fn from(head: &'a CallHead) -> Self {
        CallContext {
            installation: head.installation,
            config: &head.config,
            grant: &head.grant,
            timeout: head.timeout,
            is_dry_run: head.is_dry_run,
        }
    }
}

/// What a call used and left behind.
#[derive(Debug)]
pub(crate) struct Usage {
    /// What was written down meanwhile.
    pub(crate) record: Record,
    pub(crate) cpu: Duration,
    pub(crate) wall: Duration,
    pub(crate) memory: usize,
    pub(crate) secrets: Secrets,
}

/// Instantiates `plugin`, runs `body` on the instance and drops it, within the limits.
pub(crate) async fn run<T>(
    shared: &Arc<Shared>,
    plugin: &Plugin,
    context: CallContext<'_>,
    body: impl AsyncFnOnce(&mut Store<State>, Instance) -> wasmtime::Result<T>,
) -> (Result<T, CallError>, Usage) {
    let started = Instant::now();
    let timeout = context.timeout.min(shared.limits.wall);
    let run_clock = RunClock::new();
    let state = State::new(shared, plugin, &context, started + timeout, run_clock.clone());
    let Some(machine) = plugin.machine.get() else {
        let asleep = CallError::Host("the plugin was called before it was compiled".to_owned());
        return (Err(asleep), state.into_usage(Duration::ZERO, started.elapsed()));
    };
    let mut store = store(&machine.engine, state);
    let mut cpu = Duration::ZERO;
    let call = Box::pin(async {
        let instance = machine.pre.instantiate_async(&mut store).await?;
        body(&mut store, instance).await
    });
    let call = Metered {
        call,
        run_clock,
        spent: &mut cpu,
    };
    let result = timeout_at(started + timeout, call).await;
    // After a deadline the guest hangs in the middle of something: its store may only be dropped.
    let state = store.into_data();
    let result = match result {
        Ok(Ok(value)) => Ok(value),
        Ok(Err(error)) => Err(explain(&error, &state, shared)),
        Err(_) => Err(CallError::Deadline(timeout)),
    };
    (result, state.into_usage(cpu, started.elapsed()))
}

fn store(engine: &Engine, state: State) -> Store<State> {
    let hostcall_bytes = state.shared.limits.hostcall_bytes;
    let mut store = Store::new(engine, state);
    store.limiter(|state| &mut state.meter);
    store.set_hostcall_fuel(hostcall_bytes);
    store.set_epoch_deadline(1);
    store.epoch_deadline_callback(|mut store: StoreContextMut<'_, State>| Ok(store.data_mut().meter.tick()));
    store
}

impl State {
    fn new(
        shared: &Arc<Shared>,
        plugin: &Plugin,
        context: &CallContext<'_>,
        deadline: Instant,
        run_clock: RunClock,
    ) -> Self {
        let (settings, secrets) = secrets::split(&plugin.manifest, context.config);
        let limits = &shared.limits;
        let mut table = ResourceTable::new();
        table.set_max_capacity(MAX_HANDLES);
        let margin = (deadline.saturating_duration_since(Instant::now()) / 10).min(Duration::from_secs(1));
        State {
            shared: Arc::clone(shared),
            installation: context.installation,
            settings,
            secrets,
            reach: Reach::new(&plugin.manifest, context.config, context.grant),
            tokens: BTreeMap::new(),
            renewed: BTreeSet::new(),
            is_dry_run: context.is_dry_run,
            requests_until: deadline - margin,
            record: Record::new(limits.log_bytes),
            kv_operations_left: limits.kv_operations,
            reads_left: limits.reads,
            targets: None,
            acting_as: None,
            meter: Meter::new(limits.memory_of(plugin.info.size), limits.cpu, run_clock),
            stdout: Stdio::new(),
            stderr: Stdio::new(),
            wasi: None,
            table,
        }
    }

    fn into_usage(mut self, cpu: Duration, wall: Duration) -> Usage {
        for (stream, severity) in [(&self.stdout, Severity::Info), (&self.stderr, Severity::Error)] {
            for line in stream.take().lines().filter(|line| !line.trim().is_empty()) {
                if self.record.has_room() {
                    self.record.push(severity, &self.secrets.scrub(line), "");
                }
            }
        }
        Usage {
            record: self.record.finish(),
            cpu,
            wall,
            memory: self.meter.memory(),
            secrets: self.secrets,
        }
    }
}

/// What ended a call: the flags of the limits first, because traps often hide them.
fn explain(error: &wasmtime::Error, state: &State, shared: &Shared) -> CallError {
    if state.meter.is_cpu_exhausted {
        return CallError::CpuBudget(shared.limits.cpu);
    }
    if state.meter.is_memory_exhausted {
        return CallError::Memory(state.meter.memory_limit());
    }
    if error.is::<wasmtime::PoolConcurrencyLimitError>() {
        return CallError::Host("all plugin instances are in use".to_owned());
    }
    let text = match error.downcast_ref::<Trap>() {
        Some(trap) => trap.to_string(),
        None => error.root_cause().to_string(),
    };
    CallError::Trapped(sanitize(&state.secrets.scrub(&text)))
}

/// Adds up the time that a future takes of its thread.
struct Metered<'a, F> {
    call: Pin<Box<F>>,
    run_clock: RunClock,
    spent: &'a mut Duration,
}

impl<F: Future> Future for Metered<'_, F> {
    type Output = F::Output;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<F::Output> {
        let started = Instant::now();
        self.run_clock.resume(started);
        let poll = self.call.as_mut().poll(context);
        *self.spent += started.elapsed();
        poll
    }
}
