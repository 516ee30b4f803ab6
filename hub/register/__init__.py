"""The credential register: scans and score sheets of people, sealed, classified, with their versions."""
