"""What only freshclam and freshclam.conf know (ClamAV 1.4 and 1.5): pure data, as `table`."""

from __future__ import annotations

from dataclasses import replace

from nacre.config.option import Kind, Option, Program, Status
from nacre.config.row import number, switch, text

_TO = Program.FRESHCLAM

# A row should look like a row:
# fmt: off
UPDATES: tuple[Option, ...] = (
    switch("no_warnings", "", "no-warnings", "Print errors only.", to=_TO),
    switch("show_progress", "", "show-progress",
           "Show how far a download is, on a terminal or not.", to=_TO),
    switch("daemon", "", "daemon", "Stay and look for updates Checks times a day.", short="d",
           to=_TO),
    switch("no_dns", "", "no-dns", "Ask the mirrors for versions, not the DNS.", to=_TO),
    switch("list_mirrors", "", "list-mirrors", "Show which mirrors are used.", to=_TO),
    text("update_database", "", "update-db", "Update this database only.", metavar="NAME", to=_TO,
         multiple=True),
    text("log_file", "UpdateLogFile", "log", "Append the report to FILE.", short="l",
         metavar="FILE", to=_TO),
    text("database_owner", "DatabaseOwner", "user", "Account to run as, when started by root.",
         short="u", metavar="USER", default="clamav", to=_TO),
    number("checks", "Checks", "checks", 12, "Looks for updates in a day.", short="c", to=_TO),
    text("dns_database_info", "DNSDatabaseInfo", "",
         "Name whose TXT record tells the versions; no for none.",
         default="current.cvd.clamav.net", metavar="NAME", to=_TO),
    text("database_mirror", "DatabaseMirror", "", "Where databases come from.", metavar="HOST",
         to=_TO, multiple=True),
    text("private_mirror", "PrivateMirror", "",
         "A mirror of one's own, asked before all others and without DNS.", metavar="HOST", to=_TO,
         multiple=True),
    number("max_attempts", "MaxAttempts", "", 3, "Times that a mirror is asked.", to=_TO),
    switch("scripted_updates", "ScriptedUpdates", "", "Fetch differences, not whole files.",
           on=True, to=_TO),
    switch("test_databases", "TestDatabases", "",
           "Try a database before it is used. Cannot be switched off here.", on=True, to=_TO),
    switch("compress_local_database", "CompressLocalDatabase", "",
           "Compress what differences are applied to.", to=_TO),
    text("extra_database", "ExtraDatabase", "", "Fetch this optional database as well.",
         metavar="NAME", to=_TO, multiple=True),
    text("exclude_database", "ExcludeDatabase", "", "Do not fetch this database.", metavar="NAME",
         to=_TO, multiple=True),
    text("database_custom_url", "DatabaseCustomURL", "",
         "Fetch this file as well (http, https, ftp or file).", metavar="URL", to=_TO,
         multiple=True),
    text("http_proxy_server", "HTTPProxyServer", "", "Proxy, with or without a scheme.",
         metavar="HOST", to=_TO),
    number("http_proxy_port", "HTTPProxyPort", "", None, "Its port.", to=_TO, metavar="PORT"),
    text("http_proxy_username", "HTTPProxyUsername", "", "Name that it asks for.", to=_TO),
    text("http_proxy_password", "HTTPProxyPassword", "", "Password that it asks for.", to=_TO),
    text("http_user_agent", "HTTPUserAgent", "",
         "What requests are called. ClamAV's own mirrors refuse other names.", to=_TO),
    text("notify_clamd", "NotifyClamd", "daemon-notify",
         "Tell the clamd of this clamd.conf to load new databases.", metavar="FILE", to=_TO,
         optional=True),
    text("on_update_execute", "OnUpdateExecute", "on-update-execute",
         "Program to run after an update.", metavar="COMMAND", to=_TO),
    text("on_error_execute", "OnErrorExecute", "on-error-execute",
         "Program to run when an update fails.", metavar="COMMAND", to=_TO),
    text("on_outdated_execute", "OnOutdatedExecute", "on-outdated-execute",
         "Program to run when there is a newer ClamAV; %v is its version.", metavar="COMMAND",
         to=_TO),
    text("local_ip_address", "LocalIPAddress", "local-address", "Address to connect from.",
         short="a", metavar="ADDRESS", to=_TO),
    number("connect_timeout", "ConnectTimeout", "", 30, "Seconds that a connection may take.",
           to=_TO),
    number("receive_timeout", "ReceiveTimeout", "", 60,
           "Seconds that a download may pause; 0 is no limit.", to=_TO),
    *(
        replace(option, status=Status.HIDDEN)
        for option in (
            switch("install_service", "", "install-service", "Windows only.", to=_TO),
            switch("uninstall_service", "", "uninstall-service", "Windows only.", to=_TO),
            switch("service_mode", "", "service-mode", "Windows only.", to=_TO),
        )
    ),
    *(
        Option(f"ignored_{name}", Kind.STRING, _TO, name=name, status=Status.IGNORED)
        for name in ("SafeBrowsing", "AllowSupplementaryGroups")
    ),
)
# fmt: on
