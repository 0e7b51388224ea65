import type { Trigger, WorkflowStep } from '../../../contracts/automation-services/workflow-steps.ts';
import type { Template } from '../../../contracts/automation-services/workflow-templates.ts';
import type { Paging } from '../../../contracts/paging.ts';
import { problem } from '../../../kit/http/problem.ts';
import type { Database, Tenant, Transaction } from '../../../kit/postgres/database.ts';
import { storableJson } from '../../../kit/postgres/storable-text.ts';
import { platformTemplates, type StoredTemplate } from './platform-templates.ts';

const columns = 'id, name, category, description, steps, triggers';

export interface TemplateContent {
  name: string;
  category: string;
  description: string;
  steps: readonly WorkflowStep[];
  triggers: readonly Trigger[];
}

async function usesOf(tx: Transaction, templateIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ template_id: string; uses: number }>(
    {
      name: 'count_template_uses',
      text: `select part as template_id, sum(number)::bigint as uses from automation.row_counts
             where counted = 'template_uses' and part = any($1::uuid[]) group by part`,
    },
    [templateIds],
  );
  return new Map(rows.map(({ template_id, uses }) => [template_id, uses]));
}

/** The templates of the platform, then the tenant's own in order of creation. */
async function allTemplates(tx: Transaction): Promise<Template[]> {
  const { rows } = await tx.query<StoredTemplate>(
    `select ${columns} from automation.templates order by created_at, id`,
  );
  const uses = await usesOf(
    tx,
    [...platformTemplates, ...rows].map(({ id }) => id),
  );
  const complete = (built_in: boolean) => (template: StoredTemplate) => ({
    ...template,
    steps: [...template.steps],
    built_in,
    uses: uses.get(template.id) ?? 0,
  });
  return [...platformTemplates.map(complete(true)), ...rows.map(complete(false))];
}

/** @throws ProblemError `not_found` */
export async function readTemplate(tx: Transaction, id: string): Promise<Template> {
  const found = (await allTemplates(tx)).find((template) => template.id === id);
  if (found === undefined) throw problem('not_found');
  return found;
}

type Page = Pick<Paging, 'page' | 'page_size'>;

/** One page of a list that is short: a tenant has at most `maxTemplates`. */
export async function listTemplates(
  database: Database,
  tenant: Tenant,
  { page, page_size, category }: Page & { category?: string | undefined },
): Promise<Page & { templates: Template[]; total: number }> {
  const all = await database.withTenant(tenant, allTemplates);
  const matching = all.filter((template) => category === undefined || template.category === category);
  const templates = matching.slice((page - 1) * page_size, page * page_size);
  return { templates, total: matching.length, page, page_size };
}

/** Categories by name, with the number of their templates. */
export async function listCategories(
  database: Database,
  tenant: Tenant,
): Promise<{ name: string; templates: number }[]> {
  const all = await database.withTenant(tenant, allTemplates);
  return [...Map.groupBy(all, ({ category }) => category)]
    .map(([name, templates]) => ({ name, templates: templates.length }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}

const valuesOf = (content: TemplateContent) => [
  content.name,
  content.category,
  content.description,
  storableJson(content.steps),
  storableJson(content.triggers),
];

/** Maximum number of templates of a tenant. */
export const maxTemplates = 500;

/** @throws ProblemError `conflict` when the tenant has too many templates */
export async function addTemplate(
  database: Database,
  tenant: Tenant,
  content: TemplateContent,
): Promise<Template> {
  return database.withTenant(tenant, async (tx) => {
    const { rows } = await tx.query<{ id: string }>(
      `insert into automation.templates (tenant_id, created_by, name, category, description, steps, triggers)
       select $1, $2, $3, $4, $5, $6, $7 where (select count(*) from automation.templates) < $8 returning id`,
      [tenant.tenantId, tenant.userId, ...valuesOf(content), maxTemplates],
    );
    if (rows[0] === undefined)
      throw problem('conflict', { message: `A tenant can have at most ${maxTemplates} templates.` });
    return readTemplate(tx, rows[0].id);
  });
}

function rejectBuiltIn(id: string): void {
  if (platformTemplates.some((template) => template.id === id))
    throw problem('forbidden', { message: 'Templates of the platform cannot be changed.' });
}

/** @throws ProblemError `not_found`; `forbidden` for a template of the platform */
export async function changeTemplate(
  database: Database,
  tenant: Tenant,
  { id, content }: { id: string; content: TemplateContent },
): Promise<Template> {
  rejectBuiltIn(id);
  return database.withTenant(tenant, async (tx) => {
    await tx.query(
      `update automation.templates
       set name = $2, category = $3, description = $4, steps = $5, triggers = $6, updated_at = now()
       where id = $1`,
      [id, ...valuesOf(content)],
    );
    return readTemplate(tx, id);
  });
}

/** @throws ProblemError `not_found`; `forbidden` for a template of the platform */
export async function removeTemplate(database: Database, tenant: Tenant, id: string): Promise<void> {
  rejectBuiltIn(id);
  const { rowCount } = await database.tenantQuery(tenant, 'delete from automation.templates where id = $1', [
    id,
  ]);
  if (rowCount === 0) throw problem('not_found');
}

/** Counts the use of a template for a workflow, in the transaction that creates the workflow. */
export async function countUse(
  tx: Transaction,
  tenant: Tenant,
  { templateId, workflowId }: { templateId: string; workflowId: string },
): Promise<void> {
  await tx.query(
    `insert into automation.template_uses (tenant_id, template_id, workflow_id, user_id) values ($1, $2, $3, $4)`,
    [tenant.tenantId, templateId, workflowId, tenant.userId],
  );
}

export interface TemplateUsage {
  uses: number;
  workflows: number;
  executions: number;
  last_used_at: string | null;
}

/** @throws ProblemError `not_found` */
export async function readUsage(database: Database, tenant: Tenant, id: string): Promise<TemplateUsage> {
  return database.withTenant(tenant, async (tx) => {
    await readTemplate(tx, id);
    const { rows } = await tx.query<TemplateUsage>(
      `select count(*) as uses, count(w.id) as workflows, coalesce(sum(w.executions), 0)::bigint as executions,
              max(u.used_at) as last_used_at
       from automation.template_uses u left join automation.workflows w on w.id = u.workflow_id
       where u.template_id = $1`,
      [id],
    );
    return rows[0] as TemplateUsage;
  });
}
