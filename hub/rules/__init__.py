"""Link rules: pure functions from a dossier, a position and an instant to a standing. No clock, no I/O.

The hub judges by ``standing`` and the modules beside it. The packages ``attendance``, ``credentials``, ``demands``,
``people``, ``posts``, ``telling``, ``closing`` and ``files`` are the engine that takes their place: timelines, periods
and events, held to worked examples by their tests. Until the hub asks them, nothing that is decided comes from there.
"""
