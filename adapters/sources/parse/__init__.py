"""Reading: foreign bytes to entries, in a process pool whose processes may be killed."""
