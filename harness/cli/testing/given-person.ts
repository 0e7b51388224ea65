/** A person with an account that a target file can give. */
export interface GivenPerson {
  email: string;
  password: string;
  /** Name of a variable for the password. */
  env: string;
  createWorkspace(name: string): Promise<void>;
  /** Numbers and names of what the account has. */
  owned(): Promise<Record<string, unknown>>;
}

/** Created after each registration, at some time. */
const onboardingWorkspace = 'First steps';

/** Registers a person at a gateway. @throws Error when a response is not as expected */
export async function registerGivenPerson(gateway: string, name: string): Promise<GivenPerson> {
  const email = `given-${name}@readiness.example`;
  const password = `Kestrel-${name}-${process.pid}`;
  let token: string | undefined;
  const call = async (path: string, body?: object) => {
    const response = await fetch(`${gateway}/api/${path}`, {
      ...(body ? { method: 'POST', body: JSON.stringify(body) } : {}),
      headers: {
        ...(body ? { 'content-type': 'application/json' } : {}),
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      },
    });
    if (!response.ok) throw new Error(`${path}: status ${response.status}`);
    return response.json();
  };
  token = (await call('auth/register', { email, password, name })).access_token;
  return {
    email,
    password,
    env: `GIVEN_${name.toUpperCase()}`,
    async createWorkspace(workspace) {
      await call('workspaces', { name: workspace });
    },
    async owned() {
      const workspaces: { name: string }[] = (await call('workspaces')).workspaces;
      return {
        sessions: (await call('auth/sessions')).sessions.length,
        workspaces: workspaces.map((one) => one.name).filter((one) => one !== onboardingWorkspace),
        workflows: (await call('workflows')).total,
        files: (await call('files')).total,
        keys: (await call('auth/tokens')).tokens.length,
        bases: (await call('airtable/v0/meta/bases')).bases.length,
      };
    },
  };
}
