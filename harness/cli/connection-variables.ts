/**
 * Variables that change how a library connects, e.g. PGSSLMODE, NODE_PG_FORCE_NATIVE, HTTP_PROXY, no_proxy,
 * npm_config_proxy and NODE_USE_ENV_PROXY. `pg`, the proxy helpers of HTTP clients and Node itself read them.
 */
const pattern = /^PG|^NODE_PG_|_(no)?proxy$/i;

/**
 * Removes these variables from an environment. The harness and the tests connect to their own stores and services,
 * and only their URLs determine how. Call it before the first connection and before any process starts.
 */
export function dropConnectionVariables(environment: NodeJS.ProcessEnv): void {
  for (const name of Object.keys(environment)) if (pattern.test(name)) delete environment[name];
}
