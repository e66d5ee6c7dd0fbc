#!/usr/bin/env python3
"""test_import.py ONLOOKER SOURCE: small lists in the forms that people have, through import-lists into the program."""
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ONLOOKER, SOURCE = sys.argv[1], pathlib.Path(sys.argv[2])
TOOL = str(SOURCE / 'data/tools/import-lists')

LEGAL = {'ab', 'ag', 'as', 'asa', 'bv', 'co', 'corp', 'corporation', 'gmbh', 'inc', 'kg', 'limited', 'llc', 'ltd', 'nv', 'oy', 'plc', 'sa', 'sarl',
         'sas', 'se', 'spa', 'srl'}

TRACKERDB = {'categories': {}, 'organizations': {'big': {'name': 'Big\tCompany', 'country': 'US'}},
             'patterns': {'pixel': {'name': 'Big Pixel', 'category': 'advertising', 'organization': 'big',
                                    'domains': ['px.big.example', 'BIG-CDN.example', 'not a host']},
                          'cmp': {'name': 'Consenter', 'category': 'consent', 'organization': None, 'domains': ['cmp.example']}}}
DISCONNECT = {'license': '…', 'categories': {
    'FingerprintingGeneral': [{'Acme': {'http://acme.example/': ['acme.example'], 'performance': 'true'}}],
    'Advertising': [{'Acme': {'http://acme.example/': ['acme.example', 'acme-ads.example']}}]}}
RULES = '! comment\n||track.example^$third-party\n||plain.example^\n||path.example/x.js\n@@||good.example^\n||typed.example^$script\n'


def plain(name):
    """A company's name without case, punctuation and legal form."""
    words = re.findall(r'[^\W_]+', name.casefold().replace("'", '').replace('.', ''))
    while len(words) > 1 and words[-1] in LEGAL:
        words.pop()
    return ''.join(words)


class Import(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def path(self, name, text):
        path = os.path.join(self.folder.name, name)
        with open(path, 'w', encoding='utf-8') as f:
            f.write(text if isinstance(text, str) else json.dumps(text))
        return path

    def imported(self, kind, text):
        done = subprocess.run([TOOL, kind, self.path('in', text)], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn('licence', done.stderr)
        return self.path('out.tsv', done.stdout)

    def lookup(self, companies, host):
        done = subprocess.run([ONLOOKER, 'lists', 'lookup', host, '--companies', companies], capture_output=True, text=True,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return dict(re.split(r'\s+', line, maxsplit=1) for line in done.stdout.splitlines())

    def test_trackerdb(self):
        out = self.imported('trackerdb', TRACKERDB)
        said = self.lookup(out, 'a.px.big.example')
        self.assertEqual((said['company'], said['product'], said['category']), ('Big Company', 'Big Pixel', 'advertising'))
        self.assertIn('out.tsv, line ', said['by'])
        self.assertEqual(self.lookup(out, 'big-cdn.example')['company'], 'Big Company')
        self.assertIn('consent', self.lookup(out, 'cmp.example')['flag'])

    def test_disconnect(self):
        out = self.imported('disconnect', DISCONNECT)
        said = self.lookup(out, 'acme.example')
        self.assertEqual((said['company'], said['category']), ('Acme', 'advertising'))
        self.assertEqual(self.lookup(out, 'acme-ads.example')['company'], 'Acme')

    def test_host_rules(self):
        out = self.imported('hosts', RULES)
        self.assertEqual(self.lookup(out, 'track.example')['category'], 'analytics')
        self.assertEqual(self.lookup(out, 'plain.example')['category'], 'analytics')
        for host in ('path.example', 'good.example', 'typed.example'):
            self.assertIn('no list', self.lookup(out, host)['company'])

    def test_adds_to_what_is_known(self):
        out = self.imported('hosts', '||connect.facebook.net^\n')
        self.assertEqual(self.lookup(out, 'connect.facebook.net')['company'], 'Meta')

    def test_a_foreign_file_is_refused(self):
        for kind, text in (('trackerdb', 'no json'), ('trackerdb', '[]'), ('disconnect', '{"categories":[1]}')):
            done = subprocess.run([TOOL, kind, self.path('in', text)], capture_output=True, text=True, check=False)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn('is no ' + kind, done.stderr)

    def test_a_wrong_list_is_named_with_its_line(self):
        path = self.path('mine.tsv', 'ok.example\tOne\nbad host\tTwo\n')
        done = subprocess.run([ONLOOKER, 'lists', '--companies', path], capture_output=True, text=True, check=False)
        self.assertEqual(done.returncode, 1)
        self.assertIn("%s:2: 'bad host' is no host name" % path, done.stderr)


class Shipped(unittest.TestCase):
    """The lists as they are shipped keep the form that README.md tells."""

    def rows(self, name):
        for n, line in enumerate((SOURCE / 'data' / name).read_text(encoding='utf-8').splitlines(), 1):
            if line and line[0] not in '#=':
                yield n, (line.split('\t') + [''] * 7)[:7]

    def test_categories_and_order(self):
        readme = (SOURCE / 'data/README.md').read_text(encoding='utf-8')
        words = set(re.search(r'Categories: ([^.]*)\.', readme).group(1).split())
        for name in ('trackers', 'companies', 'cname', 'replay', 'consent', 'overlay', 'infrastructure', 'telemetry'):
            seen = {}
            for n, row in self.rows(name + '.tsv'):
                where = '%s.tsv:%d' % (name, n)
                self.assertIn(row[3], words | {''}, where)
                self.assertNotIn(row[0], seen, where)
                seen[row[0]] = n
                if 'telemetry' in row[5]:
                    self.assertEqual(name, 'telemetry', where)
            self.assertTrue(len(seen) > 20, name)

    def test_a_company_has_one_name_whatever_list_names_it(self):
        lists = 'trackers companies cname replay consent overlay infrastructure telemetry'.split()
        hosts = [line.split('\t')[0] for name in lists for line in (SOURCE / 'data' / (name + '.tsv')).read_text(encoding='utf-8').splitlines()
                 if line and not line.startswith('#')]
        told = subprocess.run([ONLOOKER, 'lists', 'lookup', *hosts], capture_output=True, encoding='utf-8', check=True).stdout
        names = {line.split(None, 1)[1] for line in told.splitlines() if line.startswith('company ')}
        self.assertGreater(len(names), 1000)
        same = {}
        for name in names - {'Reach'}:  # payments; Reach plc has newspapers
            same.setdefault(plain(name), []).append(name)
        self.assertEqual([sorted(x) for x in same.values() if len(x) > 1], [])

    def test_endpoints_name_companies_as_the_lists_do(self):
        names = {}
        for line in (SOURCE / 'data/company_names.tsv').read_text(encoding='utf-8').splitlines():
            if line.startswith('='):
                field = line[1:].split('\t')
                names[field[0].lower()] = field[1]
        wrong = []
        for company in re.findall(r'^  company: "?([^"\n]*)"?$', (SOURCE / 'data/endpoints.yaml').read_text(encoding='utf-8'), re.M):
            if names.get(company.lower(), company) != company:
                wrong.append('%s: %s' % (company, names[company.lower()]))
        self.assertEqual(wrong, [])


if __name__ == '__main__':
    program = unittest.main(argv=sys.argv[:1], exit=False)
    bad = len(program.result.failures) + len(program.result.errors)
    print('%d passed, %d failed' % (program.result.testsRun - bad, bad))
    sys.exit(bad > 0)
