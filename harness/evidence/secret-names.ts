/** What a secret is, for the reader of a report. */
export type SecretKind =
  | 'password'
  | 'token'
  | 'JSON Web Token'
  | 'personal access token'
  | 'bearer token'
  | 'basic credentials'
  | 'authorization'
  | 'cookie'
  | 'API key'
  | 'private key'
  | 'password hash'
  | 'password in a URL'
  | 'secret of the platform'
  | 'secret';

const kindsByName: readonly (readonly [RegExp, SecretKind])[] = [
  [/password|passwd|passphrase|passcode|^pass$|^pwd$/i, 'password'],
  [/api[-_]?key|internal[-_]?key|access[-_]?key/i, 'API key'],
  [/private[-_]?key/i, 'private key'],
  [/cookie/i, 'cookie'],
  [/authorization/i, 'authorization'],
  [/^ticket$/i, 'token'],
  [/token|(?:^|[-_])jwt$/i, 'token'],
  [/secret|credential|private/i, 'secret'],
];

/** Names that look like those of secrets and whose values are public: types, counts, limits, times. */
const publicName =
  /token[-_]?(?:type|count|limit|name)|(?:max|min|total|prompt|completion|input|output|cached|thought|used)[-_]?tokens|tokens[-_]?(?:used|left|limit|count)|password[-_]?(?:length|policy|changed|strength)|[-_](?:at|until|since|expiry|expires(?:[-_](?:at|in))?)$/i;
/** The same in camel case. */
const publicTime = /[a-z](?:At|Until|Since|Expiry|ExpiresIn)$/;

const partOfName = /pass|pwd|key|cookie|authorization|token|ticket|jwt|secret|credential|private/i;

/** Whether a text may contain the name of a secret; a quick test for log lines, most of which contain none. */
export function mayContainName(text: string): boolean {
  return partOfName.test(text);
}

/** The kind of secret that a name announces; undefined for names of public values. */
export function kindOfName(name: string): SecretKind | undefined {
  // Most names are those of no secret, and a run looks at millions of them.
  if (!partOfName.test(name) || publicName.test(name) || publicTime.test(name)) return undefined;
  return kindsByName.find(([pattern]) => pattern.test(name))?.[1];
}
