/** What is used of prom-client. */
export type PromClient = typeof import('prom-client');

/** The package prom-client, which who wants metrics installs beside this one. */
export async function loadPromClient(
  load: () => Promise<PromClient> = () => import('prom-client'),
): Promise<PromClient> {
  try {
    return await load();
  } catch (cause) {
    if (!isMissing(cause)) throw cause;
    const message =
      'metrics need the package prom-client, which is not installed: npm install prom-client@15';
    throw Object.assign(new Error(message, { cause }), { code: 'ERR_MODULE_NOT_FOUND' });
  }
}

function isMissing(error: unknown): boolean {
  return (
    error instanceof Error &&
    (error as NodeJS.ErrnoException).code === 'ERR_MODULE_NOT_FOUND' &&
    error.message.includes('prom-client')
  );
}
