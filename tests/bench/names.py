"""How many names of a trace a program finds: (client, port) of flows with a name on the wire, against what the generator wrote
down. DNS is left out: a question names no flow."""
import collections
import csv
import ipaddress
import json
import subprocess
import tempfile

TSHARK = ['-T', 'fields', '-e', 'ip.src', '-e', 'ipv6.src', '-e', 'tcp.srcport', '-e', 'udp.srcport',
          '-e', 'tls.handshake.extensions_server_name', '-e', 'http.host', '-Y',
          'tls.handshake.extensions_server_name or http.host']


def key(address, port):
    return ipaddress.ip_address(address), int(port)


def truth(path):
    """Names by flow, and the kinds of each: tls, quic, http, and what makes some of them hard."""
    names = {}
    with open(path, encoding='utf-8') as f:
        for row in csv.DictReader(f, delimiter='\t'):
            if row['kind'] not in ('tls', 'quic', 'http') or row['name_emitted'] != '1':
                continue
            kinds = [row['kind']]
            if row['split'] == '1':
                kinds.append(row['kind'] + ', hello in two')
            if row['swapped'] == '1':
                kinds.append(row['kind'] + ', halves swapped')
            if row['kind'] == 'quic' and row['chaos'] != '0':
                kinds.append('quic, frames shuffled')
            names[key(row['src'], row['sport'])] = row['name'], kinds
    return names


def by_us(program, path):
    child = subprocess.Popen([program, 'read', '--quiet', '--no-hashes', '--records', 'flow', '-o', 'jsonl:-', path],
                             stdout=subprocess.PIPE, text=True)
    for line in child.stdout:
        r = json.loads(line)
        if r['type'] == 'flow' and 'host' in r:
            yield key(r['client'], r['client_port']), r['host']
    child.wait()


def by_ndpi(path):
    with tempfile.NamedTemporaryFile(prefix='bench-', suffix='.csv', mode='r', errors='replace') as f:
        subprocess.run(['ndpiReader', '-q', '-i', path, '-C', f.name], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        for row in csv.reader(f):
            if len(row) > 11 and row[11] and not row[0].startswith('#'):
                yield key(row[5], row[6]), row[11]
                yield key(row[7], row[8]), row[11]  # it does not always know who began


def by_tshark(path):
    child = subprocess.Popen(['tshark', '-n', '-r', path, *TSHARK], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    for line in child.stdout:
        v4, v6, tcp, udp, sni, host = line.rstrip('\n').split('\t')
        if (v4 or v6) and (tcp or udp):
            yield key((v4 or v6).split(',')[0], (tcp or udp).split(',')[0]), (sni or host).split(',')[0]
    child.wait()


def found(names, told):
    """Of each kind: how many flows, of how many the right name was told."""
    got = collections.defaultdict(set)
    for k, name in told:
        if k in names:
            got[k].add(name.lower().rstrip('.').split(':')[0])
    count = collections.OrderedDict()
    for k, (name, kinds) in names.items():
        for kind in ['all', *kinds]:
            all_, right = count.get(kind, (0, 0))
            count[kind] = all_ + 1, right + (name in got[k])
    return count


def report(names, tellers):
    """tellers: name of a program to what it tells. returns: the share of all that each finds."""
    counts = {who: found(names, told) for who, told in tellers.items()}
    print('  names found, of flows with one on the wire')
    print(f'    {"":24} {"flows":>8} ' + ' '.join(f'{who:>11}' for who in counts))
    for kind in sorted(next(iter(counts.values()))):
        cells = [(c[kind][1] / c[kind][0] * 100, c[kind][0]) for c in counts.values()]
        print(f'    {kind:24} {cells[0][1]:8} ' + ' '.join(f'{share:10.2f}%' for share, _ in cells))
    return {who: c['all'][1] / c['all'][0] for who, c in counts.items()}
