"""Settings: environment, .env and one TOML file become typed settings; all faults are told at once."""
