/** Another user and tenant, whose ids the requests try to assign. */
export interface Foreign {
  userId: string;
  tenantId: string;
}

const past = '2001-02-03T04:05:06.789Z';

/** Fields that only the platform may set, with values that the sender would like. */
export function privilegedFields({ userId, tenantId }: Foreign): Record<string, unknown> {
  return {
    id: '11111111-2222-4333-8444-555555555555',
    tenant_id: tenantId,
    tenantId,
    user_id: userId,
    owner_id: userId,
    ownerId: userId,
    created_by: userId,
    role: 'admin',
    roles: ['admin'],
    is_admin: true,
    isAdmin: true,
    is_active: false,
    email_verified: true,
    owns_tenant: true,
    created_at: past,
    createdAt: past,
    updated_at: past,
    version: 987_654,
    password_hash: 'assigned-password-hash',
    total_executions: 987_654,
    webhook_secret: 'assigned-secret',
    __proto__id: 'assigned-prototype',
  };
}

/** The values of a JSON document that were assigned, with their paths. */
export function assignedIn(json: unknown, foreign: Foreign): string[] {
  const wanted = new Set<unknown>([
    '11111111-2222-4333-8444-555555555555',
    foreign.userId,
    foreign.tenantId,
    past,
    987_654,
    'assigned-password-hash',
    'assigned-secret',
    'assigned-prototype',
  ]);
  const found: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (typeof value === 'object' && value !== null)
      for (const [name, item] of Object.entries(value)) visit(item, path === '' ? name : `${path}.${name}`);
    else if (wanted.has(value)) found.push(path);
  };
  visit(json, '');
  return found;
}
