//! Real binaries, real WebAssembly, real sockets.
