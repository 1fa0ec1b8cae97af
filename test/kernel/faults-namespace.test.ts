import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import test from 'ava';
import { type Document, diff, Ipvs, normalize, Reconciler } from 'ipvs';
import { eventually } from './_eventually.js';
import { makeNamespace } from './_namespace.js';

const options = { drain: { mode: 'immediate' } } as const;

function documentOf(weight: number): Document {
  return {
    version: 1,
    services: Array.from({ length: 40 }, (_, index) => ({
      protocol: 'tcp' as const,
      address: `10.72.0.${index + 1}`,
      port: 80,
      scheduler: 'rr',
      destinations: Array.from({ length: 10 }, (_, each) => ({
        address: `10.72.1.${each + 1}`,
        weight,
      })),
    })),
  };
}

/** A namespace with one end of a pair of devices, which goes with it. */
function makeMarked(name: string): string {
  const device = `v${name.slice(-8)}`;
  execFileSync('ip', ['netns', 'add', name]);
  execFileSync('ip', ['-n', name, 'link', 'set', 'lo', 'up']);
  const peer = ['peer', 'name', 'inside', 'netns', name];
  execFileSync('ip', ['link', 'add', device, 'type', 'veth', ...peer]);
  return device;
}

/** Whether a device that a namespace took along is still there when it has had time to go. */
function isLeft(device: string): Promise<boolean> {
  return eventually(
    async () => existsSync(`/sys/class/net/${device}`),
    (is) => !is,
  );
}

test('apply goes through in a namespace that is deleted meanwhile, which is gone when the handle is closed', async (t) => {
  const { name: other } = await makeNamespace(t);
  const name = `${other}-d`;
  const device = makeMarked(name);
  const ipvs = await Ipvs.open({ netns: name });
  const desired = normalize(documentOf(1));
  let deleted = false;
  const report = await ipvs.apply(diff(desired, await ipvs.snapshot(), options), {
    onError: 'stop',
    onOperation: () => {
      if (deleted) return;
      deleted = true;
      execFileSync('ip', ['netns', 'delete', name]);
    },
  });
  t.true(deleted && report.ok && report.converged);
  t.is((await ipvs.listServices()).length, 40);
  // Whoever makes one of the same name has another.
  execFileSync('ip', ['netns', 'add', name]);
  t.teardown(() => execFileSync('ip', ['netns', 'delete', name]));
  const anew = await Ipvs.open({ netns: name });
  t.deepEqual(await anew.listServices(), []);
  t.is((await ipvs.listServices()).length, 40);
  await anew.close();
  await ipvs.close();
  t.false(await isLeft(device));
});

test('a Reconciler goes on in a namespace that is deleted, and lets go of it when it is stopped and its handle closed', async (t) => {
  const { name: other } = await makeNamespace(t);
  const name = `${other}-r`;
  const device = makeMarked(name);
  const ipvs = await Ipvs.open({ netns: name });
  const reconciler = new Reconciler(ipvs, { ...options, minInterval: 20 });
  t.teardown(() => reconciler.stop());
  const errors: unknown[] = [];
  reconciler.on('error', (error) => errors.push(error));
  for (const weight of [1, 2, 3]) {
    const converged = once(reconciler, 'converged');
    reconciler.setDesired(documentOf(weight));
    reconciler.start();
    if (weight === 2) execFileSync('ip', ['netns', 'delete', name]);
    await converged;
    const desired = normalize(documentOf(weight));
    t.deepEqual(diff(desired, await ipvs.snapshot(), options).operations, []);
  }
  t.deepEqual(errors, []);
  await t.throwsAsync(Ipvs.open({ netns: name }), { code: 'ENOENT' });
  await reconciler.stop();
  await ipvs.close();
  t.false(await isLeft(device));
});
