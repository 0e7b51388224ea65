import { readdir, readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import type { z } from 'zod';
import { CategoryId, type ConditionId } from '../harness/plan/outcome.ts';
import { Plan } from '../harness/plan/plan.ts';
import { assessmentPolicy } from '../harness/plan/policy.ts';
import { selectChecks } from '../harness/plan/select-checks.ts';
import { toPlan } from '../harness/plan/to-plan.ts';
import { serviceNames } from '../platform/contracts/service.ts';
import { checks, checksByFile } from './catalogue.ts';

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

  it('feeds the authentication condition with all authentication checks and no other', () => {
    const all = checks.filter(({ category }) => category === 'authentication').map(({ id }) => id);
    expect(feeding('authentication')).toEqual(all);
  });

  it.each([...checksByFile])('%s has checks of the category that its folder names', (path, declared) => {
    const [folder] = path.split('/');
    expect(declared.length).toBeGreaterThan(0);
    for (const { id, category } of declared) {
      expect(category, id).toBe(folder);
      expect(id.split('.')[0]).toBe(folder);
    }
  });

  it.each(checks)('$id has a short title, a reason and a fix, and can fail', (check) => {
    expect(check.title.length).toBeGreaterThan(15);
    expect(check.title.length).toBeLessThan(60);
    if (check.failureTitle !== undefined) {
      expect(check.failureTitle.length).toBeGreaterThan(15);
      expect(check.failureTitle.length).toBeLessThan(80);
      expect(check.failureTitle).not.toBe(check.title);
    }
    expect(check.why.length).toBeGreaterThan(50);
    expect(check.remediation.text.length).toBeGreaterThan(50);
    expect(Object.keys(check.expects).length).toBeGreaterThan(0);
    for (const criterion of Object.values(check.expects)) {
      if (criterion.op === 'matches') expect('').not.toMatch(new RegExp(criterion.pattern));
      if (criterion.op === 'atLeast') expect(criterion.value).toBeGreaterThan(0);
    }
  });

  it.each(checks)('$id needs existing checks only, and declares their services', (check) => {
    for (const need of check.needs ?? []) {
      expect(byId.has(need), need).toBe(true);
      // A missing capability must not block a check that does not require it.
      const missing = (byId.get(need)?.requires ?? []).filter((one) => !(check.requires ?? []).includes(one));
      const coveredByDatabase = missing.every((one) => one.startsWith('postgres-'));
      expect(coveredByDatabase, `${need} requires ${missing.join(', ')}`).toBe(true);
      for (const service of byId.get(need)?.services ?? []) {
        if (need.endsWith('.ready')) expect(check.services ?? [], `service of ${need}`).toContain(service);
      }
    }
  });

  it.each(checks)('the pattern $id selects this check and the checks it needs', ({ id }) => {
    const selected = selectChecks(checks, [id]);
    const expected = new Set<string>();
    const add = (name: string): void => {
      expected.add(name);
      for (const need of byId.get(name)?.needs ?? []) add(need);
    };
    add(id);
    expect(selected).toEqual(expected);
  });

  it('has no circular needs', () => {
    const settled = new Set<string>();
    let before = -1;
    while (settled.size !== before) {
      before = settled.size;
      for (const { id, needs } of checks)
        if ((needs ?? []).every((need) => settled.has(need))) settled.add(id);
    }
    expect(settled.size).toBe(checks.length);
  });

  it('has no shared check that needs an exclusive one', () => {
    const exclusive = new Set(
      checks.filter(({ isolation }) => isolation === 'exclusive').map(({ id }) => id),
    );
    const waiting = checks.filter(
      ({ id, needs }) => !exclusive.has(id) && (needs ?? []).some((need) => exclusive.has(need)),
    );
    expect(waiting.map(({ id }) => id)).toEqual([]);
  });

  it('has a browser test for each check that waits for one, and a check for each browser test', async () => {
    const specs = new URL('../e2e/specs/', import.meta.url);
    const texts = await Promise.all(
      (await readdir(specs)).map((name) => readFile(new URL(name, specs), 'utf8')),
    );
    const tags = texts.join('').matchAll(/tag: '@([\w.-]+)'/g);
    const waiting = checks.filter(({ run }) => /browserTest\(\)/.test(String(run))).map(({ id }) => id);
    expect([...tags].map(([, id]) => id).sort()).toEqual(waiting.sort());
    expect(waiting.length).toBeGreaterThan(10);
  });

  it('blocks the completeness check of llm-orchestrator when mcp-server is not ready', () => {
    const complete = byId.get('services.llm-orchestrator.complete');
    expect(complete?.services).toContain('mcp-server');
    expect(complete?.needs).toContain('services.mcp-server.ready');
  });
});

describe('destructive checks', () => {
  it('are declared: load, and statements that could change rows of others', () => {
    const declared = checks.flatMap(({ id, destructive }) =>
      destructive ? [`${destructive.kind} ${id}`] : [],
    );
    expect(declared.sort()).toEqual([
      'database infrastructure.roles.confined-to-own-schema',
      'database infrastructure.row-security.other-tenants-invisible',
      'database security.database-security',
      'database security.tenants.service-roles-confined',
      'database security.tokens.claims-are-enforced',
      'database security.tokens.earlier-keys-end',
      'drill infrastructure.postgres-outage.failed-statements-show',
      'drill infrastructure.postgres-outage.full-connections-are-survived',
      'drill infrastructure.redis-outage.full-memory-is-survived',
      'load api.fuzzing.documents-hold',
      'load api.load.error-rate-below-5-percent',
      'load api.load.level-over-requests',
      'load api.load.routes-keep-pace',
      'load authentication.login.sixty-at-once',
      'load authentication.register.sixty-at-once',
      'load infrastructure.postgres.connections-to-spare',
    ]);
  });

  it('include every check that uses the load instrument or changes the store by a statement', () => {
    const missed = checks.filter(
      ({ run, destructive }) =>
        !destructive && /\bload\.run\(|\b(truncate|flushall|flushdb|drop table)\b/i.test(String(run)),
    );
    expect(missed.map(({ id }) => id)).toEqual([]);
  });
});
