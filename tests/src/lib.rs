//! The product from outside: HTTP in, effects out.
