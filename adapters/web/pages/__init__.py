"""The pages that people see: what each shows, and what they do on it."""
