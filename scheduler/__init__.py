"""The outer ring: process, time and command line. Only `bootstrap` builds adapters."""
