/** A gateway that runs already: this fleet's clusters are registered there for the time of the run. */
import { failure } from '../../base/errors.ts';
import type { GatewayOptions, GatewayUnderTest } from './gateway.ts';
import { type GatewayAdmin, gatewayAdmin } from './gateway-admin.ts';

export async function useForeign(options: GatewayOptions): Promise<GatewayUnderTest> {
  const url = (options.url ?? '').replace(/\/$/, '');
  const admin = gatewayAdmin((options.adminUrl ?? url).replace(/\/$/, ''), options.credentials);
  const stop = await register(admin, url, options.backends);
  return { title: url, url, admin, nodes: undefined, storeFile: undefined, stop };
}

/** Any other proxy: it has no admin API, so nothing can be rolled through it; statements go there all the same. */
export async function usePlainProxy({ url = '' }: GatewayOptions): Promise<GatewayUnderTest> {
  const base = url.replace(/\/$/, '');
  return {
    title: `${base} (a proxy without an admin API)`,
    ...{ url: base, admin: undefined, nodes: undefined, storeFile: undefined },
    stop: async () => {},
  };
}

/**
 * Registers the clusters; the answer takes them out again. Throws BACKEND_TAKEN and BACKENDS_ACTIVE, since the load
 * could reach what is not this run's.
 */
export async function register(
  admin: GatewayAdmin,
  url: string,
  backends: GatewayOptions['backends'],
): Promise<() => Promise<void>> {
  for (const { cluster } of backends)
    if (await admin.has(cluster.name)) throw failure('BACKEND_TAKEN', { url, name: cluster.name });
  const others = await admin.active();
  if (others.length > 0) throw failure('BACKENDS_ACTIVE', { url, names: others.join(', ') });
  const stop = async () => {
    for (const { cluster } of backends) await admin.remove(cluster.name).catch(() => undefined);
  };
  try {
    for (const { cluster, active } of backends)
      await admin.put({
        name: cluster.name,
        proxyTo: cluster.wayUrl ?? cluster.url,
        routingGroup: cluster.group,
        active,
      });
  } catch (error) {
    await stop();
    throw error;
  }
  return stop;
}
