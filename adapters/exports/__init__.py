"""Exports: what the team knows in the forms that other programs read. A module a form; `forms` has a row for each."""
