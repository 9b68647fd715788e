//! The admission webhook: reviews over HTTPS, judged by policy components.

pub mod answer;
pub mod calendar;
pub mod config;
pub mod deadline;
pub mod evaluate;
pub mod health;
pub mod judge;
pub mod log;
pub mod metrics;
pub mod policies;
pub mod queue;
pub mod reload;
pub mod review;
pub mod server;
pub mod service;
pub mod stamp;
pub mod state;
pub mod tls;
pub mod verdict;
