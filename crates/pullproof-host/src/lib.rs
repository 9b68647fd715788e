//! Runs policy components: limits, deadlines, compiled code, reloading.
