"""What goes wrong is told in one message on stderr, and by the exit code; no traceback."""

import errno
from functools import wraps

import typer
from rich.console import Console

ASKED_WRONGLY, FAILED, INTERRUPTED = 2, 1, 130
# An OSError with another number is a wrong path; these come up while running.
RUNNING = {errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EFBIG}


def told(command):
    """The command with its errors as messages: exit code 2 if it was asked wrongly, 1 if it failed while running."""

    @wraps(command)
    def run(*arguments, **options):
        try:
            return command(*arguments, **options)
        except BrokenPipeError:  # whoever reads has read enough, such as `head`
            raise
        except (ValueError, TypeError, OSError, ArithmeticError, MemoryError) as error:
            tell(f"error: {reason(error)}")
            raise typer.Exit(exit_code(error)) from error
        except KeyboardInterrupt as error:
            tell("interrupted: nothing was kept")
            raise typer.Exit(INTERRUPTED) from error

    return run


def tell(message: str):
    """A line on stderr, as it is."""
    Console(stderr=True, soft_wrap=True).print(message, markup=False, highlight=False)


def reason(error: BaseException) -> str:
    """The message of an error, without its number and never empty; of a file that the system refused, with its name."""
    if isinstance(error, OSError) and error.filename is not None:
        return f"cannot use {error.filename}: {error.strerror}"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__


def exit_code(error: BaseException) -> int:
    running = isinstance(error, ArithmeticError | MemoryError) or getattr(error, "errno", None) in RUNNING
    return FAILED if running else ASKED_WRONGLY
