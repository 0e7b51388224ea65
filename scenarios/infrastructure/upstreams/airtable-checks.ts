import { randomBytes } from 'node:crypto';
import { atLeast, atMost, defineCheck, empty, equals } from '../../../harness/engine/index.ts';
import { registrationWorks } from '../../authentication/check-fields.ts';
import { pollUntil } from '../../kit/poll-until.ts';
import { valueAt } from '../../kit/shape.ts';
import { readyCheckId } from '../../services/operational-routes.ts';
import { airtableBreaks } from './airtable-breaks.ts';
import { baseOf, type Failure, failures, openAirtableStub, retryAfterS } from './airtable-stub.ts';
import { leaksOf, type SeenFailure, seeFailure } from './seen-failure.ts';

/** Time limit of the service for a response of Airtable in this check, milliseconds. */
const timeoutMs = 8_000;
/** Maximum time for a response to the user, milliseconds: the time limit, one pause of a second, and a busy machine. */
const responseLimitMs = 20_000;
/** A request may be repeated after 429 only: other failures may have had an effect. */
const once: readonly Failure[] = failures.filter((failure) => failure !== 'limited');

export const airtableFailuresAreContained = defineCheck({
  id: 'infrastructure.upstream.airtable-failures-are-contained',
  title: 'Failures of Airtable become documented errors in time',
  failureTitle: 'A failure of Airtable hangs, is hidden or leaks internals',
  why: 'With the real Airtable as upstream its limits, outages and broken responses reach the platform every day. Users must see what to do, and Airtable must not get a storm of repeated requests.',
  category: 'infrastructure',
  severity: 'high',
  needs: [registrationWorks, readyCheckId('airtable-gateway')],
  services: ['airtable-gateway', 'platform-services'],
  requires: ['process-control', 'registration'],
  standards: ['ASVS 13.2.6', 'API10'],
  timeoutMs: 90_000,
  remediation: {
    text: 'All requests go through platform/services/airtable-gateway/remote/airtable-http.ts: time limit for headers and body, maximum size, schema of the response, Retry-After. evidence/seen.json has what users saw.',
    effort: 'days',
  },
  expects: {
    seen: equals({
      limited: '200',
      limitedForLong: '429 RATE_LIMIT_REACHED',
      failing: '502 BAD_GATEWAY',
      silent: '504 GATEWAY_TIMEOUT',
      stalled: '504 GATEWAY_TIMEOUT',
      malformed: '502 BAD_GATEWAY',
      cutOff: '502 BAD_GATEWAY',
      endless: '502 BAD_GATEWAY',
      page: '502 BAD_GATEWAY',
      errorBody: '502 BAD_GATEWAY',
      redirect: '502 BAD_GATEWAY',
      prototype: '200',
      large: '200',
    }),
    slowest: atMost(responseLimitMs, 'ms'),
    pause: atLeast(retryAfterS.limited * 1_000 - 50, 'ms'),
    retryAfter: equals(retryAfterS.limitedForLong),
    duringPause: equals('429 RATE_LIMIT_REACHED'),
    repeated: empty(),
    followed: empty(),
    leaked: empty(),
    polluted: equals(false),
    notHealed: empty(),
  },
  breaks: airtableBreaks,
  async run(context) {
    const { http, signal } = context;
    const user = await context.account();
    const secret = `pat${randomBytes(16).toString('hex')}`;
    await using stub = await openAirtableStub();
    await using gateway = await context.processes().startAnother(
      'airtable-gateway',
      {
        set: {
          AIRTABLE_UPSTREAM: 'airtable',
          AIRTABLE_API_URL: stub.url,
          AIRTABLE_TOKEN: secret,
          AIRTABLE_TENANT_ID: user.tenantId,
          AIRTABLE_TIMEOUT_MS: String(timeoutMs),
        },
      },
      signal,
    );
    const read = (failure: Failure, table = 'Things') =>
      seeFailure(() =>
        http.request('airtable-gateway', `/v0/${baseOf(failure)}/${table}`, {
          at: gateway.url,
          token: user.accessToken,
          from: user.address,
          maxBodyBytes: 64_000,
          timeoutMs: responseLimitMs + 2_000,
        }),
      );
    const seen = new Map<Failure, SeenFailure>();
    const readAll = (list: readonly Failure[]) =>
      Promise.all(list.map(async (failure) => seen.set(failure, await read(failure))));
    await readAll(failures.filter((failure) => failure !== 'large'));
    // Alone, since reading ten million characters keeps the process from everything else.
    await readAll(['large']);
    // During the pause that Airtable has asked for, further requests must not reach it.
    const duringPause = await read('limitedForLong', 'Others');
    const arrivals = Object.fromEntries(failures.map((failure) => [failure, [...stub.arrivals(failure)]]));
    stub.heal();
    const healing = await pollUntil(
      async () =>
        Promise.all(
          failures
            .filter((failure) => failure !== 'limitedForLong')
            .map(async (failure) => ({ failure, ...(await read(failure, context.unique('Healed'))) })),
        ),
      (all) => all.every(({ outcome }) => outcome === '200'),
      context,
    );
    const of = (failure: Failure) => seen.get(failure) as SeenFailure;
    const [first = 0, second = 0] = arrivals.limited ?? [];
    const secrets = [secret, 'secret detail'];
    await context.keep(
      'seen.json',
      [...seen].map(([failure, { outcome, retryAfterS: seconds, tookMs, text }]) => ({
        failure,
        outcome,
        retryAfterS: seconds,
        tookMs,
        requestsToAirtable: arrivals[failure]?.length ?? 0,
        body: text.slice(0, 300),
      })),
    );
    return {
      seen: Object.fromEntries([...seen].map(([failure, { outcome }]) => [failure, outcome])),
      slowest: Math.max(...[...seen.values()].map(({ tookMs }) => tookMs)),
      pause: Math.round(second - first),
      retryAfter: of('limitedForLong').retryAfterS,
      duringPause: duringPause.outcome,
      repeated: once
        .filter((failure) => (arrivals[failure]?.length ?? 0) !== 1)
        .map((failure) => `${failure}: ${arrivals[failure]?.length} requests`),
      followed: [...stub.followed],
      leaked: [...seen].flatMap(([failure, one]) => leaksOf(failure, one, secrets)),
      polluted: [...seen.values(), ...healing].some(
        ({ json }) =>
          valueAt(json, 'polluted') !== undefined || JSON.stringify(json ?? null).includes('polluted'),
      ),
      notHealed: healing
        .filter(({ outcome }) => outcome !== '200')
        .map(({ failure, outcome }) => `${failure}: ${outcome}`),
    };
  },
});
