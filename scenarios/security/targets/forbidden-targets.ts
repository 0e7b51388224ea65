/** A URL that must be rejected by the decision about it alone. None of them is ever called. */
export interface ForbiddenTarget {
  /** Which rule forbids it. */
  rule: string;
  url: string;
}

const hosts: Readonly<Record<string, readonly string[]>> = {
  'this network': ['0.0.0.0', '0.255.255.255', '0'],
  'private networks': [
    '10.0.0.0',
    '10.255.255.255',
    '172.16.0.1',
    '172.31.255.254',
    '192.168.0.1',
    '192.168.255.255',
    '[fc00::1]',
    '[fd12:3456:789a::1]',
  ],
  'shared address space': ['100.64.0.1', '100.127.255.254'],
  loopback: ['127.0.0.1', '127.1', '2130706433', '0x7f000001', '0177.0.0.1', '127.255.255.255', '[::1]'],
  'link-local addresses and metadata': [
    '169.254.169.254',
    '2852039166',
    '0xa9fea9fe',
    '0251.0376.0251.0376',
    '169.254.170.2',
    '169.254.0.1',
    '[fe80::1]',
    '[fe80::a9fe:a9fe]',
    '[fd00:ec2::254]',
    '100.100.100.200',
  ],
  'IPv4 within IPv6': [
    '[::ffff:10.0.0.1]',
    '[::ffff:169.254.169.254]',
    '[::ffff:a9fe:a9fe]',
    '[64:ff9b::a9fe:a9fe]',
    '[2002:a9fe:a9fe::1]',
    '[2001:0:a9fe:a9fe::1]',
    '[::169.254.169.254]',
  ],
  'protocol, documentation and test networks': [
    '192.0.0.8',
    '192.0.2.1',
    '198.18.0.1',
    '198.19.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '[2001:db8::1]',
    '[2001:2::1]',
  ],
  'multicast, broadcast and reserved': [
    '224.0.0.1',
    '239.255.255.250',
    '240.0.0.1',
    '255.255.255.255',
    '[ff02::1]',
    '[ff0e::1]',
    '[::]',
  ],
  'names of local networks': [
    'localhost',
    'LOCALHOST',
    'localhost.',
    'app.localhost',
    'printer.local',
    'metadata.google.internal',
    'metadata.google.internal.',
    'intranet.corp',
    'nas.lan',
    'router.home.arpa',
  ],
  'names without a domain': ['postgres', 'redis', 'gateway', 'kubernetes'],
};

/** Other schemes, credentials, and texts that parsers read differently. */
const urls: Readonly<Record<string, readonly string[]>> = {
  'other schemes': [
    'file:///etc/passwd',
    'gopher://example.com:70/_x',
    'ftp://example.com/x',
    'dict://example.com:11211/stat',
    'data:text/plain,x',
    'unix:/var/run/docker.sock',
    'javascript:alert(1)',
    'ws://example.com/',
  ],
  'users and passwords': [
    'http://user@example.com/',
    'http://user:secret@example.com/',
    'http://example.com@169.254.169.254/',
    'http://example.com%40169.254.169.254@10.0.0.1/',
  ],
  'other separators': [
    'http:\\\\10.0.0.1\\x',
    'http:10.0.0.1/x',
    'http:///10.0.0.1/x',
    'http://10。0。0。1/',
  ],
};

export const forbiddenTargets: readonly ForbiddenTarget[] = [
  ...Object.entries(hosts).flatMap(([rule, all]) =>
    all.map((host) => ({ rule, url: `http://${host}/latest` })),
  ),
  ...Object.entries(hosts).flatMap(([rule, [first]]) => [{ rule, url: `https://${first}:8443/latest` }]),
  ...Object.entries(urls).flatMap(([rule, all]) => all.map((url) => ({ rule, url }))),
];

/** Hosts of the public Internet beside forbidden networks: a guard that rejects everything proves nothing. */
export const allowedTargets: readonly string[] = [
  'https://api.example.com/hook',
  'http://9.255.255.255/',
  'http://11.0.0.1/',
  'http://172.15.255.255/',
  'http://172.32.0.1/',
  'http://192.167.255.255/',
  'http://169.253.255.255/',
  'http://100.128.0.1/',
  'http://[2606:4700::1111]/',
  'http://localhost.example.com/',
];
