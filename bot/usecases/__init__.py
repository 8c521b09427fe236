"""The use-cases, one verb a file: functions and classes that take their ports."""
