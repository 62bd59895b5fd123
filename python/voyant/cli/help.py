"""What the command line says of itself."""

from __future__ import annotations

from voyant.cli.flags import FLAGS, Flag, Values

COMMANDS = """usage: voyant COMMAND ...

Voyant is a proxy that takes Envoy's configuration as it is.

  voyant run -c FILE         serve a configuration, with the flags of `envoy`
  voyant validate FILE...    say all that is wrong with configurations
  voyant --version           show the version
  voyant COMMAND --help      say more about a command
"""
VALIDATE = """usage: voyant validate [--allow-unknown-static-fields] FILE...

Says all that is wrong with each configuration, one line a finding:
  file:line:column: path: what is wrong; what was expected; a hint
Warnings are shown, too; only errors make a configuration be refused. Findings go to stdout. The
exit code is 0 when all files are good, 1 when one is not, 2 when the command line is wrong.
"""
RUN = """usage: voyant run -c FILE [flags]

Serves a configuration until it is told to leave. The flags are those of `envoy`.

Signals: SIGTERM and SIGINT stop accepting, finish what is in flight within the drain time, and
leave with exit code 0; a second one leaves at once, with 1. SIGUSR1 opens log files anew. SIGHUP
does nothing.
"""


def asked(values: Values) -> str:
    """What `--help` or one of the version flags of `voyant run` shows; empty: none was given."""
    if values.get("help"):
        return run_help()
    if values.get("version"):
        from voyant.version import VERSION

        return f"\nvoyant  version: {VERSION}\n"
    if values.get("hot_restart_version"):
        return "disabled"
    return ""


def run_help() -> str:
    """All flags, by what they are for."""
    groups = [RUN]
    for title, flags in FLAGS.items():
        groups.append(f"{title}:\n" + "".join(f"{_line(flag)}\n" for flag in flags))
    return "\n".join(groups).rstrip()


def _line(flag: Flag) -> str:
    short = f"-{flag.short}, " if flag.short else "    "
    left = f"  {short}--{flag.name} {flag.value}".rstrip()
    if len(left) >= 40:
        return f"{left}\n{'':40}{flag.text}"
    return f"{left:40}{flag.text}"
