//! The admission webhook: reviews over HTTPS, judged by policy components.

fn main() {}
