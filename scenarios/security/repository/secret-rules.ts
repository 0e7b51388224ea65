/** A form that secrets of one kind have. */
interface SecretRule {
  /** What was found, as a noun. */
  what: string;
  pattern: RegExp;
  /** Whether a match is a secret; default: every match is. */
  isSecret?(match: RegExpMatchArray): boolean;
}

/** Where a secret was found. It never has the secret itself. */
export interface SecretFinding {
  path: string;
  /** First line: 1. */
  line: number;
  what: string;
}

/** Characters that a token may be made of. Without one on both sides a match is part of something longer. */
const edge = String.raw`(?<![\w-])`;
const end = String.raw`(?![\w-])`;
const token = (pattern: string) => new RegExp(`${edge}${pattern}${end}`, 'g');

/** Tokens of this form are made by the program that accepts them, so that one is never there by chance. */
const tokens: readonly SecretRule[] = [
  { what: 'private key', pattern: /-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----\s+(?:[A-Za-z0-9+/=]{32,})/g },
  { what: 'access key of AWS', pattern: token('(?:AKIA|ASIA)[A-Z2-7]{16}') },
  { what: 'API key of Google', pattern: token('AIza[A-Za-z0-9_-]{35}') },
  { what: 'client secret of Google', pattern: token('GOCSPX-[A-Za-z0-9_-]{28}') },
  { what: 'token of GitHub', pattern: token('gh[pousr]_[A-Za-z0-9]{36,255}') },
  { what: 'token of GitHub', pattern: token('github_pat_[A-Za-z0-9_]{82}') },
  { what: 'token of GitLab', pattern: token('glpat-[A-Za-z0-9_-]{20,}') },
  { what: 'token of npm', pattern: token('npm_[A-Za-z0-9]{36}') },
  { what: 'token of PyPI', pattern: token('pypi-AgEIcHlwaS5vcmc[A-Za-z0-9_-]{50,}') },
  { what: 'token of Docker Hub', pattern: token('dckr_pat_[A-Za-z0-9_-]{27,}') },
  { what: 'token of Slack', pattern: token('xox[abprse]-[A-Za-z0-9-]{24,}') },
  {
    what: 'webhook of Slack',
    pattern: /hooks\.slack\.com\/services\/T[A-Z0-9]{8,}\/B[A-Z0-9]{8,}\/[A-Za-z0-9]{24}/g,
  },
  { what: 'key of Stripe', pattern: token('(?:sk|rk)_live_[A-Za-z0-9]{24,}') },
  { what: 'key of SendGrid', pattern: token(String.raw`SG\.[A-Za-z0-9_-]{22}\.[A-Za-z0-9_-]{43}`) },
  {
    what: 'key of OpenAI',
    pattern: token('sk-(?:proj-|svcacct-)?[A-Za-z0-9_-]{20,}T3BlbkFJ[A-Za-z0-9_-]{20,}'),
  },
  { what: 'key of Anthropic', pattern: token('sk-ant-[a-z0-9]+-[A-Za-z0-9_-]{80,}') },
  { what: 'token of Airtable', pattern: token(String.raw`pat[A-Za-z0-9]{14}\.[a-f0-9]{64}`) },
  {
    what: 'signed token',
    pattern: token(String.raw`eyJ[A-Za-z0-9_-]{10,}\.eyJ[A-Za-z0-9_-]{10,}\.[A-Za-z0-9_-]{40,}`),
  },
  {
    what: 'password in a URL',
    pattern: /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"`<>{}$]+:([^\s:/@'"`<>{}$]{8,})@[^\s'"`<>]+/g,
    isSecret: ([, password = '']) => looksRandom(password),
  },
];

/** A name that says what its value is, and a value of the form that generators of secrets give. */
const assignment: SecretRule = {
  what: 'value of a secret',
  pattern:
    /(?:password|passwd|secret|token|api[_-]?key|private[_-]?key|encryption[_-]?key|credentials?)[\w-]{0,20}["']?\s*[:=]\s*["']?([A-Za-z0-9+/_=.-]{16,})["']?\s*(?:[,;#\s]|$)/gim,
  isSecret: ([, value = '']) => looksRandom(value),
};

/** Names of files that hold keys and settings of one machine. */
const keyFiles: readonly { what: string; pattern: RegExp }[] = [
  {
    what: 'file of settings with secrets',
    pattern: /(?:^|\/)\.env(?:\.(?!example$|sample$|template$)[\w.-]+)?$/,
  },
  {
    what: 'file of a private key',
    pattern: /(?:^|\/)(?:id_(?:rsa|dsa|ecdsa|ed25519)|[^/]+\.(?:p12|pfx|jks|keystore|kdbx))$/,
  },
  {
    what: 'file of credentials',
    pattern: /(?:^|\/)(?:\.npmrc|\.pypirc|\.netrc|\.pgpass|\.htpasswd|credentials\.json)$/,
  },
];

/** Files in which an assignment is a setting, and not a line of a program. */
const settings =
  /(?:^|\/)(?:Dockerfile|[^/]+\.(?:json|ya?ml|toml|ini|conf|cfg|properties|env|sh|md|txt|tf|tfvars))$/;
/** Lists of packages have checksums that look like secrets. */
const checksums = /(?:^|\/)(?:package-lock\.json|yarn\.lock|pnpm-lock\.yaml|go\.sum|poetry\.lock|uv\.lock)$/;

/** Finds what looks like a secret in a file, by its name and its text. */
export function secretsIn(path: string, text: string): SecretFinding[] {
  const named = keyFiles
    .filter(({ pattern }) => pattern.test(path))
    .map(({ what }) => ({ path, line: 1, what }));
  const rules = settings.test(path) && !checksums.test(path) ? [...tokens, assignment] : tokens;
  const found = rules.flatMap(({ what, pattern, isSecret = () => true }) =>
    [...text.matchAll(pattern)]
      .filter(isSecret)
      .map(({ index }) => ({ path, line: lineAt(text, index), what })),
  );
  return [...named, ...found].sort((a, b) => a.line - b.line);
}

function lineAt(text: string, index: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at >= 0 && at < index; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}

/** Bits per character above which no word is, and below which no generated value of 16 characters is. */
const minimumEntropy = 3;

/** Whether a value looks generated: letters and digits without a word's repetitions, and no name of a variable. */
export function looksRandom(value: string): boolean {
  const hasDigit = /\d/.test(value);
  const hasLetter = /[a-z]/i.test(value);
  const isSentence = /^[a-z]+(?:[-_.][a-z0-9]{1,12})+$/i.test(value);
  return hasDigit && hasLetter && !isSentence && entropyOf(value) >= minimumEntropy;
}

/** Shannon entropy of the characters, bits per character. */
function entropyOf(value: string): number {
  const counts = new Map<string, number>();
  for (const character of value) counts.set(character, (counts.get(character) ?? 0) + 1);
  return [...counts.values()].reduce((sum, count) => {
    const share = count / value.length;
    return sum - share * Math.log2(share);
  }, 0);
}
