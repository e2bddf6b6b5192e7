//! Names that the Java world generates at run time: proxies, accessors, lambdas.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::Regex;

use super::component::Leaf;

/// Accessors that the runtime makes for reflected methods; the number behind is dropped altogether.
const METHOD_ACCESSORS: [&str; 2] = [
    "sun.reflect.GeneratedMethodAccessor",
    "jdk.internal.reflect.GeneratedMethodAccessor",
];

/// What generators append to a class's name; `<auto>` takes the place of what follows the first group.
static GENERATED: LazyLock<[Regex; 7]> = LazyLock::new(|| {
    [
        // Accessors that OpenJDK makes for reflected constructors.
        r"(sun\.reflect\.Generated(?:Serialization)?ConstructorAccessor)\d+",
        // Spring's proxies.
        r"(\$\$[\w_]+?CGLIB\$\$)[a-fA-F0-9]+(?:_[0-9]+)?",
        JAVASSIST,
        // Clojure's anonymous functions.
        r"(\$fn__)\d+",
        // Guice's and others' proxies, with one dollar sign or two.
        r"(\$\$?EnhancerBy[\w_]+?\$?\$)[a-fA-F0-9]+(?:_[0-9]+)?",
        r"(\$\$?FastClassBy[\w_]+?\$?\$)[a-fA-F0-9]+(?:_[0-9]+)?",
        // Hibernate's proxies.
        r"(\$\$?HibernateProxy\$?\$)\w+(?:_[0-9]+)?",
    ]
    .map(pattern)
});
static JAVASSIST_PATTERN: LazyLock<Regex> = LazyLock::new(|| pattern(JAVASSIST));
const JAVASSIST: &str = r"(\$\$_javassist)(?:_seam)?(?:_[0-9]+)?";

fn pattern(text: &str) -> Regex {
    Regex::new(text).unwrap_or_else(|error| unreachable!("a valid pattern: {error}"))
}

/// Cleans a module (a class) in place.
pub(super) fn clean_module<'a>(leaf: &mut Leaf<'a>, module: &'a str) {
    if module.contains("$$Lambda$") {
        leaf.ignore("ignored because it is a lambda's generated class");
    }
    if let Some(accessor) = METHOD_ACCESSORS
        .into_iter()
        .find(|accessor| module.starts_with(accessor))
    {
        leaf.replace(accessor, "removed the number of a reflection accessor");
        return;
    }
    if !module.contains('$') && !module.starts_with("sun.reflect.") {
        return;
    }
    let mut cleaned = Cow::Borrowed(module);
    for generated in GENERATED.iter() {
        if let Cow::Owned(changed) = generated.replace_all(&cleaned, "${1}<auto>") {
            cleaned = Cow::Owned(changed);
        }
    }
    if cleaned != module {
        leaf.replace(cleaned, "removed what a code generator appended");
    }
}

/// Cleans a file name in place.
pub(super) fn clean_filename(leaf: &mut Leaf<'_>) {
    let Some(name) = leaf.value.as_deref().filter(|name| name.contains("$$_javassist")) else {
        return;
    };
    let cleaned = JAVASSIST_PATTERN.replace_all(name, "${1}<auto>").into_owned();
    leaf.replace(cleaned, "removed what javassist appended");
}
