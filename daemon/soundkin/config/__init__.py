"""Settings: the only place with defaults, limits and meanings, and the only judge of values. Light to import.

`sections` lists every setting, `field` says what one setting knows of itself, `network` what the addresses in [osc]
must look like, `judgement` reads `soundkin.toml` and names every problem at once.
"""

from soundkin.config.judgement import (
    Judgement,
    each_setting,
    problems_of,
    read_settings,
    setting_named,
)
from soundkin.config.network import controller_address, is_loopback, network_of
from soundkin.config.sections import (
    DEFAULT_PORT,
    AnalysisSettings,
    IndexSettings,
    LogSettings,
    OscSettings,
    ScanSettings,
    Settings,
    worker_count,
)

__all__ = [
    "DEFAULT_PORT",
    "AnalysisSettings",
    "IndexSettings",
    "Judgement",
    "LogSettings",
    "OscSettings",
    "ScanSettings",
    "Settings",
    "controller_address",
    "each_setting",
    "is_loopback",
    "network_of",
    "problems_of",
    "read_settings",
    "setting_named",
    "worker_count",
]
