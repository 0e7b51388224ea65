import { describe, expect, it } from 'vitest';
import { decideTarget, isPublicAddress } from './decide-target.ts';

const trustedOrigins = ['http://127.0.0.1:8000'];
const decide = (url: string, addresses: readonly string[] = []) =>
  decideTarget({ url: new URL(url), addresses, trustedOrigins });

describe('a request to a user’s URL', () => {
  it('may go to a public host, at the resolved addresses', () => {
    expect(decide('https://api.example.com/x', ['93.184.216.34', '2606:2800:220:1::1'])).toEqual({
      allowed: true,
      kind: 'public',
      addresses: ['93.184.216.34', '2606:2800:220:1::1'],
    });
    expect(decide('http://93.184.216.34:8080/')).toMatchObject({ allowed: true, kind: 'public' });
  });

  it('may go to a trusted origin, but not to similar ones', () => {
    expect(decide('http://127.0.0.1:8000/api/users/me')).toEqual({ allowed: true, kind: 'trusted' });
    for (const url of ['http://127.0.0.1:8007/', 'https://127.0.0.1:8000/', 'http://localhost:8000/'])
      expect(decide(url, ['127.0.0.1'])).toMatchObject({ allowed: false });
  });

  it.each([
    'http://127.0.0.1/',
    'http://127.1/',
    'http://0x7f.0.0.1/',
    'http://2130706433/',
    'http://0177.0.0.1/',
    'http://0.0.0.0/',
    'http://10.1.2.3/',
    'http://172.16.0.1/',
    'http://172.31.255.255/',
    'http://192.168.1.1/',
    'http://169.254.169.254/latest/meta-data/',
    'http://100.64.0.1/',
    'http://198.18.0.1/',
    'http://224.0.0.1/',
    'http://255.255.255.255/',
    'http://[::1]/',
    'http://[::]/',
    'http://[fe80::1]/',
    'http://[fd00::1]/',
    'http://[::ffff:127.0.0.1]/',
    'http://[::ffff:8.8.8.8]/',
    'http://[64:ff9b::7f00:1]/',
    'http://[2002:7f00:1::]/',
    'http://[2001:0:4136:e378:8000:63bf:3fff:fdd2]/',
    'http://[ff02::1]/',
  ])('may not go to %s', (url) => {
    expect(decide(url)).toMatchObject({ allowed: false });
  });

  it.each([
    ['http://localhost/', ['93.184.216.34']],
    ['http://printer.local/', ['93.184.216.34']],
    ['http://metadata.google.internal/', ['93.184.216.34']],
    ['http://db.localhost./', ['93.184.216.34']],
    ['http://postgres/', ['93.184.216.34']],
    ['http://rebind.example.com/', ['127.0.0.1']],
    ['http://mixed.example.com/', ['93.184.216.34', '10.0.0.1']],
    ['http://unknown.example.com/', []],
    ['http://user:secret@api.example.com/', ['93.184.216.34']],
    ['ftp://api.example.com/', ['93.184.216.34']],
    ['file:///etc/passwd', []],
    ['unix:/var/run/docker.sock', []],
  ])('may not go to %s resolved to %j', (url, addresses) => {
    expect(decide(url, addresses)).toMatchObject({ allowed: false });
  });
});

it.each([
  ['8.8.8.8', true],
  ['172.32.0.1', true],
  ['2606:4700::1111', true],
  ['2001:4860:4860::8888', true],
  ['223.255.255.255', true],
  ['fe80::1%eth0', false],
  ['not an address', false],
])('%s is public: %s', (address, expected) => {
  expect(isPublicAddress(address)).toBe(expected);
});
