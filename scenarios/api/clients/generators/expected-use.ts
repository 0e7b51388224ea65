import { type CheckContext, empty, equals, type Json } from '../../../../harness/engine/index.ts';
import { serviceNames } from '../../../../platform/contracts/service.ts';
import { readyCheckId } from '../../../services/operational-routes.ts';
import { clientCheck } from '../../client-check.ts';
import { createPeople } from '../../people-base.ts';

/** Fields of the checks that generate a client from the platform's documents and use it. */
export const generatedClientCheck = {
  ...clientCheck,
  needs: [...clientCheck.needs, ...serviceNames.map(readyCheckId)],
  severity: 'high',
  services: serviceNames,
  remediation: {
    text: 'Read the generator’s output in the evidence. Correct the contract, or what writes the document from it in platform/kit/openapi.',
    effort: 'hours',
  },
} as const;

/** The expected result of every generated client. */
export const expectedUse = {
  /** Documents that the generator rejects or warns about. */
  rejected: empty(),
  /** Errors of the compiler. */
  errors: empty(),
  written: equals(30),
  pages: equals([20, 10]),
  filtered: equals(5),
  // The code in the client's type for this error.
  missingRecord: equals('NOT_FOUND'),
  deleted: equals(true),
  afterDelete: equals('NOT_FOUND'),
  left: equals(29),
  workspaceListed: equals(true),
  missingWorkspace: equals('not_found'),
  workspaceAfterDelete: equals('not_found'),
};

type Use = Omit<Record<keyof typeof expectedUse, Json>, 'rejected' | 'errors'>;

/** What a client reported about its use; null for what is missing. */
export function observedUse(seen: unknown): Use {
  const values = (seen ?? {}) as Partial<Use>;
  return {
    written: values.written ?? null,
    pages: values.pages ?? null,
    filtered: values.filtered ?? null,
    missingRecord: values.missingRecord ?? null,
    deleted: values.deleted ?? null,
    afterDelete: values.afterDelete ?? null,
    left: values.left ?? null,
    workspaceListed: values.workspaceListed ?? null,
    missingWorkspace: values.missingWorkspace ?? null,
    workspaceAfterDelete: values.workspaceAfterDelete ?? null,
  };
}

/** What a program with a generated client gets: an empty base, and a user's token. */
export async function preparedUse(context: CheckContext): Promise<Record<string, string>> {
  const account = await context.account();
  const { id } = await createPeople(context, account);
  return {
    gateway: context.stack.services.gateway,
    token: account.accessToken,
    base: id,
    workspace: context.unique('workspace'),
  };
}
