//! Who asks: tokens of API clients and sessions of people.
