"""The admin interface's listener."""

from voyant import ir
from voyant.config.access_log import access_logs, file_log
from voyant.config.address import address, socket_options
from voyant.config.at import At
from voyant.config.audit import Fields
from voyant.config.descriptors import Proto
from voyant.config.matcher import string_matcher
from voyant.config.options import Options

ADMIN = Fields(
    "envoy.config.bootstrap.v3.Admin",
    reads={
        "access_log",
        "access_log_path",
        "address",
        "socket_options",
        "allow_paths",
        "ignore_global_conn_limit",
    },
    no_effect={"profile_path": "there is no profiler to be started by the admin interface"},
)


def admin(bootstrap: Proto, at: At, options: Options) -> ir.Admin | None:
    """The admin interface; nothing without an address."""
    if not bootstrap.HasField("admin"):
        return None
    message, there = bootstrap.admin, at.field("admin")
    ADMIN.check(message, there)
    logs = access_logs(message.access_log, there)
    if message.access_log_path:
        logs.append(file_log(message.access_log_path, there.field("access_log_path")))
    allowed = [
        string_matcher(pattern, there.item("allow_paths", i))
        for i, pattern in enumerate(message.allow_paths)
    ]
    options_of_socket = socket_options(message.socket_options, there, "socket_options")
    if not message.HasField("address"):
        return None
    found = address(message.address, there.field("address"))
    if found is None:
        return None
    return ir.Admin(
        address=found,
        socket_options=options_of_socket,
        access_logs=logs,
        allow_paths=allowed,
        ignore_global_connection_limit=message.ignore_global_conn_limit,
        address_path=options.admin_address_path,
    )
