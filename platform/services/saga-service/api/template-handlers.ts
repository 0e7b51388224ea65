import { z } from 'zod';
import type { sagaService } from '../../../contracts/saga-service/contract.ts';
import { tenantOf } from '../../../kit/auth/tenant-of.ts';
import type { Handlers } from '../../../kit/http/handler.ts';
import { problem, storeProblem } from '../../../kit/http/problem.ts';
import type { RedisStore } from '../../../kit/redis/redis.ts';
import { currentScope } from '../../../kit/service/scope.ts';
import type { SagaEngine } from '../run/saga-engine.ts';
import { findTemplate, templates } from '../templates/catalogue.ts';
import { startFromTemplate } from '../templates/start-from-template.ts';
import type { Template } from '../templates/template.ts';

const hourS = 3600;

/** @throws ProblemError `rate_limited` when the user has started the template too often within an hour */
async function limitStarts(redis: RedisStore, template: Template, userId: string): Promise<void> {
  if (template.perHour === undefined) return;
  const key = `saga-starts:${template.type}:${userId}`;
  const [first] = (await redis.client.multi().incr(key).expire(key, hourS, 'NX').exec()) ?? [];
  const [failure, count] = first ?? [];
  if (typeof count !== 'number') throw storeProblem(failure);
  if (count > template.perHour) {
    const wait = await redis.client.ttl(key);
    throw problem('rate_limited', { headers: { 'retry-after': String(Math.max(wait, 1)) } });
  }
}

function describe(template: Template) {
  return {
    type: template.type,
    title: template.title,
    pattern: template.pattern,
    trigger: template.trigger ?? null,
    timeout: template.timeout,
    input: z.toJSONSchema(template.input, { io: 'input' }) as Record<string, unknown>,
    steps: template.steps.map(({ step_id, service, action, optional, compensation_action }) => ({
      step_id,
      service,
      action,
      optional,
      compensated: compensation_action !== undefined,
    })),
  };
}

/** Listing the templates and starting a saga from one. */
export function templateHandlers({
  engine,
  redis,
}: {
  engine: SagaEngine;
  redis: RedisStore;
}): Pick<Handlers<typeof sagaService>, 'startTemplate' | 'templates'> {
  return {
    templates: async () => ({ templates: templates.map(describe) }),

    async startTemplate({ caller, params, body, rights }) {
      const template = findTemplate(params.type);
      if (template === undefined) throw problem('not_found');
      await limitStarts(redis, template, caller.user_id);
      return startFromTemplate(engine, {
        template,
        key: { ...tenantOf(caller), sagaId: body.saga_id, workspaceId: rights.workspaceId },
        input: body.input,
        metadata: body.metadata,
        authority: { token: currentScope()?.token },
      });
    },
  };
}
