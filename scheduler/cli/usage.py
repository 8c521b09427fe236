"""Usage errors in plain words: what of a command line cannot be, and where it is told how it is written."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Sequence
from typing import Any, Final

from typer.exceptions import TyperException

_EXTRA: Final = re.compile(r"Got unexpected extra argument\(s\) \((.*)\)", re.DOTALL)
_NO_COMMAND: Final = re.compile(r"No such command '(.*?)'", re.DOTALL)
_VALUE: Final = re.compile(r"Option '?(.+?)'? (requires an argument|does not take a value)")


def usage_error(error: TyperException) -> str:
    """
    Give the sentences for a command line that Typer refuses. The option or argument is named as it is typed; Typer's own words are left only
    where nothing better is known.
    """
    context: Any = getattr(error, "ctx", None)
    command = context.command_path if context else "paperround"
    return f"{_problem(error, context, command)} See: {command} --help"


def help_of_bare(error: TyperException) -> Callable[[], str] | None:
    """Give what shows the help of a command that groups others, where nothing stands behind it; None for every other error."""
    context: Any = getattr(error, "ctx", None)
    return context.get_help if context and type(error).__name__ == "NoArgsIsHelpError" else None


def _problem(error: TyperException, context: Any, command: str) -> str:
    if (parameter := getattr(error, "param", None)) is not None:
        return _of_parameter(error, parameter, command)
    if found := _VALUE.match(error.message):
        return f"{found[1]} {'needs a value' if found[2].startswith('requires') else 'takes no value'}."
    told = _of_command(error, context, command) if context else None
    return told or _as_end(error.format_message())


def _of_parameter(error: TyperException, parameter: Any, command: str) -> str:
    if type(error).__name__ != "MissingParameter":
        # Typer reads values by pydantic, which puts this before whatever it was told.
        return f"{_named(parameter)}: {_as_end(error.message.removeprefix('Value error, '))}"
    told = _as_end(getattr(parameter, "help", None) or "")
    return f"{command} needs {_named(parameter)}{f': {told[0].lower()}{told[1:]}' if told else '.'}"


def _of_command(error: TyperException, context: Any, command: str) -> str | None:
    """Say what is wrong with what stands behind a command; None where Typer says something else."""
    parameters, commands = context.command.params, list(getattr(context.command, "commands", ()))
    if type(error).__name__ == "NoSuchOption":
        option: Any = getattr(error, "option_name", "")
        known = [name for one in parameters for name in one.opts]
        return f"{command} has no option {option}.{_meant(option, known)}"
    if found := _EXTRA.match(error.message):
        takes = [_named(one) for one in parameters if one.param_type_name == "argument"]
        # What follows an address may be the rest of its password, where the shell took a space or a & of it for its own.
        more = f"{found[1]} is" if not _may_be_secret(takes, found[1]) else "there are words behind it, which are"
        return f"{command} takes {' and '.join(takes) or 'options'} alone: {more} too much."
    if found := _NO_COMMAND.match(error.message):
        called = "of that name" if _may_be_secret((), found[1]) else repr(found[1])
        return f"{command} has no command {called}.{_meant(found[1], commands)}"
    return None


def _may_be_secret(takes: Sequence[str], words: str) -> bool:
    """Whether words that a command does not take may hold part of the password of a database."""
    return "ADDRESS" in takes or "@" in words or "://" in words


def _named(parameter: Any) -> str:
    """Give an option as it is typed, an argument by the name that its help has."""
    if parameter.param_type_name == "option":
        return str(max(parameter.opts, key=len))
    return str(parameter.metavar or parameter.name).strip("{}[].").upper()


def _meant(word: str, known: Sequence[str]) -> str:
    near = difflib.get_close_matches(word, known, n=1)
    return f" Did you mean {near[0]}?" if near else ""


def _as_end(sentence: str) -> str:
    """Give a sentence with its full stop."""
    told = sentence.strip()
    return told if not told or told.endswith((".", "?", "!")) else f"{told}."
