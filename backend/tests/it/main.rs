//! The server from outside: real HTTP, real files, real processes.
