"""Access logs: where lines go and what they say."""

import errno
import os

from voyant import ir
from voyant.config.access_log_filter import access_log_filter
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.data_source import data_source
from voyant.config.descriptors import Proto
from voyant.config.format import ACCESS_LOG as ACCESS_LOG_FORMAT
from voyant.config.format import parse
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
FORMAT_STRING = Fields(
    "envoy.config.core.v3.SubstitutionFormatString",
    reads={"text_format", "json_format", "text_format_source", "omit_empty_values"},
    no_effect={
        "content_type": "a log line has none; a body's is read where the body is",
        "json_format_options": "keys are always sorted",
    },
    unsupported={"formatters"},
)

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
        lines = log_format(typed.log_format, there.field("log_format"))
    return ir.AccessLog(sink=sink, format=lines, filter=condition)


def _file_format(typed: Proto, at: At) -> ir.AccessLogFormat:
    kind = typed.WhichOneof("access_log_format")
    if kind == "format" and typed.format:
        return _text(typed.format, at.field("format"), omit=False)
    if kind == "json_format":
        return _json(typed.json_format, at.field("json_format"), omit=False, typed=False)
    if kind == "typed_json_format":
        return _json(typed.typed_json_format, at.field("typed_json_format"), omit=False)
    if kind == "log_format":
        return log_format(typed.log_format, at.field("log_format"))
    return _default(at)


def _default(at: At) -> ir.AccessLogFormat:
    return _text(DEFAULT_FORMAT, at, omit=False)


def log_format(message: Proto, at: At) -> ir.AccessLogFormat:
    """The format of a `SubstitutionFormatString`."""
    FORMAT_STRING.check(message, at)
    omit = message.omit_empty_values
    kind = message.WhichOneof("format")
    if kind == "json_format":
        return _json(message.json_format, at.field("json_format"), omit=omit)
    if kind == "text_format_source":
        there = at.field("text_format_source")
        text = data_source(message.text_format_source, there)
        there = there.field(message.text_format_source.WhichOneof("specifier") or "inline_string")
        return _text(text, there, omit=omit)
    return _text(message.text_format, at.field("text_format"), omit=omit)


def _text(text: str, at: At, *, omit: bool) -> ir.AccessLogFormatText:
    segments = parse(text, at, ACCESS_LOG_FORMAT)
    return ir.AccessLogFormatText(segments=segments, omit_empty_values=omit)


def _json(struct: Proto, at: At, *, omit: bool, typed: bool = True) -> ir.AccessLogFormatJson:
    template = _object(struct.fields, at, typed=typed)
    return ir.AccessLogFormatJson(template=template, omit_empty_values=omit)


def _object(fields: Proto, at: At, *, typed: bool) -> ir.JsonTemplate:
    members = [
        ir.JsonMember(key=key, value=_value(fields[key], at.field(key), typed=typed))
        for key in sorted(fields)
    ]
    return ir.JsonTemplateObject(members=members)


def _value(value: Proto, at: At, *, typed: bool) -> ir.JsonTemplate:
    kind = value.WhichOneof("kind")
    if kind == "string_value":
        return ir.JsonTemplateFormat(segments=parse(value.string_value, at, ACCESS_LOG_FORMAT))
    if kind == "struct_value":
        return _object(value.struct_value.fields, at, typed=typed)
    if kind == "list_value":
        items = value.list_value.values
        return ir.JsonTemplateList(items=[_value(item, at, typed=typed) for item in items])
    if kind == "number_value":
        return ir.JsonTemplateNumber(value=value.number_value)
    if kind == "bool_value":
        return ir.JsonTemplateBool(value=value.bool_value)
    return ir.JsonTemplateNull()
