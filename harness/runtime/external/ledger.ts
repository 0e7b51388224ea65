import { appendFileSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { MissingCapability } from '../../engine/failures/missing-capability.ts';
import type { RequestWatch } from '../../engine/instruments/http/request-watch.ts';
import { processStartTime } from '../process/process-table.ts';
import { changesAccount, createdCollection, createdObject, GivenCollection } from './given-objects.ts';
import { Secret, Target } from './target.ts';

export const ledgerFile = 'ledger.jsonl';

const Entry = z.discriminatedUnion('type', [
  z.object({
    type: z.literal('opened'),
    runId: z.string(),
    pid: z.int(),
    startTime: z.string(),
    target: Target,
  }),
  /** A check starts. `mark` is part of every email and name that it makes, also in a browser or another program. */
  z.object({ type: z.literal('check'), check: z.string(), mark: z.string() }),
  /** A registration is about to be sent, or a new password. */
  z.object({ type: z.literal('account'), email: z.string(), password: z.string() }),
  z.object({
    type: z.literal('registered'),
    email: z.string(),
    userId: z.string(),
    tenantId: z.string(),
    accessToken: z.string().optional(),
  }),
  /** The platform has accepted the deletion of the account and erases its data. */
  z.object({ type: z.literal('erasing'), email: z.string(), erasure: z.string() }),
  z.object({ type: z.literal('removed'), email: z.string() }),
  /** A given account is about to be signed in; the ledger says where its password is, not what it is. */
  z.object({ type: z.literal('signing-in'), email: z.string(), password: Secret }),
  /** Its session, also with new tokens. */
  z.object({
    type: z.literal('session'),
    email: z.string(),
    accessToken: z.string().optional(),
    refreshToken: z.string().optional(),
  }),
  /** A check is about to create an object as a given account. */
  z.object({ type: z.literal('creating'), email: z.string(), collection: GivenCollection }),
  z.object({ type: z.literal('not-created'), email: z.string(), collection: GivenCollection }),
  /** It has created it. */
  z.object({ type: z.literal('object'), email: z.string(), collection: GivenCollection, id: z.string() }),
  /** The objects and the session of a given account are gone, as far as the platform allows. */
  z.object({ type: z.literal('released'), email: z.string() }),
  z.object({ type: z.literal('closed'), left: z.array(z.string()) }),
]);
type Entry = z.infer<typeof Entry>;

/** An account of the run that is not removed yet. */
export interface RecordedAccount {
  email: string;
  /** Newest first. */
  passwords: readonly string[];
  accessToken?: string;
  userId?: string;
  tenantId?: string;
  /** Id of the erasure that the platform has accepted. */
  erasure?: string;
}

/** An account that existed before the run. It stays; what the run has created as its user is removed. */
export interface RecordedGivenAccount {
  email: string;
  /** Where the password is. */
  password: Secret;
  /** Tokens of the session; undefined if the run was killed during the sign-in. */
  session?: { accessToken: string; refreshToken?: string };
  objects: readonly { collection: GivenCollection; id: string }[];
  /** Objects whose creation had no response, e.g. because the run was killed. */
  unconfirmed: readonly GivenCollection[];
}

export interface Ledger {
  runId: string;
  target: Target;
  owner: { pid: number; startTime: string };
  marks: readonly string[];
  /** All accounts, also those that are removed already. */
  tenantIds: readonly string[];
  accounts: readonly RecordedAccount[];
  /** Without those that are released already. */
  given: readonly RecordedGivenAccount[];
  closed: boolean;
}

export interface OpenLedger {
  readonly file: string;
  readonly watch: RequestWatch;
  /** Records that a given account is about to be signed in. */
  signingIn(account: { email: string; password: Secret }): void;
  /** Records that the sign-in was rejected. */
  notSignedIn(email: string): void;
  /** Records the session of a given account, or its new tokens. */
  signedIn(session: { email: string; accessToken: string; refreshToken?: string }): void;
}

const Registration = z.object({ email: z.string(), password: z.string() });
const Registered = z.object({ user: z.object({ id: z.string(), tenant_id: z.string(), email: z.string() }) });
const CreatedKey = z.object({ token: z.string() });
const RefreshToken = z.object({ refresh_token: z.string() });
const PasswordChange = z.object({ new_password: z.string() });

/**
 * Starts the ledger of a run. Every entry is in the file before the request that it describes is sent, so a killed run
 * leaves nothing unrecorded. It has passwords of the run's own accounts until they are removed; only the owner may
 * read it.
 */
export function openLedger(options: { runDir: string; runId: string; target: Target }): OpenLedger {
  const file = join(options.runDir, ledgerFile);
  const { runId, target } = options;
  const emailByToken = new Map<string, string>();
  /** Access tokens and API keys of given accounts. */
  const givenByToken = new Map<string, string>();
  const givenRefreshTokens = new Set<string>();
  write(file, {
    type: 'opened',
    runId,
    pid: process.pid,
    startTime: processStartTime(process.pid),
    target,
  });
  return {
    file,
    watch: {
      checkStarts: (check, mark) => write(file, { type: 'check', check, mark }),
      registering(account) {
        if (!target.accounts.register) throw registrationNotAllowed();
        write(file, { type: 'account', ...account });
      },
      sending({ method, path, body, token }) {
        const sent = path.endsWith('/auth/refresh')
          ? RefreshToken.safeParse(body).data?.refresh_token
          : undefined;
        if (token !== undefined && givenByToken.has(token) && changesAccount(method, path))
          throw accountWouldChange(`${method} ${path}`);
        if (sent !== undefined && givenRefreshTokens.has(sent)) throw accountWouldChange(`${method} ${path}`);
        if (method !== 'POST') return;
        const given = token === undefined ? undefined : givenByToken.get(token);
        const collection = given === undefined ? undefined : createdCollection(path);
        if (given !== undefined && collection) write(file, { type: 'creating', email: given, collection });
        if (path.endsWith('/auth/register')) {
          if (!target.accounts.register) throw registrationNotAllowed();
          const { success, data } = Registration.safeParse(body);
          if (success) write(file, { type: 'account', ...data });
        }
        if (path.endsWith('/auth/change-password') && token !== undefined) {
          const email = emailByToken.get(token);
          const { success, data } = PasswordChange.safeParse(body);
          if (success && email) write(file, { type: 'account', email, password: data.new_password });
        }
      },
      received({ method, path, token: sentToken }, { status, json }) {
        const given = sentToken === undefined ? undefined : givenByToken.get(sentToken);
        const collection = method === 'POST' ? createdCollection(path) : undefined;
        if (given !== undefined && collection) {
          const object = status < 300 ? createdObject(path, json) : undefined;
          write(file, {
            email: given,
            ...(object ? { type: 'object', ...object } : { type: 'not-created', collection }),
          });
          const key = collection === 'API keys' ? CreatedKey.safeParse(json).data?.token : undefined;
          if (key !== undefined) givenByToken.set(key, given);
        }
        if (method !== 'POST' || !/\/auth\/(register|login|refresh)$/.test(path) || status >= 300) return;
        const { success, data } = Registered.safeParse(json);
        if (!success) return;
        const { id: userId, tenant_id: tenantId, email } = data.user;
        const token = z.object({ access_token: z.string() }).safeParse(json).data?.access_token;
        if (token) emailByToken.set(token, email);
        if (path.endsWith('/register'))
          write(file, { type: 'registered', email, userId, tenantId, accessToken: token });
      },
    },
    signingIn: (account) => write(file, { type: 'signing-in', ...account }),
    notSignedIn: (email) => write(file, { type: 'released', email }),
    signedIn(session) {
      givenByToken.set(session.accessToken, session.email);
      if (session.refreshToken !== undefined) givenRefreshTokens.add(session.refreshToken);
      write(file, { type: 'session', ...session });
    },
  };
}

export function recordErasing(file: string, email: string, erasure: string): void {
  write(file, { type: 'erasing', email, erasure });
}

export function recordRemoved(file: string, email: string): void {
  write(file, { type: 'removed', email });
}

export function recordReleased(file: string, email: string): void {
  write(file, { type: 'released', email });
}

/** Ends the ledger and removes the passwords from it. */
export function closeLedger(file: string, left: readonly string[]): void {
  const entries = readEntries(file).map((entry) => {
    if (entry.type === 'account') return { ...entry, password: '[removed]' };
    if (entry.type === 'session') return { ...entry, accessToken: undefined, refreshToken: undefined };
    return entry.type === 'registered' ? { ...entry, accessToken: undefined } : entry;
  });
  const text = [...entries, { type: 'closed', left: [...left] }].map((entry) => `${JSON.stringify(entry)}\n`);
  writeFileSync(`${file}.tmp`, text.join(''), { mode: 0o600 });
  renameSync(`${file}.tmp`, file);
}

/** @throws Error when the file is not a ledger. */
export function readLedger(file: string): Ledger {
  const entries = readEntries(file);
  const [opened] = entries;
  if (opened?.type !== 'opened') throw new Error(`${file} is not a ledger of a run.`);
  const accounts = new Map<string, RecordedAccount>();
  const tenantIds = new Set<string>();
  for (const entry of entries) {
    if (entry.type === 'account') {
      const email = entry.email.toLowerCase();
      const known = accounts.get(email);
      accounts.set(email, { ...known, email, passwords: [entry.password, ...(known?.passwords ?? [])] });
    } else if (entry.type === 'registered') {
      const email = entry.email.toLowerCase();
      tenantIds.add(entry.tenantId);
      const { userId, tenantId, accessToken } = entry;
      accounts.set(email, {
        passwords: [],
        ...accounts.get(email),
        email,
        userId,
        tenantId,
        ...(accessToken ? { accessToken } : {}),
      });
    } else if (entry.type === 'erasing') {
      const email = entry.email.toLowerCase();
      accounts.set(email, { passwords: [], ...accounts.get(email), email, erasure: entry.erasure });
    } else if (entry.type === 'removed') {
      accounts.delete(entry.email.toLowerCase());
    }
  }
  return {
    given: givenAccountsIn(entries),
    runId: opened.runId,
    target: opened.target,
    owner: { pid: opened.pid, startTime: opened.startTime },
    marks: entries.flatMap((entry) => (entry.type === 'check' ? [entry.mark] : [])),
    tenantIds: [...tenantIds],
    accounts: [...accounts.values()],
    closed: entries.some(({ type }) => type === 'closed'),
  };
}

function givenAccountsIn(entries: readonly Entry[]): RecordedGivenAccount[] {
  const given = new Map<string, RecordedGivenAccount>();
  for (const entry of entries) {
    const known = 'email' in entry ? given.get(entry.email) : undefined;
    if (entry.type === 'signing-in') {
      given.set(entry.email, { email: entry.email, password: entry.password, objects: [], unconfirmed: [] });
    } else if (known && entry.type === 'session' && entry.accessToken !== undefined) {
      const { accessToken, refreshToken } = entry;
      const session = { accessToken, ...(refreshToken === undefined ? {} : { refreshToken }) };
      given.set(entry.email, { ...known, session });
    } else if (known && entry.type === 'creating') {
      given.set(entry.email, { ...known, unconfirmed: [...known.unconfirmed, entry.collection] });
    } else if (known && (entry.type === 'object' || entry.type === 'not-created')) {
      const unconfirmed = withoutOne(known.unconfirmed, entry.collection);
      const created = entry.type === 'object' ? [{ collection: entry.collection, id: entry.id }] : [];
      given.set(entry.email, { ...known, unconfirmed, objects: [...known.objects, ...created] });
    } else if (entry.type === 'released') {
      given.delete(entry.email);
    }
  }
  return [...given.values()];
}

function withoutOne<T>(list: readonly T[], one: T): T[] {
  const index = list.indexOf(one);
  return index < 0 ? [...list] : list.toSpliced(index, 1);
}

function write(file: string, entry: Entry): void {
  appendFileSync(file, `${JSON.stringify(entry)}\n`, { mode: 0o600 });
}

/** A killed run may leave an incomplete last line; its request was not sent. */
function readEntries(file: string): Entry[] {
  const complete = readFileSync(file, 'utf8').split('\n').slice(0, -1);
  return complete.map((line) => Entry.parse(JSON.parse(line)));
}

function registrationNotAllowed(): MissingCapability {
  return new MissingCapability(
    'registration',
    'The target does not allow registrations. Add accounts: { register: true } to the target file.',
  );
}

function accountWouldChange(request: string): MissingCapability {
  return new MissingCapability(
    'registration',
    `${request} would change an account that the target file gives. Add accounts: { register: true } to the target file.`,
  );
}
