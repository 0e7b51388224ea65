import { access, constants } from 'node:fs/promises';
import { serviceNames } from '../../../../platform/contracts/service.ts';
import { openMailFolder } from '../../../engine/instruments/mail/mail-folder.ts';
import type { MailSource } from '../../../engine/instruments/mail/mail-source.ts';
import { mailpitHeaders, openMailpit } from '../../../engine/instruments/mail/mailpit.ts';
import type { Capability } from '../../../plan/plan.ts';
import { openSpanReceiver, type TraceSource } from '../../../telemetry/span-receiver.ts';
import { addressedServices, type Secret, type Target } from '../target.ts';
import { type ReadSecret, secretOf } from '../target-addresses.ts';
import { openComposeLogs } from './compose-logs.ts';
import { type FollowedLogs, followLogs } from './follow-logs.ts';
import { openLogFiles } from './log-files.ts';
import { openLokiLogs } from './loki-logs.ts';
import { type SourceAccess, sourceHeaders } from './source-access.ts';
import { openTempoTraces } from './tempo-traces.ts';

/** Maximum time of the first request to a source, milliseconds. */
const firstRequestMs = 5_000;

/** The sources of a target that work. */
export interface OpenSources extends AsyncDisposable {
  readonly capabilities: ReadonlySet<Capability>;
  /** Why a source that the target file names gives no capability. */
  readonly failures: ReadonlyMap<Capability, string>;
  readonly logs?: FollowedLogs;
  readonly traces?: TraceSource;
  readonly prometheus?: SourceAccess;
  readonly mails?: MailSource;
}

/** Opens the sources that a target file names. One that does not respond leaves its checks unmeasured. */
export async function openSources(options: {
  target: Target;
  readSecret: ReadSecret;
  logFolder: string;
  /** Known secrets of the target, which are removed from its logs. */
  secrets?: readonly string[];
  signal: AbortSignal;
}): Promise<OpenSources> {
  const { target, signal } = options;
  await using opened = new AsyncDisposableStack();
  const capabilities = new Set<Capability>();
  const failures = new Map<Capability, string>();
  const open = async <T>(
    capability: Capability,
    source: () => Promise<T> | undefined,
  ): Promise<T | undefined> => {
    try {
      const value = await source();
      if (value !== undefined) capabilities.add(capability);
      return value;
    } catch (error) {
      signal.throwIfAborted();
      failures.set(capability, describe(error));
      return undefined;
    }
  };
  const accessOf = (
    field: string,
    { token, ...source }: { url: string; token?: Secret | undefined; tenant?: string | undefined },
  ): SourceAccess => ({
    url: source.url,
    ...(source.tenant === undefined ? {} : { tenant: source.tenant }),
    ...(token ? { token: secretOf(token, `${field}.token`, options.readSecret) } : {}),
  });
  const { logs, traces, metrics, mail } = target;

  const followed = await open('logs', async () => {
    if (!logs) return undefined;
    const services = logs.compose === undefined ? addressedServices(target) : serviceNames;
    const source =
      logs.compose !== undefined
        ? await openComposeLogs(logs.compose)
        : logs.loki
          ? openLokiLogs({ ...accessOf('logs.loki', logs.loki), query: logs.loki.query })
          : openLogFiles(logs.files ?? '');
    return opened.use(await followLogs({ ...options, source, services }));
  });
  // Nobody can see in redacted logs whether a service logged a secret.
  if (followed && !logs?.redacted) capabilities.add('unredacted-logs');
  const traceSource = await open('traces', async () => {
    if (traces?.tempo) {
      const tempo = accessOf('traces.tempo', traces.tempo);
      await reach(`${tempo.url}/api/echo`, sourceHeaders(tempo), signal);
      return openTempoTraces(tempo);
    }
    const url = traces?.receiver === undefined ? null : URL.parse(traces.receiver);
    if (!url) return undefined;
    const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
    return opened.use(await openSpanReceiver({ host, port: Number(url.port || 80) }));
  });
  const prometheus = await open('monitoring', async () => {
    if (!metrics) return undefined;
    const found = accessOf('metrics.prometheus', metrics.prometheus);
    await reach(`${found.url}/api/v1/query?query=1`, sourceHeaders(found), signal);
    return found;
  });
  const mails = await open('mail', async () => {
    if (mail?.folder !== undefined) {
      await access(mail.folder, constants.R_OK);
      return openMailFolder(mail.folder);
    }
    if (!mail?.mailpit) return undefined;
    const { url } = mail.mailpit;
    const login =
      mail.mailpit.login && secretOf(mail.mailpit.login, 'mail.mailpit.login', options.readSecret);
    await reach(`${url}/api/v1/info`, mailpitHeaders(login), signal);
    return openMailpit({ url, signal, ...(login === undefined ? {} : { login }) });
  });
  const owned = opened.move();
  return {
    capabilities,
    failures,
    ...(followed ? { logs: followed } : {}),
    ...(traceSource ? { traces: traceSource } : {}),
    ...(prometheus ? { prometheus } : {}),
    ...(mails ? { mails } : {}),
    [Symbol.asyncDispose]: () => owned[Symbol.asyncDispose](),
  };
}

/** @throws Error unless the source responds with 200 */
async function reach(url: string, headers: Record<string, string>, signal: AbortSignal): Promise<void> {
  const response = await fetch(url, {
    headers,
    signal: AbortSignal.any([signal, AbortSignal.timeout(firstRequestMs)]),
  });
  await response.body?.cancel();
  if (response.status !== 200) throw new Error(`GET ${url}: ${response.status}`);
}

function describe(error: unknown): string {
  const { message, cause } = error as Error;
  const reason =
    cause instanceof Error ? ((cause as NodeJS.ErrnoException).code ?? cause.message) : undefined;
  return reason === undefined ? message : `${message} (${reason})`;
}
