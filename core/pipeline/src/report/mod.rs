//! Reports: what people ask for in a form or an address, and the answer as a table, as CSV, as JSON and as mail.

mod ask;
mod csv;
mod letter;
mod step;
mod table;

pub use ask::{Ask, SPANS, STEPS};
pub use csv::csv;
pub use letter::{Letter, letter};
pub use step::name_of_step;
pub use table::{Line, Table};
