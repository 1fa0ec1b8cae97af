import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { labModprobe, replaceModprobe } from './_modprobe.js';
import { makeNamespace } from './_namespace.js';
import { overEach } from './_transports.js';

const service = { protocol: 'tcp', address: '192.0.2.1', port: 80, scheduler: 'rr' } as const;

overEach('a call with a signal that was aborted before is not made', async (t, makeNamespace) => {
  const { ipvs } = await makeNamespace(t);
  const reason = new Error('no longer wanted');
  const options = { signal: AbortSignal.abort(reason) };
  for (const call of [
    ipvs.addService(service, options),
    ipvs.listServices(options),
    ipvs.updateService(service, { scheduler: 'lc' }, options),
    ipvs.info(options),
  ]) {
    t.is(await t.throwsAsync(call), reason);
  }
  t.deepEqual(await ipvs.listServices(), []);
});

overEach(
  'a call aborted before it is sent is withdrawn, and its neighbours are not',
  async (t, makeNamespace) => {
    const { ipvs } = await makeNamespace(t);
    const controller = new AbortController();
    const before = ipvs.addService(service);
    const withdrawn = ipvs.addService({ ...service, port: 81 }, controller);
    const change = ipvs.updateService(service, { scheduler: 'lc' }, controller);
    const after = ipvs.addService({ ...service, port: 82 });
    const list = ipvs.listServices(controller);
    controller.abort();
    await Promise.all([before, after]);
    for (const call of [withdrawn, change, list]) {
      const error = await t.throwsAsync(call, { any: true });
      t.is(error, controller.signal.reason);
    }
    t.deepEqual(
      (await ipvs.listServices()).map(({ id, scheduler }) => `${id} ${scheduler}`),
      ['tcp/192.0.2.1:80 rr', 'tcp/192.0.2.1:82 rr'],
    );
  },
);

test.serial(
  'a call aborted while the kernel is at work on it rejects at once, and the handle goes on',
  async (t) => {
    const { ipvs } = await makeNamespace(t);
    // The kernel looks for the module of an unknown scheduler inside the request.
    const restore = replaceModprobe(
      t,
      'touch "$0.begun"; while [ -e "$0" ] && [ ! -e "$0.leave" ]; do sleep 0.1; done; exit 1',
    );
    const script = labModprobe();
    const controller = new AbortController();
    const call = ipvs.addService({ ...service, scheduler: 'slow' }, controller);
    const rejection = t.throwsAsync(call, { any: true });
    while (!existsSync(`${script}.begun`)) await sleep(10);
    controller.abort('enough');
    t.is(await rejection, 'enough');
    const next = ipvs.addService(service);
    writeFileSync(`${script}.leave`, '');
    await next;
    restore();
    t.deepEqual(
      (await ipvs.listServices()).map(({ id }) => id),
      ['tcp/192.0.2.1:80'],
    );
  },
);

test('a signal that fires after the end changes nothing, and keeps nothing', async (t) => {
  const { ipvs } = await makeNamespace(t);
  const controller = new AbortController();
  await ipvs.addService(service, controller);
  t.is((await ipvs.listServices(controller)).length, 1);
  controller.abort();
  t.is((await ipvs.listServices()).length, 1);
});
