import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { CategoryId, type ConditionId } from '../harness/plan/outcome.ts';
import { Plan } from '../harness/plan/plan.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { selectChecks } from '../harness/plan/select-checks.ts';
import { toPlan } from '../harness/plan/to-plan.ts';
import { serviceNames } from '../platform/contracts/service.ts';
import { checks } from './catalogue.ts';

const byId = new Map(checks.map((check) => [check.id, check]));
const feeding = (condition: z.infer<typeof ConditionId>): string[] =>
  checks.filter(({ conditions }) => conditions?.includes(condition)).map(({ id }) => id);

describe('the catalogue of checks', () => {
  it('makes a valid plan with unique ids', () => {
    const plan = toPlan({
      definitions: checks,
      selected: new Set(byId.keys()),
      policy: assessmentPolicy,
      runtime: 'process',
      seed: 1,
    });
    expect(Plan.safeParse(plan).error).toBeUndefined();
    expect(byId.size).toBe(checks.length);
    expect(checks.length).toBeGreaterThan(45);
  });

  it('covers all six categories and all seven conditions', () => {
    expect(new Set(checks.map(({ category }) => category))).toEqual(new Set(CategoryId.options));
    for (const { id, minChecks } of assessmentPolicy.conditions) {
      expect(feeding(id).length, id).toBeGreaterThanOrEqual(minChecks);
    }
  });

  it('counts availability over exactly the nine services', () => {
    expect(feeding('service-availability').sort()).toEqual(
      serviceNames
        .filter((name) => name !== 'frontend')
        .map((name) => `services.${name}.available`)
        .sort(),
    );
  });

  it('feeds the security condition with exactly the seven items of the checklist', () => {
    expect(feeding('security').sort()).toEqual([
      'security.api-security',
      'security.authentication-security',
      'security.credential-management',
      'security.database-security',
      'security.environment-variables',
      'security.network-security',
      'security.session-security',
    ]);
  });

  it('feeds the authentication condition with every authentication check, and no other', () => {
    const all = checks.filter(({ category }) => category === 'authentication').map(({ id }) => id);
    expect(feeding('authentication')).toEqual(all);
  });

  it.each(checks)('$id says why it matters and what to do, and can fail', (check) => {
    expect(check.title.length).toBeGreaterThan(15);
    expect(check.why.length).toBeGreaterThan(50);
    expect(check.remediation.text.length).toBeGreaterThan(50);
    expect(Object.keys(check.expects).length).toBeGreaterThan(0);
    for (const criterion of Object.values(check.expects)) {
      if (criterion.op === 'matches') expect('').not.toMatch(new RegExp(criterion.pattern));
      if (criterion.op === 'atLeast') expect(criterion.value).toBeGreaterThan(0);
    }
  });

  it.each(checks)('$id needs only checks that exist, and declares the services they stand on', (check) => {
    for (const need of check.needs ?? []) {
      expect(byId.has(need), need).toBe(true);
      // A check that some machine cannot do must not block others that it could.
      const missing = (byId.get(need)?.requires ?? []).filter((one) => !(check.requires ?? []).includes(one));
      const coveredByDatabase = missing.every((one) => one.startsWith('postgres-'));
      expect(coveredByDatabase, `${need} requires ${missing.join(', ')}`).toBe(true);
      for (const service of byId.get(need)?.services ?? []) {
        if (need.endsWith('.ready')) expect(check.services ?? [], `service of ${need}`).toContain(service);
      }
    }
  });

  it.each(checks)('$id alone is selected by its id, with what it needs', ({ id }) => {
    const selected = selectChecks(checks, [id]);
    const wanted = new Set<string>();
    const add = (name: string): void => {
      wanted.add(name);
      for (const need of byId.get(name)?.needs ?? []) add(need);
    };
    add(id);
    expect(selected).toEqual(wanted);
  });

  it('leaves no check whose needs form a circle', () => {
    const settled = new Set<string>();
    let before = -1;
    while (settled.size !== before) {
      before = settled.size;
      for (const { id, needs } of checks)
        if ((needs ?? []).every((need) => settled.has(need))) settled.add(id);
    }
    expect(settled.size).toBe(checks.length);
  });

  it('lets no shared check wait for an exclusive one', () => {
    const exclusive = new Set(
      checks.filter(({ isolation }) => isolation === 'exclusive').map(({ id }) => id),
    );
    const waiting = checks.filter(
      ({ id, needs }) => !exclusive.has(id) && (needs ?? []).some((need) => exclusive.has(need)),
    );
    expect(waiting.map(({ id }) => id)).toEqual([]);
  });

  it('registers at most twice in a browser, where all share one address', () => {
    // Three registrations per hour and address are allowed; more would make the run fail itself.
    const registering = checks.filter(({ run }) => /createAccount\)?\(page/.test(String(run)));
    expect(registering.map(({ id }) => id)).toEqual([
      'e2e.new-user-in-browser',
      'frontend.register-creates-account',
    ]);
  });

  it('signs in at most four times in a browser', () => {
    // Five in a quarter of an hour and address are allowed, refused ones included.
    const signing = checks.filter(({ run }) => /signIn\)?\(page/.test(String(run)));
    expect(signing.map(({ id }) => id).sort()).toEqual([
      'e2e.new-user-in-browser',
      'frontend.sessions-end-from-page',
      'frontend.sign-in-leads-to-dashboard',
      'frontend.wrong-password-shows-alert',
    ]);
  });

  it('blames no service for the tools of another: the walk over llm-orchestrator waits for mcp-server', () => {
    const walk = byId.get('services.llm-orchestrator.complete');
    expect(walk?.services).toContain('mcp-server');
    expect(walk?.needs).toContain('services.mcp-server.ready');
  });
});
