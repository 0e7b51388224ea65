import { answer } from './child.ts';
import { startLoopProbe } from './loop-probe.ts';

/** The floor: a process that does nothing but measure its event loop. */
const probe = startLoopProbe();
answer(async ({ type }) => (type === 'reset' ? probe.reset() : probe.report()));
