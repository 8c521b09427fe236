"""The core: values, rules and use-cases. Knows no SDK, no database, no network, no clock."""
