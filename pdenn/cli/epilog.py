"""What stands below every `--help`: examples, and what the exit codes mean."""

EXIT_CODES = (
    "Exit codes: 0 it went well; 1 a claim or a test failed, or the run did; 2 the input was wrong; 130 interrupted."
)


def epilog(*examples: str) -> str:
    """For typer."""
    return "\n".join(["Examples:", *(f"  pdenn {example}" for example in examples), "", EXIT_CODES])
