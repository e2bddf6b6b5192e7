use super::*;

fn native(function: &str) -> String {
    trim(function, "native").into_owned()
}

#[test]
fn arguments_return_types_and_templates_go() {
    for (function, trimmed) in [
        ("main", "main"),
        ("foo(int, char const*)", "foo"),
        ("int foo(void)", "foo"),
        ("unsigned int Foo::bar() const", "Foo::bar"),
        ("Foo::bar() const &", "Foo::bar"),
        (
            "std::vector<int, std::allocator<int> >::push_back(int)",
            "std::vector<T>::push_back",
        ),
        (
            "void (anonymous namespace)::helper<int>()",
            "(anonymous namespace)::helper<T>",
        ),
        (
            "`anonymous namespace'::helper(int)",
            "`anonymous namespace'::helper",
        ),
        ("operator<<(int)", "operator<<"),
        ("Foo::operator()(int)", "Foo::operator()"),
        ("Foo::operator->()", "Foo::operator->"),
        ("foo(int) [clone .part.1]", "foo"),
        ("Foo::operator== <T>(int)", "Foo::operator== <T>"),
    ] {
        assert_eq!(native(function), trimmed);
    }
}

#[test]
fn lambdas_are_called_the_same_by_all_compilers() {
    for function in [
        "main::{lambda(int)#1}::operator()(int) const",
        "main::$_0::operator()(int) const",
        "main::lambda_0123456789abcdef0123456789abcdef::operator()(int) const",
    ] {
        assert_eq!(native(function), "main::lambda::operator()");
    }
    assert_eq!(native("?A0xdeadbeef::run(int)"), "`anonymous namespace'::run");
}

#[test]
fn rust_keeps_the_type_and_loses_the_hash() {
    assert_eq!(
        native("core::panicking::panic::h0123456789abcdef"),
        "core::panicking::panic"
    );
    assert_eq!(native("<Foo as Bar>::baz"), "Foo::baz");
    assert_eq!(
        native("<T as core::convert::Into<U>>::into"),
        "core::convert::Into<T>::into"
    );
    assert_eq!(
        native("std::rt::lang_start::{{closure}}"),
        "std::rt::lang_start::{{closure}}"
    );
}

#[test]
fn swift_names_stand_before_the_arrow() {
    let swift = |function| trim(function, "cocoa").into_owned();
    assert_eq!(
        swift("ViewController.tap(Any) throws -> ()"),
        "ViewController.tap"
    );
    assert_eq!(swift("closure #1 in Foo.bar()"), "closure in Foo.bar");
    assert_eq!(swift("@callee_guaranteed () -> ()"), "closure");
    assert_eq!(
        swift("variable initialization expression of static Foo.bar"),
        "initializer expression of Foo.bar"
    );
    assert_eq!(swift("-[NSView display:]"), "-[NSView display:]");
}

#[test]
fn decorations_of_linkers_go() {
    assert_eq!(native("_Foo@12"), "_Foo");
    assert_eq!(native("memcpy@@GLIBC_2.14"), "memcpy");
}

#[test]
fn placeholders_and_other_languages_stay() {
    assert_eq!(native("<redacted>"), "<redacted>");
    assert_eq!(trim("Foo.bar(int)", "python"), "Foo.bar(int)");
    assert_eq!(trim("Foo.Bar (System.Int32 x)", "csharp"), "Foo.Bar");
}

#[test]
fn brackets_without_end_do_no_harm() {
    for function in ["foo(", "foo<", "foo>", ")foo(", "<<<<", "a [ b", ""] {
        let _ = native(function);
    }
    let deep = "<".repeat(MAX_NAME) + &">".repeat(MAX_NAME);
    assert_eq!(native(&deep), deep, "too long to be trimmed");
    let _ = native(&("<".repeat(MAX_NAME / 2) + &">".repeat(MAX_NAME / 2)));
}
