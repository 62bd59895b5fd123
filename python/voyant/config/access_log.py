"""Access logs: where lines go and what they say."""

import errno
import os

from voyant import ir
from voyant.config.access_log_filter import access_log_filter
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.format import format_string, json_format, text_format
from voyant.config.unpack import type_name, unpack

ACCESS_LOG = Fields(
    "envoy.config.accesslog.v3.AccessLog",
    reads={"typed_config", "filter"},
    no_effect={"name": "the type of typed_config decides"},
)
FILE = Fields(
    "envoy.extensions.access_loggers.file.v3.FileAccessLog",
    reads={"path", "format", "json_format", "typed_json_format", "log_format"},
)
STDOUT = Fields("envoy.extensions.access_loggers.stream.v3.StdoutAccessLog", reads={"log_format"})
STDERR = Fields("envoy.extensions.access_loggers.stream.v3.StderrAccessLog", reads={"log_format"})
DEFAULT_FORMAT = (
    '[%START_TIME%] "%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" '
    "%RESPONSE_CODE% %RESPONSE_FLAGS% %BYTES_RECEIVED% %BYTES_SENT% %DURATION% "
    '%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQ(X-FORWARDED-FOR)%" "%REQ(USER-AGENT)%" '
    '"%REQ(X-REQUEST-ID)%" "%REQ(:AUTHORITY)%" "%UPSTREAM_HOST%"\n'
)


def access_logs(messages: list[Proto], at: At, name: str = "access_log") -> list[ir.AccessLog]:
    """The access logs of a listener, connection manager, TCP proxy or the admin interface."""
    logs = (_access_log(message, at.item(name, i)) for i, message in enumerate(messages))
    return [log for log in logs if log is not None]


def file_log(path: str, at: At) -> ir.AccessLog:
    """A file with the default format."""
    return ir.AccessLog(sink=_file(path, at), format=_default(at), filter=None)


def _file(path: str, at: At) -> ir.AccessLogSinkFile:
    """A file to be appended to; reported when it could not be opened."""
    folder = os.path.dirname(path) or "."
    problem = None
    if os.path.isdir(path):
        problem = errno.EISDIR
    elif not os.path.isdir(folder):
        problem = errno.ENOENT
    elif not os.access(path if os.path.exists(path) else folder, os.W_OK):
        problem = errno.EACCES
    if problem is not None:
        at.error(f"unable to open file '{path}': {os.strerror(problem)}")
    return ir.AccessLogSinkFile(path=path)


def _access_log(message: Proto, at: At) -> ir.AccessLog | None:
    ACCESS_LOG.check(message, at)
    condition = None
    if message.HasField("filter"):
        condition = access_log_filter(message.filter, at.field("filter"))
    there = at.field("typed_config")
    typed = unpack(message.typed_config, there)
    if typed is None:
        return None
    kind = typed.DESCRIPTOR.full_name
    if kind == FILE.full_name:
        FILE.check(typed, there)
        sink: ir.AccessLogSink = _file(typed.path, there.field("path"))
        return ir.AccessLog(sink=sink, format=_file_format(typed, there), filter=condition)
    if kind == STDOUT.full_name:
        STDOUT.check(typed, there)
        sink = ir.AccessLogSinkStdout()
    elif kind == STDERR.full_name:
        STDERR.check(typed, there)
        sink = ir.AccessLogSinkStderr()
    else:
        there.field("@type").error(
            f"the access logger {type_name(message.typed_config)} is not supported yet",
            expected="a file, stdout or stderr",
        )
        return None
    if typed.WhichOneof("access_log_format") is None:
        lines = _default(there)
    else:
        lines = format_string(typed.log_format, there.field("log_format"))
    return ir.AccessLog(sink=sink, format=lines, filter=condition)


def _file_format(typed: Proto, at: At) -> ir.FormatString:
    kind = typed.WhichOneof("access_log_format")
    if kind == "format" and typed.format:
        return text_format(typed.format, at.field("format"), omit=False)
    if kind in ("json_format", "typed_json_format"):
        return json_format(getattr(typed, kind), at.field(kind), omit=False)
    if kind == "log_format":
        return format_string(typed.log_format, at.field("log_format"))
    return _default(at)


def _default(at: At) -> ir.FormatString:
    return text_format(DEFAULT_FORMAT, at, omit=False)
