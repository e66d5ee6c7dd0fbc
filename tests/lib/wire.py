"""Made traffic: whole TLS connections to a name, as Ethernet frames, put on an interface."""
import socket
import struct


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def client_hello(name):
    """A ClientHello of one cipher suite (RFC 8446 4.1.2) with a server name."""
    host = name.encode()
    sni = struct.pack("!HHHBH", 0, len(host) + 5, len(host) + 3, 0, len(host)) + host
    versions = struct.pack("!HHBH", 43, 3, 2, 0x0304)
    extensions = sni + versions
    body = b"\x03\x03" + b"\x11" * 32 + b"\0" + struct.pack("!HHBB", 2, 0x1301, 1, 0) + \
        struct.pack("!H", len(extensions)) + extensions
    return struct.pack("!BHHB", 22, 0x0301, len(body) + 4, 1) + struct.pack("!I", len(body))[1:] + body


def tcp(source, target, ports, seq, ack, flags, payload=b""):
    """One Ethernet frame."""
    src, dst = socket.inet_aton(source), socket.inet_aton(target)
    head = struct.pack("!HHIIBBHHH", ports[0], ports[1], seq, ack, 5 << 4, flags, 65535, 0, 0)
    pseudo = src + dst + struct.pack("!BBH", 0, 6, len(head) + len(payload))
    head = head[:16] + struct.pack("!H", checksum(pseudo + head + payload)) + head[18:]
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(head) + len(payload), 1, 0x4000, 64, 6, 0, src, dst)
    ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + head + payload


def connection(client, port, server, name, answer=1000):
    """The frames of a whole connection: handshake, hello, an answer, its end."""
    up, down = (client, server, (port, 443)), (server, client, (443, port))
    hello = client_hello(name)
    frames = [tcp(*up, 1, 0, 2), tcp(*down, 1, 2, 18), tcp(*up, 2, 2, 16), tcp(*up, 2, 2, 24, hello)]
    end = 2 + len(hello)
    frames.append(tcp(*down, 2, end, 24, b"\x17\x03\x03" + struct.pack("!H", answer) + b"\0" * answer))
    frames.append(tcp(*up, end, 7 + answer, 17))
    frames.append(tcp(*down, 7 + answer, end + 1, 17))
    frames.append(tcp(*up, end + 1, 8 + answer, 16))
    return frames


class Sender:
    """Puts frames on an interface."""

    def __init__(self, interface):
        self.socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
        self.socket.bind((interface, 0))

    def send(self, frames):
        for frame in frames:
            self.socket.send(frame)
        return len(frames)

    def close(self):
        self.socket.close()
