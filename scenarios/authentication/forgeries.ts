import {
  createHmac,
  createPublicKey,
  createSign,
  generateKeyPairSync,
  type JsonWebKey,
  randomUUID,
} from 'node:crypto';

export interface Forgery {
  name: string;
  token: string;
}

type Part = Record<string, unknown>;

const encode = (part: Part | string): string =>
  Buffer.from(typeof part === 'string' ? part : JSON.stringify(part)).toString('base64url');
const decode = (part: string): Part => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Part;

/** Header and claims of a token. */
export function readToken(token: string): { header: Part; claims: Part } {
  const [header = '', claims = ''] = token.split('.');
  return { header: decode(header), claims: decode(claims) };
}

/** Secrets that tutorials and frameworks ship with; attackers try them first. */
const commonSecrets = [
  'secret',
  'changeme',
  'password',
  'jwt',
  'jwt_secret',
  'jwt-secret',
  'mysecret',
  'secretkey',
  'secret-key',
  'your-256-bit-secret',
  'your_jwt_secret',
  'supersecret',
  'shhhhh',
  'key',
  'test',
  'dev',
  'development',
  'admin',
  '123456',
  'pyairtable',
];

export interface ForgeryMaterial {
  /** Entries of the platform's key set, for attacks that use a public key as a secret. */
  publicKeys?: readonly Part[];
  /** A genuine token of somebody else. */
  other?: string;
  /** URL of a key set with the attacker's key; default: a port on which nothing listens. */
  keySetUrl?: string;
  /** The attacker's key; default: a new one. */
  ownKey?: ReturnType<typeof newKeyPair>;
}

export function newKeyPair() {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

/**
 * Tokens that an attacker can make from a genuine one without the private key (ASVS 5.0 9.1 and 9.2). The first of each
 * kind are in `kinds`.
 */
export function forgeries(genuine: string, material: ForgeryMaterial = {}): Forgery[] {
  const { publicKeys = [], other, keySetUrl = 'http://127.0.0.1:1/jwks.json' } = material;
  const [head = '', body = '', signature = ''] = genuine.split('.');
  const { header, claims } = readToken(genuine);
  const own = material.ownKey ?? newKeyPair();
  const ownJwk = own.publicKey.export({ format: 'jwk' }) as Part;
  const sign = (head: Part, body: Part): string => {
    const input = `${encode(head)}.${encode(body)}`;
    return `${input}.${createSign('sha256').update(input).sign({ key: own.privateKey, dsaEncoding: 'ieee-p1363' }, 'base64url')}`;
  };
  const hmac = (secret: string | Buffer): string => {
    const input = `${encode({ ...header, alg: 'HS256' })}.${body}`;
    return `${input}.${createHmac('sha256', secret).update(input).digest('base64url')}`;
  };
  const withSignature = (changed: string) => `${head}.${body}.${changed}`;
  const withClaims = (changed: Part) => `${head}.${encode({ ...claims, ...changed })}.${signature}`;
  return [
    ...['none', 'None', 'NONE', 'nOnE'].map((alg) => ({
      name: `alg ${alg} without signature`,
      token: `${encode({ ...header, alg })}.${body}.`,
    })),
    {
      name: 'alg none with a signature',
      token: `${encode({ ...header, alg: 'none' })}.${body}.${signature}`,
    },
    { name: 'signature removed', token: withSignature('') },
    { name: 'signature part absent', token: `${head}.${body}` },
    { name: 'another role', token: withClaims({ role: 'admin' }) },
    { name: 'another user', token: withClaims({ sub: randomUUID(), user_id: randomUUID() }) },
    { name: 'another tenant', token: withClaims({ tenant_id: randomUUID() }) },
    { name: 'a later expiry', token: withClaims({ exp: Number(claims.exp) + 3600 }) },
    { name: 'one bit of the signature changed', token: withSignature(flipFirstBit(signature)) },
    { name: 'half of the signature', token: withSignature(signature.slice(0, signature.length / 2)) },
    ...(other === undefined
      ? []
      : [{ name: 'the signature of another token', token: withSignature(other.split('.')[2] ?? '') }]),
    { name: 'all-zero signature', token: withSignature(Buffer.alloc(64).toString('base64url')) },
    { name: 'signed with a foreign key, same kid', token: sign(header, claims) },
    { name: 'signed with a foreign key, unknown kid', token: sign({ ...header, kid: randomUUID() }, claims) },
    {
      name: 'signed with a foreign key, without kid',
      token: sign({ alg: 'ES256', typ: header.typ }, claims),
    },
    { name: 'own key embedded as jwk', token: sign({ ...header, jwk: ownJwk }, claims) },
    { name: 'own key by jku', token: sign({ ...header, jku: keySetUrl }, claims) },
    {
      name: 'own key by jku, unknown kid',
      token: sign({ ...header, kid: randomUUID(), jku: keySetUrl }, claims),
    },
    { name: 'own key by x5u', token: sign({ ...header, x5u: keySetUrl }, claims) },
    { name: 'HS256 with an empty secret', token: hmac('') },
    ...commonSecrets.map((word) => ({ name: `HS256 with the word ${word}`, token: hmac(word) })),
    ...publicKeys.flatMap((key) =>
      formsOf(key).map(({ form, secret }) => ({
        name: `HS256 with the public key (${form}) as secret`,
        token: hmac(secret),
      })),
    ),
    // A token of more than 8,192 characters would be rejected for its length.
    ...['', '/dev/null', '../../etc/passwd', "x' UNION SELECT '1", 'k'.repeat(4_000)].map((kid) => ({
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

/** One forgery of each kind, which is tried at every door; the others are variants of them. */
export const forgeryKinds: readonly string[] = [
  'alg none without signature',
  'signature removed',
  'another role',
  'one bit of the signature changed',
  'the signature of another token',
  'all-zero signature',
  'signed with a foreign key, same kid',
  'own key embedded as jwk',
  'own key by jku',
  'HS256 with an empty secret',
  'HS256 with the public key (PEM) as secret',
  'claims twice',
];

/** The forms in which libraries have taken a public key for a secret (CVE-2026-34950). */
function formsOf(key: Part): { form: string; secret: string | Buffer }[] {
  const publicKey = createPublicKey({ key: key as JsonWebKey, format: 'jwk' });
  const pem = publicKey.export({ format: 'pem', type: 'spki' }).toString();
  return [
    { form: 'PEM', secret: pem },
    { form: 'PEM after a line break', secret: `\n${pem}` },
    { form: 'PEM without the last line break', secret: pem.trimEnd() },
    { form: 'DER', secret: publicKey.export({ format: 'der', type: 'spki' }) },
    { form: 'JWK', secret: JSON.stringify(key) },
    { form: 'x', secret: Buffer.from(String(key.x ?? ''), 'base64url') },
  ];
}

function flipFirstBit(signature: string): string {
  const bytes = Buffer.from(signature, 'base64url');
  bytes[0] = (bytes[0] ?? 0) ^ 1;
  return bytes.toString('base64url');
}
