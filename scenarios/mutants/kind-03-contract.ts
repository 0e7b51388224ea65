import { type Mutant, replacing } from './mutant.ts';

const clients = 'security.contract.clients-see-approved-routes';
const services = 'security.contract.services-serve-approved-routes';
const answers = 'security.contract.answers-have-approved-fields';
const rights = 'security.rights.hold-on-every-route';

export const contractMutants: readonly Mutant[] = [
  {
    id: 'contract.account-with-password-hash',
    kind: 3,
    defect: 'The signed-in user gets the hash of the password, which the contract declares.',
    changes: [
      replacing(
        'contracts/identity.ts',
        'export const User = z.object({\n',
        'export const User = z.object({\n  password_hash: z.string().optional(),\n',
      ),
    ],
    caughtBy: [answers, clients, services, 'security.response-secrets'],
  },
  {
    id: 'contract.account-with-any-field',
    kind: 3,
    defect: 'The account of a user is returned with every column that was read.',
    changes: [
      replacing(
        'contracts/identity.ts',
        'export const User = z.object({\n',
        'export const User = z.looseObject({\n',
      ),
    ],
    caughtBy: [answers, 'security.response-secrets'],
  },
  {
    id: 'contract.keys-rotated-by-anyone',
    kind: 3,
    defect: 'One word makes the route public that changes the signing key.',
    changes: [
      replacing(
        'contracts/platform-services/authentication.ts',
        "    access: 'service',\n    idempotency: 'claim',",
        "    access: 'public',\n    idempotency: 'claim',",
      ),
    ],
    caughtBy: [services],
  },
  {
    id: 'contract.templates-of-sagas-public',
    kind: 3,
    defect: 'The templates of sagas are public.',
    changes: [
      replacing(
        'contracts/saga-service/templates.ts',
        "    access: 'user',\n    scope: 'sagas:read',\n    needs: 'self',\n",
        "    access: 'public',\n",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.viewers-delete-files',
    kind: 3,
    defect: 'Viewers of a workspace may delete its files.',
    changes: [
      replacing(
        'contracts/file-service/contract.ts',
        "      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('edit'),",
        "      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('read'),",
      ),
    ],
    caughtBy: [clients, services, rights],
  },
  {
    id: 'contract.admins-delete-workspaces',
    kind: 3,
    defect: 'Administrators of a workspace may delete it, which only owners may.',
    changes: [
      replacing(
        'contracts/platform-services/workspaces.ts',
        "cannot be deleted: 409 names what it holds.',\n    access: 'user',\n    needs: inWorkspace('own'),",
        "cannot be deleted: 409 names what it holds.',\n    access: 'user',\n    needs: inWorkspace('manage'),",
      ),
    ],
    caughtBy: [clients, services, rights],
  },
  {
    id: 'contract.viewers-change-records',
    kind: 3,
    defect: 'Viewers of a base may change its records.',
    changes: [
      replacing(
        'contracts/airtable-gateway/contract.ts',
        "    needs: { right: 'edit', of: 'base', id: 'body.base_id' },",
        "    needs: { right: 'read', of: 'base', id: 'body.base_id' },",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.members-change-budgets',
    kind: 3,
    defect: 'Every member of a tenant may set the budgets of the others.',
    changes: [
      replacing(
        'contracts/llm-orchestrator/budgets.ts',
        "summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',\n    access: 'user',\n    needs: { tenant: 'admin', orSelf: 'params.id' },",
        "summary: 'Set a user’s budget: the caller’s own, or as admin any in the tenant',\n    access: 'user',\n    needs: { tenant: 'member' },",
      ),
    ],
    caughtBy: [clients, services, 'services.llm-orchestrator.budgets-belong-to-their-users'],
  },
  {
    id: 'contract.keys-make-keys',
    kind: 3,
    defect: 'A limited API key may create an API key with more rights.',
    changes: [
      replacing(
        'contracts/platform-services/personal-tokens.ts',
        "    path: '/auth/tokens',\n    summary: 'Create a personal access token',\n",
        "    path: '/auth/tokens',\n    scope: 'user.email:read',\n    summary: 'Create a personal access token',\n",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.reading-keys-delete-files',
    kind: 3,
    defect: 'An API key for reading may delete files.',
    changes: [
      replacing(
        'contracts/file-service/contract.ts',
        "      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('edit'),\n      scope: 'files:write',",
        "      description: 'A file that is still arriving returns 409.',\n      access: 'user',\n      needs: inFile('edit'),\n      scope: 'files:read',",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.internal-id-of-keys',
    kind: 3,
    defect: 'The list of API keys has the internal id under which their rights are revoked.',
    changes: [
      replacing(
        'contracts/platform-services/personal-tokens.ts',
        '  name: z.string(),\n  scopes: z.array(TokenScope),',
        '  name: z.string(),\n  grant_id: z.uuid().optional(),\n  scopes: z.array(TokenScope),',
      ),
      replacing(
        'services/platform-services/personal-tokens/personal-tokens.ts',
        "const columns = 'id, name, scopes,",
        "const columns = 'id, name, grant_id, scopes,",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.colleagues-with-key-digests',
    kind: 3,
    defect: 'A created API key is returned with the digest that is stored.',
    changes: [
      replacing(
        'contracts/platform-services/personal-tokens.ts',
        'schema: PersonalToken.extend({ token: personalToken }),',
        'schema: PersonalToken.extend({ token: personalToken, token_hash: z.string().optional() }),',
      ),
      replacing(
        'services/platform-services/personal-tokens/personal-tokens.ts',
        'return { ...show(rows[0] as Row), token: fresh.token };',
        "return { ...show(rows[0] as Row), token: fresh.token, token_hash: fresh.hash.toString('hex') } as PersonalToken & { token: string };",
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.causes-in-problems',
    kind: 3,
    defect: 'Problems have the internal cause of the failure.',
    changes: [
      replacing(
        'contracts/problem.ts',
        '  message: z.string()',
        '  cause: z.string().optional(),\n  message: z.string()',
      ),
    ],
    caughtBy: [services],
  },
  {
    id: 'contract.profile-takes-role',
    kind: 3,
    defect: 'A user may set the role in the own profile.',
    changes: [
      replacing(
        'contracts/user-service/contract.ts',
        '    bio: z.string().max(2000).nullable(),\n    phone: z\n',
        '    bio: z.string().max(2000).nullable(),\n    role: User.shape.role,\n    phone: z\n',
      ),
    ],
    caughtBy: [clients, services],
  },
  {
    id: 'contract.new-route-without-approval',
    kind: 3,
    defect: 'user-service has a new internal route that deletes profiles, open to every user.',
    changes: [
      replacing(
        'contracts/user-service/contract.ts',
        "      path: '/internal/users/:id',\n      summary: 'Delete a profile; succeeds if it does not exist',\n      access: 'service',",
        "      path: '/users/:id',\n      summary: 'Delete a profile; succeeds if it does not exist',\n      access: 'user',\n      needs: { tenant: 'member' },",
      ),
    ],
    caughtBy: [clients, services],
  },
];
