import { atMost, defineCheck, equals, measurement } from '../../../harness/engine/index.ts';
import { loginWorks } from '../../authentication/check-fields.ts';
import { percentile } from '../../kit/percentile.ts';
import { furtherSecurity } from '../check-fields.ts';
import { timingBreaks } from './timing-breaks.ts';

/** Pairs of requests, with a known and an unknown address, that are sent before the times are compared. */
const pairs = 14;
/** Maximum number of times that so many pairs are sent. An idle machine needs one. */
const maxBlocks = 5;
/** Maximum difference of the lower quartiles, percent. Without a hash, an unknown address takes a tenth of the time. */
const maxDifference = 30;
/** Maximum difference of the lower quartiles of resets, milliseconds. A reset does the same for every address. */
const maxResetMs = 4;

/** Times of requests, milliseconds, in the order of the requests. */
type Times = Record<'known' | 'unknown', number[]>;

// Other load of the machine only adds time, so the lower quartile says most about the platform.
const quartile = (samples: readonly number[]): number => percentile(samples, 25);
const percent = (a: number, b: number): number => Math.round((Math.abs(a - b) / Math.max(a, b)) * 100);
const apart = (a: number, b: number): number => Math.round(Math.abs(a - b) * 10) / 10;

/** How far the same request is from itself: the distance of one half of its times from the other. */
function noiseOf({ known }: Times, distance: (a: number, b: number) => number): number {
  const half = (parity: number) => quartile(known.filter((_, index) => index % 2 === parity));
  return distance(half(0), half(1));
}

/** Takes times in turn until there is little noise in all of them, at most for the maximum. */
async function timesOf(
  measure: Record<keyof Times, () => Promise<number>>,
  isQuiet: (times: Times) => boolean,
): Promise<Times> {
  const times: Times = { known: [], unknown: [] };
  await measure.known();
  for (let block = 0; block < maxBlocks && (block === 0 || !isQuiet(times)); block += 1)
    for (let pair = 0; pair < pairs; pair += 1) {
      times.known.push(await measure.known());
      times.unknown.push(await measure.unknown());
    }
  return times;
}

export const timingHidesAccounts = defineCheck({
  ...furtherSecurity,
  id: 'security.sessions.timing-hides-accounts',
  title: 'Sign-in and reset take as long without an account',
  failureTitle: 'The time of a response shows whether there is an account',
  why: 'A list of addresses with accounts is what guessing and phishing begin with. Equal words with different times give it away (ASVS 5.0 6.3.8).',
  needs: [loginWorks],
  requires: ['many-source-addresses'],
  // Other checks would change the times.
  isolation: 'exclusive',
  standards: ['ASVS 6.3.8', 'API2'],
  remediation: {
    text: 'Verify the password against a hash of the same parameters when there is no account, before anything else depends on it.',
    effort: 'hours',
  },
  expects: {
    difference: atMost(maxDifference, '%'),
    noise: measurement(atMost(maxDifference, '%')),
    statuses: equals([401]),
    resetDifference: atMost(maxResetMs, 'ms'),
    resetNoise: measurement(atMost(maxResetMs, 'ms')),
    resetResponses: equals(1),
  },
  run: async (context) => {
    const { http, newAddress, unique } = context;
    const user = await context.account();
    const stranger = () => `${unique('nobody')}@readiness.example`;
    const post = (path: string, body: object) =>
      http.request('platform-services', path, { method: 'POST', from: newAddress(), body });
    const statuses = new Set<number>();
    const signIn = async (email: string): Promise<number> => {
      const { status, durationMs } = await post('/auth/login', { email, password: 'not the password' });
      statuses.add(status);
      return durationMs;
    };
    const signIns = await timesOf(
      { known: () => signIn(user.email), unknown: () => signIn(stranger()) },
      (times) => noiseOf(times, percent) <= maxDifference,
    );
    const resetResponses = new Set<string>();
    const reset = async (email: string): Promise<number> => {
      const { status, text, durationMs } = await post('/auth/forgot-password', { email });
      resetResponses.add(`${status} ${text.length}`);
      return durationMs;
    };
    const resets = await timesOf(
      { known: () => reset(user.email), unknown: () => reset(stranger()) },
      (times) => noiseOf(times, apart) <= maxResetMs,
    );
    await context.keep('durations.json', { signIns, resets });
    return {
      difference: percent(quartile(signIns.known), quartile(signIns.unknown)),
      noise: noiseOf(signIns, percent),
      statuses: [...statuses],
      resetDifference: apart(quartile(resets.known), quartile(resets.unknown)),
      resetNoise: noiseOf(resets, apart),
      resetResponses: resetResponses.size,
    };
  },
  breaks: timingBreaks,
});
