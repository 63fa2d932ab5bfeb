"""Which addresses may be fetched, and how an address is written so that one page has one.

The text of an address is taken apart once, here; what is connected to is made from the parts, so no second reading of
the text can find another host in it. No request is made here.
"""

import ipaddress
import re
from dataclasses import dataclass
from posixpath import normpath
from urllib.parse import quote, unquote, urljoin, urlsplit

from corpus.errors import FetchError

__all__ = ["IP", "Address", "canonical", "is_address", "parsed", "refusal", "same_site"]

IP = ipaddress.IPv4Address | ipaddress.IPv6Address
PORTS = {"http": 80, "https": 443}
LONGEST = 2000  # characters; what browsers and servers are sure to take
SHOWN = 200
SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
UNFIT = re.compile(
    r"[\x00-\x20\x7f-\xa0\u2028\u2029\\]"
)  # white space, control characters, and what is read as a slash
NAME = re.compile(r"(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?")
NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)$")  # the last label of what is read as an IPv4 address (WHATWG URL, 3.5)
KEPT = "/:@!$&'()*+,;=~-._"  # stands in a path as it is (RFC 3986, 3.3)
ESCAPE = re.compile("%([0-9A-Fa-f]{2})")
UNRESERVED = re.compile("[A-Za-z0-9._~-]")
# Parameters that only tell where a reader came from. One that may name a page on some site ("ref", "id", "source", "cid")
# is not among them: two articles must never become one.
TRACKERS = re.compile(
    r"(?:utm|mtm|hsa|guce)_\w+|(?:ga|pk|piwik)_(?:source|medium|campaign|term|content|kwd|keyword|place)|"
    r"at_(?:medium|campaign|custom\d|format|link_\w+|ptr_name|bbc_team)|(?:fb|g|dc|tw|tt|y|ys|gc|irc)clid|msclkid|"
    r"srsltid|gclsrc|[gw]braid|igsh(?:id)?|li_fat_id|mc_[ce]id|mkt_tok|_hsenc|_hsmi|__hs\w+|hsctatracking|"
    r"vero_(?:id|conv)|oly_(?:anon|enc)_id|_openstat|wt_mc\w*|wt\.mc_\w+|s_kwcid|ref_(?:src|url)|guccounter|xtor|_ga|_gl",
    re.IGNORECASE,
)
# IANA's special-purpose registries for IPv4 and IPv6 (RFC 6890 and what updates it), with what each is for; then one address
# of the public range that a cloud answers its own machines on. Of IPv6 only 2000::/3 is in use for the public network, so
# loopback, mapped, compatible, NAT64 (64:ff9b::/96 and :1::/48), unique local, link-local and multicast lie outside.
REFUSED: tuple[tuple[str, str], ...] = (
    ("0.0.0.0/8", "unspecified"),
    ("10.0.0.0/8", "private"),
    ("100.64.0.0/10", "carrier-grade"),
    ("127.0.0.0/8", "loopback"),
    ("169.254.0.0/16", "link-local"),
    ("172.16.0.0/12", "private"),
    ("192.0.0.0/24", "reserved"),
    ("192.0.2.0/24", "documentation"),
    ("192.31.196.0/24", "reserved"),
    ("192.52.193.0/24", "reserved"),
    ("192.88.99.0/24", "6to4 relay"),
    ("192.168.0.0/16", "private"),
    ("192.175.48.0/24", "reserved"),
    ("198.18.0.0/15", "benchmark"),
    ("198.51.100.0/24", "documentation"),
    ("203.0.113.0/24", "documentation"),
    ("224.0.0.0/4", "multicast"),
    ("240.0.0.0/4", "reserved"),
    ("168.63.129.16/32", "cloud"),
    ("::/128", "unspecified"),
    ("::1/128", "loopback"),
    ("::ffff:0:0/96", "embedded IPv4"),
    ("::/96", "embedded IPv4"),
    ("64:ff9b::/96", "embedded IPv4"),
    ("64:ff9b:1::/48", "embedded IPv4"),
    ("2001::/32", "embedded IPv4"),
    ("2002::/16", "embedded IPv4"),
    ("2001:db8::/32", "documentation"),
    ("2001:2::/48", "benchmark"),
    ("2001::/23", "reserved"),
    ("2620:4f:8000::/48", "reserved"),
    ("3fff::/20", "documentation"),
    ("fc00::/7", "private"),
    ("fe80::/10", "link-local"),
    ("ff00::/8", "multicast"),
)
NETWORKS = tuple((ipaddress.ip_network(network), kind) for network, kind in REFUSED)
PUBLIC_V6 = ipaddress.ip_network("2000::/3")


@dataclass(frozen=True, slots=True)
class Address:
    """An address in its parts. `host` is in lower case, in ASCII, IPv6 without brackets; `target` is path and query."""

    scheme: str
    host: str
    port: int
    target: str

    def __str__(self) -> str:
        return self.origin + self.target

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}" + ("" if self.port == PORTS[self.scheme] else f":{self.port}")

    @property
    def ip(self) -> IP | None:
        """The IP address that stands in place of a name, if one does."""
        try:
            return ipaddress.ip_address(self.host)
        except ValueError:
            return None


def is_address(text: str) -> bool:
    """Tell whether a text begins as an address does, of whatever scheme; a path does not."""
    return SCHEME.match(text) is not None


def parsed(text: str, base: Address | None = None) -> Address:
    """Return an address in its parts, a relative one as seen from `base`; a fragment is left out. Raises FetchError.

    Refused: schemes other than http and https, ports other than 80 and 443, a user name or password, an IPv4 address in
    any other notation than four decimal numbers, an IPv6 zone, characters that programs read differently.
    """
    shown = "".join(c if c.isprintable() else "\ufffd" for c in text[:SHOWN])
    if len(text) > LONGEST:
        raise FetchError(f"{shown}...", f"an address has at most {LONGEST:,} characters.")
    if UNFIT.search(text):
        raise FetchError(shown, "white space, backslashes and control characters cannot stand in an address.")
    try:
        parts = urlsplit(urljoin(str(base), text) if base is not None else text)
        port = parts.port
    except ValueError as error:
        raise FetchError(shown, f"not an address ({error}). Check it.") from error
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise FetchError(shown, f"{scheme or 'such'} addresses are not read, only http and https. Save it as a file.")
    if "@" in parts.netloc:
        raise FetchError(shown, "an address with a user name or password is not read. Save the page and add the file.")
    port = PORTS[scheme] if port is None else port
    if port not in PORTS.values():
        raise FetchError(shown, f"port {port} is not read, only 80 and 443. Save the page and add the file.")
    target = _quoted(parts.path or "/", KEPT) + ("?" + _quoted(parts.query, KEPT + "/?[]") if parts.query else "")
    return Address(scheme, _host(parts.netloc, parts.hostname or "", shown), port, target)


def _host(netloc: str, host: str, shown: str) -> str:
    """Return a host as it is looked up: an IP address in its one notation, or a name in ASCII. Raises FetchError."""
    if netloc.startswith("["):
        try:
            if "%" in host:
                raise FetchError(shown, "an address with an IPv6 zone is not read.")
            return ipaddress.IPv6Address(host).compressed
        except ValueError as error:
            raise FetchError(shown, f"not an address ({error}). Check it.") from error
    name = (host if host.isascii() else _in_ascii(host, shown)).lower().removesuffix(".")
    if not NAME.fullmatch(name) or len(name) > 253:
        raise FetchError(shown, f"{host or 'nothing'!r} is not the name of a site. Check it.")
    if NUMERIC.match(name.rpartition(".")[2]):
        try:
            return str(ipaddress.IPv4Address(name))
        except ValueError as error:
            raise FetchError(shown, f"{host} is not the name of a site, nor four decimal numbers. Check it.") from error
    return name


def _in_ascii(host: str, shown: str) -> str:
    import idna  # here, since few names need it

    try:
        return idna.encode(host, uts46=True).decode("ascii")
    except idna.IDNAError as error:
        raise FetchError(shown, f"{host!r} is not the name of a site ({error}). Check it.") from error


def _quoted(text: str, kept: str) -> str:
    """Return a text with everything escaped that an address cannot hold, and nothing that it need not escape."""

    def plain(match: re.Match[str]) -> str:
        letter = chr(int(match[1], 16))
        return letter if UNRESERVED.fullmatch(letter) else match[0].upper()

    return quote(ESCAPE.sub(plain, text), safe=kept + "%")


def refusal(ip: IP, port: int) -> str | None:
    """Return why nothing may be asked there ("private"), or None if it is a web port of the public network."""
    if port not in PORTS.values():
        return f"port {port}"
    for network, kind in NETWORKS:
        if ip in network:
            return kind
    if isinstance(ip, ipaddress.IPv6Address):
        if int(ip) >> 32 & 0xFDFFFFFF == 0x5EFE:  # ISATAP (RFC 5214), with or without its "universal" bit
            return "embedded IPv4"
        return None if ip in PUBLIC_V6 else "reserved"
    return None if ip.is_global else "reserved"


def canonical(text: str) -> str:
    """Return the one form in which an address is kept: no fragment, no tracking parameters, no dots. Raises FetchError.

    The parameters keep their order and a path its last slash: to some sites they make a difference.
    """
    address = parsed(text)
    path, _, query = address.target.partition("?")
    kept = "&".join(part for part in query.split("&") if part and not TRACKERS.fullmatch(_name(part)))
    return address.origin + _without_dots(path) + (f"?{kept}" if kept else "")


def _name(parameter: str) -> str:
    return unquote(parameter.partition("=")[0])


def _without_dots(path: str) -> str:
    """Return a path without "." and ".." and doubled slashes at its beginning; its last slash is kept."""
    if not {".", ".."} & set(path.split("/")):
        return "/" + path.lstrip("/") if path.startswith("//") else path
    plain = normpath("/" + path.lstrip("/"))
    return plain + "/" if path.endswith(("/", "/.", "/..")) and plain != "/" else plain


def same_site(one: str, other: str) -> bool:
    """Tell whether two hosts are one site but for "www.", "m." or "amp." before its name."""
    return _bare(one) == _bare(other)


def _bare(host: str) -> str:
    return re.sub(r"^(?:www|m|mobile|amp)\.(?=.+\.)", "", host)
