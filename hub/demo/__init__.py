"""The whole story on real wires."""
