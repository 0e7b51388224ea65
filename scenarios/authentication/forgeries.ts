import { createHmac, createSign, generateKeyPairSync, randomUUID } from 'node:crypto';

export interface Forgery {
  name: string;
  token: string;
}

type Part = Record<string, unknown>;

const encode = (part: Part | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const decode = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Part;

/**
 * Tokens that an attacker can make from a genuine one without the private key (ASVS 5.0 9.1 and 9.2).
 * @param publicKeys entries of the key set, for attacks that use a public key as a secret.
 */
export function forgeries(genuine: string, publicKeys: readonly Part[] = []): Forgery[] {
  const [head = '', body = '', signature = ''] = genuine.split('.');
  const header = decode(head);
  const claims = decode(body);
  const own = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ownJwk = own.publicKey.export({ format: 'jwk' }) as Part;
  const sign = (head: Part, body: Part): string => {
    const input = `${encode(head)}.${encode(body)}`;
    return `${input}.${createSign('sha256').update(input).sign({ key: own.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
  };
  const hmac = (secret: string | Buffer, head: Part = { ...header, alg: 'HS256' }): string => {
    const input = `${encode(head)}.${body}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) => ({
      name: `alg ${alg} without signature`,
      token: `${encode({ ...header, alg })}.${body}.`,
    })),
    { name: 'signature removed', token: `${head}.${body}.` },
    { name: 'signature part absent', token: `${head}.${body}` },
    { name: 'another role', token: `${head}.${encode({ ...claims, role: 'admin' })}.${signature}` },
    {
      name: 'another user',
      token: `${head}.${encode({ ...claims, sub: randomUUID(), user_id: randomUUID() })}.${signature}`,
    },
    {
      name: 'another tenant',
      token: `${head}.${encode({ ...claims, tenant_id: randomUUID() })}.${signature}`,
    },
    { name: 'one bit of the signature changed', token: `${head}.${body}.${flipFirstBit(signature)}` },
    { name: 'all-zero signature', token: `${head}.${body}.${Buffer.alloc(64).toString('base64url')}` },
    { name: 'signed with a foreign key, same kid', token: sign(header, claims) },
    { name: 'signed with a foreign key, unknown kid', token: sign({ ...header, kid: randomUUID() }, claims) },
    {
      name: 'signed with a foreign key, without kid',
      token: sign({ alg: 'ES256', typ: header.typ }, claims),
    },
    { name: 'own key embedded as jwk', token: sign({ ...header, jwk: ownJwk }, claims) },
    { name: 'own key by jku', token: sign({ ...header, jku: 'http://127.0.0.1:1/jwks.json' }, claims) },
    { name: 'HS256 with an empty secret', token: hmac('') },
    { name: 'HS256 with the word secret', token: hmac('secret') },
    ...publicKeys.flatMap((key) => [
      { name: 'HS256 with the public key (JWK) as secret', token: hmac(JSON.stringify(key)) },
      {
        name: 'HS256 with the public key’s x as secret',
        token: hmac(Buffer.from(String(key.x ?? ''), 'base64url')),
      },
    ]),
    ...['', '/dev/null', '../../etc/passwd', "x' UNION SELECT '1", 'k'.repeat(1_000)].map((kid) => ({
      name: `kid "${kid.slice(0, 20)}"`,
      token: sign({ ...header, kid }, claims),
    })),
    { name: 'unknown critical extension', token: sign({ ...header, crit: ['x-own'], 'x-own': 1 }, claims) },
    {
      name: 'claims twice',
      token: `${head}.${encode(`${JSON.stringify(claims).slice(0, -1)},"role":"admin"}`)}.${signature}`,
    },
  ];
}

function flipFirstBit(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64url');
}
