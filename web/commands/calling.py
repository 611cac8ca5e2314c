"""Reading one command's options, and telling its troubles in one sentence."""

from collections.abc import Callable, Sequence

import typer
from typer.exceptions import TyperException

from estate.refusals import Problems, Refusal
from web.commands import Trouble


def call(name: str, function: Callable[..., object], arguments: Sequence[str]) -> int:
    """Run a command's function with its options as typed; returns the exit code."""
    command = typer.Typer(
        add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False
    )
    command.command(name, context_settings={"help_option_names": ["-h", "--help"]})(function)
    try:
        code = command(args=list(arguments), prog_name=f"opgang {name}", standalone_mode=False)
    except TyperException as error:
        said = error.format_message().rstrip(".")
        raise Trouble(f"{said}; see opgang {name} --help.") from None
    except typer.Abort:
        raise Trouble("Nothing was done.") from None
    except Problems as refusal:
        first = next(iter(refusal.problems.values()))
        raise Trouble(first.text.format(**first.values)) from None
    except Refusal as refusal:
        raise Trouble(refusal.message.text.format(**refusal.message.values)) from None
    except OSError as error:
        where = f"{error.filename}: " if error.filename else ""
        raise Trouble(f"{where}{error.strerror or error}.") from error
    return code if isinstance(code, int) else 0
