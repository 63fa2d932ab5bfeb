"""No address that leads to this machine or its neighbours is taken, however it is written; one page has one address."""

import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corpus.addresses import canonical, parsed, refusal, same_site
from corpus.errors import FetchError

NOT_PUBLIC = [
    # loopback, private, link-local, carrier-grade
    *("127.0.0.1", "127.0.0.53", "127.255.255.254", "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255"),
    *("192.168.0.1", "192.168.255.255", "169.254.0.1", "169.254.169.254", "100.64.0.1", "100.127.255.255"),
    "100.100.100.200",
    # unspecified, multicast, reserved, documentation, benchmark, relays, a cloud's own
    *("0.0.0.0", "0.1.2.3", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "192.0.0.1", "192.0.0.192"),
    *("192.0.2.1", "198.51.100.1", "203.0.113.1", "198.18.0.1", "198.19.255.255", "192.88.99.1", "168.63.129.16"),
    # IPv6 of the same kinds
    *("::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "fdff::1", "ff02::1", "ff0e::1"),
    *("2001:db8::1", "3fff::1", "2001:2::1", "100::1", "2001:10::1", "2001:20::1", "5f00::1", "4000::1"),
    # IPv4 inside IPv6: mapped, compatible, translated, NAT64, 6to4, Teredo, ISATAP
    *("::ffff:127.0.0.1", "::ffff:8.8.8.8", "::127.0.0.1", "::ffff:0:10.0.0.1", "64:ff9b::7f00:1", "64:ff9b::808:808"),
    *("64:ff9b:1::7f00:1", "2002:7f00:1::", "2002:a00:1::1", "2001:0:7f00:1::1", "2607:f8b0::5efe:127.0.0.1"),
    "2607:f8b0::200:5efe:10.0.0.1",
]
# Loopback, private and other hosts written so that a filter may read past them.
WRITTEN = [
    *("http://127.1/", "http://127.0.1/", "http://2130706433/", "http://0x7f000001/", "http://0x7f.0.0.1/"),
    *("http://0177.0.0.1/", "http://017700000001/", "http://127.0.0.01/", "http://0/", "http://0x0/", "http://0x/"),
    *("http://127.0.0.0x1/", "http://1.2.3/", "http://256.256.256.256/", "http://127.0.0.1.1/", "http://4294967296/"),
    *("http://127。0。0。1/", "http://１２７．０．０．１/", "http://①②⑦.⓪.⓪.①/", "http://127｡0｡0｡1/"),
    *("http://0x7F。1/", "http://[::1%25lo]/", "http://[fe80::1%25eth0]/", "http://[::1%lo]/", "http://127.0.0.1%2f/"),
    *(
        "http://127.0.0.1%00.example.org/",
        "http://%31%32%37.0.0.1/",
        "http://127.0.0.1%23@example.org/",
        "http://[::1/",
    ),
    *("http://::1/", "http://[1.2.3.4]/", "http://[::1].example.org/", "http:///etc/passwd", "http://", "http://./"),
    *(
        "http://exa mple.org/",
        "http://example.org\t/",
        "http://example.org\r\nHost: x/",
        "http://example.org\\@127.0.0.1/",
    ),
    *(
        "http://a..b/",
        "http://-a.example/",
        "http://exam\u00adple.1/",
        f"http://{'a' * 64}.example/",
        "http://a.\u202eb/",
    ),
]
OTHERWISE = [
    *("ftp://example.org/", "file:///etc/passwd", "gopher://127.0.0.1:6379/_INFO", "data://text", "javascript://x"),
    *("feed://example.org/", "ws://example.org/", "dict://example.org/", "jar:http://example.org!/", "//example.org/"),
    *(
        "http://user@example.org/",
        "http://user:pw@example.org/",
        "http://@example.org/",
        "http://example.org@127.0.0.1/",
    ),
    *("http://example.org:22/", "http://example.org:8080/", "https://example.org:6379/", "http://example.org:0/"),
    *("http://example.org:99999/", "http://example.org:-1/", "http://example.org:8o/", "http://example.org:80:80/"),
    "http://example.org/" + "a" * 2000,
]


@pytest.mark.parametrize("ip", NOT_PUBLIC)
def test_an_ip_address_that_is_not_public_is_refused(ip: str) -> None:
    assert refusal(ipaddress.ip_address(ip), 80)


@pytest.mark.parametrize("ip", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00:1450::1"])
def test_a_public_ip_address_is_not_refused(ip: str) -> None:
    assert refusal(ipaddress.ip_address(ip), 80) is None


def test_a_port_that_is_not_the_web_s_is_refused() -> None:
    assert refusal(ipaddress.ip_address("8.8.8.8"), 6379) == "port 6379"


@given(st.ip_addresses())
def test_no_ip_address_is_taken_that_python_holds_to_be_special(
    ip: ipaddress.IPv4Address | ipaddress.IPv6Address,
) -> None:
    special = not ip.is_global or ip.is_private or ip.is_multicast or ip.is_reserved or ip.is_loopback
    assert not special or refusal(ip, 443)


@pytest.mark.parametrize("text", WRITTEN)
def test_a_host_in_another_notation_is_no_site_or_an_address_that_is_refused(text: str) -> None:
    try:
        ip = parsed(text).ip
    except FetchError as error:
        assert "\n" not in str(error)
    else:
        assert ip is not None and refusal(ip, 443)


@pytest.mark.parametrize("text", OTHERWISE)
def test_other_schemes_ports_and_users_are_refused_in_one_line(text: str) -> None:
    with pytest.raises(FetchError, match=r"not read|not an address|at most 2,000"):
        parsed(text)


@given(st.text(max_size=40), st.text("0123456789abcdefx.:%[]@/\\\u3002１ ", max_size=24))
def test_no_text_whatever_is_anything_but_an_address_or_a_fetch_error(anything: str, host: str) -> None:
    for text in (anything, f"http://{host}/{anything}"):
        try:
            address = parsed(text)
        except FetchError:
            continue
        assert address.host.isascii() and address.port in (80, 443)
        assert parsed(str(address)) == address


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("HTTP://News.Example:80", "http://news.example/"),
        ("https://news.example:443/a#part", "https://news.example/a"),
        ("https://news.example/a?utm_source=x&id=3&fbclid=y", "https://news.example/a?id=3"),
        ("https://news.example/a?UTM_Medium=x", "https://news.example/a"),
        ("https://news.example/a?b=2&a=1", "https://news.example/a?b=2&a=1"),
        ("https://news.example/a/", "https://news.example/a/"),
        ("https://news.example/x/../a/./b", "https://news.example/a/b"),
        ("https://news.example/%7eines/%c3%a9?q=%20", "https://news.example/~ines/%C3%A9?q=%20"),
        ("https://news.example/é b".replace(" ", "%20"), "https://news.example/%C3%A9%20b"),
        ("https://bücher.example./a", "https://xn--bcher-kva.example/a"),
        ("https://[2606:4700:0:0::1111]/a", "https://[2606:4700::1111]/a"),
        ("http://news.example:443/a", "http://news.example:443/a"),
        ("https://news.example/a?", "https://news.example/a"),
        ("https://news.example//a", "https://news.example/a"),
        ("https://news.example/?p=12", "https://news.example/?p=12"),
    ],
)
def test_an_address_has_one_form(typed: str, kept: str) -> None:
    assert canonical(typed) == kept
    assert canonical(kept) == kept


def test_a_parameter_that_may_name_a_page_stays() -> None:
    address = "https://news.example/a?ref=7&source=8&cid=9&session=2&game=1&cmp=5"
    assert canonical(address) == address


def test_a_relative_address_is_seen_from_its_page() -> None:
    base = parsed("https://news.example/a/b?c")
    assert str(parsed("../d", base)) == "https://news.example/d"
    assert str(parsed("//other.example/e", base)) == "https://other.example/e"
    assert str(parsed("?page=2", base)) == "https://news.example/a/b?page=2"


def test_hosts_of_one_site_are_told_from_others() -> None:
    assert same_site("www.news.example", "news.example") and same_site("amp.news.example", "m.news.example")
    assert not same_site("news.example", "other.example") and not same_site("m.example", "example")
