"""The other side of each wire, speaking real bytes on a socket: for the demo, the tests and a first try."""
