from collections.abc import Iterable

class IP:
    ip: str | tuple[str, int, int]
    is_IPv4: bool

class Adapter:
    ips: list[IP]

def get_adapters() -> Iterable[Adapter]: ...
