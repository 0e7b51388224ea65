import { records } from './records/suite.ts';
import type { Suite } from './suite.ts';

/** Every suite of `npm run bench -- --scale`. */
export const suites: readonly Suite[] = [records as Suite];
