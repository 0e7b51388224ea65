const hidden = '[redacted]';

const secretName =
  /password|passwd|secret|token|authorization|cookie|credential|api[-_]?key|internal-key|private/i;
/** Names that match `secretName`, but whose values are public. */
const publicNames = new Set(['token_type', 'x-csrf-token-name']);
/** Three base64url parts, the first an encoded JSON object; the signature may be empty (`alg: none`). */
const jwt = /\beyJ[\w-]+\.[\w-]+\.[\w-]*/g;
/** A personal access token. Its first part is public. */
const personalToken = /\bpat[A-Za-z0-9]{14}\.[0-9a-f]{64}\b/g;
const formSecret = /\b([\w-]*(?:password|secret|token|api_key)[\w-]*)=([^&\s"'<>;]+)/gi;
/** A text under a secret name in JSON, which is what services log. */
const jsonSecret =
  /("(?!token_type")[\w-]*(?:password|passwd|secret|token|authorization|cookie|credential|api[-_]?key)[\w-]*"\s*:\s*")(?:[^"\\]|\\.)+"/gi;
const bearer = /\b(Bearer\s+)[\w.~+/-]{8,}=*/gi;
const urlCredentials = /\b([a-z][a-z0-9+.-]*:\/\/[^\s/:@]*):[^\s/@]+@/gi;

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
  if (secretName.test(name) && !publicNames.has(name.toLowerCase()) && text !== '') return hidden;
  return redactText(text);
}

/** Redacts free text: log lines, page content, bodies that are not JSON. */
export function redactText(text: string): string {
  return text
    .replaceAll(jwt, hidden)
    .replaceAll(personalToken, hidden)
    .replaceAll(jsonSecret, `$1${hidden}"`)
    .replaceAll(bearer, `$1${hidden}`)
    .replaceAll(urlCredentials, `$1:${hidden}@`)
    .replaceAll(formSecret, `$1=${hidden}`);
}
