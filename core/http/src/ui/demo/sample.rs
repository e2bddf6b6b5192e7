//! Events as a shop's back end would send them.

use errand_model::{EventId, Timestamp};
use serde_json::{Value, json};

/// The samples: name, and what the button says.
pub(super) const SAMPLES: [(&str, &str); 4] = [
    ("checkout", "A checkout fails"),
    ("timeout", "The database does not answer"),
    ("slow", "A warning about a slow query"),
    ("crash", "The program crashes"),
];

/// An envelope with the sample; none if there is no such sample.
pub(super) fn envelope(name: &str, id: EventId, now: Timestamp) -> Option<String> {
    let mut event = match name {
        "checkout" => checkout(),
        "timeout" => timeout(),
        "slow" => slow(),
        "crash" => crash(),
        _ => return None,
    };
    let shared = json!({
        "event_id": id, "timestamp": now.to_string(), "environment": "demo", "server_name": "shop-1",
        "release": "errand-demo@1.0.0", "sdk": {"name": "errand.demo", "version": "1.0.0"},
        "user": {"id": "42", "email": "kim@example.com"},
        "tags": {"demo": "server", "license": "DEMO-0042"},
        "contexts": {"os": {"type": "os", "name": "Debian GNU/Linux", "version": "12"}},
        "breadcrumbs": crumbs(now),
    });
    if let (Value::Object(event), Value::Object(shared)) = (&mut event, shared) {
        event.extend(shared);
    }
    let header = json!({"event_id": id, "sent_at": now.to_string()});
    Some(format!("{header}\n{}\n{event}\n", json!({"type": "event"})))
}

fn crumbs(now: Timestamp) -> Value {
    let at = |millis| now.plus_millis(millis).to_string();
    json!([
        {"timestamp": at(-4_200), "type": "http", "category": "http", "message": "GET /cart",
         "data": {"method": "GET", "url": "https://shop.example/cart", "status_code": 200}},
        {"timestamp": at(-1_300), "category": "query", "message": "SELECT * FROM voucher WHERE code = ?"},
        {"timestamp": at(-80), "category": "console", "level": "warning", "message": "voucher is missing"}
    ])
}

/// A frame of the shop, or of a library.
fn frame(file: &str, function: &str, line: i64, source: [&str; 3], is_app: bool) -> Value {
    json!({
        "filename": file, "abs_path": format!("/srv/{file}"), "module": file.replace('/', ".").trim_end_matches(".py"),
        "function": function, "lineno": line, "in_app": is_app,
        "pre_context": [source[0]], "context_line": source[1], "post_context": [source[2]],
    })
}

fn checkout() -> Value {
    let mut own = frame(
        "shop/checkout.py",
        "total",
        31,
        [
            "    subtotal = sum(item.price for item in cart)",
            "    return subtotal - cart.voucher.amount",
            "",
        ],
        true,
    );
    own["vars"] =
        json!({"cart": "<Cart of 3 items>", "subtotal": "48.5", "card_number": "4111 1111 1111 1111"});
    json!({
        "platform": "python", "level": "error", "transaction": "shop.checkout.place_order",
        "request": {"method": "POST", "url": "https://shop.example/checkout", "query_string": "step=pay",
            "headers": {"User-Agent": "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
            "data": {"pay_by": "card", "password": "hunter2"}},
        "exception": {"values": [{
            "type": "AttributeError", "value": "'NoneType' object has no attribute 'amount'", "module": "builtins",
            "mechanism": {"type": "django", "handled": false},
            "stacktrace": {"frames": [
                frame("django/core/handlers/base.py", "_get_response", 197, ["    try:", "        response = wrapped(request, *args)", "    except Exception:"], false),
                frame("shop/checkout.py", "place_order", 18, ["    cart = load_cart(request)", "    amount = total(cart)", "    charge(cart.owner, amount)"], true),
                own,
            ]}
        }]}
    })
}

fn timeout() -> Value {
    let connect = frame(
        "shop/stock.py",
        "connect",
        12,
        [
            "    try:",
            "        return pool.get(timeout=5)",
            "    except Timeout as error:",
        ],
        true,
    );
    let reserve = frame(
        "shop/stock.py",
        "reserve",
        27,
        [
            "def reserve(item):",
            "    with connect() as db:",
            "        db.reserve(item)",
        ],
        true,
    );
    json!({
        "platform": "python", "level": "error", "transaction": "shop.stock.reserve",
        "exception": {"values": [
            {"type": "Timeout", "value": "no connection within 5 s (pool of 10, 10 busy)", "module": "pool",
             "stacktrace": {"frames": [frame("pool/core.py", "get", 88, ["", "        raise Timeout(self.describe())", ""], false)]}},
            {"type": "DatabaseUnavailable", "value": "the stock database does not answer", "module": "shop.stock",
             "mechanism": {"type": "generic", "handled": true}, "stacktrace": {"frames": [reserve, connect]}}
        ]}
    })
}

fn slow() -> Value {
    json!({
        "platform": "python", "level": "warning", "logger": "shop.db", "transaction": "shop.search",
        "logentry": {"message": "The query took %s ms", "params": ["2310"], "formatted": "The query took 2310 ms"},
    })
}

fn crash() -> Value {
    let native = |function: &str, package: &str, address: &str, is_app: bool| json!({"function": function, "package": package, "instruction_addr": address, "in_app": is_app});
    json!({
        "platform": "native", "level": "fatal", "transaction": "label-printer",
        "exception": {"values": [{
            "type": "SIGSEGV", "value": "Segfault: address 0x0 is not mapped",
            "mechanism": {"type": "signalhandler", "handled": false},
            "stacktrace": {
                "frames": [
                    native("__libc_start_main", "/lib/x86_64-linux-gnu/libc.so.6", "0x7f2c5ae2724a", false),
                    native("main", "/usr/bin/label-printer", "0x55d0c0a01180", true),
                    native("render_label(Order const&)", "/usr/bin/label-printer", "0x55d0c0a0142f", true)
                ],
                "registers": {"rip": "0x55d0c0a0142f", "rsp": "0x7ffd3e8b1c30", "rax": "0x0"}
            }
        }]}
    })
}

#[cfg(test)]
mod tests {
    use errand_model::event::Event;

    use super::*;

    #[test]
    fn every_button_has_an_event_that_can_be_read() {
        let now = Timestamp::from_seconds(1_790_000_000);
        for (name, _) in SAMPLES {
            let envelope = envelope(name, EventId([7; 16]), now).expect("a sample");
            let event = envelope.lines().nth(2).expect("an event");
            let event = Event::from_json(event.as_bytes())
                .expect("JSON")
                .expect("an event");
            assert_eq!(
                event.event_id.as_deref(),
                Some("07070707070707070707070707070707")
            );
            assert!(
                event.main_exception().is_some() || event.logentry.is_some(),
                "{name}"
            );
        }
        assert!(envelope("nothing", EventId([7; 16]), now).is_none());
    }
}
