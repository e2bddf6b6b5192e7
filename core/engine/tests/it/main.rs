//! The engine over a real database and a real queue; plugins alone are played.

mod deliveries;
mod digest;
mod lifecycle;
mod plugins;
mod setting;
