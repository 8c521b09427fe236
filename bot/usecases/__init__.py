"""The use-cases: collect, compile, deliver, record, reconcile, recall. One file each, functions that take their ports."""
