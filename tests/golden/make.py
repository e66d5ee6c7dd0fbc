#!/usr/bin/env python3
"""make.py: writes the small made captures of tests/golden, the same bytes each time. Addresses are of the documentation nets.

A world of one client, one resolver and a few servers; what each case needs of it stands in its function.
"""
import pathlib
import struct

HERE = pathlib.Path(__file__).resolve().parent
CLIENT, RESOLVER = "10.0.0.7", "10.0.0.1"
START = 1700000000.0


def ip(text):
    return bytes(int(part) for part in text.split("."))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data + b"\0" * (len(data) % 2))) if len(data) % 2 == 0 else \
        sum(struct.unpack("!%dH" % ((len(data) + 1) // 2), data + b"\0"))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def ipv4(src, dst, proto, payload, ident=1):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), ident, 0x4000, 64, proto, 0, ip(src), ip(dst))
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ethernet(packet, from_client):
    macs = [b"\x02\0\0\0\0\x07", b"\x02\0\0\0\0\x01"]
    return macs[from_client] + macs[not from_client] + b"\x08\0" + packet


def name(text):
    return b"".join(bytes([len(label)]) + label.encode() for label in text.split(".")) + b"\0"


class World:
    """Packets in order of time."""

    def __init__(self):
        self.packets, self.now, self.port, self.query = [], START, 50000, 1

    def wait(self, seconds):
        self.now = round(self.now + seconds, 6)

    def frame(self, src, dst, proto, payload):
        self.packets.append((self.now, ethernet(ipv4(src, dst, proto, payload), src == CLIENT)))
        self.wait(0.002)

    def udp(self, src, sport, dst, dport, payload):
        self.frame(src, dst, 17, struct.pack("!HHHH", sport, dport, 8 + len(payload), 0) + payload)

    def ask(self, host, address, aliases=()):
        """An A question and its answer, over a chain of aliases."""
        self.query += 1
        question = name(host) + struct.pack("!HH", 1, 1)
        self.udp(CLIENT, 40000 + self.query, RESOLVER, 53, struct.pack("!6H", self.query, 0x100, 1, 0, 0, 0) + question)
        answers, owner = b"", host
        for alias in aliases:
            answers += name(owner) + struct.pack("!HHIH", 5, 1, 300, len(name(alias))) + name(alias)
            owner = alias
        answers += name(owner) + struct.pack("!HHIH", 1, 1, 300, 4) + ip(address)
        self.udp(RESOLVER, 53, CLIENT, 40000 + self.query,
                 struct.pack("!6H", self.query, 0x8180, 1, len(aliases) + 1, 0, 0) + question + answers)

    def tcp(self, server, port):
        return Connection(self, server, port)


class Connection:
    def __init__(self, world, server, port, handshake=True):
        world.port += 1
        self.world, self.server, self.sport, self.dport = world, server, world.port, port
        self.seq = {True: 1000, False: 9000}
        if handshake:
            self.segment(True, b"", 2)
            self.segment(False, b"", 0x12)
            self.segment(True, b"", 0x10)

    def segment(self, up, payload, flags=0x18):
        src, dst = (CLIENT, self.server) if up else (self.server, CLIENT)
        sport, dport = (self.sport, self.dport) if up else (self.dport, self.sport)
        ack = self.seq[not up] if flags & 0x10 else 0
        self.world.frame(src, dst, 6, struct.pack("!HHIIBBHHH", sport, dport, self.seq[up], ack, 0x50, flags, 65535, 0, 0) + payload)
        self.seq[up] += len(payload) + bool(flags & 3)

    def say(self, up, data):
        for at in range(0, len(data), 1400):
            self.segment(up, data[at:at + 1400])
        self.segment(not up, b"", 0x10)

    def close(self):
        self.segment(True, b"", 0x11)
        self.segment(False, b"", 0x11)
        self.segment(True, b"", 0x10)


def extension(kind, body):
    return struct.pack("!HH", kind, len(body)) + body


def client_hello(host):
    """A TLS 1.3 hello as a browser's, as far as a passive reader looks at it. host None: no server name."""
    ext = b""
    if host:
        ext += extension(0, struct.pack("!HBH", len(host) + 3, 0, len(host)) + host.encode())
    ext += extension(10, struct.pack("!HHHH", 6, 29, 23, 24))
    ext += extension(13, struct.pack("!HHHH", 6, 0x403, 0x804, 0x401))
    ext += extension(16, b"\0\x0c\x02h2\x08http/1.1")
    ext += extension(43, b"\x04\x03\x04\x03\x03")
    ext += extension(51, struct.pack("!HHH", 36, 29, 32) + bytes(range(32)))
    body = b"\x03\x03" + bytes(32) + b"\x20" + bytes(32) + struct.pack("!HHHH", 6, 0x1301, 0x1302, 0x1303) + b"\x01\0"
    body += struct.pack("!H", len(ext)) + ext
    return b"\x16\x03\x01" + struct.pack("!HB", len(body) + 4, 1) + struct.pack("!I", len(body))[1:] + body


def record(length, kind=23):
    return struct.pack("!BHH", kind, 0x303, length) + bytes((i * 7 + length) & 0xff for i in range(length))


def tls(world, server, host, up=(600,), down=(9000,)):
    """A connection with so many bytes asked and answered; it stays open."""
    c = world.tcp(server, 443)
    c.say(True, client_hello(host))
    c.say(False, record(122, 22) + record(1, 20) + record(2500))
    c.say(True, record(1, 20) + record(53) + record(120))
    for asked, answered in zip(up, down):
        c.say(True, record(asked))
        c.say(False, record(min(answered, 16000)))
    return c


def http(world, server, host, target, referer=None, answer="text/html", size=2000, extra=""):
    c = world.tcp(server, 80)
    accept = "text/html,application/xhtml+xml\r\nUpgrade-Insecure-Requests: 1" if answer == "text/html" else "*/*"
    head = "GET %s HTTP/1.1\r\nHost: %s\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64) test\r\nAccept: %s\r\n" % (target, host, accept)
    head += ("Referer: %s\r\n" % referer if referer else "") + extra + "\r\n"
    c.say(True, head.encode())
    c.say(False, ("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n" % (answer, size)).encode() + b"x" * size)
    return c


def write_pcap(case, packets, link=1, nanoseconds=False, cut=0):
    unit = 1000000000 if nanoseconds else 1000000
    out = struct.pack("<IHHIIII", 0xa1b23c4d if nanoseconds else 0xa1b2c3d4, 2, 4, 0, 0, 262144, link)
    for at, frame in packets:
        ticks = int(round(at * 1000000)) * (unit // 1000000)
        out += struct.pack("<IIII", ticks // unit, ticks % unit, len(frame), len(frame)) + frame
    folder = HERE / case
    folder.mkdir(exist_ok=True)
    (folder / "in.pcap").write_bytes(out[:len(out) - cut])


def clear_http():
    """A page in clear with a script and a beacon of others that say in which page they are."""
    w = World()
    page = "http://www.shop.example/orders/?q=red+shoes"
    w.ask("www.shop.example", "192.0.2.10")
    http(w, "192.0.2.10", "www.shop.example", "/orders/?q=red+shoes", size=14000).close()
    w.ask("www.googletagmanager.com", "198.51.100.20")
    http(w, "198.51.100.20", "www.googletagmanager.com", "/gtm.js?id=GTM-1", page, "text/javascript", 5000).close()
    w.ask("www.google-analytics.com", "198.51.100.21")
    http(w, "198.51.100.21", "www.google-analytics.com", "/collect?v=1&t=pageview&tid=UA-1-1&cid=111.222&dl=http%3A%2F%2Fwww.shop.example%2Forders%2F&dt=Orders",
         page, "image/gif", 35).close()
    w.wait(20)
    http(w, "192.0.2.10", "www.shop.example", "/imprint", page, size=9000).close()
    return w.packets


def redacted():
    """A page whose address holds an e-mail address and a token, which third parties are told; phone and e-mail in clear; cookies."""
    w = World()
    target = "/reset?email=jo.bloggs%40mail.example&token=0123456789abcdef&step=2"
    page = "http://www.clinic.example" + target
    w.ask("www.clinic.example", "192.0.2.60")
    http(w, "192.0.2.60", "www.clinic.example", target, size=14000, extra="Cookie: PHPSESSID=ab12cd34ef56; lang=en\r\n").close()
    w.ask("t.unlisted.example", "198.51.100.60")
    http(w, "198.51.100.60", "t.unlisted.example", "/p?u=http%3A%2F%2Fwww.clinic.example%2Fu%2Fjo.bloggs%2540mail.example%2F&phone=07700900123&s=ab12cd34ef56",
         page, "image/gif", 35, "Cookie: id=99887766554433\r\n").close()
    w.ask("www.facebook.com", "198.51.100.61")
    http(w, "198.51.100.61", "www.facebook.com", "/tr/?id=1&ev=PageView&dl=http%3A%2F%2Fwww.clinic.example%2Freset%3Ftoken%3D0123456789abcdef&ud[em]=jo.bloggs%40mail.example"
         "&cd[content_name]=Hello%20jo.bloggs%40mail.example", page, "image/gif", 35, "Cookie: c_user=100001234567; fr=0aBcD.xyz\r\n").close()
    return w.packets


def hellos():
    """A visit seen by its hellos alone: a page, then third parties within a second, and one by an address."""
    w = World()
    w.ask("www.police.example", "192.0.2.30")
    tls(w, "192.0.2.30", "www.police.example", (700, 300, 300), (15000, 9000, 9000))
    w.wait(0.15)
    for host, address in (("fonts.googleapis.com", "198.51.100.30"), ("connect.facebook.net", "198.51.100.31"), ("www.facebook.com", "198.51.100.32")):
        w.ask(host, address)
        tls(w, address, host)
        w.wait(0.05)
    tls(w, "203.0.113.5", None)
    return w.packets


def cloaked():
    """A first-party name whose CNAME chain leads to a tracker."""
    w = World()
    w.ask("www.news.example", "192.0.2.40")
    tls(w, "192.0.2.40", "www.news.example", (700, 300), (15000, 9000))
    w.wait(0.2)
    w.ask("metrics.news.example", "198.51.100.40", ("news.example.data.adobedc.net",))
    tls(w, "198.51.100.40", "metrics.news.example")
    return w.packets


def mid_flow():
    """Connections that began before the capture; one is named by a question that was seen."""
    w = World()
    w.ask("www.known.example", "192.0.2.50")
    for server in ("192.0.2.50", "203.0.113.50"):
        c = Connection(w, server, 443, handshake=False)
        c.say(True, record(500))
        c.say(False, record(4000))
    return w.packets


def main():
    write_pcap("clear-http", clear_http())
    write_pcap("redacted", redacted())
    write_pcap("hellos", hellos())
    write_pcap("hellos-ns", hellos(), nanoseconds=True)
    write_pcap("cloaked", cloaked())
    write_pcap("mid-flow", mid_flow())
    write_pcap("cut", hellos(), cut=700)
    write_pcap("linktype", [(at, frame) for at, frame in hellos()[:6]], link=147)


if __name__ == "__main__":
    main()
