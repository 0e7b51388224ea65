import type { CheckFacts, Facts, ServiceResponses } from '../evidence/facts.ts';
import type { PlannedCheck, Remediation } from '../plan/plan.ts';
import { formatShare } from './format.ts';
import type { CheckResult } from './result.ts';

/** A failing check with what it observed. */
export interface Failing {
  check: CheckResult;
  planned: PlannedCheck;
  facts: CheckFacts | undefined;
}

/** One cause that several failing checks have in common. */
export interface SharedCause {
  /** Unique, e.g. `responses:gateway`. */
  key: string;
  title: string;
  cause: string;
  remediation: Remediation;
}

interface CauseRule {
  kind: string;
  /** Subjects whose failure would explain why the check fails, e.g. services. */
  subjectsOf(failing: Failing): readonly string[];
  describe(
    subject: string,
    members: readonly Failing[],
    responses: ResponsesByService,
  ): Omit<SharedCause, 'key'>;
}

/** The rules in order: an earlier one explains the later ones, because a dead store makes services respond with errors. */
const rules: readonly CauseRule[] = [
  {
    kind: 'dependency',
    subjectsOf: ({ check }) =>
      unmetLists(check, 'failedDependencies').map((line) => line.replace(/:.*$/s, '').trim()),
    describe: (dependency, members) => ({
      title: `${dependency} fails for ${members.length} services`,
      cause: `${members.length} services report that ${dependency} fails. ${firstExplanation(members)}`,
      remediation: {
        text: `Read the log of ${dependency} and check that the services reach it with their own credentials.`,
        effort: 'hours',
      },
    }),
  },
  {
    kind: 'responses',
    subjectsOf: ({ check, facts }) =>
      failsByResponses(check)
        ? (facts?.responses ?? []).filter(({ failed }) => failed > 0).map(({ service }) => service)
        : [],
    describe: (service, members, responses) => ({
      title: `${service} responds with server errors or not at all`,
      cause: responseSentence(service, members, responses),
      remediation: {
        text: `Read logs/${service}.log at the time of the named request. The other checks say nothing about what they look at until ${service} responds.`,
        effort: 'days',
      },
    }),
  },
  {
    kind: 'route',
    subjectsOf: ({ check }) =>
      // What a check of security saw is worth more than where.
      check.category === 'security' || check.failureTitle !== undefined
        ? []
        : [...new Set(unmetTexts(check).flatMap(routesIn))],
    describe: (route, members) => ({
      title: `${members.length} checks fail at ${route}`,
      cause: firstExplanation(members),
      remediation: { text: `Correct ${route}; each check shows its response.`, effort: 'days' },
    }),
  },
];

/** Minimum number of failing checks that make a common cause. One check explains itself. */
const minimum = 3;

/**
 * Finds what several failing checks have in common. Each check belongs to one cause at most: that of the first rule
 * which applies, and there the one that explains most.
 */
export function findSharedCauses(failing: readonly Failing[], facts: Facts): Map<string, SharedCause> {
  const causes = new Map<string, SharedCause>();
  const responses = responsesByService(facts);
  for (const rule of rules) {
    const open = failing.filter(({ check }) => !causes.has(check.id));
    for (const { subject, members } of mostCommonFirst(open, rule)) {
      const cause = { key: `${rule.kind}:${subject}`, ...rule.describe(subject, members, responses) };
      for (const { check } of members) causes.set(check.id, cause);
    }
  }
  return causes;
}

interface Common {
  subject: string;
  members: Failing[];
}

/**
 * Gives each check to the subject that most checks have, then each of the rest to the one that most of those have, and so
 * on. Of equally common subjects the first by name counts. A subject leaves its level when its members went to others,
 * and each departure costs one step, so the work grows with the number of subjects of all checks.
 */
function mostCommonFirst(failing: readonly Failing[], rule: CauseRule): Common[] {
  const havingSubject = new Map<string, Set<Failing>>();
  const subjectsOf = new Map<Failing, readonly string[]>();
  for (const each of failing) {
    const subjects = rule.subjectsOf(each);
    subjectsOf.set(each, subjects);
    for (const subject of subjects) {
      const members = havingSubject.get(subject) ?? new Set();
      havingSubject.set(subject, members.add(each));
    }
  }
  /** Subjects by their number of members, or by an earlier, larger one. */
  const levels: string[][] = [];
  const addToLevel = (subject: string, level: number): void => {
    const subjects = levels[level] ?? [];
    levels[level] = subjects;
    subjects.push(subject);
  };
  for (const [subject, members] of havingSubject) addToLevel(subject, members.size);
  const found: Common[] = [];
  for (let level = levels.length - 1; level >= minimum; level -= 1) {
    for (const subject of (levels[level] ?? []).sort()) {
      const members = [...(havingSubject.get(subject) ?? [])];
      if (members.length < level) addToLevel(subject, members.length);
      else {
        found.push({ subject, members });
        for (const member of members)
          for (const other of subjectsOf.get(member) ?? []) havingSubject.get(other)?.delete(member);
      }
    }
  }
  return found;
}

/**
 * Whether a check fails because of responses: it could not continue, or what it observed instead of the expected values
 * speaks of a server error or of no response. A check that saw another defect keeps its own blame, even if it also saw
 * server errors.
 */
function failsByResponses(check: CheckResult): boolean {
  if (check.shortfall) return true;
  const unmet = check.findings.filter(({ met }) => !met);
  return unmet.some(({ observed }) => speaksOfServerError(observed));
}

function speaksOfServerError(observed: unknown): boolean {
  if (typeof observed === 'number') return observed >= 500 && observed < 600;
  if (typeof observed === 'string') return /(?<![\w.])5\d\d(?![\w.])|no response|bad_gateway/.test(observed);
  if (Array.isArray(observed)) return observed.some(speaksOfServerError);
  return (
    typeof observed === 'object' && observed !== null && Object.values(observed).some(speaksOfServerError)
  );
}

type ResponsesByService = ReadonlyMap<string, readonly ServiceResponses[]>;

function responsesByService({ checks }: Facts): ResponsesByService {
  return Map.groupBy(
    checks.flatMap(({ responses = [] }) => responses),
    ({ service }) => service,
  );
}

function responseSentence(
  service: string,
  members: readonly Failing[],
  responses: ResponsesByService,
): string {
  const seen = responses.get(service) ?? [];
  const sum = (count: (each: ServiceResponses) => number): number =>
    seen.reduce((total, each) => total + count(each), 0);
  const [failed, total] = [sum((each) => each.failed), sum((each) => each.total)];
  const example = seen.find((each) => each.example !== undefined)?.example;
  const share = formatShare({ num: failed, den: Math.max(1, total) });
  return `${service}: ${failed} of ${total} requests of all checks failed (${share}), e.g. ${example}. ${members.length} checks fail with them.`;
}

function firstExplanation(members: readonly Failing[]): string {
  const [first] = members;
  return first ? `${first.check.id}: ${first.check.explanation}` : '';
}

function unmetLists(check: CheckResult, name: string): string[] {
  return check.findings
    .filter((finding) => finding.name === name && !finding.met && Array.isArray(finding.observed))
    .flatMap(({ observed }) => (observed as unknown[]).map(String));
}

function unmetTexts(check: CheckResult): string[] {
  return check.findings
    .filter(({ met }) => !met)
    .flatMap(({ observed }) => [observed].flat().filter((each): each is string => typeof each === 'string'));
}

/** Every service has these routes, so checks of different services that name one have nothing in common. */
const operational = /^\/(?:health|ready|metrics|openapi\.json)$/;

/** Routes in a line such as `round 1: GET /internal/users returned 403`. */
function routesIn(line: string): string[] {
  return [...line.matchAll(/\b(GET|POST|PUT|PATCH|DELETE) (\/[^\s:,;?]*)/g)].flatMap(
    ([, method, path = '']) => (operational.test(path) ? [] : [`${method} ${path}`]),
  );
}
