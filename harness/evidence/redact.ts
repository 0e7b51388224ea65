import { hidden, hideNamedSecrets } from './named-secrets.ts';
import { kindOfName, type SecretKind } from './secret-names.ts';

type Report = (kind: SecretKind) => void;

/** Three base64url parts, the first an encoded JSON object; the signature may be empty (`alg: none`). */
const jwt = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
const personalToken = /\bpat[A-Za-z0-9]{14}\.[0-9a-f]{16,}/g;
/** Keys of well-known services, among them those of language models. */
const apiKey =
  /\b(?:AIza[\w-]{30,}|sk-[\w-]{20,}|gh[opsur]_\w{20,}|glpat-[\w-]{16,}|xox[abprs]-[\w-]{10,}|npm_\w{30,}|whsec_[\w+/-]{30,}={0,2}|A[KS]IA[0-9A-Z]{16})/g;
const privateKey = /-----BEGIN [A-Z ]*PRIVATE KEY-----[^-]*(?:-----END [A-Z ]*PRIVATE KEY-----)?/g;
/** As the database stores passwords: argon2 and bcrypt. */
const passwordHash =
  /\$argon2(?:id|i|d)\$v=\d+\$m=\d+,t=\d+,p=\d+\$[\w+/]{8,}\$[\w+/]{16,}|\$2[aby]\$\d\d\$[./\w]{53}/g;
const bearer = /\b(Bearer\s+)([\w.~+/-]{8,}=*)/gi;
const basic = /\b(Basic\s+)([\w+/-]{2,}={0,2})/gi;
const urlCredentials = /\b([a-z][a-z0-9+.-]{1,20}:\/\/[^\s/:@"'<>]{0,100}):([^\s/"'<>]{1,200})@/gi;
/** The base64 form of a JSON object. */
const encodedObject = /\beyJ[\w+/-]{12,}={0,2}/g;
/** A word, which may be percent-encoded. */
const word = /[^\s"<>\\]+/g;
/** Maximum number of times that a text is decoded. */
const maxDecoding = 4;

/**
 * Returns a copy without credentials: redacts values under secret names, tokens, and passwords in URLs. Cookies keep
 * their names and attributes.
 */
export function redact(value: unknown, name = ''): unknown {
  if (typeof value === 'string') return redactString(value, name);
  if (Array.isArray(value)) return value.map((item) => redact(item, name));
  if (value !== null && typeof value === 'object') {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redact(item, key)]));
  }
  return value;
}

function redactString(text: string, name: string): string {
  if (/^set-cookie$/i.test(name)) {
    return text.replaceAll(/^([^=;\s]+)=[^;\n]*/gm, `$1=${hidden}`);
  }
  if (kindOfName(name) !== undefined && text !== '') return hidden;
  return redactText(text);
}

/**
 * Redacts free text: log lines, page content, bodies that are not JSON.
 * @param report receives the kind of every redacted secret
 */
export function redactText(text: string, report: Report = () => undefined): string {
  return redactDecoded(text, report, 0);
}

function redactDecoded(text: string, report: Report, depth: number): string {
  const hide = (before: string, pattern: RegExp, kind: SecretKind): string =>
    before.replaceAll(pattern, () => {
      report(kind);
      return hidden;
    });
  let result = text;
  result = hide(result, privateKey, 'private key');
  result = hide(result, passwordHash, 'password hash');
  result = hide(result, jwt, 'JSON Web Token');
  result = hide(result, personalToken, 'personal access token');
  result = result.replaceAll(bearer, (_whole, scheme: string) => {
    report('bearer token');
    return scheme + hidden;
  });
  result = result.replaceAll(basic, (whole, scheme: string, encoded: string) => {
    if (!decodeBase64(encoded).includes(':')) return whole;
    report('basic credentials');
    return scheme + hidden;
  });
  result = hide(result, apiKey, 'API key');
  result = result.replaceAll(urlCredentials, (whole, start: string, password: string) => {
    if (password === hidden) return whole;
    report('password in a URL');
    return `${start}:${hidden}@`;
  });
  result = hideNamedSecrets(result, report);
  return depth < maxDecoding ? hideEncoded(result, report, depth + 1) : result;
}

/** Hides secrets in percent-encoded words, and in JSON in base64. */
function hideEncoded(text: string, report: Report, depth: number): string {
  const result = text.replaceAll(encodedObject, (encoded) => {
    const decoded = decodeBase64(encoded);
    return redactDecoded(decoded, report, depth) === decoded ? encoded : hidden;
  });
  if (!result.includes('%')) return result;
  return result.replaceAll(word, (encoded) => {
    if (!encoded.includes('%')) return encoded;
    const decoded = decodePercent(encoded);
    if (decoded === encoded) return encoded;
    const redacted = redactDecoded(decoded, report, depth);
    return redacted === decoded ? encoded : encodePercent(redacted);
  });
}

function decodePercent(text: string): string {
  return text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (encoded) => {
    try {
      return decodeURIComponent(encoded);
    } catch {
      return encoded;
    }
  });
}

function encodePercent(text: string): string {
  return encodeURI(text.toWellFormed()).replaceAll('%5Bredacted%5D', hidden);
}

function decodeBase64(text: string): string {
  return Buffer.from(text, 'base64').toString('latin1');
}
