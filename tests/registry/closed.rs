//! An address on loopback where connections are refused.

use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};

/// A port that nobody listens on, and that nobody else gets while the value lives.
pub struct ClosedPort {
    // The port is that of the connection's near end, so it is taken without being listened on.
    near: TcpStream,
    _far: TcpListener,
}

impl ClosedPort {
    /// Takes a port.
    ///
    /// # Panics
    /// When loopback cannot be used.
    pub fn take() -> ClosedPort {
        let far = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has free ports");
        let address = far.local_addr().expect("a bound socket has an address");
        let near = TcpStream::connect(address).expect("the listener is there");
        ClosedPort { near, _far: far }
    }

    /// Its address and port.
    ///
    /// # Panics
    /// Never: a connected socket has an address.
    pub fn address(&self) -> SocketAddr {
        self.near
            .local_addr()
            .expect("a connected socket has an address")
    }
}

#[test]
fn connections_are_refused() {
    let closed = ClosedPort::take();
    let error = TcpStream::connect(closed.address()).unwrap_err();
    assert_eq!(error.kind(), std::io::ErrorKind::ConnectionRefused);
}
